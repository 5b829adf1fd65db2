// sharedrace N A B C: N times, execs `cp -v /dev/null NAME` while a second process
// turns NAME, in memory that both share, from AB to C and back; they are of one
// length. With a fifth argument it does so through /proc/PID/mem instead.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
  volatile char name[64];
  char *argv[8];
};

static void flip(volatile char *name, const char *a, const char *b) {
  size_t n = strlen(a);
  for (;;) {
    for (size_t i = n; i-- > 0;) name[i] = a[i];
    for (size_t i = n; i-- > 0;) name[i] = b[i];
  }
}

// Writes where the name is in the process's memory, for as long as that is there.
static void poke(pid_t pid, char *at, const char *a, const char *b) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  for (;;) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;
    for (int i = 0; i < 50; i++) {
      if (pwrite(fd, a, strlen(a), (off_t)(size_t)at) < 0) break;
      if (pwrite(fd, b, strlen(b), (off_t)(size_t)at) < 0) break;
    }
    close(fd);
  }
}

int main(int argc, char **argv) {
  char forbidden[64];
  if (argc < 5) return 98;
  strcpy(forbidden, argv[2]);
  strcat(forbidden, argv[3]);
  struct shared *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = atoi(argv[1]); i > 0; i--) {
    char *none[] = {NULL};
    int status;
    strcpy((char *)s->name, argv[4]);
    s->argv[0] = "cp";
    s->argv[1] = "-v";
    s->argv[2] = "/dev/null";
    s->argv[3] = (char *)s->name;
    s->argv[4] = NULL;
    pid_t writer = 0, pid;
    if (argc == 5 && !(writer = fork())) flip(s->name, forbidden, argv[4]);
    if (!(pid = fork())) {
      execve("/bin/cp", s->argv, none);
      _exit(99);
    }
    if (argc > 5 && !(writer = fork())) poke(pid, (char *)s->name, forbidden, argv[4]);
    waitpid(pid, &status, 0);
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99) return 97;
  }
  return 0;
}
