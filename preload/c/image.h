/* What a task has become that is at its exec event. */
#ifndef RAMPART_IMAGE_H
#define RAMPART_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "permit.h"

struct image {
    struct file_id file;
    uint64_t stack; /* 0: not known */
    char *name; /* by which it was executed; NULL: arguments and environment were not read */
    char **argv, **envp;
    char *cwd; /* "" if it has no name */
    bool linked; /* by a dynamic linker */
};

/* Opens the directory of all processes, before there is anybody who could put
 * another one in its place. Returns the descriptor, or -errno. */
int image_begin(void);

/* Looks at a task that waits; what m points to holds until the next call. False
 * if not even its file can be told. */
bool image_look(struct image *m, long pid);

/* The name of the file that it runs, as the kernel has it; NULL if it has none.
 * It holds until the next call. */
const char *image_file(long pid);

/* Who runs it; -1 if it is gone. */
uint32_t image_user(long pid);

/* Whether it is a thread of the same process as another one. */
bool image_is_thread(long pid, long of);

/* A task's parent; -1 if that is gone. */
long image_find_parent(long pid);

/* Makes it leave with status 126 in place of its first instruction. */
bool image_exit_instead(long pid);

#endif
