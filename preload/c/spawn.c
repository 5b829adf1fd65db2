/* The doors of the posix_spawn family. Judged in the parent, started by
 * libc's own function, whose attributes and file actions are its own affair. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "ahead.h"
#include "doors.h"
#include "judge.h"
#include "snapshot.h"
#include "symbol.h"
#include "sys.h"
#include "wire.h"

typedef int (*spawn_function)(int *, const char *, const void *, const void *, char *const *,
                              char *const *);

DOOR int posix_spawn(int *pid, const char *path, const void *actions, const void *attributes,
                     char *const argv[], char *const envp[]);
DOOR int posix_spawnp(int *pid, const char *file, const void *actions, const void *attributes,
                      char *const argv[], char *const envp[]);
DOOR int pidfd_spawn(int *fd, const char *path, const void *actions, const void *attributes,
                     char *const argv[], char *const envp[]);
DOOR int pidfd_spawnp(int *fd, const char *file, const void *actions, const void *attributes,
                      char *const argv[], char *const envp[]);

/* Looked up when it is needed: most programs start no other, and would pay for
 * the pages of libc's symbol table at every exec. */
static spawn_function spawn_real(void)
{
    return (spawn_function)symbol_next("posix_spawn");
}

struct spawn {
    spawn_function real;
    int *result;
    const void *actions, *attributes;
    char *const *argv, *const *envp;
};

static long launch_spawn(void *context, const char *path, char *const *argv, char *const *envp,
                         bool replaced, int by)
{
    const struct spawn *s = context;
    char link[AHEAD_LINK];

    (void)replaced; /* a spawn has no other directory to be relative to */
    if (by != AHEAD_BY_NAME) {
        ahead_link(link, by);
        path = link;
    }
    return -s->real(s->result, path, s->actions, s->attributes, argv, envp);
}

/* The beginning of the libcs' own types. */
struct actions {
    int allocated, used; /* glibc */
};

static bool changes_nothing(const void *given)
{
    const struct actions *actions = given;

    return !actions || (guard_on_glibc && !actions->used);
}

static long try_spawn(void *context, const char *path)
{
    struct spawn *s = context;
    struct file_id file;
    struct attempt a = {
        .dirfd = AT_FDCWD,
        .path = path,
        .argv = s->argv,
        .envp = s->envp,
        .layer = WIRE_LAYER_PRELOAD,
        .mark = MARK_PARENT,
        .inherits = !snapshot_shared() && changes_nothing(s->actions),
    };

    if (!s->real)
        return -ENOSYS;
    if (!guard.active)
        return launch_spawn(s, path, s->argv, s->envp, false, AHEAD_BY_NAME);
    if (!path)
        return -EFAULT;
    /* File actions may change the directory first: then only the child knows
     * what a relative path means, and its constructor will ask again. */
    if (path[0] == '/' || !s->actions) {
        long rc = judge_possible(AT_FDCWD, path, 0, &file);
        if (rc < 0)
            return rc;
        a.file = &file;
    }
    return judge_launch(&guard, &a, launch_spawn, s);
}

DOOR int posix_spawn(int *pid, const char *path, const void *actions, const void *attributes,
                     char *const argv[], char *const envp[])
{
    struct spawn s = {spawn_real(), pid, actions, attributes, argv, envp};

    return (int)-try_spawn(&s, path);
}

DOOR int posix_spawnp(int *pid, const char *file, const void *actions, const void *attributes,
                      char *const argv[], char *const envp[])
{
    struct spawn s = {spawn_real(), pid, actions, attributes, argv, envp};

    return (int)-(file ? door_search(file, try_spawn, &s) : -EFAULT);
}

/* Programs look these two up to see whether they exist (they do since glibc
 * 2.39), and find ours in any case: so they work in any case. */
static int without_pidfd_spawn(int *fd, const char *path, const void *actions,
                               const void *attributes, char *const *argv, char *const *envp)
{
    spawn_function real = spawn_real();
    int pid, rc = real ? real(&pid, path, actions, attributes, argv, envp) : ENOSYS;

    if (rc)
        return rc;
    long opened = sys2(SYS_pidfd_open, pid, 0);
    if (opened < 0) {
        sys2(SYS_kill, pid, SIGKILL);
        sys4(SYS_wait4, pid, NULL, 0, NULL);
        return (int)-opened;
    }
    *fd = (int)opened;
    return 0;
}

static spawn_function pidfd_spawn_function(void)
{
    spawn_function real = (spawn_function)symbol_next("pidfd_spawn");

    return real ? real : without_pidfd_spawn;
}

DOOR int pidfd_spawn(int *fd, const char *path, const void *actions, const void *attributes,
                     char *const argv[], char *const envp[])
{
    struct spawn s = {pidfd_spawn_function(), fd, actions, attributes, argv, envp};

    return (int)-try_spawn(&s, path);
}

DOOR int pidfd_spawnp(int *fd, const char *file, const void *actions, const void *attributes,
                      char *const argv[], char *const envp[])
{
    struct spawn s = {pidfd_spawn_function(), fd, actions, attributes, argv, envp};

    return (int)-(file ? door_search(file, try_spawn, &s) : -EFAULT);
}
