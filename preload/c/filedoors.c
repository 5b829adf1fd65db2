/* The libc functions that open, change and remove files. libc's own callers
 * inside of it don't come by here: hence fopen and its kin. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "doors.h"
#include "fileops.h"
#include "files.h"
#include "symbol.h"
#include "sys.h"
#include "text.h"

/* musl makes them macros. */
#undef open64
#undef openat64
#undef creat64
#undef mkstemp64
#undef mkostemp64
#undef mkstemps64
#undef mkostemps64
#undef fopen64
#undef freopen64
#undef truncate64

/* Another name of a door. */
#define ALSO(type, other, door, ...) DOOR type other(__VA_ARGS__) __attribute__((alias(#door)))

extern int close(int) __attribute__((weak));
extern int fclose(void *) __attribute__((weak));
extern int fileno(void *) __attribute__((weak));
extern void *fdopen(int, const char *) __attribute__((weak));

/* libc's own, looked up when it is needed. */
#define REAL(name, type) ((type)symbol_next(name))

static void *fail(long error)
{
    door_result(error);
    return NULL;
}

/* --- open ---------------------------------------------------------------- */

DOOR int creat(const char *path, unsigned mode);
DOOR int __open_2(const char *path, int flags);
DOOR int __openat_2(int dirfd, const char *path, int flags);

/* The mode is there only if a file may be made. */
#define OPEN(name, dirfd, ...)                                                 \
    DOOR int name(__VA_ARGS__ const char *path, int flags, ...);               \
    DOOR int name(__VA_ARGS__ const char *path, int flags, ...)                \
    {                                                                          \
        unsigned mode = 0;                                                     \
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {             \
            va_list rest;                                                      \
            va_start(rest, flags);                                             \
            mode = va_arg(rest, unsigned);                                     \
            va_end(rest);                                                      \
        }                                                                      \
        return door_result(fileop_open(dirfd, path, flags, mode));             \
    }
#define COMMA ,

OPEN(open, AT_FDCWD, )
OPEN(open64, AT_FDCWD, )
OPEN(__open, AT_FDCWD, )
OPEN(__open64, AT_FDCWD, )
OPEN(__open_nocancel, AT_FDCWD, )
OPEN(__open64_nocancel, AT_FDCWD, )
OPEN(__openat_nocancel, dirfd, int dirfd COMMA)
OPEN(__openat64_nocancel, dirfd, int dirfd COMMA)
OPEN(openat, dirfd, int dirfd COMMA)
OPEN(openat64, dirfd, int dirfd COMMA)

DOOR int creat(const char *path, unsigned mode)
{
    return door_result(fileop_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode));
}

/* What _FORTIFY_SOURCE makes of a call without a mode. */
DOOR int __open_2(const char *path, int flags)
{
    return door_result(fileop_open(AT_FDCWD, path, flags, 0));
}

DOOR int __openat_2(int dirfd, const char *path, int flags)
{
    return door_result(fileop_open(dirfd, path, flags, 0));
}

ALSO(int, creat64, creat, const char *, unsigned);
ALSO(int, __open64_2, __open_2, const char *, int);
ALSO(int, __openat64_2, __openat_2, int, const char *, int);

/* --- streams ------------------------------------------------------------- */

/* The flags of a stream's mode; false for what only libc knows to read. */
static bool read_mode(const char *mode, int *flags)
{
    switch (*mode) {
    case 'r':
        *flags = O_RDONLY;
        break;
    case 'w':
        *flags = O_WRONLY | O_CREAT | O_TRUNC;
        break;
    case 'a':
        *flags = O_WRONLY | O_CREAT | O_APPEND;
        break;
    default:
        return false;
    }
    while (*++mode) {
        if (*mode == '+')
            *flags = (*flags & ~O_ACCMODE) | O_RDWR;
        else if (*mode == 'x')
            *flags |= O_EXCL;
        else if (*mode == 'e')
            *flags |= O_CLOEXEC;
        else if (!text_find("bcmt", *mode))
            return false;
    }
    return true;
}

static unsigned doing_of_mode(const char *mode)
{
    unsigned doing = *mode == 'r' ? TABLE_READ : TABLE_WRITE;

    return text_find(mode, '+') ? TABLE_READ | TABLE_WRITE : doing;
}

