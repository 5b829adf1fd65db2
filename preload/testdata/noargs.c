/* noargs: executes itself without any argument at all. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char *none[] = {NULL}, *env[] = {"SECOND=1", NULL};
    extern char **environ;

    if (environ[0] && environ[0][0] == 'S' && environ[0][1] == 'E') {
        printf("argc %d [%s]\n", argc, argv[0] ? argv[0] : "(null)");
        return 0;
    }
    execve("/proc/self/exe", none, env);
    return 1;
}
