// files MODE A B: does to the file AB in the working directory, by one of
// libc's functions, what MODE says, and prints what came of it. The name is
// joined here, so that nobody who only sees the arguments knows it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char name[256], whole[4096], work[4096];

// What a descriptor gives, or why there is none.
static int show(int fd) {
  char text[256];
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, sizeof text);
  if (n < 0) return -1;
  printf("read %.*s", (int)n, text);
  return 0;
}

static int put(int fd) {
  if (fd < 0) return -1;
  return write(fd, "new\n", 4) == 4 ? 0 : -1;
}

static int show_stream(FILE *f) {
  char text[256];
  if (!f) return -1;
  if (fgets(text, sizeof text, f)) printf("read %s", text);
  return fclose(f);
}

static int put_stream(FILE *f) {
  if (!f) return -1;
  long at = ftell(f);
  if (fputs("new\n", f) < 0) return -1;
  printf("at %ld\n", at);
  return fclose(f);
}

static void *in_thread(void *result) {
  *(int *)result = show(open(name, O_RDONLY));
  return NULL;
}

static int child(int status) { return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : (errno = EACCES, -1); }

static int spawn(void) {
  posix_spawn_file_actions_t actions;
  char *argv[] = {"cat", NULL};
  pid_t pid;
  int status;
  posix_spawn_file_actions_init(&actions);
  if ((errno = posix_spawn_file_actions_addopen(&actions, 0, whole, O_RDONLY, 0))) return -1;
  if ((errno = posix_spawn(&pid, "/bin/cat", &actions, NULL, argv, environ))) return -1;
  waitpid(pid, &status, 0);
  return child(status);
}

static int in_vfork(void) {
  int status;
  pid_t pid = vfork();
  if (!pid) {
    int fd = open(name, O_RDONLY);
    _exit(fd < 0);
  }
  waitpid(pid, &status, 0);
  return child(status);
}

static int in_fork(void) {
  int status;
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) _exit(open(name, O_RDONLY) < 0);
  waitpid(pid, &status, 0);
  return child(status);
}

static int with_full_table(void) {
  struct rlimit few = {.rlim_cur = 64, .rlim_max = 4096};
  setrlimit(RLIMIT_NOFILE, &few);
  while (dup(0) >= 0)
    ;
  return unlink(name);
}

