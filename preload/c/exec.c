/* The doors of the exec family, and syscall(). */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "doors.h"
#include "judge.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

#define SHELL "/bin/sh"
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

/* <unistd.h> promises that these never get NULL; callers don't. */
DOOR int execve(const char *path, char *const argv[], char *const envp[]);
DOOR int execv(const char *path, char *const argv[]);
DOOR int execvp(const char *file, char *const argv[]);
DOOR int execvpe(const char *file, char *const argv[], char *const envp[]);
DOOR int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags);
DOOR int fexecve(int fd, char *const argv[], char *const envp[]);
DOOR int execl(const char *path, const char *arg, ...);
DOOR int execle(const char *path, const char *arg, ...);
DOOR int execlp(const char *file, const char *arg, ...);
DOOR long syscall(long number, ...);

int door_result(long rc)
{
    if (rc >= 0)
        return (int)rc;
    if (__errno_location)
        *__errno_location() = (int)-rc;
    return -1;
}

static long exec_as_is(int dirfd, const char *path, char *const *argv, char *const *envp, int flags)
{
    if (dirfd == AT_FDCWD && !flags)
        return sys3(SYS_execve, path, argv, envp);
    return sys5(SYS_execveat, dirfd, path, argv, envp, flags);
}

static long launch_exec(void *context, const char *path, char *const *argv, char *const *envp,
                        bool replaced, int by)
{
    const struct attempt *a = context;

    if (by != AHEAD_BY_NAME)
        return exec_as_is(by, "", argv, envp, AT_EMPTY_PATH);
    return exec_as_is(replaced ? AT_FDCWD : a->dirfd, path, argv, envp, replaced ? 0 : a->flags);
}

long door_exec(int dirfd, const char *path, char *const *argv, char *const *envp, int flags)
{
    struct file_id file;
    struct attempt a = {
        .dirfd = dirfd,
        .path = path,
        .argv = argv,
        .envp = envp,
        .flags = flags,
        .layer = WIRE_LAYER_PRELOAD,
        .mark = MARK_SELF,
        .inherits = true,
        .file = &file,
    };

    if (!guard.active)
        return exec_as_is(dirfd, path, argv, envp, flags);
    if (!path)
        return -EFAULT;
    long rc = judge_possible(dirfd, path, flags, &file);
    return rc < 0 ? rc : judge_launch(&guard, &a, launch_exec, &a);
}

/* A file without a format the kernel knows is a script for the shell. */
static long exec_as_script(const char *path, char *const *argv, char *const *envp)
{
    size_t argc = 0;

    while (argv && argv[argc])
        argc++;
    char **script = alloca((argc + 3) * sizeof *script);
    script[0] = (char *)(uintptr_t)SHELL;
    script[1] = (char *)(uintptr_t)path;
    for (size_t i = 1; i < argc; i++)
        script[i + 1] = argv[i];
    script[argc > 1 ? argc + 1 : 2] = NULL;
    return door_exec(AT_FDCWD, SHELL, script, envp, 0);
}

struct lists {
    char *const *argv, *const *envp;
};

static long try_exec(void *context, const char *path)
{
    const struct lists *l = context;
    long rc = door_exec(AT_FDCWD, path, l->argv, l->envp, 0);

    return rc == -ENOEXEC && guard_on_glibc ? exec_as_script(path, l->argv, l->envp) : rc;
}

static int exec_search(const char *file, char *const *argv, char *const *envp)
{
    struct lists l = {argv, envp};

    return door_result(file ? door_search(file, try_exec, &l) : -EFAULT);
}

DOOR int execve(const char *path, char *const argv[], char *const envp[])
{
    return door_result(door_exec(AT_FDCWD, path, argv, envp, 0));
}

DOOR int execv(const char *path, char *const argv[])
{
    return door_result(door_exec(AT_FDCWD, path, argv, environ, 0));
}

DOOR int execvp(const char *file, char *const argv[])
{
    return exec_search(file, argv, environ);
}

DOOR int execvpe(const char *file, char *const argv[], char *const envp[])
{
    return exec_search(file, argv, envp);
}

DOOR int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
    return door_result(door_exec(dirfd, path, argv, envp, flags));
}

DOOR int fexecve(int fd, char *const argv[], char *const envp[])
{
    if (fd < 0 || !argv || !envp)
        return door_result(-EINVAL);
    return door_result(door_exec(fd, "", argv, envp, AT_EMPTY_PATH));
}

/* The list that the arguments after `first` make, in stack of the caller's. */
#define LIST_ARGUMENTS(first, list, rest)                        \
    do {                                                         \
        size_t count = 1;                                        \
        va_start(rest, first);                                   \
        while (first && count < 1u << 24 && va_arg(rest, char *)) \
            count++;                                             \
        va_end(rest);                                            \
        list = alloca((count + 1) * sizeof *list);               \
        list[0] = (char *)(uintptr_t)first;                      \
        va_start(rest, first);                                   \
        for (size_t i = 1; first && i <= count; i++)             \
            list[i] = va_arg(rest, char *);                      \
    } while (0)

DOOR int execl(const char *path, const char *arg, ...)
{
    va_list rest;
    char **argv;

    LIST_ARGUMENTS(arg, argv, rest);
    va_end(rest);
    return door_result(door_exec(AT_FDCWD, path, argv, environ, 0));
}

DOOR int execle(const char *path, const char *arg, ...)
{
    va_list rest;
    char **argv;

    LIST_ARGUMENTS(arg, argv, rest);
    if (!arg) /* the list's end is not among the variable arguments */
        va_start(rest, arg);
    char *const *envp = va_arg(rest, char *const *);
    va_end(rest);
    return door_result(door_exec(AT_FDCWD, path, argv, envp, 0));
}

DOOR int execlp(const char *file, const char *arg, ...)
{
    va_list rest;
    char **argv;

    LIST_ARGUMENTS(arg, argv, rest);
    va_end(rest);
    return exec_search(file, argv, environ);
}

#if defined(__x86_64__)
#define X32 0x40000000 /* the x32 calls' bit; their lists have pointers of 32 bits */
#define X32_EXECVE (X32 + 520)
#define X32_EXECVEAT (X32 + 545)
#endif

/* As libc's: passes six words to the kernel, whatever they mean. */
DOOR long syscall(long number, ...)
{
    va_list rest;
    long a[6];

    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);

    long rc;
    switch (number) {
    case SYS_execve:
        rc = door_exec(AT_FDCWD, (const char *)a[0], (char *const *)a[1], (char *const *)a[2], 0);
        break;
    case SYS_execveat:
        rc = door_exec((int)a[0], (const char *)a[1], (char *const *)a[2], (char *const *)a[3],
                       (int)a[4]);
        break;
#ifdef X32
    case X32 | SYS_execve:
    case X32 | SYS_execveat:
    case X32_EXECVE:
    case X32_EXECVEAT:
        rc = guard.active ? -ENOSYS : sys6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        break;
#endif
    case SYS_landlock_restrict_self:
        session_confine();
        rc = sys6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        break;
    default:
        if (!door_file_call(number, a, &rc))
            rc = sys6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    if (rc < 0 && rc > -4096) {
        if (__errno_location)
            *__errno_location() = (int)-rc;
        return -1;
    }
    return rc;
}
