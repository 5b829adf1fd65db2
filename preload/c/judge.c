#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ahead.h"
#include "ask.h"
#include "channel.h"
#include "ring.h"
#include "snapshot.h"
#include "sys.h"
#include "wire.h"

/* Lists larger than this are not put on the stack: the caller's may be a
 * thread's, or one that vfork borrowed. */
#define STACK_SPACE 16384

long judge_possible(int dirfd, const char *path, int flags, struct file_id *file)
{
    struct stat st;
    long rc = sys4(SYS_newfstatat, dirfd, path, &st, flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));

    if (rc < 0)
        return rc;
    if (S_ISLNK(st.st_mode)) /* only seen when it must not be followed */
        return -ELOOP;
    if (!S_ISREG(st.st_mode))
        return -EACCES;
    file_id_set(file, &st);
    return 0;
}

/* Not asked of the kernel where a permit was found: that is for a file that had
 * the right when it was given, and has not changed. */
static long executable(const struct attempt *a)
{
    return *a->path ? sys3(SYS_faccessat, a->dirfd, a->path, X_OK) : 0;
}

/* What a descriptor or a magic link under /proc leads to: the engine can't
 * look through another process's /proc/self. */
static bool read_link(char *to, const char *link)
{
    long n = sys_readlink(link, to, PATH_MAX - 1);

    if (n <= 0)
        return false;
    to[n] = 0;
    return true;
}

static void descriptor_name(struct text *t, const char *directory, int fd)
{
    text_add(t, directory);
    text_add_number(t, fd);
}

/* The path to ask about. Uses room (where an absolute a->path may be already)
 * if it isn't the one that was given. */
static const char *path_to_judge(const struct attempt *a, char room[PATH_MAX])
{
    char link[64];
    struct text t;

    if (a->dirfd != AT_FDCWD && a->path[0] != '/') {
        text_start(&t, link, sizeof link);
        descriptor_name(&t, "/proc/self/fd/", a->dirfd);
        if (!read_link(room, link))
            return a->path;
        if (!*a->path)
            return room;
        size_t n = text_length(room);
        text_start(&t, room + n, PATH_MAX - n);
        text_add(&t, "/");
        text_add(&t, a->path);
        return t.cut ? a->path : room;
    }
    if (text_starts(a->path, "/proc/") || text_starts(a->path, "/dev/fd/")) {
        long fd = sys_open(a->path, O_PATH | O_CLOEXEC);
        bool found = false;
        if (fd >= 0) {
            text_start(&t, link, sizeof link);
            descriptor_name(&t, "/proc/self/fd/", (int)fd);
            found = read_link(room, link);
            sys_close((int)fd);
        }
        return found ? room : a->path;
    }
    return a->path;
}

/* What the new program's AT_EXECFN will be. */
static const char *name_to_mark(const struct attempt *a, char room[PATH_MAX])
{
    struct text t;

    if (a->dirfd == AT_FDCWD || a->path[0] == '/')
        return a->path;
    text_start(&t, room, PATH_MAX);
    descriptor_name(&t, "/dev/fd/", a->dirfd);
    if (*a->path) {
        text_add(&t, "/");
        text_add(&t, a->path);
    }
    return room;
}

static void get_cwd(char cwd[PATH_MAX])
{
    if (sys2(SYS_getcwd, cwd, PATH_MAX) <= 0 || cwd[0] != '/')
        cwd[0] = 0; /* deleted, or outside of our root */
}

static uint16_t processor(void)
{
    unsigned n;

    return sys3(SYS_getcpu, &n, NULL, NULL) >= 0 && n < UINT16_MAX ? (uint16_t)(n + 1) : 0;
}

/* The session's substitute for a shell would ask about what we already see
 * here: the real shell is asked about and run at once. */
static bool real_shell(const struct session *s, const char *path, char room[PATH_MAX])
{
    char link[SESSION_PATH_MAX];
    size_t n;

    session_path(s, link, SESSION_SHELLS, "");
    n = text_length(link);
    if (!n || !text_starts(path, link) || text_find(path + n, '/'))
        return false;
    session_path(s, link, SESSION_REAL, path + n);
    return *link && read_link(room, link) && room[0] == '/';
}

static size_t count(char *const *list)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    return n;
}

static long refuse(const struct session *s, const struct attempt *a, const struct verdict *v,
                   char *const *envp, launcher launch, void *context)
{
    char path[SESSION_PATH_MAX];
    char *zeroth = a->argv && a->argv[0] ? a->argv[0] : (char *)(uintptr_t)a->path;
    char *const argv[] = {zeroth, (char *)(uintptr_t)v->answer.message, NULL};

    session_path(s, path, SESSION_REFUSED, NULL);
    if (session_stub_intact(s)) {
        long rc = launch(context, path, argv, envp, true, AHEAD_BY_NAME);
        if (rc >= 0)
            return rc;
    }
    sys_write(2, v->answer.message, text_length(v->answer.message));
    sys_write(2, "\n", 1);
    return -EPERM; /* not EACCES: a search of PATH would go on */
}

static char *const *rewritten(const struct attempt *a, const struct verdict *v, char **space)
{
    struct rewrite_list list = v->answer.rewrites;
    size_t argc = count(a->argv), index;
    const char *text;

    for (size_t i = 0; i < argc; i++)
        space[i] = a->argv[i];
    space[argc] = NULL;
    while (codec_next_rewrite(&list, &index, &text))
        space[index] = (char *)(uintptr_t)text;
    return space;
}

