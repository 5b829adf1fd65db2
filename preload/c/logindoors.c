/* The tables of who is logged in, which libc opens by itself: any file may be
 * named as one. */
#include <errno.h>
#include <fcntl.h>
#include <utmpx.h>

#include "doors.h"
#include "fileops.h"
#include "files.h"
#include "symbol.h"
#include "sys.h"
#include "text.h"

#define KEPT_FROM 64 /* no program's own numbers are taken */
#define REAL(name, type) ((type)symbol_next(name))

typedef int (*name_function)(const char *);
typedef void (*append_function)(const char *, const void *);
typedef void *(*put_function)(const void *);

static int kept = -1; /* the table that was named, open: what it is called may change */

static long keep_open(const char *path)
{
    long fd = fileop_open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);

    if (fd < 0)
        return fd;
    long moved = sys3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, KEPT_FROM);
    sys_close((int)fd);
    return moved;
}

/* Callers heed no failure, so libc is told of a table that there is not. */
static int name_table(const char *name, const char *path)
{
    name_function real = REAL(name, name_function);
    char pinned[32];
    struct text t;

    if (!real)
        return door_result(-ENOSYS);
    if (!files_watched() || !path)
        return real(path);
    long fd = keep_open(path);
    if (kept >= 0)
        sys_close(kept);
    kept = fd < 0 ? -1 : (int)fd;
    text_start(&t, pinned, sizeof pinned);
    text_add(&t, "/proc/self/fd/");
    text_add_number(&t, fd < 0 ? 1 << 30 : fd);
    int rc = real(pinned);
    return fd == -EACCES ? door_result(fd) : rc;
}

static void *put(const char *name, const void *record)
{
    put_function real = REAL(name, put_function);
    long rc = real ? 0 : -ENOSYS;

    if (real && files_watched())
        rc = kept < 0 ? fileop_may(AT_FDCWD, "/var/run/utmp", 0, TABLE_WRITE) : fileop_opened(kept, TABLE_WRITE);
    if (rc >= 0)
        return real(record);
    door_result(rc);
    return NULL;
}

static void append(const char *name, const char *path, const void *record)
{
    append_function real = REAL(name, append_function);
    long rc = real && files_watched() && path ? fileop_may(AT_FDCWD, path, 0, TABLE_WRITE) : 0;

    if (rc < 0)
        door_result(rc);
    else if (real)
        real(path, record);
}

DOOR int utmpname(const char *path);
DOOR int utmpxname(const char *path);
DOOR void updwtmp(const char *path, const void *record);
DOOR void updwtmpx(const char *path, const struct utmpx *record);
DOOR void *pututline(const void *record);
DOOR struct utmpx *pututxline(const struct utmpx *record);

DOOR int utmpname(const char *path)
{
    return name_table("utmpname", path);
}

DOOR int utmpxname(const char *path)
{
    return name_table("utmpxname", path);
}

DOOR void updwtmp(const char *path, const void *record)
{
    append("updwtmp", path, record);
}

DOOR void updwtmpx(const char *path, const struct utmpx *record)
{
    append("updwtmpx", path, record);
}

DOOR void *pututline(const void *record)
{
    return put("pututline", record);
}

DOOR struct utmpx *pututxline(const struct utmpx *record)
{
    return put("pututxline", record);
}
