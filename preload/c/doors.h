/* The libc functions that start programs or touch files, each a door that the
 * library stands in. None of them calls another inside of libc by a name we
 * could catch. */
#ifndef RAMPART_DOORS_H
#define RAMPART_DOORS_H

#include <stdbool.h>

#include "session.h"

#define DOOR __attribute__((visibility("default")))

/* Written by the constructor, read-only from then on. */
extern struct session guard;
extern bool guard_on_glibc; /* the libcs differ in execvp */

/* libc's own; weak, as the library names no libc that it needs. */
extern char **environ __attribute__((weak));
extern int *__errno_location(void) __attribute__((weak));

/* Turns -errno into -1 and errno. */
int door_result(long rc);

/* Judges and executes; returns -errno. */
long door_exec(int dirfd, const char *path, char *const *argv, char *const *envp, int flags);

/* A system call on files, judged and made; false if it is left to the caller. */
bool door_file_call(long number, const long a[6], long *rc);

/* A filter that prctl or seccomp puts in force, judged and made; false if it is another call. */
bool door_filter_call(long number, const long a[6], long *rc);

/* What a system call does to another process: 0, or -EACCES. */
long door_process_call(long number, const long a[6]);

/* Calls try for each place where PATH says that file may be, until it returns
 * something that means the file was found; file with a slash is tried as it
 * is. Returns try's result or -errno, with libc's precedence of errors. */
long door_search(const char *file, long (*try)(void *context, const char *path), void *context);

#endif
