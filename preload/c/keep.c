#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "env.h"
#include "image.h"
#include "mark.h"
#include "place.h"
#include "session.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

#define HOLDS 4096 /* how many at once; more wait for the filter's answer */
#define ROOM 3072 /* for reading a permit; most are shorter */
#define PASSED_ROOM 98304 /* one packet */
#define PASSED_WAIT 50 /* milliseconds that those may lie that were let pass */
#define NO_ANSWER -38 /* ENOSYS */

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1
#endif
#define ANY_TASK 0x40000001  /* WNOHANG, __WALL */
#define EVENT_STOP 128       /* PTRACE_EVENT_STOP */
#define SEIZE_EXIT_KILL 0x100000

/* A task that waits in its call until it is attached to (WAITING), goes on from
 * there (RELEASED), waits at its exec event for a verdict (HELD), or in its call
 * for one as it can't be attached to (UNHELD). */
struct hold {
    uint64_t id;   /* the verdict's; 0: this place is free */
    uint64_t call; /* the filter's number for it */
    long pid;
    enum { WAITING, RELEASED, HELD, UNHELD } state;
};

static struct {
    int listener, channel, guard, failed, signals;
    bool killable;
    long agent;
    struct session session;
    struct file_id own;
    const unsigned char *permits; /* mapped; NULL: they are read */
    struct hold holds[HOLDS];
    size_t top, used; /* no hold is behind top */
    uint64_t next;
    char passed[PASSED_ROOM];
    size_t passed_size;
    int told; /* a timer: ends when those have lain long enough */
} k;

static void flush_passed(void);
static void obey(void);

/* Rampart may be waiting for us to take its verdicts meanwhile. */
static void tell(const struct keep_report *r, const void *more, size_t n)
{
    struct iovec iov[] = {{(void *)(uintptr_t)r, sizeof *r}, {(void *)(uintptr_t)more, n}};
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};

    for (;;) {
        long rc = sys3(SYS_sendmsg, k.channel, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (rc != -EAGAIN && rc != -EINTR)
            return;
        struct pollfd room = {k.channel, POLLIN | POLLOUT, 0};
        sys5(SYS_ppoll, &room, 1, NULL, NULL, 8);
        if (room.revents & POLLIN)
            obey();
    }
}

static struct hold *new_hold(long pid)
{
    for (size_t i = 0; i < HOLDS; i++)
        if (!k.holds[i].id) {
            k.used++;
            if (i >= k.top)
                k.top = i + 1;
            k.holds[i] = (struct hold){.id = ++k.next, .pid = pid};
            return &k.holds[i];
        }
    return NULL;
}

static void free_hold(struct hold *h)
{
    if (!h)
        return;
    h->id = 0;
    k.used--;
    while (k.top && !k.holds[k.top - 1].id)
        k.top--;
}

/* The hold of a task that we are attached to. */
static struct hold *hold_of(long pid)
{
    for (size_t i = 0; i < k.top; i++)
        if (k.holds[i].id && k.holds[i].pid == pid &&
            (k.holds[i].state == RELEASED || k.holds[i].state == HELD))
            return &k.holds[i];
    return NULL;
}

/* Whether we are attached to it and to no other that is not held yet. */
static bool is_only_released(long pid)
{
    bool found = false;

    for (size_t i = 0; i < k.top; i++) {
        if (!k.holds[i].id || k.holds[i].state != RELEASED)
            continue;
        if (k.holds[i].pid != pid)
            return false;
        found = true;
    }
    return found;
}

static long trace(long request, long pid, long data)
{
    return sys4(SYS_ptrace, request, pid, 0, data);
}

static long filter_call(unsigned long request, void *arg)
{
    long rc;

    do {
        rc = sys3(SYS_ioctl, k.listener, request, arg);
    } while (rc == -EINTR);
    return rc;
}

static void respond(uint64_t id, int error)
{
    struct seccomp_notif_resp r = {.id = id, .error = error};

    if (!error)
        r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    filter_call(SECCOMP_IOCTL_NOTIF_SEND, &r);
}

