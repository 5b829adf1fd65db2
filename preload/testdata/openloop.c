/* openloop N PATH MODE: opens and closes PATH so often, and prints the
 * nanoseconds of one round, the best of several. MODE is open, fopen, unlink (a
 * new file each time). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    double best = 1e18;
    int n = argc > 3 ? atoi(argv[1]) : 0;

    for (int round = 0; round < 15 && n; round++) {
        double start = now();
        for (int i = 0; i < n; i++) {
            if (!strcmp(argv[3], "fopen")) {
                FILE *f = fopen(argv[2], "r");
                if (!f)
                    return 1;
                fclose(f);
            } else if (!strcmp(argv[3], "unlink")) {
                close(open(argv[2], O_CREAT | O_WRONLY, 0600));
                if (unlink(argv[2]))
                    return 1;
            } else {
                int fd = open(argv[2], O_RDONLY);
                if (fd < 0)
                    return 1;
                close(fd);
            }
        }
        double one = (now() - start) / n;
        if (one < best)
            best = one;
    }
    printf("%.0f\n", best);
    return 0;
}
