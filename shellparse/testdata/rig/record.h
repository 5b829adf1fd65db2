/* The log that the driver, the stand-ins and the library write to. A record is
 * its length (4 bytes), a letter, and strings that end in a NUL:
 *   X FILE ARGV...   a program was started: the file that the kernel ran, argv
 *   R, W, D PATH     a file was opened to be read, changed, removed
 *   a, m, c, d PATH  seen afterwards: was read, changed, is new, is gone
 */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_PATH "/dev/shm/log"
#define WORLD "/tmp/w"

struct record {
	unsigned len; /* of all of b */
	char b[65536];
};

static void record_begin(struct record *r, char kind)
{
	r->b[4] = kind;
	r->len = 5;
}

static void record_str(struct record *r, const char *s, size_t n)
{
	if (n + 1 > sizeof r->b - r->len)
		n = sizeof r->b - r->len - 1;
	if (n + 1 > sizeof r->b - r->len)
		return;
	memcpy(r->b + r->len, s, n);
	r->len += n;
	r->b[r->len++] = 0;
}

static void record_end(struct record *r)
{
	unsigned n = r->len - 4;
	memcpy(r->b, &n, 4);
}

/* One write: records of several processes don't mix. */
static void record_write(struct record *r)
{
	record_end(r);
	long fd = syscall(SYS_openat, AT_FDCWD, LOG_PATH, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	(void)!write((int)fd, r->b, r->len);
	close((int)fd);
}

static void record_exec(struct record *r, const char *file, char **argv)
{
	record_begin(r, 'X');
	record_str(r, file, strlen(file));
	for (; *argv; argv++)
		record_str(r, *argv, strlen(*argv));
	record_write(r);
}
