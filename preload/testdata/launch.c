/* launch PROGRAM WORD1 WORD2: runs `PROGRAM WORD1WORD2` in a child, and exits
 * as that did. Linked statically it is out of the library's sight. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    char name[256];
    int status;

    if (argc != 4)
        return 96;
    snprintf(name, sizeof name, "%s%s", argv[2], argv[3]);
    char *const args[] = {argv[1], name, NULL};
    pid_t pid = fork();
    if (!pid) {
        execve(argv[1], args, environ);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
