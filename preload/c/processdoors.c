/* One process at another's memory or descriptors: what it makes of a process that
 * no session guards, that does for it. It is judged as opening that memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/uio.h>

#include "doors.h"
#include "files.h"
#include "filepath.h"
#include "sys.h"
#include "text.h"

#define ANCESTORS 256
#define PEEKS_FIRST 1 /* PTRACE_PEEKTEXT, PEEKDATA, PEEKUSER; the libcs' types for them differ */
#define PEEKS_LAST 3
#define TRACE_ME 0
#define ATTACH 16
#define SEIZE 0x4206

/* The kernel's struct rlimit64 and numbers: <sys/resource.h> declares our doors in the libc's own way. */
struct limit {
    uint64_t now, most;
};
#define LIMIT_DATA 2
#define LIMIT_FILES 7
#define LIMIT_SPACE 9

#define FEW_FILES 64
#define LITTLE_MEMORY (64u << 20)

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static void proc_path(char path[64], const char *begin, long n, const char *end)
{
    struct text t;

    text_start(&t, path, 64);
    text_add(&t, begin);
    text_add_number(&t, n);
    text_add(&t, end);
}

/* The number that follows a word in a small file; -1 if there is none. */
static long number_in(const char *path, const char *after)
{
    char text[512];
    long number = 0, fd = sys_open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    long n = sys3(SYS_read, fd, text, sizeof text - 1);
    sys_close((int)fd);
    text[n > 0 ? n : 0] = 0;
    const char *p = text_last(text, *after);
    while (p && p > text && !text_starts(p, after))
        for (p--; p > text && *p != *after; p--)
            ;
    if (!p || !text_starts(p, after))
        return -1;
    for (p += text_length(after); *p == ' ' || *p == '\t' || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'); p++)
        ; /* the letter of a state may stand before it */
    if (*p < '0' || *p > '9')
        return -1;
    for (; *p >= '0' && *p <= '9'; p++)
        number = number * 10 + (*p - '0');
    return number;
}

/* Whether a process, or thread, is this one, below it, or of its session; the
 * session's guard is not. */
static bool is_near(long pid)
{
    const long self = sys0(SYS_getpid);
    char path[64];

    if (pid == guard.engine)
        return false;
    proc_path(path, "/proc/self/task/", pid, "");
    if (sys3(SYS_faccessat, AT_FDCWD, path, 0) >= 0)
        return true;
    for (int i = 0; pid > 1 && i < ANCESTORS; i++) {
        if (pid == self || pid == guard.engine)
            return true;
        proc_path(path, "/proc/", pid, "/stat");
        pid = number_in(path, ")");
    }
    return false;
}

static long judge(long pid, unsigned doing)
{
    char path[64];

    if (!files_watched() || pid <= 0 || is_near(pid))
        return 0;
    proc_path(path, "/proc/", pid, "/mem");
    return path_judge(doing, path);
}

/* A limit with which another process, that starts a program at this moment, could come up
 * without the library: put there for as long as the dynamic linker opens that. */
static bool starves(int resource, const struct limit *limit)
{
    if (resource == LIMIT_FILES)
        return limit->now < FEW_FILES;
    return (resource == LIMIT_SPACE || resource == LIMIT_DATA) && limit->now < LITTLE_MEMORY;
}

/* A program that waits in place for its answer, ahead of it, is at the mercy of whoever
 * traces it: none is started so from the first tracing on. */
static long traces(long pid)
{
    long rc = pid ? judge(pid, TABLE_READ | TABLE_WRITE) : 0;

    if (rc < 0 || !guard.active)
        return rc;
    rc = session_set_traced(&guard);
    return rc == -EROFS || rc == -ENOENT ? 0 : rc; /* among mounts, or without a session, where nothing is */
}

long door_process_call(long number, const long a[6])
{
    char path[64];

    switch (number) {
    case SYS_ptrace:
        if (a[0] == ATTACH || a[0] == SEIZE)
            return traces((int)a[1]);
        return a[0] == TRACE_ME ? traces(0) : 0;
    case SYS_process_vm_readv:
        return judge((int)a[0], TABLE_READ);
    case SYS_process_vm_writev:
        return judge((int)a[0], TABLE_READ | TABLE_WRITE);
    case SYS_prlimit64:
        if (!a[2] || !a[0] || !files_watched())
            return 0;
        if (a[0] == guard.engine) /* without descriptors or files it answers nobody */
            return judge((int)a[0], TABLE_READ | TABLE_WRITE);
        if (a[0] == sys0(SYS_getpid) || !starves((int)a[1], (const struct limit *)(uintptr_t)a[2]))
            return 0;
        proc_path(path, "/proc/", (int)a[0], "/mem");
        return path_judge(TABLE_READ | TABLE_WRITE, path);
    case SYS_pidfd_getfd:
        proc_path(path, "/proc/self/fdinfo/", (int)a[0], "");
        return files_watched() ? judge(number_in(path, "Pid:"), TABLE_READ | TABLE_WRITE) : 0;
    }
    return 0;
}

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    const long all[6] = {a, b, c, d, e, f};
    long rc = door_process_call(number, all);

    return rc < 0 ? rc : sys6(number, a, b, c, d, e, f);
}

static long result(long rc)
{
    return rc < 0 ? door_result(rc) : rc;
}

DOOR long ptrace(int request, ...);
DOOR ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long locals,
                              const struct iovec *remote, unsigned long remotes, unsigned long flags);
DOOR ssize_t process_vm_writev(pid_t pid, const struct iovec *local, unsigned long locals,
                               const struct iovec *remote, unsigned long remotes, unsigned long flags);
DOOR int pidfd_getfd(int pidfd, int fd, unsigned flags);
DOOR int prlimit(pid_t pid, int resource, const void *limit, void *old);
DOOR int prlimit64(pid_t pid, int resource, const void *limit, void *old)
    __attribute__((alias("prlimit")));

/* As in libc, what the kernel peeks at is the result. */
DOOR long ptrace(int request, ...)
{
    const bool peeks = request >= PEEKS_FIRST && request <= PEEKS_LAST;
    long word = 0;
    va_list rest;

    va_start(rest, request);
    long pid = va_arg(rest, int), address = va_arg(rest, long), data = va_arg(rest, long);
    va_end(rest);
    long rc = call(SYS_ptrace, request, pid, address, peeks ? SYS_ARG(&word) : data, 0, 0);
    if (rc < 0 || !peeks)
        return result(rc);
    if (__errno_location)
        *__errno_location() = 0;
    return word;
}

DOOR ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long locals,
                              const struct iovec *remote, unsigned long remotes, unsigned long flags)
{
    return result(call(SYS_process_vm_readv, pid, SYS_ARG(local), (long)locals, SYS_ARG(remote),
                       (long)remotes, (long)flags));
}

DOOR ssize_t process_vm_writev(pid_t pid, const struct iovec *local, unsigned long locals,
                               const struct iovec *remote, unsigned long remotes, unsigned long flags)
{
    return result(call(SYS_process_vm_writev, pid, SYS_ARG(local), (long)locals, SYS_ARG(remote),
                       (long)remotes, (long)flags));
}

DOOR int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
    return (int)result(call(SYS_pidfd_getfd, pidfd, fd, (long)flags, 0, 0, 0));
}

DOOR int prlimit(pid_t pid, int resource, const void *limit, void *old)
{
    return (int)result(call(SYS_prlimit64, pid, resource, SYS_ARG(limit), SYS_ARG(old), 0, 0));
}
