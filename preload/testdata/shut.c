/* shut MODE FILE: forbids itself, by a seccomp filter, to touch files, and does so. What
 * the filter stops it is told by a signal, as programs with a sandbox of their own are. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* By number, the file calls; those that are not here are unknown to the handler. */
static const int known[] = {
    SYS_openat, SYS_open_by_handle_at, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat, SYS_symlinkat,
    SYS_fchmod, SYS_fchown, SYS_fsetxattr, SYS_truncate, SYS_fchmodat, SYS_fchownat, SYS_setxattr, SYS_lsetxattr,
    SYS_mount, SYS_chroot, SYS_pivot_root,
#ifdef SYS_open
    SYS_open, SYS_creat, SYS_unlink, SYS_rmdir, SYS_rename, SYS_link, SYS_symlink, SYS_chmod, SYS_chown, SYS_lchown,
#endif
};
static const int unknown[] = {SYS_openat2, SYS_fsopen, 425 /* io_uring_setup */, SYS_open_tree, SYS_move_mount, 452 /* fchmodat2 */};

static volatile sig_atomic_t asked_for;

static void handler(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    asked_for = info->si_syscall;
}

static int filter(int but)
{
    struct sock_filter code[256];
    unsigned short n = 0;

    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i] == but)
            continue;
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)known[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)unknown[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {n, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void *filtered(void *arg)
{
    return filter(-1) ? arg : NULL;
}

static const char *result(const char *what, int rc)
{
    static char text[64];

    snprintf(text, sizeof text, "%s %s", what, rc >= 0 ? "done" : errno == EACCES ? "denied" : strerror(errno));
    return text;
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    pthread_t thread;

    if (argc != 3)
        return 2;
    sigaction(SIGSYS, &action, NULL);
    if (!strcmp(argv[1], "all")) {
        if (filter(-1))
            return 3;
        open("/usr/bin/env", O_RDONLY);
        const char *said = asked_for == SYS_openat ? "trapped" : "something else";
#ifdef __x86_64__
        if (syscall(0x40000000 | SYS_openat, AT_FDCWD, argv[2], O_RDONLY) >= 0 || errno != ENOSYS)
            said = "opened by an x32 call";
#endif
        puts(said);
    } else if (!strcmp(argv[1], "but open")) {
        if (filter(SYS_openat))
            return 3;
        puts(result("open", open(argv[2], O_RDONLY)));
    } else if (!strcmp(argv[1], "child of vfork")) {
        pid_t pid = vfork();
        if (!pid)
            _exit(filter(-1));
        waitpid(pid, NULL, 0);
        puts(result("open", open(argv[2], O_RDONLY)));
    } else {
        pthread_create(&thread, NULL, filtered, NULL);
        pthread_join(thread, NULL);
        puts(result("open", open(argv[2], O_RDONLY)));
    }
    return 0;
}
