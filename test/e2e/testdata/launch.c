// launch MODE A B: runs `cp -v /dev/null AB` by one of libc's doors, waits for
// it and prints its status. The name is joined here, so that nobody who only
// sees this program's own arguments knows it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

extern char **environ;

static char name[256];
static char text[512];
static char *argv_cp[] = {"cp", "-v", "/dev/null", name, NULL};
static char *no_env[] = {NULL};
static const char *cp = "/bin/cp";

// The kernel's own door: no library is asked.
static long raw_execve(const char *path, char **argv, char **env) {
  long r;
#if defined(__x86_64__)
  __asm__ volatile("syscall" : "=a"(r) : "a"(SYS_execve), "D"(path), "S"(argv), "d"(env) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = SYS_execve, x0 __asm__("x0") = (long)path, x1 __asm__("x1") = (long)argv, x2 __asm__("x2") = (long)env;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  r = x0;
#elif defined(__i386__)
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(SYS_execve), "b"(path), "c"(argv), "d"(env) : "memory");
#else
#error "no system call for this machine"
#endif
  return r;
}

static int direct(const char *mode) {
  int fd = -1;
  if (!strcmp(mode, "execve")) execve(cp, argv_cp, environ);
  else if (!strcmp(mode, "execve-empty-env")) execve(cp, argv_cp, no_env);
  else if (!strcmp(mode, "execve-null-env")) execve(cp, argv_cp, NULL);
  else if (!strcmp(mode, "clearenv")) { clearenv(); execv(cp, argv_cp); }
  else if (!strcmp(mode, "execv")) execv(cp, argv_cp);
  else if (!strcmp(mode, "execvp")) execvp("cp", argv_cp);
  else if (!strcmp(mode, "execvpe")) execvpe("cp", argv_cp, environ);
  else if (!strcmp(mode, "execl")) execl(cp, "cp", "-v", "/dev/null", name, (char *)NULL);
  else if (!strcmp(mode, "execle")) execle(cp, "cp", "-v", "/dev/null", name, (char *)NULL, environ);
  else if (!strcmp(mode, "execlp")) execlp("cp", "cp", "-v", "/dev/null", name, (char *)NULL);
  else if (!strcmp(mode, "fexecve")) { fd = open(cp, O_RDONLY | O_CLOEXEC); fexecve(fd, argv_cp, environ); }
  else if (!strcmp(mode, "execveat")) { fd = open("/bin", O_PATH | O_CLOEXEC); syscall(SYS_execveat, fd, "cp", argv_cp, environ, 0); }
  else if (!strcmp(mode, "syscall")) syscall(SYS_execve, cp, argv_cp, environ);
  else if (!strcmp(mode, "raw")) raw_execve(cp, argv_cp, environ);
  else if (!strcmp(mode, "raw-empty-env")) raw_execve(cp, argv_cp, no_env);
  else { fprintf(stderr, "launch: no mode %s\n", mode); _exit(99); }
  fprintf(stderr, "launch: %s: %s\n", mode, strerror(errno));
  _exit(127);
}

static void *in_thread(void *mode) {
  pid_t pid = fork();
  int status = 0;
  if (pid == 0) direct(mode);
  waitpid(pid, &status, 0);
  return (void *)(long)status;
}

int main(int argc, char **argv) {
  int status = 0;
  pid_t pid;
  if (argc != 4) return 98;
  snprintf(name, sizeof name, "%s%s", argv[2], argv[3]);
  snprintf(text, sizeof text, "cp -v /dev/null %s", name);
  setvbuf(stdout, NULL, _IONBF, 0);
  if (!strcmp(argv[1], "vfork")) {
    pid = vfork();
    if (pid == 0) { execve(cp, argv_cp, environ); _exit(127); }
    waitpid(pid, &status, 0);
  } else if (!strcmp(argv[1], "posix_spawn") || !strcmp(argv[1], "posix_spawnp")) {
    int e = argv[1][11] ? posix_spawnp(&pid, "cp", NULL, NULL, argv_cp, environ)
                        : posix_spawn(&pid, cp, NULL, NULL, argv_cp, environ);
    if (e) { printf("spawn: %s\n", strerror(e)); return 1; }
    waitpid(pid, &status, 0);
  } else if (!strcmp(argv[1], "system")) {
    status = system(text);
  } else if (!strcmp(argv[1], "popen")) {
    char buf[512];
    FILE *f = popen(text, "r");
    while (fgets(buf, sizeof buf, f)) printf("read %s", buf);
    status = pclose(f);
  } else if (!strcmp(argv[1], "wordexp")) {
    wordexp_t w;
    snprintf(text, sizeof text, "$(cp -v /dev/null %s)", name);
    if (!wordexp(text, &w, WRDE_SHOWERR)) {
      for (size_t i = 0; i < w.we_wordc; i++) printf("word %s\n", w.we_wordv[i]);
      wordfree(&w);
    }
  } else if (!strncmp(argv[1], "thread-", 7)) {
    pthread_t t;
    void *r;
    pthread_create(&t, NULL, in_thread, argv[1] + 7);
    pthread_join(t, &r);
    status = (int)(long)r;
  } else {
    pid = fork();
    if (pid == 0) direct(argv[1]);
    waitpid(pid, &status, 0);
  }
  printf("status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
