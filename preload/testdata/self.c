/* self [MARK]: makes the file MARK, and says by what names it runs and what it has open. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char exe[4096], comm[32] = "";
    FILE *f = fopen("/proc/self/comm", "re");
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

    if (argc > 1)
        close(open(argv[1], O_WRONLY | O_CREAT, 0600));
    exe[n > 0 ? n : 0] = 0;
    if (!f || !fgets(comm, sizeof comm, f))
        return 1;
    fclose(f);
    printf("%s %s %s %s", argv[0], (const char *)getauxval(AT_EXECFN), exe, comm);
    for (int fd = 3; fd < 50; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("%d is open\n", fd);
    return 0;
}
