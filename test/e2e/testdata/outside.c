// outside MODE [PID | parent]: gets at the memory or the descriptors of a process, or of
// a child of its own. What it reads it prints.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#define SYS_pidfd_getfd 438
#endif
#define IS_PARENT(s) (!strcmp(s, "parent"))
#define IS(s) (!strcmp(mode, s))

// Where the stack of a process begins.
static unsigned long stack(pid_t pid) {
  char path[64], line[512];
  unsigned long at = 0;
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (strstr(line, "[stack]")) sscanf(line, "%*x-%lx", &at);
  return at - sizeof(long);
}

// Attaches, looks, and lets go.
static int attach(pid_t pid, int seize, int raw) {
  int request = seize ? PTRACE_SEIZE : PTRACE_ATTACH, status;
  if (raw ? syscall(SYS_ptrace, request, pid, 0, 0) : ptrace(request, pid, 0, 0)) return -1;
  if (seize) ptrace(PTRACE_INTERRUPT, pid, 0, 0);
  waitpid(pid, &status, 0);
  errno = 0;
  long word = ptrace(PTRACE_PEEKDATA, pid, stack(pid), 0);
  int error = errno;
  ptrace(PTRACE_DETACH, pid, 0, 0);
  return word == 0 && !error ? 0 : -1; // a stack ends in a null
}

static int do_it(const char *mode, pid_t pid) {
  long word = 0;
  char path[64];
  struct iovec ours = {&word, sizeof word}, theirs = {(void *)stack(pid), sizeof word};
  if (IS("attach")) return attach(pid, 0, 0);
  if (IS("seize")) return attach(pid, 1, 0);
  if (IS("syscall-attach")) return attach(pid, 0, 1);
  if (IS("read")) return process_vm_readv(pid, &ours, 1, &theirs, 1, 0) == sizeof word ? 0 : -1;
  if (IS("write")) return process_vm_writev(pid, &ours, 1, &theirs, 1, 0) == sizeof word ? 0 : -1;
  if (IS("syscall-write")) return syscall(SYS_process_vm_writev, pid, &ours, 1, &theirs, 1, 0) == sizeof word ? 0 : -1;
  if (IS("descriptor")) return syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, pid, 0), 0, 0) < 0 ? -1 : 0;
  if (IS("limit")) {
    struct rlimit none = {0, 0};
    return prlimit(pid, RLIMIT_CORE, &none, NULL);
  }
  if (IS("mem")) {
    snprintf(path, sizeof path, "/proc/%d/me%s", pid, "m");
    int fd = open(path, O_WRONLY);
    return fd < 0 ? -1 : pwrite(fd, &word, sizeof word, (off_t)(unsigned long)theirs.iov_base) == sizeof word ? 0 : -1;
  }
  exit(99);
}

int main(int argc, char **argv) {
  pid_t child = 0, pid;
  if (argc > 2) {
    pid = IS_PARENT(argv[2]) ? getppid() : atoi(argv[2]);
  } else if (!(child = pid = fork())) {
    pause();
    _exit(0);
  }
  int r = do_it(argv[1], pid);
  printf("%s\n", r ? strerror(errno) : "done");
  if (child) kill(child, SIGKILL);
  return r ? 1 : 0;
}
