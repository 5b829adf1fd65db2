/* builtin NAME: makes the file itself, as a shell's redirection does. */
#include <fcntl.h>

int main(int argc, char **argv)
{
    return argc != 2 || open(argv[1], O_WRONLY | O_CREAT, 0600) < 0;
}
