#include "keep.h"

#include <fcntl.h>
#include <signal.h>

#include "sys.h"
#include "text.h"

#define PASSES 2000 /* children that can't be killed are not waited for for ever */

struct entry { /* linux_dirent64 */
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

static long number(const char **p)
{
    long n = 0;

    if (**p < '0' || **p > '9')
        return -1;
    for (; **p >= '0' && **p <= '9'; ++*p)
        n = n * 10 + (**p - '0');
    return n;
}

long keep_parent(const char *pid)
{
    char path[40], stat[512];
    struct text t;

    text_start(&t, path, sizeof path);
    text_add(&t, "/proc/");
    text_add(&t, pid);
    text_add(&t, "/stat");
    long fd = sys_open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    long n = sys3(SYS_read, fd, stat, sizeof stat - 1);
    sys_close((int)fd);
    if (n <= 0)
        return -1;
    stat[n] = 0;
    const char *p = text_last(stat, ')'); /* ") S PARENT" */
    if (!p || !p[1] || !p[2] || !p[3])
        return -1;
    p += 4;
    return number(&p);
}

/* Kills those that are children now. */
static void kill_children(void)
{
    const long self = sys0(SYS_getpid);
    char buf[4096] __attribute__((aligned(8)));
    long n, dir = sys_open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0)
        return;
    while ((n = sys3(SYS_getdents64, dir, buf, sizeof buf)) > 0)
        for (char *at = buf; at < buf + n;) {
            const struct entry *e = (const void *)at;
            const char *p = e->name;
            long pid = number(&p);
            if (pid > 0 && !*p && keep_parent(e->name) == self)
                sys2(SYS_kill, pid, SIGKILL);
            at += e->size;
        }
    sys_close((int)dir);
}

void keep_kill(void)
{
    const struct timespec { long seconds, nanoseconds; } moment = {0, 1000000};

    for (int i = 0; i < PASSES; i++) {
        long rc;
        kill_children();
        do {
            rc = sys4(SYS_wait4, -1, NULL, 0x40000001 /* __WALL, WNOHANG */, NULL);
        } while (rc > 0 || rc == -4 /* EINTR */);
        if (rc == -10 /* ECHILD */)
            return;
        sys2(SYS_nanosleep, &moment, NULL);
    }
}
