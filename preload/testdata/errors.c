/* errors: prints what each door says about files that can't be executed, for
 * comparison with libc's own doors. Run in a directory made by the test. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *const files[] = {
    "",        "missing",     "./missing",  "plain",    "./plain",    "adir",  "./adir",
    "plain/x", "./loop",      "./dangling", "./noexec", "noexec",     "./ascript", "ascript",
    "/",       "bad-interp",  "./bad-interp", "./truncated", "nosuchdir/x", "both",
};

static void report(const char *door, const char *file, long rc, int error)
{
    printf("%s %s: %ld %s\n", door, strlen(file) > 40 ? "(long)" : file, rc, error ? strerror(error) : "-");
    fflush(stdout);
}

/* In a child, as some of them work; pid < 0 for those that fork themselves. */
static void each(const char *file)
{
    char *argv[] = {"zeroth", "one", NULL};

    for (int door = 0; door < 7; door++) {
        fflush(stdout);
        if (!fork()) {
            static const char *const names[] = {"execve", "execvp", "execvpe", "execlp", "execl", "execveat", "syscall"};
            long rc = -2;
            errno = 0;
            switch (door) {
            case 0: rc = execve(file, argv, environ); break;
            case 1: rc = execvp(file, argv); break;
            case 2: rc = execvpe(file, argv, environ); break;
            case 3: rc = execlp(file, "zeroth", "one", NULL); break;
            case 4: rc = execl(file, "zeroth", "one", NULL); break;
            case 5: rc = syscall(SYS_execveat, open(".", O_PATH), file, argv, environ, AT_SYMLINK_NOFOLLOW); break;
            case 6: rc = syscall(SYS_execve, file, argv, environ); break;
            }
            report(names[door], file, rc, errno);
            _exit(0);
        }
        wait(NULL);
    }
    for (int p = 0; p < 2; p++) {
        pid_t pid = 0;
        int rc = p ? posix_spawnp(&pid, file, NULL, NULL, argv, environ)
                   : posix_spawn(&pid, file, NULL, NULL, argv, environ);
        int status = 0;
        if (!rc)
            waitpid(pid, &status, 0);
        report(p ? "spawnp" : "spawn", file, status, rc);
    }
}

int main(void)
{
    static char lengthy[5000];
    static const char *const paths[] = {
        "/nonexistent:sub:plain:/usr/bin:/bin", "::sub", "", ":", "sub:forbidden", "forbidden:/usr/bin", "plain", NULL,
    };

    memset(lengthy, 'x', sizeof lengthy - 1);
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) {
        if (paths[p])
            setenv("PATH", paths[p], 1);
        else
            unsetenv("PATH");
        printf("PATH %s\n", paths[p] ? paths[p] : "unset");
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            if (!p || !strchr(files[i], '/')) /* PATH matters */
                each(files[i]);
    }
    each(lengthy);
    lengthy[255] = 0;
    each(lengthy);
    errno = 0;
    report("fexecve", "-1", fexecve(-1, environ, environ), errno);
    errno = 0;
    report("fexecve", "99", fexecve(99, environ, environ), errno);
    errno = 0;
    report("syscall", "null", syscall(SYS_execve, NULL, NULL, NULL), errno);
    errno = 0;
    report("syscall", "getppid", syscall(SYS_getppid) == getppid(), errno);
    errno = 0;
    report("syscall", "close", syscall(SYS_close, 99), errno);
    return 0;
}