/* Whether another task of the same thread group is on its way through an exec. It
 * holds the group's lock, which attaching needs, until all other threads are
 * gone; those that we trace are so only when we have heard of their end. */
static bool group_is_busy(const struct hold *h)
{
    for (size_t i = 0; i < k.top; i++) {
        const struct hold *other = &k.holds[i];
        if (other->id && other->state == RELEASED && image_is_thread(h->pid, other->pid))
            return true;
    }
    return false;
}

/* Attaches to a task that wants to exec, and lets its call go on, or leaves it
 * WAITING. */
static void release(struct hold *h)
{
    if (group_is_busy(h))
        return;
    long rc = trace(PTRACE_SEIZE, h->pid, PTRACE_O_TRACEEXEC | SEIZE_EXIT_KILL);
    if (rc < 0 && filter_call(SECCOMP_IOCTL_NOTIF_ID_VALID, &h->call) < 0) {
        free_hold(h); /* it is gone */
        return;
    }
    if (rc < 0) {
        struct keep_report r = {.kind = KEEP_UNHELD, .pid = (int)h->pid, .value = (int)-rc, .id = h->id};
        h->state = UNHELD;
        flush_passed();
        tell(&r, NULL, 0);
        return;
    }
    /* If the call fails there is no exec to stop at; the interruption makes sure
     * of a stop. A caller that would wake up for it has to be answered before. If
     * there is nobody to answer, the number may have passed to another task before
     * we attached, which is let go at its next stop. */
    h->state = RELEASED;
    if (k.killable)
        trace(PTRACE_INTERRUPT, h->pid, 0);
    respond(h->call, 0);
    if (!k.killable)
        trace(PTRACE_INTERRUPT, h->pid, 0);
}

