// The first process of a watched tree: does what its first argument says.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char **words;

// How a child ended: its exit status, or 1000 and the signal.
static int ended(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void *exec_words(void *unused) {
  execve(words[0], words, environ);
  printf("errno %d\n", errno);
  fflush(stdout);
  return unused;
}

static void nothing(int sig) { (void)sig; }

static void *exec_from_child(void *n) {
  for (long i = (long)n; i > 0; i--) {
    pid_t pid = vfork();
    if (!pid) {
      execve(words[0], words, environ);
      _exit(99);
    }
    if (ended(pid)) exit(98);
  }
  return NULL;
}

int main(int argc, char **argv) {
  const char *what = argv[1];
  long n = argc > 2 ? atol(argv[2]) : 0;

  words = argv + 3;
  if (!strcmp(what, "exec")) {  // this process
    exec_words(NULL);
  } else if (!strcmp(what, "thread")) {  // a second thread, which takes the first one's place
    pthread_t t;
    pthread_create(&t, NULL, exec_words, NULL);
    pause();
  } else if (!strcmp(what, "contest")) {  // all threads of n children at once: one wins
    for (; n > 0; n--) {
      pid_t pid = fork();
      if (!pid) {
        pthread_t t[4];
        for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, exec_words, NULL);
        exec_words(NULL);
        pause();
      }
      if (ended(pid)) return 97;
    }
  } else if (!strcmp(what, "threads")) {  // four threads that each start n
    pthread_t t[4];
    for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, exec_from_child, (void *)n);
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  } else if (!strcmp(what, "at-once")) {  // n children
    pid_t *pid = calloc(n, sizeof *pid);
    for (long i = 0; i < n; i++)
      if (!(pid[i] = fork())) {
        execve(words[0], words, environ);
        _exit(99);
      }
    for (long i = 0; i < n; i++) {
      int status = ended(pid[i]);
      if (status) {
        printf("%d\n", status);
        return 96;
      }
    }
  } else if (!strcmp(what, "signals")) {  // n children, one after the other, that signals rain on
    struct sigaction act = {.sa_handler = nothing};
    struct itimerval often = {{0, 300}, {0, 300}};
    sigaction(SIGALRM, &act, NULL);
    for (; n > 0; n--) {
      pid_t pid = fork();
      if (!pid) {
        setitimer(ITIMER_REAL, &often, NULL);
        for (int i = 0; i < 3; i++) execve("/nowhere", words, environ);
        signal(SIGALRM, SIG_IGN);
        execve(words[0], words, environ);
        _exit(99);
      }
      for (int i = 0; i < 20; i++) {
        kill(pid, SIGSTOP);
        kill(pid, SIGCONT);
      }
      if (ended(pid)) return 95;
    }
  } else if (!strcmp(what, "kill")) {  // n children that are killed at any moment
    for (; n > 0; n--) {
      pid_t pid = fork();
      if (!pid) {
        execve(words[0], words, environ);
        _exit(99);
      }
      usleep(n * 37 % 1500);
      kill(pid, SIGKILL);
      ended(pid);
    }
  }
  return 0;
}