static int unnamed(const char *to) { // a file without a name is given one
  char link[64];
  int fd = open(".", O_TMPFILE | O_RDWR, 0600);
  if (put(fd)) return -1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  unlink(to);
  return linkat(AT_FDCWD, link, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
}

static int temporary(void) {
  char path[300];
  snprintf(path, sizeof path, "%sXXXXXX", name);
  int fd = mkstemp(path);
  if (put(fd)) return -1;
  return unlink(path);
}

// An open that first looks harmless: another thread changes the link under it.
static volatile int stop;
static void *flip(void *unused) {
  (void)unused;
  while (!stop) {
    symlink("plain", "turn.new");
    rename("turn.new", "turn");
    symlink(name, "turn.new");
    rename("turn.new", "turn");
  }
  return NULL;
}

static int race(int flags) {
  pthread_t t;
  int won = 0;
  symlink("plain", "turn");
  pthread_create(&t, NULL, flip, NULL);
  for (int i = 0; i < 2000; i++) {
    char text[16] = "";
    int fd = open("turn", flags);
    if (fd < 0) continue;
    if (flags == O_RDONLY && read(fd, text, sizeof text - 1) > 0) won |= !strncmp(text, "content", 7);
    close(fd);
  }
  stop = 1;
  pthread_join(t, NULL);
  unlink("turn");
  unlink("turn.new");
  if (!won && flags == O_RDONLY) errno = EACCES;
  return won || flags != O_RDONLY ? 0 : -1;
}

static int rename_with(const char *from, const char *to, unsigned flags) { // old libcs have it as a system call only
  int (*f)(int, const char *, int, const char *, unsigned);
  *(void **)&f = dlsym(RTLD_DEFAULT, "renameat2");
  return f ? f(AT_FDCWD, from, AT_FDCWD, to, flags) : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

#define IS(m) !strcmp(mode, m)
#define AT AT_FDCWD

static int act(const char *mode) {
  char path[8192];
  int fd, r = 0;
  if (IS("open")) return show(open(name, O_RDONLY));
  if (IS("open-absolute")) return show(open(whole, O_RDONLY));
  if (IS("open64")) return show(open64(name, O_RDONLY));
  if (IS("openat")) return show(openat(AT, name, O_RDONLY));
  if (IS("openat64")) return show(openat64(AT, name, O_RDONLY));
  if (IS("dirfd")) return show(openat(open("/", O_RDONLY | O_DIRECTORY), whole + 1, O_RDONLY));
  if (IS("dirfd-path")) return show(openat(open(work, O_PATH), name, O_RDONLY));
  if (IS("dots")) { snprintf(path, sizeof path, ".//dir/.././dir//../%s", name); return show(open(path, O_RDONLY)); }
  if (IS("chdir")) { if (chdir("dir")) return -1; snprintf(path, sizeof path, "../%s", name); return show(open(path, O_RDONLY)); }
  if (IS("link-open")) return show(open("to", O_RDONLY));
  if (IS("link-parent")) { snprintf(path, sizeof path, "up/%s", name); return show(open(path, O_RDONLY)); }
  if (IS("link-dots")) { snprintf(path, sizeof path, "up/dir/../%s", name); return show(open(path, O_RDONLY)); }
  if (IS("proc-cwd")) { snprintf(path, sizeof path, "/proc/self/cwd/%s", name); return show(open(path, O_RDONLY)); }
  if (IS("proc-root")) { snprintf(path, sizeof path, "/proc/self/root%s", whole); return show(open(path, O_RDONLY)); }
  if (IS("proc-fd")) { if ((fd = open(name, O_PATH)) < 0) return -1; snprintf(path, sizeof path, "/proc/self/fd/%d", fd); return show(open(path, O_RDONLY)); }
  if (IS("dev-fd")) { if ((fd = open(name, O_PATH)) < 0) return -1; snprintf(path, sizeof path, "/dev/fd/%d", fd); return show(open(path, O_RDONLY)); }
  if (IS("open_2")) { int (*f)(const char *, int) = (int (*)(const char *, int))dlsym(RTLD_DEFAULT, "__open_2"); return f ? show(f(name, O_RDONLY)) : show(open(name, O_RDONLY)); }
  if (IS("openat_2")) { int (*f)(int, const char *, int) = (int (*)(int, const char *, int))dlsym(RTLD_DEFAULT, "__openat64_2"); return f ? show(f(AT, name, O_RDONLY)) : show(open(name, O_RDONLY)); }
  if (IS("dlsym")) { int (*f)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(dlopen(NULL, RTLD_NOW), "open"); return show(f(name, O_RDONLY)); }
  if (IS("syscall-openat")) return show((int)syscall(SYS_openat, AT, name, O_RDONLY, 0));
#ifdef SYS_open
  if (IS("syscall-open")) return show((int)syscall(SYS_open, name, O_RDONLY, 0));
#else
  if (IS("syscall-open")) return show(open(name, O_RDONLY));
#endif
  if (IS("openat2")) { unsigned long long how[3] = {O_RDONLY, 0, 0}; return show((int)syscall(437, AT, name, how, sizeof how)); }
  if (IS("openat2-in-root")) { unsigned long long how[3] = {O_RDONLY, 0, 16}; snprintf(path, sizeof path, "/%s", name); return show((int)syscall(437, open(".", O_PATH), path, how, sizeof how)); }
  if (IS("fopen")) return show_stream(fopen(name, "r"));
  if (IS("fopen64")) return show_stream(fopen64(name, "rb"));
  if (IS("fopen-e")) return show_stream(fopen(name, "re"));
  if (IS("fopen-ccs")) return show_stream(fopen(name, "r,ccs=UTF-8"));
  if (IS("freopen")) return show_stream(freopen(name, "r", fopen("plain", "r")));
  if (IS("freopen64")) return show_stream(freopen64(whole, "r", fopen("plain", "r")));
  if (IS("mmap")) { if ((fd = open(name, O_RDONLY)) < 0) return -1; char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0); printf("%.7s\n", p); return 0; }
  if (IS("thread")) { pthread_t t; pthread_create(&t, NULL, in_thread, &r); pthread_join(t, NULL); if (r) errno = EACCES; return r; }
  if (IS("fork")) return in_fork();
  if (IS("vfork")) return in_vfork();
  if (IS("addopen")) return spawn();
  if (IS("race")) return race(O_RDONLY);
  if (IS("race-truncate")) return race(O_WRONLY | O_TRUNC);
  if (IS("write")) return put(open(name, O_WRONLY));
  if (IS("append")) return put(open(name, O_WRONLY | O_APPEND));
  if (IS("both")) return put(open(name, O_RDWR | O_TRUNC));
  if (IS("create")) { unlink("made"); snprintf(path, sizeof path, "dir/%s", name); return put(open(path, O_WRONLY | O_CREAT | O_EXCL, 0640)); }
  if (IS("create-by-link")) { snprintf(path, sizeof path, "dir/%s", name); if (symlink(path, "new")) return -1; r = put(open("new", O_WRONLY | O_CREAT, 0640)); fd = errno; unlink("new"); errno = fd; return r; }
  if (IS("truncate-by-link")) return put(open("to", O_WRONLY | O_TRUNC));
  if (IS("creat")) return put(creat(name, 0600));
  if (IS("creat64")) return put(creat64(name, 0600));
  if (IS("fopen-w")) return put_stream(fopen(name, "w"));
  if (IS("fopen-a")) return put_stream(fopen(name, "a"));
  if (IS("fopen-a+")) return put_stream(fopen(name, "a+"));
  if (IS("fopen-wx")) { snprintf(path, sizeof path, "dir/%s", name); return put_stream(fopen(path, "wx")); }
  if (IS("freopen-w")) return put_stream(freopen(name, "w", fopen("plain", "r")));
  if (IS("mkstemp")) return temporary();
  if (IS("tmpfile")) return unnamed(name);
  if (IS("truncate")) return truncate(name, 3);
  if (IS("truncate64")) return truncate64(whole, 3);
  if (IS("syscall-truncate")) return (int)syscall(SYS_truncate, name, 3);
  if (IS("chmod")) return chmod(name, 0700);
  if (IS("fchmod")) { if ((fd = open("plain", O_RDONLY)) < 0) return -1; close(fd); return fchmodat(AT, whole, 0700, 0); }
  if (IS("fchmodat")) return fchmodat(open(".", O_PATH), name, 0700, 0);
  if (IS("chown")) return chown(name, getuid(), getgid());
  if (IS("lchown")) return lchown(name, getuid(), getgid());
  if (IS("fchownat")) return fchownat(AT, name, getuid(), getgid(), 0);
  if (IS("unlink")) return unlink(name);
  if (IS("unlinkat")) return unlinkat(open(".", O_PATH), name, 0);
  if (IS("unlink-parent-link")) { snprintf(path, sizeof path, "up/%s", name); return unlink(path); }
  if (IS("unlink-full-table")) return with_full_table();
  if (IS("syscall-unlinkat")) return (int)syscall(SYS_unlinkat, AT, name, 0);
  if (IS("remove")) return remove(whole);
  if (IS("rmdir")) { snprintf(path, sizeof path, "%s.d", name); return rmdir(path); }
  if (IS("rmdir-slash")) { snprintf(path, sizeof path, "%s.d///", name); return rmdir(path); }
  if (IS("remove-dir")) { snprintf(path, sizeof path, "%s.d", name); return remove(path); }
  if (IS("rename")) return rename(name, "other");
  if (IS("rename-onto")) return rename("plain", name);
  if (IS("renameat")) return renameat(open(".", O_PATH), whole, open("dir", O_PATH), "other");
  if (IS("renameat2")) return rename_with(name, "other", 1);
  if (IS("exchange")) return rename_with("plain", name, 2);
  if (IS("rename-dir")) { snprintf(path, sizeof path, "%s.d", name); return rename(path, "dir/d"); }
  if (IS("rename-parent")) { snprintf(path, sizeof path, "holds/%s.x", name); if ((fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600)) < 0) return -1; return rename("holds", "held"); }
  if (IS("link")) return link(name, "other");
  if (IS("linkat")) return linkat(AT, whole, open("dir", O_PATH), "other", 0);
  if (IS("link-onto")) { snprintf(path, sizeof path, "dir/%s", name); return link("plain", path); }
  if (IS("link-follow")) return linkat(AT, "to", AT, "other", AT_SYMLINK_FOLLOW);
  if (IS("symlink-onto")) { snprintf(path, sizeof path, "dir/%s", name); return symlink("plain", path); }
  if (IS("symlinkat")) return symlinkat("plain", open("dir", O_PATH), name);
  fprintf(stderr, "files: no mode %s\n", mode);
  exit(99);
}

int main(int argc, char **argv) {
  if (argc != 4) return 99;
  snprintf(name, sizeof name, "%s%s", argv[2], argv[3]);
  if (!getcwd(work, sizeof work - 300)) return 99;
  snprintf(whole, sizeof whole, "%s/%s", work, name);
  int r = act(argv[1]);
  if (r) printf("%s\n", strerror(errno));
  else printf("done\n");
  return r != 0;
}
