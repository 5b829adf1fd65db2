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
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
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

/* open_by_handle_at; judged once it is open. */
long fileop_open_handle(int mountfd, void *handle, int flags);

/* What gives a tree of files other names: 0, or -EACCES. */
long filemount_mount(const char *source, const char *type, unsigned long flags, const char *options);
long filemount_tree(int dirfd, const char *path, unsigned flags);
long filemount_move(int dirfd, const char *path, unsigned flags);
long filemount_root(const char *path);

/* For calls that are carried out by libc's own function, or as they are: 0, or
 * -EACCES. flags are those of AT_. */
long fileop_may(int dirfd, const char *path, int flags, unsigned doing);

#endif
