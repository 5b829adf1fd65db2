/* The libc functions that change names, and what files are. */
#include <errno.h>
#include <fcntl.h>

#include "doors.h"
#include "fileops.h"
#include "files.h"
#include "symbol.h"
#include "sys.h"

#undef truncate64 /* musl makes it a macro */

/* libc's own, looked up when it is needed. */
#define REAL(name, type) ((type)symbol_next(name))

DOOR int unlink(const char *path);
DOOR int unlinkat(int dirfd, const char *path, int flags);
DOOR int rmdir(const char *path);
DOOR int remove(const char *path);
DOOR int rename(const char *from, const char *to);
DOOR int renameat(int fromfd, const char *from, int tofd, const char *to);
DOOR int renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags);
DOOR int link(const char *from, const char *to);
DOOR int linkat(int fromfd, const char *from, int tofd, const char *to, int flags);
DOOR int symlink(const char *target, const char *path);
DOOR int symlinkat(const char *target, int dirfd, const char *path);

DOOR int unlink(const char *path)
{
    return door_result(fileop_unlink(AT_FDCWD, path, 0));
}

DOOR int unlinkat(int dirfd, const char *path, int flags)
{
    return door_result(fileop_unlink(dirfd, path, flags));
}

DOOR int rmdir(const char *path)
{
    return door_result(fileop_unlink(AT_FDCWD, path, AT_REMOVEDIR));
}

DOOR int remove(const char *path)
{
    long rc = fileop_unlink(AT_FDCWD, path, 0);

    return door_result(rc == -EISDIR ? fileop_unlink(AT_FDCWD, path, AT_REMOVEDIR) : rc);
}

DOOR int rename(const char *from, const char *to)
{
    return door_result(fileop_rename(AT_FDCWD, from, AT_FDCWD, to, 0));
}

DOOR int renameat(int fromfd, const char *from, int tofd, const char *to)
{
    return door_result(fileop_rename(fromfd, from, tofd, to, 0));
}

DOOR int renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags)
{
    return door_result(fileop_rename(fromfd, from, tofd, to, flags));
}

DOOR int link(const char *from, const char *to)
{
    return door_result(fileop_link(AT_FDCWD, from, AT_FDCWD, to, 0));
}

DOOR int linkat(int fromfd, const char *from, int tofd, const char *to, int flags)
{
    return door_result(fileop_link(fromfd, from, tofd, to, flags));
}

DOOR int symlink(const char *target, const char *path)
{
    return door_result(fileop_symlink(target, AT_FDCWD, path));
}

DOOR int symlinkat(const char *target, int dirfd, const char *path)
{
    return door_result(fileop_symlink(target, dirfd, path));
}

/* --- what files are -------------------------------------------------------- */

typedef int (*on_path)(const char *, ...);
typedef int (*on_place)(int, const char *, ...);
typedef int (*on_descriptor)(int, ...);

/* Judges, then calls libc's own function. */
#define CHANGE(may, name, type, ...)                      \
    do {                                                  \
        long rc = may;                                    \
        type real = rc < 0 ? NULL : REAL(name, type);     \
        if (!real)                                        \
            return door_result(rc < 0 ? rc : -ENOSYS);    \
        return real(__VA_ARGS__);                         \
    } while (0)

DOOR int truncate(const char *path, long size);
DOOR int truncate64(const char *path, long size);
DOOR int chmod(const char *path, unsigned mode);
DOOR int lchmod(const char *path, unsigned mode);
DOOR int fchmod(int fd, unsigned mode);
DOOR int fchmodat(int dirfd, const char *path, unsigned mode, int flags);
DOOR int chown(const char *path, unsigned user, unsigned group);
DOOR int lchown(const char *path, unsigned user, unsigned group);
DOOR int fchown(int fd, unsigned user, unsigned group);
DOOR int fchownat(int dirfd, const char *path, unsigned user, unsigned group, int flags);

DOOR int truncate(const char *path, long size)
{
    CHANGE(fileop_may(AT_FDCWD, path, 0, TABLE_WRITE), "truncate", on_path, path, size);
}

DOOR int truncate64(const char *path, long size)
{
    CHANGE(fileop_may(AT_FDCWD, path, 0, TABLE_WRITE), "truncate64", on_path, path, size);
}

DOOR int chmod(const char *path, unsigned mode)
{
    CHANGE(fileop_may(AT_FDCWD, path, 0, TABLE_WRITE), "chmod", on_path, path, mode);
}

DOOR int lchmod(const char *path, unsigned mode)
{
    CHANGE(fileop_may(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, TABLE_WRITE), "lchmod", on_path, path, mode);
}

DOOR int fchmod(int fd, unsigned mode)
{
    CHANGE(fileop_opened(fd, TABLE_WRITE), "fchmod", on_descriptor, fd, mode);
}

DOOR int fchmodat(int dirfd, const char *path, unsigned mode, int flags)
{
    CHANGE(fileop_may(dirfd, path, flags, TABLE_WRITE), "fchmodat", on_place, dirfd, path, mode, flags);
}

DOOR int chown(const char *path, unsigned user, unsigned group)
{
    CHANGE(fileop_may(AT_FDCWD, path, 0, TABLE_WRITE), "chown", on_path, path, user, group);
}

DOOR int lchown(const char *path, unsigned user, unsigned group)
{
    CHANGE(fileop_may(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, TABLE_WRITE), "lchown", on_path, path, user, group);
}

DOOR int fchown(int fd, unsigned user, unsigned group)
{
    CHANGE(fileop_opened(fd, TABLE_WRITE), "fchown", on_descriptor, fd, user, group);
}

DOOR int fchownat(int dirfd, const char *path, unsigned user, unsigned group, int flags)
{
    CHANGE(fileop_may(dirfd, path, flags, TABLE_WRITE), "fchownat", on_place, dirfd, path, user, group, flags);
}

DOOR int setxattr(const char *path, const char *name, const void *value, size_t size, int flags);
DOOR int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);
DOOR int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);

/* Among the attributes are the rights. */
DOOR int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    CHANGE(fileop_may(AT_FDCWD, path, 0, TABLE_WRITE), "setxattr", on_path, path, name, value, size, flags);
}

DOOR int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    CHANGE(fileop_may(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, TABLE_WRITE), "lsetxattr", on_path, path, name,
           value, size, flags);
}

DOOR int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    CHANGE(fileop_opened(fd, TABLE_WRITE), "fsetxattr", on_descriptor, fd, name, value, size, flags);
}
