/* sandbox NAME,... COMMAND...: denies itself the named system calls, as the
 * agents' own sandboxes do, and becomes the command. "close" closes what it
 * inherited instead. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    int number;
} calls[] = {
    {"socket", SYS_socket},   {"connect", SYS_connect}, {"sendto", SYS_sendto},
    {"bind", SYS_bind},       {"listen", SYS_listen},   {"accept", SYS_accept},
    {"accept4", SYS_accept4}, {"ptrace", SYS_ptrace},   {"getsockopt", SYS_getsockopt},
    {"setsockopt", SYS_setsockopt}, {"socketpair", SYS_socketpair}, {"shutdown", SYS_shutdown},
    {"sendmmsg", SYS_sendmmsg}, {"recvmmsg", SYS_recvmmsg}, {"getpeername", SYS_getpeername},
};

static int deny(int number)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 96;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (char *name = strtok(argv[1], ","); name; name = strtok(NULL, ",")) {
        if (!strcmp(name, "close"))
            for (int fd = 3; fd < 2000; fd++)
                close(fd);
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
            if (!strcmp(name, calls[i].name) && deny(calls[i].number))
                return 95;
    }
    execv(argv[2], argv + 2);
    return 127;
}
