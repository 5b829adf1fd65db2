/* The heart: one exec that wants to happen, asked about and then launched, as
 * it was asked for, as the engine rewrote it, or as the program that prints
 * the refusal.
 *
 * Runs between vfork and exec: writes to no global (but where a ring is mapped,
 * which parent and child share, see ring.c), takes no lock, allocates nothing but
 * stack (and, for what is too big for that, mappings). */
#ifndef RAMPART_JUDGE_H
#define RAMPART_JUDGE_H

#include "mark.h"
#include "permit.h"
#include "session.h"

struct attempt {
    int dirfd; /* AT_FDCWD, or as for execveat */
    const char *path;
    char *const *argv;
    char *const *envp;
    int flags; /* as for execveat */
    int layer; /* WIRE_LAYER_ */
    enum mark_whose mark;
    const struct file_id *file; /* from judge_possible; NULL if that can't be told here */
    bool inherits; /* the program has the descriptors of who asks, and no other program gets them meanwhile */
};

/* Starts a program; returns -errno if it could not, else what judge_launch is
 * to return (an exec does not return at all). With `replaced` the path is
 * absolute and the attempt's dirfd and flags are not for it. Where `by` is not
 * AHEAD_BY_NAME it is the file's descriptor, and to be gone by. */
typedef long (*launcher)(void *context, const char *path, char *const *argv, char *const *envp,
                         bool replaced, int by);

#define AHEAD_BY_NAME (-1)

long judge_launch(const struct session *s, const struct attempt *a, launcher launch,
                  void *context);

/* Whether path is a file at all: 0, and then which, or -errno. What can't be
 * executed is not worth a question. */
long judge_possible(int dirfd, const char *path, int flags, struct file_id *file);

#endif
