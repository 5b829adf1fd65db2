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

DOOR int open_by_handle_at(int mountfd, struct file_handle *handle, int flags);

DOOR int open_by_handle_at(int mountfd, struct file_handle *handle, int flags)
{
    return door_result(fileop_open_handle(mountfd, handle, flags));
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
    /* The same file, opened anew in another mode. */
    long rc = mode && stream && fileno ? fileop_opened(fileno(stream), doing_of_mode(mode)) : 0;
    if (rc < 0) {
        fclose(stream);
        return fail(rc);
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

/* A table of mounts, or whatever file it is. */
DOOR void *setmntent(const char *path, const char *mode);

DOOR void *setmntent(const char *path, const char *mode)
{
    fopen_function real = REAL("setmntent", fopen_function);
    long rc = real ? 0 : -ENOSYS;

    if (real && files_watched() && path && mode)
        rc = fileop_may(AT_FDCWD, path, 0, doing_of_mode(mode));
    return rc < 0 ? fail(rc) : opened(real(path, mode), mode);
}

ALSO(void *, __setmntent, setmntent, const char *, const char *);

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
