/* Paths as the file layer judges them: what they say, what they lead to, and
 * the directory that a name lies in. */
#ifndef RAMPART_FILEPATH_H
#define RAMPART_FILEPATH_H

#include <stdbool.h>

#include "sys.h"

/* A path is copied before it is judged: the caller's other threads may write
 * to theirs. Returns false if it is too long, which the kernel then says. */
bool path_copy(char to[PATH_MAX], const char *path);

/* Whether a path is as files_judge takes it. */
bool path_is_plain(const char *p);

/* The name of what a descriptor leads to, "" if it has none. */
void path_of(int fd, char name[PATH_MAX]);
void path_of_directory(int dirfd, char name[PATH_MAX]);

/* What the path says, links not followed; false if it can't be told. */
bool path_spelled(int dirfd, const char *path, char name[PATH_MAX]);

/* A place to look at, with O_PATH. */
long path_open(int dirfd, const char *path, int flags);
bool path_is_directory(int fd);

/* What the kernel would refuse is not worth a question: 0, or its answer. */
long path_possible(int dirfd, const char *path, unsigned doing);

/* Whether the table clears it, or it is no file's name. */
bool path_cleared(const char *name, unsigned doing);
long path_judge(unsigned doing, const char *name);

/* A name in its directory. */
struct place {
    int fd; /* of the directory; AT_FDCWD or the caller's own if `path` is a name alone */
    bool ours;
    const char *base; /* with slashes at its end, if they were there */
    char name[PATH_MAX];
};

/* Finds where path, a copy that is taken apart here, lies. Its last name is not
 * followed; "." and ".." and the root lie nowhere, and are left to the kernel:
 * `name` is "" then. */
long place_find(struct place *p, int dirfd, char *path);
void place_close(struct place *p);
bool place_is_directory(const struct place *p);
bool place_cleared(const struct place *p, unsigned doing);

/* As path_possible, of a change to the name; `there` says that it has to be there. */
long place_possible(const struct place *p, bool there);

#endif
