#include "session.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "identity.h"
#include "sys.h"
#include "text.h"

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#define NOEXEC 8 /* statfs(2), ST_NOEXEC */

/* A session's name ends in "-pNUMBER", the process that answers for it. The
 * library knows the name from where it was loaded, so another process can't
 * come to stand for the engine. */
static long engine_of(const char *dir, size_t length)
{
    size_t digits = length;
    long pid = 0;

    while (digits && dir[digits - 1] >= '0' && dir[digits - 1] <= '9')
        digits--;
    if (digits < 2 || length - digits > 9 || dir[digits - 1] != 'p' || dir[digits - 2] != '-')
        return 0;
    for (size_t i = digits; i < length; i++)
        pid = pid * 10 + (dir[i] - '0');
    return pid;
}

bool session_set(struct session *s, const char *dir, size_t length)
{
    struct text t;

    s->active = false;
    if (!length || length >= sizeof s->dir || dir[0] != '/')
        return false;
    text_start(&t, s->dir, sizeof s->dir);
    text_add_bytes(&t, dir, length);
    s->engine = engine_of(dir, length);
    s->active = true;
    return true;
}

void session_path(const struct session *s, char path[SESSION_PATH_MAX], const char *name,
                  const char *name1)
{
    struct text t;

    text_start(&t, path, SESSION_PATH_MAX);
    text_add(&t, s->dir);
    text_add(&t, "/");
    text_add(&t, name);
    if (name1) {
        text_add(&t, "/");
        text_add(&t, name1);
    }
    if (t.cut) /* a name too long names nothing, rather than something else */
        *path = 0;
}

static void set_stamp(uint64_t stamp[4], const struct stat *st)
{
    stamp[0] = st->st_dev;
    stamp[1] = st->st_ino;
    stamp[2] = (uint64_t)st->st_size;
    stamp[3] = (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;
}

/* By opening it, as the dynamic linker will: a sandbox may let a file be looked up
 * that it lets nobody read. Nor does one count that the linker could not map: a mount
 * may be changed to let nothing be executed. */
static bool read_stamp(const char *path, uint64_t stamp[4])
{
    struct stat st;
    struct statfs fs;
    long fd = sys_open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    const bool known = sys2(SYS_fstat, fd, &st) >= 0 && sys2(SYS_fstatfs, fd, &fs) >= 0;
    sys_close((int)fd);
    if (!known || fs.f_flags & NOEXEC)
        return false;
    set_stamp(stamp, &st);
    return true;
}

/* Our own copy knows its stamps, and they are read from there when they are needed:
 * few processes exec. One that is no session's takes them from the files as they
 * are now; what is not there is never intact. */
static void learn(struct session *s)
{
    char stub[SESSION_PATH_MAX];

    session_path(s, stub, SESSION_REFUSED, NULL);
    if (!read_stamp(s->library, s->stamp))
        s->stamp[1] = 0;
    if (!read_stamp(stub, s->refused))
        s->refused[1] = 0;
}

static bool ends_with(const char *s, size_t n, const char *end)
{
    size_t m = text_length(end);

    return n > m && text_starts(s + n - m, end);
}

bool session_find(struct session *s, const char *preload)
{
    for (size_t n; preload && *preload; preload += n + (preload[n] != 0)) {
        for (n = 0; preload[n] && preload[n] != ':' && preload[n] != ' ';)
            n++;
        bool open = ends_with(preload, n, "/" SESSION_LIBRARY_OPEN);
        const char *name = open ? SESSION_LIBRARY_OPEN : SESSION_LIBRARY;
        if (!open && !ends_with(preload, n, "/" SESSION_LIBRARY))
            continue;
        if (!session_set(s, preload, n - text_length(name) - 1))
            return false;
        s->fails_open = open;
        session_path(s, s->library, name, NULL);
        if (!identity_number(IDENTITY_LIBRARY, 1))
            learn(s);
        return true;
    }
    return false;
}

static bool still(const uint64_t now[4], enum identity_number which, const uint64_t stamp[4])
{
    const bool known = identity_number(IDENTITY_LIBRARY, 1);

    for (int i = 0; i < 4; i++)
        if (now[i] != (known ? identity_number(which, i) : stamp[i]))
            return false;
    return true;
}

static bool confined;

void session_confine(void)
{
    __atomic_store_n(&confined, true, __ATOMIC_RELEASE);
}

/* The same without opening it, which costs twice as much: this process came up with the library, so
 * that nothing but what it has put in force since could let it be looked up and not be read. */
static bool look_up(const char *path, uint64_t stamp[4])
{
    struct stat st;

    if (__atomic_load_n(&confined, __ATOMIC_ACQUIRE) ||
        sys4(SYS_faccessat2, AT_FDCWD, path, R_OK | X_OK, AT_EACCESS) < 0 || /* X_OK: not where nothing may be */
        sys4(SYS_newfstatat, AT_FDCWD, path, &st, 0) < 0)
        return false;
    set_stamp(stamp, &st);
    return true;
}

bool session_intact(const struct session *s)
{
    uint64_t now[4];

    return s->fails_open ||
           ((look_up(s->library, now) || read_stamp(s->library, now)) && still(now, IDENTITY_LIBRARY, s->stamp));
}

uint64_t session_began(const struct session *s)
{
    return identity_number(IDENTITY_LIBRARY, 1) ? identity_number(IDENTITY_LIBRARY, 3) : s->stamp[3];
}

bool session_stub_intact(const struct session *s)
{
    char path[SESSION_PATH_MAX];

    uint64_t now[4];

    session_path(s, path, SESSION_REFUSED, NULL);
    return !*s->library || (read_stamp(path, now) && still(now, IDENTITY_REFUSED, s->refused));
}

long session_set_traced(const struct session *s)
{
    char path[SESSION_PATH_MAX];

    session_path(s, path, SESSION_TRACED, NULL);
    long fd = sys4(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fd;
    sys_close((int)fd);
    return 0;
}

bool session_untraced(const struct session *s)
{
    char path[SESSION_PATH_MAX];

    session_path(s, path, SESSION_TRACED, NULL);
    return sys3(SYS_faccessat, AT_FDCWD, path, 0) == -2; /* ENOENT */
}
