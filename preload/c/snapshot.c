#include "snapshot.h"

#include "text.h"

/* glibc's; without it there may always be another thread. */
extern const char __libc_single_threaded __attribute__((weak));

bool snapshot_shared(void)
{
    return !&__libc_single_threaded || !__libc_single_threaded;
}

static size_t list_space(char *const *list)
{
    size_t size = sizeof *list;

    for (; list && *list; list++)
        size += sizeof *list + text_length(*list) + 1;
    return size;
}

size_t snapshot_space(const struct attempt *a)
{
    if (!snapshot_shared())
        return 0;
    return list_space(a->argv) + list_space(a->envp) + text_length(a->path) + 1;
}

/* What is left of the space: pointers from its beginning, strings from behind. */
struct room {
    char **next;
    char *end;
};

static char *copy_string(struct room *r, const char *s)
{
    size_t n = 0;

    while (s[n]) /* once, as it may change */
        n++;
    if ((size_t)(r->end - (char *)r->next) <= n)
        return NULL;
    r->end -= n + 1;
    for (size_t i = 0; i < n; i++)
        r->end[i] = s[i];
    r->end[n] = 0;
    return r->end;
}

static char *const *copy_list(struct room *r, char *const *list)
{
    char **copy = r->next;
    size_t n = 0;

    if (!list)
        return NULL;
    while (list[n])
        n++;
    if ((size_t)(r->end - (char *)copy) < (n + 1) * sizeof *copy)
        return NULL;
    r->next += n + 1;
    for (size_t i = 0; i < n; i++) {
        const char *s = list[i];
        if (!s || !(copy[i] = copy_string(r, s)))
            return NULL;
    }
    copy[n] = NULL;
    return copy;
}

bool snapshot_take(struct attempt *a, void *space, size_t size)
{
    struct room r = {space, (char *)space + size};
    const bool no_argv = !a->argv, no_envp = !a->envp;

    a->argv = copy_list(&r, a->argv);
    a->envp = copy_list(&r, a->envp);
    a->path = copy_string(&r, a->path);
    return a->path && (a->argv || no_argv) && (a->envp || no_envp);
}