static void receive(void)
{
    static struct seccomp_notif n;

    n = (struct seccomp_notif){0};
    if (filter_call(SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
        return; /* ENOENT: it was killed meanwhile */
    struct hold *h = new_hold(n.pid);
    h->call = n.id;
    h->state = WAITING;
    place_stay(k.used == 1);
    release(h);
    if (h->state != RELEASED)
        place_free();
}

/* Those who waited for others may go on. */
static void release_waiting(void)
{
    for (size_t i = 0; i < k.top; i++)
        if (k.holds[i].id && k.holds[i].state == WAITING)
            release(&k.holds[i]);
}

/* Has flush_passed called in time. */
static void start_passed(void)
{
    const struct {
        struct timespec every, first;
    } t = {.first = {0, PASSED_WAIT * 1000000}};

    sys4(SYS_timerfd_settime, k.told, 0, &t, NULL);
}

static void flush_passed(void)
{
    struct keep_report r = {.kind = KEEP_PASSED};

    if (k.passed_size)
        tell(&r, k.passed, k.passed_size);
    k.passed_size = 0;
}

struct sink {
    char *at, *end;
};

static long store(void *to, struct iovec *iov, size_t n)
{
    struct sink *s = to;

    for (; n; iov++, n--) {
        if (iov->iov_len > (size_t)(s->end - s->at))
            return -1;
        __builtin_memcpy(s->at, iov->iov_base, iov->iov_len);
        s->at += iov->iov_len;
    }
    return 0;
}

/* Whether a program may run as the engine has allowed this very question, asked
 * by the name that it was executed by: the library in its caller may have found
 * that, too, and have noted it. Or asked by us, by the name of its file. */
static bool permitted(struct image *m, long pid)
{
    static unsigned char room[ROOM];
    struct env env;
    struct question q = {
        .layer = WIRE_LAYER_PRELOAD, .path = m->name, .cwd = m->cwd, .argv = m->argv, .env = &env,
        .pid = pid,
    };

    env_read(&env, m->envp, k.session.library);
    if (!k.session.active || env.several) /* which one counts is the libc's choice */
        return false;
    uint64_t permit = permit_covers(&q, &m->file, k.permits, room, sizeof room);
    if (!permit && (q.path = image_file(pid)) && !text_equal(q.path, m->name))
        permit = permit_covers(&q, &m->file, k.permits, room, sizeof room);
    if (!permit)
        return false;
    if (k.passed_size + sizeof(struct keep_passed) + PERMIT_SLOT > sizeof k.passed)
        flush_passed();
    if (!k.passed_size)
        start_passed();
    struct keep_passed p = {.pid = (uint32_t)pid, .linked = m->linked};
    struct sink s = {k.passed + k.passed_size + sizeof p, k.passed + sizeof k.passed};
    char *start = s.at;
    const char *mark = env_get(m->envp, ENV_MARK);
    if (mark && *mark == MARK_OF_PARENT)
        p.parent = (uint32_t)image_find_parent(pid);
    env_read(&env, NULL, ""); /* Rampart knows what was permitted */
    q.permit = (uint32_t)permit;
    if (codec_send_question(&q, store, &s) < 0)
        return false;
    p.size = (uint32_t)(s.at - start);
    __builtin_memcpy(start - sizeof p, &p, sizeof p);
    k.passed_size = (size_t)(s.at - k.passed);
    return true;
}

/* Decides about a task at its exec event, or has Rampart decide. */
static void judge(struct hold *h)
{
    struct image m;
    struct keep_report r = {.kind = KEEP_HELD, .pid = (int)h->pid, .id = h->id};

    h->state = HELD;
    if (image_look(&m, h->pid)) {
        bool own = m.file.device == k.own.device && m.file.inode == k.own.inode &&
                   m.file.changed == k.own.changed;
        if (own || (m.name && permitted(&m, h->pid))) {
            trace(PTRACE_DETACH, h->pid, 0);
            free_hold(h);
            return;
        }
        r.uid = image_user(h->pid);
        r.device = m.file.device;
        r.inode = m.file.inode;
        r.changed = m.file.changed;
        r.stack = m.stack;
    }
    flush_passed();
    tell(&r, NULL, 0);
}

static void agent_exited(int status)
{
    struct keep_report r = {.kind = KEEP_EXITED, .pid = (int)k.agent, .value = status};

    flush_passed();
    k.agent = -1;
    tell(&r, NULL, 0);
}

/* The agent runs, or tells why not. */
static void agent_started(void)
{
    struct keep_report r = {.kind = KEEP_FAILED, .pid = (int)k.agent};

    sys3(SYS_read, k.failed, &r.value, sizeof r.value);
    sys_close(k.failed);
    k.failed = -1;
    tell(&r, NULL, 0);
}

static void stopped(long pid, int status)
{
    int sig = status >> 8 & 0xff, event = status >> 16;
    struct hold *h;

    if (sig == SIGTRAP && event == PTRACE_EVENT_EXEC) {
        unsigned long before = (unsigned long)pid;
        if (!is_only_released(pid))
            trace(PTRACE_GETEVENTMSG, pid, SYS_ARG(&before));
        if ((long)before != pid)
            free_hold(hold_of(pid)); /* a thread that execs takes its leader's place */
        if ((h = hold_of((long)before)) || (h = new_hold(pid))) {
            h->pid = pid;
            judge(h);
        } else {
            sys2(SYS_kill, pid, SIGKILL);
        }
        return;
    }
    /* The call has failed, and its caller knows why; or it was not the task that
     * was meant. */
    trace(PTRACE_DETACH, pid, event == EVENT_STOP ? 0 : sig);
    free_hold(hold_of(pid));
}

/* Hears of one thing that has happened to a task; false if there is none. */
static bool reap_one(void)
{
    int status;
    long pid;

    do {
        pid = sys4(SYS_wait4, -1, &status, ANY_TASK, NULL);
    } while (pid == -EINTR);
    if (pid <= 0)
        return false;
    if ((status & 0xff) == 0x7f) {
        stopped(pid, status);
        return true;
    }
    free_hold(hold_of(pid));
    if (pid == k.agent)
        agent_exited(status);
    return true;
}

/* Hears of all. The signal may stand for several, so it is taken before the last
 * look, but not before the first: somebody is held. */
static void reap(void)
{
    char info[128]; /* signalfd_siginfo */

    reap_one();
    sys3(SYS_read, k.signals, info, sizeof info);
    while (reap_one())
        ;
}

/* Carries Rampart's verdicts out. Returns when there are no more for now. */
static void obey(void)
{
    struct keep_verdict v;

    for (;;) {
        long n = sys6(SYS_recvfrom, k.channel, SYS_ARG(&v), sizeof v, MSG_DONTWAIT, 0, 0);
        if (n == -EINTR)
            continue;
        if (n == -EAGAIN)
            return;
        if (n == sizeof v && v.action == KEEP_END)
            sys_exit(0);
        if (n != sizeof v) { /* nobody judges any more */
            sys_close(k.listener);
            keep_kill();
            sys_exit(EXIT_REFUSED);
        }
        for (size_t i = 0; i < k.top; i++) {
            struct hold *h = &k.holds[i];
            if (!v.id || h->id != v.id)
                continue;
            if (h->state == UNHELD) {
                respond(h->call, v.action == KEEP_RUN ? 0 : -EPERM);
            } else if (h->state == HELD) {
                if (v.action != KEEP_RUN && !image_exit_instead(h->pid))
                    sys2(SYS_kill, h->pid, SIGKILL);
                trace(PTRACE_DETACH, h->pid, 0);
            }
            free_hold(h);
            break;
        }
    }
}

static void loop(void)
{
    for (;;) {
        struct pollfd fds[] = {
            {k.channel, POLLIN, 0},
            {k.signals, POLLIN, 0},
            {k.guard, POLLIN, 0},
            {k.used < HOLDS ? k.listener : -1, POLLIN, 0},
            {k.failed, POLLIN, 0},
            {k.passed_size ? k.told : -1, POLLIN, 0},
        };
        long n = sys5(SYS_ppoll, fds, sizeof fds / sizeof *fds, NULL, NULL, 8);
        if (n < 0 && n != -EINTR) { /* somebody has lowered our limits: we would hear of nothing */
            sys_close(k.listener);
            keep_kill();
            sys_exit(EXIT_REFUSED);
        }
        if (n <= 0)
            continue;
        if (fds[0].revents)
            obey();
        if (fds[1].revents) {
            place_look(k.used == 1);
            reap();
            place_free();
            release_waiting();
        }
        if (fds[2].revents) { /* who would do it if we were killed is gone */
            sys_close(k.listener);
            keep_kill();
            sys_exit(EXIT_REFUSED);
        }
        if (fds[4].revents)
            agent_started();
        if (fds[5].revents)
            flush_passed();
        if (fds[3].revents & POLLIN && k.used < HOLDS) /* others may have come */
            receive();
    }
}

/* Since Linux 6.12 who asks for a short slice gets it before those who want a
 * longer one, and keeps it: else those we have just let go on would come before we
 * are asleep, and, as they exec, be moved to a processor with nobody on it. */
static void take_short_slices(void)
{
    struct sched_attr a;

    if (sys4(SYS_sched_getattr, 0, &a, sizeof a, 0) < 0 || a.sched_policy) /* not the usual one */
        return;
    a.sched_runtime = 100000; /* nanoseconds: the shortest that there is */
    sys3(SYS_sched_setattr, 0, &a, 0);
}

void keep(int listener, int channel, int guard, int failed, long agent, bool killable, char **envp)
{
    const uint64_t child = 1ul << (SIGCHLD - 1);
    struct stat st;

    k.listener = listener;
    k.channel = channel;
    k.guard = guard;
    k.failed = failed;
    k.agent = agent;
    k.killable = killable;
    k.told = (int)sys2(SYS_timerfd_create, 1 /* CLOCK_MONOTONIC */, O_CLOEXEC | O_NONBLOCK);
    k.signals = (int)sys4(SYS_signalfd4, -1, &child, 8, O_CLOEXEC | O_NONBLOCK);
    session_find(&k.session, env_preload(envp));
    k.permits = permit_map(PERMIT_FD);
    take_short_slices();
    place_begin();
    if (sys4(SYS_newfstatat, AT_FDCWD, "/proc/self/exe", &st, 0) >= 0)
        file_id_set(&k.own, &st);
    loop();
    sys_exit(EXIT_REFUSED);
}
