#include "launch.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "session.h"
#include "sys.h"

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
    long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    long fd = sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);

    if (fd == -22 /* EINVAL: Linux before 5.19 */)
        fd = sys3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
    return fd;
}

/* Sends an errno, or 0 and a descriptor. */
static long report(int to, long error, long fd)
{
    int code = (int)error;
    struct iovec data = {&code, sizeof code};
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
    return sys3(SYS_sendmsg, to, &m, 0);
}

int launch(char **argv, char **envp)
{
    int channel = 0;
    const char *p = argv[0] ? argv[0] : "";
    char go;

    for (; *p >= '0' && *p <= '9'; p++)
        channel = channel * 10 + (*p - '0');
    if (!argv[0] || !argv[1] || !argv[2])
        return EXIT_REFUSED;
    sys3(SYS_fcntl, channel, F_SETFD, FD_CLOEXEC);
    if (*p == 'n') {
        long failed = sys5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (failed < 0) {
            report(channel, -failed, -1);
            return EXIT_REFUSED;
        }
    }
    long listener = install();
    if (report(channel, listener < 0 ? -listener : 0, listener) < 0 || listener < 0)
        return EXIT_REFUSED;
    sys_close((int)listener);
    if (sys3(SYS_read, channel, &go, 1) != 1)
        return EXIT_REFUSED;
    report(channel, -sys3(SYS_execve, argv[1], argv + 2, envp), -1);
    return EXIT_REFUSED;
}
