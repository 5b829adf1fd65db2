/* doors DOOR WORD1 WORD2: runs `touch WORD1WORD2` through one of libc's doors,
 * and exits as that did. The words are joined here, so that a test policy can
 * tell this program's own arguments from the ones it passes on. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

extern char **environ;
static const char *door;
static char name[256], path[] = "/usr/bin/touch";

static int is(const char *s) { return !strcmp(door, s); }

static int finish(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 99;
    return finish(status);
}

static void exec_family(void)
{
    char *argv[] = {"touch", name, NULL};
    char *empty[] = {NULL};

    if (is("execve"))
        execve(path, argv, environ);
    else if (is("execve-empty-env"))
        execve(path, argv, empty);
    else if (is("execve-null-env"))
        execve(path, argv, NULL);
    else if (is("execv"))
        execv(path, argv);
    else if (is("execvp"))
        execvp("touch", argv);
    else if (is("execvpe"))
        execvpe("touch", argv, empty);
    else if (is("execl"))
        execl(path, "touch", name, (char *)NULL);
    else if (is("execle"))
        execle(path, "touch", name, (char *)NULL, empty);
    else if (is("execlp"))
        execlp("touch", "touch", name, (char *)NULL);
    else if (is("fexecve"))
        fexecve(open(path, O_RDONLY | O_CLOEXEC), argv, environ);
    else if (is("fexecve-memfd")) {
        static char buf[1 << 20];
        int from = open(path, O_RDONLY), to = memfd_create("x", MFD_CLOEXEC);
        ssize_t n;
        while ((n = read(from, buf, sizeof buf)) > 0)
            if (write(to, buf, (size_t)n) != n)
                _exit(98);
        close(from);
        fexecve(to, argv, environ);
    } else if (is("syscall-execve"))
        syscall(SYS_execve, path, argv, environ);
    else if (is("syscall-execveat"))
        syscall(SYS_execveat, open("/usr", O_PATH), "bin/touch", argv, environ, 0);
    else if (is("syscall-execveat-fd"))
        syscall(SYS_execveat, open(path, O_PATH), "", argv, environ, AT_EMPTY_PATH);
    else if (is("proc-fd")) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", open(path, O_RDONLY));
        execve(link, argv, environ);
    } else
        _exit(97);
    perror(door);
    _exit(errno == EPERM ? 126 : 127);
}

static int from_vfork(void)
{
    char *argv[] = {"touch", name, NULL};
    pid_t pid = vfork();
    if (!pid) {
        execve(path, argv, environ);
        _exit(127);
    }
    return wait_for(pid);
}

static int spawn(void)
{
    char *argv[] = {"touch", name, NULL};
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t attr;
    pid_t pid;
    int rc;

    posix_spawn_file_actions_init(&fa);
    posix_spawnattr_init(&attr);
    if (is("posix_spawn"))
        rc = posix_spawn(&pid, path, NULL, NULL, argv, environ);
    else if (is("posix_spawnp"))
        rc = posix_spawnp(&pid, "touch", NULL, NULL, argv, environ);
    else {
        posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addchdir_np(&fa, "sub");
        posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
        rc = posix_spawn(&pid, path, &fa, &attr, argv, NULL);
    }
    if (rc)
        return rc == EPERM ? 126 : 127;
    return wait_for(pid);
}

static void *threaded(void *arg)
{
    (void)arg;
    if (spawn())
        return (void *)1;
    return (void *)(long)from_vfork();
}

int main(int argc, char **argv)
{
    char command[512];

    if (argc != 4)
        return 96;
    door = argv[1];
    snprintf(name, sizeof name, "%s%s", argv[2], argv[3]);
    snprintf(command, sizeof command, "touch %s", name);

    if (is("vfork"))
        return from_vfork();
    if (!strncmp(door, "posix_spawn", 11))
        return spawn();
    if (is("system"))
        return finish(system(command));
    if (is("popen")) {
        char buf[100];
        FILE *f = popen(command, "r");
        while (f && fgets(buf, sizeof buf, f))
            ;
        return f ? finish(pclose(f)) : 95;
    }
    if (is("wordexp")) {
        wordexp_t w;
        snprintf(command, sizeof command, "$(touch %s)", name);
        wordexp(command, &w, 0);
        return access(name, F_OK) ? 126 : 0; /* it does not tell */
    }
    if (is("threads")) {
        pthread_t t[8];
        long failed = 0;
        door = "posix_spawn";
        for (int i = 0; i < 8; i++)
            pthread_create(&t[i], NULL, threaded, NULL);
        for (int i = 0; i < 8; i++) {
            void *r;
            pthread_join(t[i], &r);
            failed |= (long)r;
        }
        return failed ? 126 : 0;
    }
    exec_family();
}
