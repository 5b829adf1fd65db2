/* Preloaded into what a program under test starts: logs each start and each
 * file of the throwaway world that is opened, changed or removed. It changes
 * nothing of what the program does. */
#define _GNU_SOURCE
#include "record.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/stat.h>

static void log_path(char kind, const char *p, size_t n)
{
	struct record r;
	size_t w = sizeof WORLD - 1;
	if (n <= w || memcmp(p, WORLD "/", w + 1) != 0)
		return;
	record_begin(&r, kind);
	record_str(&r, p, n);
	record_write(&r);
}

/* log_fd logs the file that a descriptor leads to, by the kernel's name. */
static void log_fd(int fd, int flags)
{
	char name[64], path[4096];
	struct stat st;
	int saved = errno;
	if (fd >= 0 && !(flags & O_PATH) && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode)) {
		snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(name, path, sizeof path);
		if (n > 0) {
			int mode = flags & O_ACCMODE;
			if (mode == O_RDONLY) /* of the others the kernel tells if they were read */
				log_path('R', path, n);
			if (mode != O_RDONLY || flags & O_TRUNC)
				log_path('W', path, n);
		}
	}
	errno = saved;
}

/* log_at logs a name in a directory: the last part is not followed. */
static void log_at(char kind, int dirfd, const char *path)
{
	char dir[4096], name[64], real[8192];
	int saved = errno;
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	size_t base = n;
	while (base > 0 && path[base - 1] != '/')
		base--;
	if (n > 0 && base < sizeof dir - 2) {
		memcpy(dir, path, base);
		strcpy(dir + base, ".");
		int fd = (int)syscall(SYS_openat, dirfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
			ssize_t m = readlink(name, real, 4096);
			close(fd);
			if (m > 0 && n - base < 4000) {
				real[m++] = '/';
				memcpy(real + m, path + base, n - base);
				log_path(kind, real, m + n - base);
			}
		}
	}
	errno = saved;
}

__attribute__((constructor)) static void started(int argc, char **argv, char **envp)
{
	struct record r;
	(void)argc, (void)envp;
	record_exec(&r, (const char *)getauxval(AT_EXECFN), argv);
}

static int opened(int dirfd, const char *path, int flags, mode_t mode)
{
	int fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
	log_fd(fd, flags);
	return fd;
}

#define OPEN(name)                                   \
	int name(const char *path, int flags, ...)   \
	{                                            \
		va_list ap;                          \
		va_start(ap, flags);                 \
		mode_t mode = va_arg(ap, mode_t);    \
		va_end(ap);                          \
		return opened(AT_FDCWD, path, flags, mode); \
	}
#define OPENAT(name)                                         \
	int name(int dirfd, const char *path, int flags, ...) \
	{                                                    \
		va_list ap;                                  \
		va_start(ap, flags);                         \
		mode_t mode = va_arg(ap, mode_t);            \
		va_end(ap);                                  \
		return opened(dirfd, path, flags, mode);     \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __openat_2(int d, const char *path, int flags) { return opened(d, path, flags, 0); }
int __openat64_2(int d, const char *path, int flags) { return opened(d, path, flags, 0); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

#define FOPEN(name)                                                         \
	FILE *name(const char *path, const char *mode)                      \
	{                                                                   \
		static FILE *(*real)(const char *, const char *);           \
		if (!real)                                                  \
			*(void **)&real = dlsym(RTLD_NEXT, #name);          \
		FILE *f = real(path, mode);                                 \
		if (f)                                                      \
			log_fd(fileno(f), strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY); \
		return f;                                                   \
	}
FOPEN(fopen)
FOPEN(fopen64)

#define FREOPEN(name)                                                       \
	FILE *name(const char *path, const char *mode, FILE *old)           \
	{                                                                   \
		static FILE *(*real)(const char *, const char *, FILE *);   \
		if (!real)                                                  \
			*(void **)&real = dlsym(RTLD_NEXT, #name);          \
		FILE *f = real(path, mode, old);                            \
		if (f && path)                                              \
			log_fd(fileno(f), strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY); \
		return f;                                                   \
	}
FREOPEN(freopen)
FREOPEN(freopen64)

/* done logs the names that a call which went well has changed. */
static int done(long rc, char kind, int dirfd, const char *path)
{
	if (rc == 0)
		log_at(kind, dirfd, path);
	return (int)rc;
}

int unlink(const char *p) { return done(syscall(SYS_unlinkat, AT_FDCWD, p, 0), 'D', AT_FDCWD, p); }
int unlinkat(int d, const char *p, int flags) { return done(syscall(SYS_unlinkat, d, p, flags), 'D', d, p); }
int rmdir(const char *p) { return done(syscall(SYS_unlinkat, AT_FDCWD, p, AT_REMOVEDIR), 'D', AT_FDCWD, p); }
int remove(const char *p)
{
	if (unlink(p) == 0)
		return 0;
	return errno == EISDIR ? rmdir(p) : -1;
}
int renameat2(int d, const char *p, int e, const char *q, unsigned flags)
{
	long rc = syscall(SYS_renameat2, d, p, e, q, flags);
	done(rc, 'D', d, p);
	return done(rc, 'W', e, q);
}
int renameat(int d, const char *p, int e, const char *q) { return renameat2(d, p, e, q, 0); }
int rename(const char *p, const char *q) { return renameat2(AT_FDCWD, p, AT_FDCWD, q, 0); }
int mkdirat(int d, const char *p, mode_t m) { return done(syscall(SYS_mkdirat, d, p, m), 'W', d, p); }
int mkdir(const char *p, mode_t m) { return mkdirat(AT_FDCWD, p, m); }
int linkat(int d, const char *p, int e, const char *q, int flags) { return done(syscall(SYS_linkat, d, p, e, q, flags), 'W', e, q); }
int link(const char *p, const char *q) { return linkat(AT_FDCWD, p, AT_FDCWD, q, 0); }
int symlinkat(const char *p, int e, const char *q) { return done(syscall(SYS_symlinkat, p, e, q), 'W', e, q); }
int symlink(const char *p, const char *q) { return symlinkat(p, AT_FDCWD, q); }
int truncate(const char *p, off_t n) { return done(syscall(SYS_truncate, p, n), 'W', AT_FDCWD, p); }
int truncate64(const char *p, off_t n) { return truncate(p, n); }
int chmod(const char *p, mode_t m) { return done(syscall(SYS_fchmodat, AT_FDCWD, p, m), 'W', AT_FDCWD, p); }
