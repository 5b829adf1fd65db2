// places MODE A B: gets at the file x in the directory AB under another name,
// or at the file "kept" in another way than it may, and prints what it got. The
// name is joined here, so that nobody who only sees the arguments knows it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utmpx.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#define IS(s) (!strcmp(mode, s))

extern char **environ;

static char dir[256], file[300], whole[4096];

static int show(int fd) {
  char text[256];
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
  if (n < 0) return -1;
  printf("read %.*s", (int)n, text);
  return 0;
}

// A mount namespace of our own, where nobody sees what we mount.
static int apart(void) {
  if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS)) exit(98);
  return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int by_spawn(int move, int late) {
  posix_spawn_file_actions_t actions;
  char *argv[] = {"cat", NULL};
  pid_t pid;
  int status;
  posix_spawn_file_actions_init(&actions);
  if (move && (errno = posix_spawn_file_actions_addchdir_np(&actions, whole))) return -1;
  if ((errno = posix_spawn_file_actions_addopen(&actions, 0, "x", O_RDONLY, 0))) return -1;
  if (late && chdir(whole)) return -1;
  fflush(stdout);
  if ((errno = posix_spawn(&pid, "/bin/cat", &actions, NULL, argv, environ))) return -1;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : (errno = EACCES, -1);
}

static int by_handle(int raw) {
  struct {
    struct file_handle h;
    char room[128];
  } at = {.h.handle_bytes = 128};
  int id, root = open("/", O_RDONLY | O_DIRECTORY);
  if (name_to_handle_at(AT_FDCWD, file, &at.h, &id, 0)) exit(98);
  return show(raw ? (int)syscall(SYS_open_by_handle_at, root, &at.h, O_RDONLY) : open_by_handle_at(root, &at.h, O_RDONLY));
}

static volatile int stop;

static void *wander(void *unused) {
  while (!stop)
    if (chdir("holds") || chdir("..") || chdir(whole) || chdir("..")) break;
  return unused;
}

// Another thread changes the directory between that where x may be opened and
// that where it may not.
static int race(int flags) {
  pthread_t t;
  int hit = -1;
  char text[16];
  pthread_create(&t, NULL, wander, NULL);
  for (int i = 0; i < 20000 && hit; i++) {
    int fd = open("x", flags);
    if (fd >= 0 && !(flags & O_TRUNC) && read(fd, text, sizeof text) > 0 && text[0] == 'c') hit = 0;
    if (fd >= 0) close(fd);
  }
  stop = 1;
  pthread_join(t, NULL);
  errno = EACCES;
  return hit;
}

// Reads a file as a table of who is logged in; it may change its name in between.
static int by_table(int swapped) {
  char who[300], aim[310];
  snprintf(who, sizeof who, "%s/who", dir);
  snprintf(aim, sizeof aim, "../%s", who);
  if (utmpxname(swapped ? "holds/x" : who)) return -1;
  if (swapped && (rename("holds/x", "holds/y") || symlink(aim, "holds/x"))) return 99;
  struct utmpx *u = getutxent();
  if (swapped) rename("holds/y", "holds/x");
  if (!u) return -1;
  printf("read %.7s\n", (char *)u);
  return 0;
}

static int put_table(int append) {
  struct utmpx u = {.ut_type = USER_PROCESS, .ut_id = "x", .ut_user = "new"};
  struct stat st;
  if (!append) return utmpxname("kept") || !pututxline(&u) ? -1 : 0;
  updwtmpx("kept", &u);
  return stat("kept", &st) || st.st_size < (off_t)sizeof u ? -1 : 0;
}

static int do_it(const char *mode) {
  char text[5000];
  int fd, here;
  if (IS("open")) return show(open(file, O_RDONLY));
  if (IS("bind")) return apart() || mount(whole, "holds", NULL, MS_BIND, NULL) ? -1 : show(open("holds/x", O_RDONLY));
  if (IS("syscall-bind")) return apart() || syscall(SYS_mount, whole, "holds", NULL, MS_BIND, NULL) ? -1 : show(open("holds/x", O_RDONLY));
  if (IS("overlay")) {
    snprintf(text, sizeof text, "lowerdir=%s:dir", whole);
    return apart() || mount("overlay", "holds", "overlay", 0, text) ? -1 : show(open("holds/x", O_RDONLY));
  }
  if (IS("open-tree")) return apart() || (fd = (int)syscall(SYS_open_tree, AT_FDCWD, dir, 1)) < 0 ? -1 : show(openat(fd, "x", O_RDONLY));
  if (IS("chroot")) return chroot(dir) || chdir("/") ? -1 : show(open("/x", O_RDONLY));
  if (IS("chroot-user")) return unshare(CLONE_NEWUSER) || chroot(dir) || chdir("/") ? -1 : show(open("/x", O_RDONLY));
  if (IS("chroot-outside")) {
    here = open(".", O_RDONLY | O_DIRECTORY);
    return chroot("dir") ? -1 : show(openat(here, file, O_RDONLY));
  }
  if (IS("handle")) return by_handle(0);
  if (IS("syscall-handle")) return by_handle(1);
  if (IS("setmntent")) {
    FILE *f = setmntent(file, "r");
    if (!f || !fgets(text, sizeof text, f)) return -1;
    printf("read %s", text);
    return 0;
  }
  if (IS("utmpname")) return by_table(0);
  if (IS("utmpname-swapped")) return by_table(1);
  if (IS("pututline")) return put_table(0);
  if (IS("updwtmp")) return put_table(1);
  if (IS("addchdir")) return by_spawn(1, 0);
  if (IS("chdir-late")) return by_spawn(0, 1);
  if (IS("x32")) return show((int)syscall(0x40000000 | SYS_openat, AT_FDCWD, file, O_RDONLY));
  if (IS("race")) return race(O_RDONLY);
  if (IS("race-truncate")) return race(O_WRONLY | O_TRUNC);
  if (IS("freopen-null")) {
    FILE *f = freopen(NULL, "r+", fopen("kept", "r"));
    return !f || fputs("new\n", f) < 0 ? -1 : fclose(f);
  }
  if (IS("setxattr")) return setxattr("kept", "user.x", "y", 1, 0);
  if (IS("lsetxattr")) return lsetxattr("kept", "user.x", "y", 1, 0);
  if (IS("fsetxattr")) return fsetxattr(open("kept", O_RDONLY), "user.x", "y", 1, 0);
  if (IS("fchmodat2")) return (int)syscall(SYS_fchmodat2, AT_FDCWD, "kept", 0644, 0);
  exit(99);
}

int main(int argc, char **argv) {
  if (argc != 4) return 99;
  snprintf(dir, sizeof dir, "%s%s", argv[2], argv[3]);
  snprintf(file, sizeof file, "%s/x", dir);
  if (!getcwd(whole, sizeof whole - sizeof dir - 2)) return 99;
  strcat(strcat(whole, "/"), dir);
  int r = do_it(argv[1]);
  printf("%s\n", r ? strerror(errno) : "done");
  return r ? 1 : 0;
}
