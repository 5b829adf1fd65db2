/* The environment of a new program. What Rampart needs there (the library in
 * LD_PRELOAD, the mark of having been judged) is put in at each exec and taken
 * out again before main, so that programs see the environment they were given. */
#ifndef RAMPART_ENV_H
#define RAMPART_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

#define ENV_PRELOAD "LD_PRELOAD="
#define ENV_MARK "RAMPART_JUDGED="

/* Which of a list's entries are whose. */
struct env {
    char *const *list; /* may be NULL: empty */
    size_t count;
    size_t preload;   /* index of the LD_PRELOAD that counts; == count if none */
    const char *rest; /* the program's own part of it; NULL if it has none */
    bool several;     /* there is more than one */
    bool loader;      /* other variables of the dynamic linker are there */
};

void env_read(struct env *e, char *const *list, const char *library);

/* What the program is to see of entry i: NULL if nothing, else a string; of
 * LD_PRELOAD it is e->rest, and the caller writes the name before it. */
const char *env_visible(const struct env *e, size_t i, bool *is_preload);

/* Bytes that env_write needs in `space`. */
size_t env_space(const struct env *e, const char *library);

/* The list for execve in `space`: visible entries, the library ("" puts in
 * none), the mark. */
char **env_write(const struct env *e, const char *library, char *mark, void *space);

/* Takes Rampart's own entries out of the list, in place. With keep_library,
 * only the mark. */
void env_strip(char **list, const char *library, bool keep_library);

const char *env_get(char *const *list, const char *name_equals);

/* The LD_PRELOAD that counts for the dynamic linker: the last one. */
const char *env_preload(char *const *list);

#endif
