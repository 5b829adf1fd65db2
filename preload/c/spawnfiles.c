/* Files that a child of posix_spawn is to begin with: libc opens them there, out
 * of sight, so they are judged when they are asked for, and what they are must
 * not depend on where the child is then. */
#include <errno.h>
#include <fcntl.h>

#include "doors.h"
#include "fileops.h"
#include "filepath.h"
#include "files.h"
#include "symbol.h"
#include "sys.h"
#include "text.h"

typedef int (*addopen_function)(void *, int, const char *, int, unsigned);
typedef int (*addchdir_function)(void *, const char *);
typedef int (*addfchdir_function)(void *, int);
typedef int (*actions_function)(void *);

/* Lists of actions that change the directory. If there are more, all do. */
#define MOVED 16
static void *moved[MOVED];
static bool too_many;

static bool moves(void *actions)
{
    for (int i = 0; i < MOVED; i++)
        if (__atomic_load_n(&moved[i], __ATOMIC_ACQUIRE) == actions)
            return true;
    return __atomic_load_n(&too_many, __ATOMIC_ACQUIRE);
}

static void move(void *actions)
{
    for (int i = 0; i < MOVED && !moves(actions); i++) {
        void *none = NULL;
        __atomic_compare_exchange_n(&moved[i], &none, actions, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    }
    if (!moves(actions))
        __atomic_store_n(&too_many, true, __ATOMIC_RELEASE);
}

static void forget(void *actions)
{
    for (int i = 0; i < MOVED; i++) {
        void *it = actions;
        __atomic_compare_exchange_n(&moved[i], &it, NULL, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    }
}

#define CALL(name, type, ...)                               \
    do {                                                    \
        type real = (type)symbol_next(name);                \
        return real ? real(__VA_ARGS__) : ENOSYS;           \
    } while (0)

DOOR int posix_spawn_file_actions_init(void *actions);
DOOR int posix_spawn_file_actions_destroy(void *actions);
DOOR int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
DOOR int posix_spawn_file_actions_addfchdir_np(void *actions, int fd);
DOOR int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags,
                                          unsigned mode);

DOOR int posix_spawn_file_actions_init(void *actions)
{
    forget(actions);
    CALL("posix_spawn_file_actions_init", actions_function, actions);
}

DOOR int posix_spawn_file_actions_destroy(void *actions)
{
    forget(actions);
    CALL("posix_spawn_file_actions_destroy", actions_function, actions);
}

DOOR int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)
{
    move(actions);
    CALL("posix_spawn_file_actions_addchdir_np", addchdir_function, actions, path);
}

DOOR int posix_spawn_file_actions_addfchdir_np(void *actions, int fd)
{
    move(actions);
    CALL("posix_spawn_file_actions_addfchdir_np", addfchdir_function, actions, fd);
}

/* A relative path is made absolute: this process may go elsewhere before it
 * starts the child. */
DOOR int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags,
                                          unsigned mode)
{
    char whole[2 * PATH_MAX];
    struct text t;

    if (files_watched() && path && *path && *path != '/') {
        if (moves(actions))
            return EACCES;
        path_of_directory(AT_FDCWD, whole);
        if (!*whole)
            return EACCES;
        size_t n = text_length(whole);
        text_start(&t, whole + n, sizeof whole - n);
        text_add(&t, "/");
        text_add(&t, path);
        if (t.cut)
            return ENAMETOOLONG;
        path = whole;
    }
    long rc = fileop_may_open(AT_FDCWD, path, flags);
    if (rc < 0)
        return (int)-rc;
    CALL("posix_spawn_file_actions_addopen", addopen_function, actions, fd, path, flags, mode);
}
