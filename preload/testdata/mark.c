/* mark FILE: adds a byte to a file, so that it shows how often this has run. */
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int fd = argc == 2 ? open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;

    return fd < 0 || write(fd, "x", 1) != 1;
}
