#include "sanitizer.h"

#include "symbol.h"
#include "text.h"

static bool is_sanitizer(const char *path)
{
    const char *slash = text_last(path, '/'), *name = slash ? slash + 1 : path;

    return text_starts(name, "libasan.so") || text_starts(name, "libclang_rt.asan");
}

void sanitizer_step_aside(void)
{
    /* It looks past the kernel's library, and knows that by its name. */
    static char name[] = "linux-librampart.so";
    struct link_map *us = NULL;

    for (struct link_map *m = symbol_objects(); m; m = m->l_next) {
        if (symbol_is_us(m))
            us = m;
        else if (us && m->l_name && is_sanitizer(m->l_name))
            us->l_name = name;
    }
}
