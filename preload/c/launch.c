#include "launch.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "image.h"
#include "keep.h"
#include "session.h"
#include "sys.h"
#include "wire.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))

/* Every number by which a task of this kernel can exec. A task of another
 * architecture than these two has no system calls. */
static const struct sock_filter filter[] = {
    FIELD(arch),
#if defined(__x86_64__)
    IF(AUDIT_ARCH_X86_64, 0, 6),
    FIELD(nr),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~0x40000000u), /* x32's have this bit */
    IF(59, 8, 0),
    IF(322, 7, 0),
    IF(520, 6, 0),
    IF(545, 5, 6),
    IF(AUDIT_ARCH_I386, 0, 3),
    FIELD(nr),
    IF(11, 2, 0),
    IF(358, 1, 2),
#elif defined(__aarch64__)
    IF(AUDIT_ARCH_AARCH64, 0, 3),
    FIELD(nr),
    IF(221, 6, 0),
    IF(281, 5, 6),
    IF(AUDIT_ARCH_ARM, 0, 3),
    FIELD(nr),
    IF(11, 2, 0),
    IF(387, 1, 2),
#endif
    RETURN(SECCOMP_RET_ERRNO | 38 /* ENOSYS */),
    RETURN(SECCOMP_RET_USER_NOTIF),
    RETURN(SECCOMP_RET_ALLOW),
};

static long install(void)
{
    struct sock_fprog prog = {sizeof filter / sizeof *filter, (struct sock_filter *)filter};
    /* Below a filter, Linux before 5.16 makes all programs slower against what they
     * could read of themselves by speculation, which is not what this one is for. */
    const long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    long fd = sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                   flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &prog);

    if (fd == -22 /* EINVAL: Linux before 5.19 */)
        fd = sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
    return fd;
}

/* Tells Rampart, with a descriptor if there is one. */
static long report(int to, const struct keep_report *r, long fd)
{
    struct iovec data = {(void *)(uintptr_t)r, sizeof *r};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        *(int *)CMSG_DATA(c) = (int)fd;
    }
    return sys3(SYS_sendmsg, to, &m, MSG_NOSIGNAL);
}

/* Becomes the agent. A failure is written to `failed`. */
__attribute__((noreturn)) static void become_agent(char **argv, char **envp, int failed,
                                                   uint64_t signals, bool terminal)
{
    long rc = 0;

    if (terminal) {
        rc = sys0(SYS_setsid);
        if (rc >= 0)
            rc = sys3(SYS_ioctl, 0, TIOCSCTTY, 1);
    }
    sys4(SYS_rt_sigprocmask, SIG_SETMASK, &signals, NULL, sizeof signals);
    if (rc >= 0)
        rc = sys3(SYS_execve, argv[1], argv + 2, envp);
    int error = (int)-rc;
    sys_write(failed, &error, sizeof error);
    sys_exit(EXIT_REFUSED);
}

static long new_process(int *pidfd)
{
    return sys5(SYS_clone, SIGCHLD | (pidfd ? CLONE_PIDFD : 0), NULL, pidfd, NULL, NULL);
}

/* Nobody with our user's rights may look into us, or write there, from now on. */
static void close_memory(void)
{
    sys5(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Leaves the agent's descriptors to the agent: who waits for the end of a pipe
 * must not wait for us. */
static void close_others(const int *kept, size_t n)
{
    for (int from = 0;;) {
        int next = -1;
        for (size_t i = 0; i < n; i++)
            if (kept[i] >= from && (next < 0 || kept[i] < next))
                next = kept[i];
        if (next != from)
            sys3(SYS_close_range, from, next < 0 ? ~0u : (unsigned)next - 1, 0);
        if (next < 0)
            return;
        from = next + 1;
    }
}

/* Starts the agent below the filter and keeps its tree. */
__attribute__((noreturn)) static void start(int channel, int guard, bool privileges, bool terminal,
                                            uint64_t signals, char **argv, char **envp)
{
    struct keep_report r = {.kind = KEEP_STARTED};
    uint64_t flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
    int failed[2], agent, processes = image_begin();

    sys5(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    long rc = privileges ? 0 : sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (rc >= 0 && processes < 0)
        rc = processes;
    long listener = rc < 0 ? rc : install();
    if (listener >= 0 && (rc = sys2(SYS_pipe2, failed, O_CLOEXEC)) >= 0)
        rc = new_process(&agent);
    if (listener < 0)
        rc = listener;
    if (!rc)
        become_agent(argv, envp, failed[1], signals, terminal);
    r.value = rc < 0 ? (int)-rc : 0;
    r.pid = (int)rc;
    report(channel, &r, rc < 0 ? -1 : agent);
    if (rc < 0)
        sys_exit(EXIT_REFUSED);
    close_memory();
    const int kept[] = {channel, guard, (int)listener, failed[0], processes, PERMIT_FD};
    close_others(kept, sizeof kept / sizeof *kept);
    sys1(SYS_chdir, "/");
    /* Since Linux 6.6 we and our callers wake each other on one CPU. */
    bool killable = sys3(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags) >= 0;
    keep((int)listener, channel, guard, failed[0], rc, killable, envp);
}

int launch(char **argv, char **envp)
{
    const uint64_t all = ~(uint64_t)0;
    uint64_t signals;
    bool privileges = true, terminal = false;
    int channel = 0, alive[2];
    const char *p = argv[0] ? argv[0] : "";

    for (; *p >= '0' && *p <= '9'; p++)
        channel = channel * 10 + (*p - '0');
    for (; *p; p++)
        *(*p == 'n' ? &privileges : &terminal) = *p != 'n';
    if (!argv[0] || !argv[1] || !argv[2])
        return EXIT_REFUSED;
    sys3(SYS_fcntl, channel, F_SETFD, FD_CLOEXEC);
    /* Nothing but their death ends these two, and the agent is told by Rampart. */
    sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &signals, sizeof signals);
    sys5(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (sys2(SYS_pipe2, alive, O_CLOEXEC) < 0)
        return EXIT_REFUSED;
    long keeper = new_process(NULL);
    if (!keeper) {
        sys_close(alive[1]);
        start(channel, alive[0], privileges, terminal, signals, argv, envp);
    }
    /* This process only stands by: it ends the tree if the keeper can't. */
    close_memory();
    close_others(&alive[1], 1);
    sys1(SYS_chdir, "/");
    int status = -1;
    long rc;
    do {
        rc = sys4(SYS_wait4, -1, &status, 0x40000000 /* __WALL */, NULL);
    } while (rc != keeper && (rc >= 0 || rc == -4 /* EINTR */));
    if (status)
        keep_kill();
    return status ? EXIT_REFUSED : 0;
}
