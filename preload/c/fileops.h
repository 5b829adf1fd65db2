/* The system calls on files, each judged by what it really reaches: links are
 * followed as the kernel follows them, and a name is judged by the directory
 * that it lies in. All return -errno; where files are not looked after, they
 * are the system calls themselves. */
#ifndef RAMPART_FILEOPS_H
#define RAMPART_FILEOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* The kernel's; musl's headers know neither. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#define RESOLVE_NO_SYMLINKS 4

struct how {
    uint64_t flags, mode, resolve;
};

long fileop_open(int dirfd, const char *path, int flags, unsigned mode);
long fileop_openat2(int dirfd, const char *path, const struct how *how, size_t size);

/* Of a descriptor that something else has opened: 0, or -EACCES. */
long fileop_opened(int fd, unsigned doing);

/* As open would judge it, without opening: 0, or -EACCES. */
long fileop_may_open(int dirfd, const char *path, int flags);

long fileop_unlink(int dirfd, const char *path, int flags);
long fileop_rename(int fromfd, const char *from, int tofd, const char *to, unsigned flags);
long fileop_link(int fromfd, const char *from, int tofd, const char *to, int flags);
long fileop_symlink(const char *target, int dirfd, const char *path);

/* For calls that are carried out by libc's own function, or as they are: 0, or
 * -EACCES. flags are those of AT_. */
long fileop_may(int dirfd, const char *path, int flags, unsigned doing);

#endif