typedef void *(*fopen_function)(const char *, const char *);
typedef void *(*freopen_function)(const char *, const char *, void *);

static void *opened(void *stream, const char *mode)
{
    long rc = stream && fileno ? fileop_opened(fileno(stream), doing_of_mode(mode)) : 0;

    if (rc >= 0)
        return stream;
    fclose(stream);
    return fail(rc);
}

static void *open_stream(const char *name, const char *path, const char *mode)
{
    int flags;

    if (!files_watched() || !path || !mode || !fdopen || !close || !read_mode(mode, &flags)) {
        fopen_function real = REAL(name, fopen_function);
        long rc = real ? 0 : -ENOSYS;
        if (real && files_watched() && path && mode)
            rc = fileop_may(AT_FDCWD, path, 0, doing_of_mode(mode));
        return rc < 0 ? fail(rc) : opened(real(path, mode), mode);
    }
    long fd = fileop_open(AT_FDCWD, path, flags, 0666);
    if (fd < 0)
        return fail(fd);
    if (guard_on_glibc && flags & O_APPEND && (flags & O_ACCMODE) == O_WRONLY) /* where its fopen is then */
        sys3(SYS_lseek, fd, 0, 2 /* SEEK_END */);
    void *stream = fdopen((int)fd, mode);
    if (!stream)
        sys_close((int)fd);
    return stream;
}

DOOR void *fopen(const char *path, const char *mode);
DOOR void *_IO_fopen(const char *path, const char *mode);
DOOR void *fopen64(const char *path, const char *mode);
DOOR void *freopen(const char *path, const char *mode, void *stream);
DOOR void *freopen64(const char *path, const char *mode, void *stream);

DOOR void *fopen(const char *path, const char *mode)
{
    return open_stream("fopen", path, mode);
}

DOOR void *_IO_fopen(const char *path, const char *mode)
{
    return open_stream("fopen", path, mode);
}

DOOR void *fopen64(const char *path, const char *mode)
{
    return open_stream("fopen64", path, mode);
}

/* The old stream is closed whatever comes of it. */
static void *reopen_stream(const char *name, const char *path, const char *mode, void *stream)
{
    freopen_function real = REAL(name, freopen_function);
    int flags = O_RDWR | O_CREAT;

    if (!real)
        return fail(-ENOSYS);
    if (path && mode) {
        read_mode(mode, &flags);
        long rc = fileop_may_open(AT_FDCWD, path, flags);
        if (rc < 0) {
            fclose(stream);
            return fail(rc);
        }
        return opened(real(path, mode, stream), mode);
    }
    return real(path, mode, stream);
}

DOOR void *freopen(const char *path, const char *mode, void *stream)
{
    return reopen_stream("freopen", path, mode, stream);
}

DOOR void *freopen64(const char *path, const char *mode, void *stream)
{
    return reopen_stream("freopen64", path, mode, stream);
}

/* --- temporary files, which may be meant to stay --------------------------- */

typedef int (*mkostemps_function)(char *, int, int);

static int make_temporary(const char *name, char *path, int suffix, int flags)
{
    mkostemps_function real = REAL(name, mkostemps_function);
    int fd = real ? real(path, suffix, flags) : door_result(-ENOSYS);
    long rc = fd >= 0 ? fileop_opened(fd, TABLE_WRITE) : 0;

    if (rc >= 0)
        return fd;
    sys3(SYS_unlinkat, AT_FDCWD, path, 0);
    sys_close(fd);
    return door_result(rc);
}

DOOR int mkstemp(char *path);
DOOR int mkostemp(char *path, int flags);
DOOR int mkstemps(char *path, int suffix);
DOOR int mkostemps(char *path, int suffix, int flags);

DOOR int mkstemp(char *path)
{
    return make_temporary("mkostemps", path, 0, 0);
}

DOOR int mkostemp(char *path, int flags)
{
    return make_temporary("mkostemps", path, 0, flags);
}

DOOR int mkstemps(char *path, int suffix)
{
    return make_temporary("mkostemps", path, suffix, 0);
}

