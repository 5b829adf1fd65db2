// race N A B C: N times, execs `cp -v /dev/null NAME` while a second thread turns
// NAME from AB to C and back, which are of one length.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile char name[64];

static void *flip(void *both) {
  char **v = both;
  size_t n = strlen(v[0]);
  for (;;) {
    for (size_t i = n; i-- > 0;) name[i] = v[0][i];
    for (size_t i = n; i-- > 0;) name[i] = v[1][i];
  }
}

int main(int argc, char **argv) {
  char forbidden[64];
  if (argc != 5) return 98;
  strcpy(forbidden, argv[2]);
  strcat(forbidden, argv[3]);
  char *both[] = {forbidden, argv[4]};
  for (int i = atoi(argv[1]); i > 0; i--) {
    int status;
    if (fork() == 0) {
      pthread_t t;
      char *cp[] = {"cp", "-v", "/dev/null", (char *)name, NULL}, *none[] = {NULL};
      strcpy((char *)name, argv[4]);
      pthread_create(&t, NULL, flip, both);
      execve("/bin/cp", cp, none);
      _exit(99);
    }
    wait(&status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99) return 97;
  }
  return 0;
}
