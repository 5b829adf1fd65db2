/* execpairs ROUNDS same|new EMPTY PROGRAM: under the library, starts the program
 * in turn past it (bare), past it with the library EMPTY loaded, and by execve.
 * With "new" each has another argument, so that each is asked about. Prints the
 * nanoseconds that one took of each kind: what else the machine does falls on all
 * alike, and of it the mean of those from the tenth to the fiftieth percentile
 * keeps little. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KINDS 3

extern char **environ;

/* Not by syscall(), which the library stands in. */
static long raw_execve(const char *path, char **argv, char **envp)
{
    long rc;
#if defined(__x86_64__)
    __asm__ volatile("syscall" : "=a"(rc) : "a"(SYS_execve), "D"(path), "S"(argv), "d"(envp) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = SYS_execve;
    register long x0 __asm__("x0") = (long)path;
    register long x1 __asm__("x1") = (long)argv;
    register long x2 __asm__("x2") = (long)envp;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    rc = x0;
#else
#error "x86-64 and aarch64"
#endif
    return rc;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    char preload[4200], number[32], *plain[1024], *empty[1024];
    int n = 0, status;

    if (argc != 5)
        return 2;
    const int rounds = atoi(argv[1]), anew = !strcmp(argv[2], "new");
    char *program[] = {argv[4], anew ? number : NULL, NULL};
    for (char **e = environ; *e && n < 1022; e++)
        if (strncmp(*e, "LD_PRELOAD=", 11))
            plain[n++] = *e;
    memcpy(empty, plain, sizeof plain);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", argv[3]);
    plain[n] = NULL;
    empty[n] = preload;
    empty[n + 1] = NULL;
    double *took[KINDS];
    for (int k = 0; k < KINDS; k++)
        took[k] = calloc((size_t)rounds, sizeof(double));
    for (int i = -20; i < rounds; i++) { /* the first ones warm up */
        snprintf(number, sizeof number, "%d", i);
        for (int k = 0; k < KINDS; k++) {
            double begin = now();
            pid_t pid = vfork();
            if (!pid) {
                if (k == 2)
                    execve(program[0], program, environ);
                else
                    raw_execve(program[0], program, k ? empty : plain);
                _exit(127);
            }
            if (waitpid(pid, &status, 0) != pid || status)
                return 1;
            if (i >= 0)
                took[k][i] = now() - begin;
        }
    }
    for (int k = 0; k < KINDS; k++) {
        double sum = 0;
        qsort(took[k], (size_t)rounds, sizeof(double), by_size);
        for (int i = rounds / 10; i < rounds / 2; i++)
            sum += took[k][i];
        printf("%.0f%c", sum / (rounds / 2 - rounds / 10), k == KINDS - 1 ? '\n' : ' ');
    }
    return 0;
}