/* The rest of judge_launch, once there is space for the new lists. */
static long carry_out(const struct session *s, const struct attempt *a, const struct verdict *v,
                      const struct question *q, int by, char *room, void *space, launcher launch,
                      void *context)
{
    char mark_room[MARK_MAX], *mark = mark_room;
    size_t size = sizeof mark_room;
    const struct env *env = q->env;
    bool replaced = v->answer.path[0];
    const char *path = replaced ? v->answer.path : a->path;
    char *const *argv = a->argv;

    if (!v->answer.allow) {
        char **envp = env_write(env, s->library, NULL, space);
        return refuse(s, a, v, envp, launch, context);
    }
    if (v->answer.rewrites.count) {
        argv = rewritten(a, v, space);
        space = (char **)space + count(a->argv) + 1;
    }
    const char *name = replaced ? path : name_to_mark(a, room);
    if (by >= 0) /* the question's path is the attempt's own then, and no room is needed for it */
        mark = room, size = PATH_MAX;
    mark_write(mark, size, a->mark, q->pid, name, argv, q->cwd, v->awaited, by >= 0);
    char **envp = env_write(env, s->library, *s->library && !v->answer.again ? mark : NULL, space);
    if (permit_keep())
        channel_keep(s);
    return launch(context, path, argv, envp, replaced, by);
}

/* Whether the engine need not be asked, and knows of it all the same. */
static bool permitted(const struct session *s, const struct attempt *a, const struct question *q,
                      const struct ring *ring, struct verdict *v)
{
    if (!a->file || q->path != a->path)
        return false;
    uint64_t permit = permit_covers(q, a->file, ring_memory(ring), v->room, sizeof v->room);

    return permit && (ring ? ring_note(s, ring, q, permit) : permit_note(q, permit));
}

static long judge_as_is(const struct session *s, const struct attempt *given, launcher launch,
                        void *context)
{
    struct attempt a = *given;
    char cwd[PATH_MAX], room[PATH_MAX];
    struct verdict v;
    struct env env;
    long rc;

    if (a.dirfd == AT_FDCWD && real_shell(s, a.path, room))
        a.path = room, a.file = NULL;
    get_cwd(cwd);
    env_read(&env, a.envp, s->library);
    struct question q = {
        .layer = a.layer,
        .path = path_to_judge(&a, room),
        .cwd = cwd,
        .argv = a.argv,
        .env = &env,
        .pid = sys0(SYS_getpid),
        .child = a.mark == MARK_PARENT,
    };
    int by = AHEAD_BY_NAME;
    const struct ring *ring = ring_of(s, &q);
    if (permitted(s, &a, &q, ring, &v)) {
        v.answer = (struct answer){.allow = true, .message = "", .path = ""}, v.map = NULL, v.awaited = -1;
    } else if (given->file && (rc = executable(given)) < 0) {
        return rc;
    } else {
        q.ppid = sys0(SYS_getppid);
        q.ahead = session_intact(s) && q.path == a.path &&
                  ahead_possible(s, &a, &env, ring_memory(ring), &by);
        q.processor = q.ahead ? processor() : 0;
        if (!q.ahead || !ask_ahead(s, &q, &v)) {
            if (by >= 0)
                sys_close(by);
            q.ahead = false, by = AHEAD_BY_NAME;
            ask(s, &q, &v);
        }
    }
    if (v.answer.allow && !session_intact(s)) {
        v.answer.allow = false;
        v.answer.message = "rampart: refused: the library that guards this session was removed or "
                           "changed, or is where nothing may be executed; start a new one with `rampart wrap`";
    }

    size_t size = env_space(&env, s->library);
    if (v.answer.rewrites.count)
        size += (count(a.argv) + 1) * sizeof(char *);
    void *map = size > STACK_SPACE ? sys_map(size) : NULL;
    rc = -ENOMEM;
    if (size <= STACK_SPACE) {
        char *space[size / sizeof(char *) + 1];
        rc = carry_out(s, &a, &v, &q, by, room, space, launch, context);
    } else if (map) {
        rc = carry_out(s, &a, &v, &q, by, room, map, launch, context);
        sys_unmap(map, size);
    }
    if (v.awaited >= 0) /* nothing was started: what the answer is does not matter */
        sys_close(v.awaited);
    if (by >= 0)
        sys_close(by);
    ask_done(&v);
    return rc;
}

__attribute__((noinline)) static long judge_copy(const struct session *s, const struct attempt *given,
                                                 void *space, size_t size, launcher launch, void *context)
{
    struct attempt a = *given;

    return snapshot_take(&a, space, size) ? judge_as_is(s, &a, launch, context) : -EFAULT;
}

long judge_launch(const struct session *s, const struct attempt *a, launcher launch, void *context)
{
    const size_t size = snapshot_space(a);

    if (!size)
        return judge_as_is(s, a, launch, context);
    if (size <= STACK_SPACE) {
        char *space[size / sizeof(char *) + 1];
        return judge_copy(s, a, space, sizeof space, launch, context);
    }
    void *map = sys_map(size);
    if (!map)
        return -ENOMEM;
    long rc = judge_copy(s, a, map, size, launch, context);
    sys_unmap(map, size);
    return rc;
}
