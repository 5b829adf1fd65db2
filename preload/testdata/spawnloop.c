/* spawnloop vfork|spawn|past EXECS PROCESSES PROGRAM [ARG...]: starts the program
 * EXECS times from each of so many processes, and prints the nanoseconds that
 * one took on the wall clock. With "past" by vfork, and without the library. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int loop(int spawn, long n, char **argv)
{
    while (n-- > 0) {
        pid_t pid;
        int status;

        if (spawn) {
            if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ))
                return 1;
        } else if (!(pid = vfork())) {
            execve(argv[0], argv, environ);
            _exit(127);
        }
        if (waitpid(pid, &status, 0) != pid || status)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct timespec a, b;
    int failed = 0, status;

    if (argc < 5)
        return 2;
    int spawn = !strcmp(argv[1], "spawn");
    if (!strcmp(argv[1], "past"))
        unsetenv("LD_PRELOAD");
    long execs = atol(argv[2]), processes = atol(argv[3]);

    clock_gettime(CLOCK_MONOTONIC, &a);
    for (long i = 0; i < processes; i++)
        if (!fork())
            _exit(loop(spawn, execs, argv + 4));
    while (wait(&status) > 0)
        failed |= status;
    clock_gettime(CLOCK_MONOTONIC, &b);
    if (failed)
        return 1;
    printf("%ld\n", ((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec) / (execs * processes));
    return 0;
}