DOOR int mkostemps(char *path, int suffix, int flags)
{
    return make_temporary("mkostemps", path, suffix, flags);
}

ALSO(int, mkstemp64, mkstemp, char *);
ALSO(int, mkostemp64, mkostemp, char *, int);
ALSO(int, mkstemps64, mkstemps, char *, int);
ALSO(int, mkostemps64, mkostemps, char *, int, int);

/* --- names ----------------------------------------------------------------- */

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

/* A file that a child is to begin with; libc opens it there, out of sight. */
typedef int (*addopen_function)(void *, int, const char *, int, unsigned);

DOOR int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags,
                                          unsigned mode);

DOOR int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags,
                                          unsigned mode)
{
    addopen_function real = REAL("posix_spawn_file_actions_addopen", addopen_function);
    long rc = fileop_may_open(AT_FDCWD, path, flags);

    return rc < 0 ? (int)-rc : real ? real(actions, fd, path, flags, mode) : ENOSYS;
}

/* --- syscall() --------------------------------------------------------------- */

bool door_file_call(long number, const long a[6], long *rc)
{
    const char *p0 = (const char *)a[0], *p1 = (const char *)a[1], *p3 = (const char *)a[3];
    long may = 0;

    switch (number) {
    case SYS_openat:
        *rc = fileop_open((int)a[0], p1, (int)a[2], (unsigned)a[3]);
        return true;
    case SYS_openat2:
        *rc = fileop_openat2((int)a[0], p1, (const struct how *)a[2], (size_t)a[3]);
        return true;
    case SYS_unlinkat:
        *rc = fileop_unlink((int)a[0], p1, (int)a[2]);
        return true;
    case SYS_renameat:
        *rc = fileop_rename((int)a[0], p1, (int)a[2], p3, 0);
        return true;
    case SYS_renameat2:
        *rc = fileop_rename((int)a[0], p1, (int)a[2], p3, (unsigned)a[4]);
        return true;
    case SYS_linkat:
        *rc = fileop_link((int)a[0], p1, (int)a[2], p3, (int)a[4]);
        return true;
    case SYS_symlinkat:
        *rc = fileop_symlink(p0, (int)a[1], (const char *)a[2]);
        return true;
    case SYS_io_uring_setup: /* its opens would be out of sight; programs do without it */
        *rc = -ENOSYS;
        return files_watched();
    case SYS_truncate:
        may = fileop_may(AT_FDCWD, p0, 0, TABLE_WRITE);
        break;
    case SYS_fchmodat:
        may = fileop_may((int)a[0], p1, 0, TABLE_WRITE);
        break;
    case SYS_fchownat:
        may = fileop_may((int)a[0], p1, (int)a[4], TABLE_WRITE);
        break;
    case SYS_fchmod:
    case SYS_fchown:
        may = fileop_opened((int)a[0], TABLE_WRITE);
        break;
#ifdef SYS_open
    case SYS_open:
        *rc = fileop_open(AT_FDCWD, p0, (int)a[1], (unsigned)a[2]);
        return true;
    case SYS_creat:
        *rc = fileop_open(AT_FDCWD, p0, O_CREAT | O_WRONLY | O_TRUNC, (unsigned)a[1]);
        return true;
    case SYS_unlink:
        *rc = fileop_unlink(AT_FDCWD, p0, 0);
        return true;
    case SYS_rmdir:
        *rc = fileop_unlink(AT_FDCWD, p0, AT_REMOVEDIR);
        return true;
    case SYS_rename:
        *rc = fileop_rename(AT_FDCWD, p0, AT_FDCWD, p1, 0);
        return true;
    case SYS_link:
        *rc = fileop_link(AT_FDCWD, p0, AT_FDCWD, p1, 0);
        return true;
    case SYS_symlink:
        *rc = fileop_symlink(p0, AT_FDCWD, p1);
        return true;
    case SYS_chmod:
    case SYS_chown:
        may = fileop_may(AT_FDCWD, p0, 0, TABLE_WRITE);
        break;
    case SYS_lchown:
        may = fileop_may(AT_FDCWD, p0, AT_SYMLINK_NOFOLLOW, TABLE_WRITE);
        break;
#endif
    }
    *rc = may;
    return may < 0;
}
