#include "env.h"

/* The program's part of an LD_PRELOAD value: what follows our library, which
 * is always put in front. */
static const char *own_part(const char *value, const char *library)
{
    size_t n = text_length(library);

    if (!n || !text_starts(value, library))
        return value;
    if (value[n] == ':' || value[n] == ' ')
        return value + n + 1;
    return value[n] ? value : NULL;
}

static const char *preload_value(const char *entry)
{
    return text_starts(entry, ENV_PRELOAD) ? entry + sizeof ENV_PRELOAD - 1 : NULL;
}

void env_read(struct env *e, char *const *list, const char *library)
{
    size_t found = 0;

    e->list = list;
    e->count = 0;
    e->rest = NULL;
    e->several = e->loader = false;
    if (list)
        for (; list[e->count]; e->count++) {
            const char *value = preload_value(list[e->count]);
            if (value) { /* of several the last counts, as for glibc */
                e->several |= found != 0;
                found = e->count + 1;
                e->rest = own_part(value, library);
            } else if (text_starts(list[e->count], "LD_") || text_starts(list[e->count], "GLIBC_TUNABLES=")) {
                e->loader = true;
            }
        }
    e->preload = found ? found - 1 : e->count;
}

const char *env_visible(const struct env *e, size_t i, bool *is_preload)
{
    const char *entry = e->list[i];

    *is_preload = i == e->preload;
    if (*is_preload)
        return e->rest;
    if (preload_value(entry) || text_starts(entry, ENV_MARK))
        return NULL;
    return entry;
}

size_t env_space(const struct env *e, const char *library)
{
    size_t pointers = (e->count + 3) * sizeof(char *);
    size_t text = sizeof ENV_PRELOAD + text_length(library) + 1;

    return pointers + text + (e->rest ? text_length(e->rest) : 0);
}

char **env_write(const struct env *e, const char *library, char *mark, void *space)
{
    char **out = space, **next = out;
    char *joined = (char *)(out + e->count + 3);
    struct text t;

    text_start(&t, joined, env_space(e, library) - (e->count + 3) * sizeof(char *));
    text_add(&t, ENV_PRELOAD);
    text_add(&t, library);
    if (e->rest) {
        if (*library)
            text_add(&t, ":");
        text_add(&t, e->rest);
    }
    for (size_t i = 0; i < e->count; i++) {
        bool is_preload;
        const char *entry = env_visible(e, i, &is_preload);
        if (is_preload && (entry || *library))
            *next++ = joined;
        else if (entry)
            *next++ = e->list[i];
    }
    if (e->preload == e->count && *library)
        *next++ = joined;
    if (mark)
        *next++ = mark;
    *next = NULL;
    return out;
}

void env_strip(char **list, const char *library, bool keep_library)
{
    char **keep = list;

    for (; *list; list++) {
        if (text_starts(*list, ENV_MARK))
            continue;
        const char *value = keep_library ? NULL : preload_value(*list);
        if (value) {
            const char *rest = own_part(value, library);
            if (!rest)
                continue;
            if (rest != value) { /* it lies to the right in the same string */
                struct text t;
                text_start(&t, *list + sizeof ENV_PRELOAD - 1, text_length(value) + 1);
                text_add(&t, rest);
            }
        }
        *keep++ = *list;
    }
    *keep = NULL;
}

const char *env_get(char *const *list, const char *name_equals)
{
    for (; list && *list; list++)
        if (text_starts(*list, name_equals))
            return *list + text_length(name_equals);
    return NULL;
}

const char *env_preload(char *const *list)
{
    const char *last = NULL;

    for (; list && *list; list++) {
        const char *value = preload_value(*list);
        if (value)
            last = value;
    }
    return last;
}
