/* forge copy PROGRAM ARG         execs until the permit for it is in the memory
 *                                behind descriptor 56, and copies that to ./memory
 * forge use MEMORY PROGRAM ARG   puts a copy in its place, and execs
 * forge write                    tries all ways to write to it */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FD 56
#define SIZE (128 * 8192)

static char memory[SIZE];

static void run(char **argv)
{
    if (!fork()) {
        execv(argv[0], argv);
        _exit(1);
    }
    wait(NULL);
}

static int save(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    return pread(FD, memory, SIZE, 0) != SIZE || write(fd, memory, SIZE) != SIZE;
}

static void result(const char *what, int failed)
{
    printf("%s: %s\n", what, !failed ? "done" : errno == EPERM ? "EPERM" : strerror(errno));
}

int main(int argc, char **argv)
{
    char name[64];

    if (argc == 4 && !strcmp(argv[1], "copy")) {
        run(argv + 2);
        return save("memory");
    }
    if (argc == 5 && !strcmp(argv[1], "use")) {
        int from = open(argv[2], O_RDONLY), to = memfd_create("look-alike", 0);
        if (read(from, memory, SIZE) != SIZE || write(to, memory, SIZE) != SIZE || dup2(to, FD) < 0)
            return 2;
        run(argv + 3);
        return 0;
    }
    result("write", pwrite(FD, "x", 1, 0) < 0);
    result("map", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, FD, 0) == MAP_FAILED);
    snprintf(name, sizeof name, "/proc/self/fd/%d", FD);
    int fd = open(name, O_RDWR);
    result("open", fd < 0 || write(fd, "x", 1) < 0);
    result("shrink", ftruncate(FD, 0) < 0);
    result("seal", fcntl(FD, F_ADD_SEALS, F_SEAL_WRITE) < 0);
    return 0;
}
