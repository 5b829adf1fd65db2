#include "fileops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "filepath.h"
#include "files.h"
#include "snapshot.h"
#include "sys.h"
#include "text.h"

__attribute__((noinline)) static bool spelling_cleared(unsigned doing, int dirfd, const char *path)
{
    char name[PATH_MAX];

    return path_spelled(dirfd, path, name) && files_cleared(doing, name);
}

/* Of a directory that was opened to be read only its names are read. */
static long judge_opened(int fd, unsigned doing, const char *name)
{
    if (path_cleared(name, doing) || (doing == TABLE_READ && path_is_directory(fd)))
        return 0;
    return path_judge(doing, name);
}

long fileop_opened(int fd, unsigned doing)
{
    char name[PATH_MAX];

    if (!files_watched())
        return 0;
    path_of(fd, name);
    return judge_opened(fd, doing, name);
}

/* --- open ---------------------------------------------------------------- */

static unsigned doing_of(int flags)
{
    unsigned doing = (flags & O_ACCMODE) == O_WRONLY ? 0 : TABLE_READ;

    if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC))
        doing |= TABLE_WRITE;
    return doing;
}

static bool creates(int flags)
{
    return flags & O_CREAT;
}

/* A new file's name, where the last name of path (a copy, taken apart here)
 * may be a link to nothing yet. */
__attribute__((noinline)) static long judge_new(int dirfd, char path[PATH_MAX], unsigned doing,
                                                char real[PATH_MAX])
{
    char link[PATH_MAX];
    struct place p, before = {.ours = false};
    long rc;

    for (int links = 0; links < 40; links++) { /* as many as the kernel follows */
        rc = place_find(&p, dirfd, path);
        place_close(&before);
        if (rc < 0)
            return rc;
        before = p;
        long n = sys4(SYS_readlinkat, p.fd, p.base, link, PATH_MAX - 1);
        if (n <= 0) {
            struct text t;
            text_start(&t, real, PATH_MAX);
            text_add(&t, p.name);
            rc = place_cleared(&p, doing) ? 0 : path_possible(p.fd, ".", TABLE_WRITE);
            place_close(&p);
            return rc < 0 ? rc : path_judge(doing, real);
        }
        link[n] = 0;
        path_copy(path, link);
        dirfd = p.fd;
    }
    place_close(&before);
    return -ELOOP;
}

/* Judges a path by what it says and by what it leads to, which goes to real.
 * It is to be opened, or changed in a way that needs no right to write. */
__attribute__((noinline)) static long judge_target(int dirfd, const char *path, int flags, bool opening,
                                                   unsigned doing, char real[PATH_MAX])
{
    char said[PATH_MAX];
    long fd = path_open(dirfd, path, flags & O_NOFOLLOW);

    real[0] = 0;
    if (fd < 0 && !(fd == -ENOENT && creates(flags)))
        return fd;
    if (fd >= 0) {
        bool listed = doing == TABLE_READ && path_is_directory((int)fd);
        path_of((int)fd, real);
        sys_close((int)fd);
        if (listed)
            return 0;
        if (!path_spelled(dirfd, path, said))
            said[0] = 0;
        if (!real[0] && !said[0]) /* no /proc to tell what it is */
            return -EACCES;
        const struct file_act acts[2] = {{.doing = doing, .path = real}, {.doing = doing, .path = said}};
        const size_t n = text_equal(said, real) ? 1 : 2;
        bool cleared = path_cleared(real, doing) && (n == 1 || path_cleared(said, doing));
        long rc = cleared || !opening ? 0 : path_possible(dirfd, path, doing);
        return cleared || rc < 0 ? rc : files_judge(acts, n);
    }
    path_copy(said, path);
    long rc = judge_new(dirfd, said, doing, real);
    if (rc < 0 || !path_spelled(dirfd, path, said) || text_equal(said, real))
        return rc;
    return path_judge(doing, said);
}

/* Where the path goes through links, or concerns a rule as it is spelled. What
 * can't be undone, and all that is suspicious, is looked at before it is
 * opened; in any case the file that has been opened is judged, and truncated
 * only then. */
__attribute__((noinline)) static long open_slowly(int dirfd, const char *path, int flags,
                                                  unsigned mode, unsigned doing, bool cleared)
{
    char real[PATH_MAX], name[PATH_MAX];
    int truncate = (flags & O_ACCMODE) == O_RDONLY ? 0 : flags & O_TRUNC;
    bool judged = !cleared || doing != TABLE_READ;
    struct stat st;
    long rc = judged ? judge_target(dirfd, path, flags, true, doing, real) : 0;

    if (rc < 0)
        return rc;
    long fd = sys4(SYS_openat, dirfd, path, flags & ~truncate, mode);
    if (fd < 0)
        return fd;
    path_of((int)fd, name);
    if (!judged || !text_equal(name, real))
        rc = judge_opened((int)fd, doing, name);
    if (rc >= 0 && truncate && sys2(SYS_fstat, fd, &st) >= 0 && S_ISREG(st.st_mode))
        rc = sys2(SYS_ftruncate, fd, 0);
    if (rc >= 0)
        return fd;
    sys_close((int)fd);
    return rc;
}

/* Opens that read or write nothing: a place, a directory to be listed, a file
 * without a name. */
static bool is_harmless(int flags)
{
    return flags & O_PATH || (flags & O_TMPFILE) == O_TMPFILE ||
           (flags & (O_DIRECTORY | O_ACCMODE | O_CREAT | O_TRUNC)) == O_DIRECTORY;
}

/* Whether the kernel has refused the question, and not the file. */
static bool open_otherwise(long rc)
{
    return rc == -ELOOP || rc == -ENOSYS || rc == -EPERM || rc == -EINVAL || rc == -EAGAIN;
}

/* What was cleared by where it seemed to be, while other threads may move about:
 * the directory is held, and what has been opened looked at. */
__attribute__((noinline)) static long open_held(int dirfd, const char *path, const struct how *how,
                                                unsigned doing)
{
    char name[PATH_MAX];
    long at = path_open(dirfd, ".", O_DIRECTORY);

    if (at < 0)
        return sys4(SYS_openat2, dirfd, path, how, sizeof *how);
    long fd = -ELOOP; /* to be opened slowly */
    if (spelling_cleared(doing, (int)at, path))
        fd = sys4(SYS_openat2, at, path, how, sizeof *how);
    sys_close((int)at);
    if (fd < 0)
        return fd;
    path_of((int)fd, name);
    long rc = judge_opened((int)fd, doing, name);
    if (rc >= 0)
        return fd;
    sys_close((int)fd);
    return rc;
}

long fileop_open(int dirfd, const char *path, int flags, unsigned mode)
{
    char given[PATH_MAX];

    if (!files_watched() || !path || is_harmless(flags) || !path_copy(given, path))
        return sys4(SYS_openat, dirfd, path, flags, mode);
    const unsigned doing = doing_of(flags);
    bool cleared = path_is_plain(given) ? files_cleared(doing, given)
                                   : spelling_cleared(doing, dirfd, given);
    if (cleared) { /* and it is what it says, if no link is on the way */
        const struct how how = {
            .flags = (unsigned)flags,
            .mode = creates(flags) ? mode & 07777 : 0,
            .resolve = RESOLVE_NO_SYMLINKS,
        };
        long rc = *given != '/' && snapshot_shared() ? open_held(dirfd, given, &how, doing)
                                                 : sys4(SYS_openat2, dirfd, given, &how, sizeof how);
        if (!open_otherwise(rc))
            return rc;
    }
    return open_slowly(dirfd, given, flags, mode, doing, cleared);
}

/* The caller's own ways to resolve a path are looked up with them. */
long fileop_openat2(int dirfd, const char *path, const struct how *how, size_t size)
{
    char given[PATH_MAX];

    if (!files_watched() || !path || !how || size < sizeof *how || is_harmless((int)how->flags) ||
        !path_copy(given, path))
        return sys4(SYS_openat2, dirfd, path, how, size);
    struct how once = *how, look = *how; /* nobody changes it meanwhile */
    const unsigned doing = doing_of((int)once.flags);
    if (size != sizeof once)
        return -E2BIG;
    look.flags = O_PATH | O_CLOEXEC | (once.flags & O_NOFOLLOW);
    look.mode = 0;
    long rc = sys4(SYS_openat2, dirfd, given, &look, sizeof look);
    if (rc >= 0) {
        long fd = rc;
        rc = fileop_opened((int)fd, doing);
        sys_close((int)fd);
        if (rc < 0)
            return rc;
    }
    once.flags &= ~(uint64_t)((once.flags & O_ACCMODE) == O_RDONLY ? 0 : O_TRUNC);
    long fd = sys4(SYS_openat2, dirfd, given, &once, sizeof once);
    if (fd < 0)
        return fd;
    rc = fileop_opened((int)fd, doing);
    if (rc >= 0 && how->flags & O_TRUNC && !(once.flags & O_TRUNC))
        sys2(SYS_ftruncate, fd, 0);
    if (rc >= 0)
        return fd;
    sys_close((int)fd);
    return rc;
}

long fileop_open_handle(int mountfd, void *handle, int flags)
{
    const int truncate = (flags & O_ACCMODE) == O_RDONLY ? 0 : flags & O_TRUNC;
    char name[PATH_MAX];

    if (!files_watched() || is_harmless(flags))
        return sys3(SYS_open_by_handle_at, mountfd, handle, flags);
    long fd = sys3(SYS_open_by_handle_at, mountfd, handle, flags & ~truncate);
    if (fd < 0)
        return fd;
    path_of((int)fd, name);
    long rc = *name ? judge_opened((int)fd, doing_of(flags), name) : -EACCES;
    if (rc >= 0 && truncate)
        rc = sys2(SYS_ftruncate, fd, 0);
    if (rc >= 0)
        return fd;
    sys_close((int)fd);
    return rc;
}

long fileop_may(int dirfd, const char *path, int flags, unsigned doing)
{
    char given[PATH_MAX], real[PATH_MAX];

    if (!files_watched() || !path || !path_copy(given, path))
        return 0;
    if (!*given && flags & AT_EMPTY_PATH)
        return fileop_opened(dirfd, doing);
    long rc = judge_target(dirfd, given, flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0, false, doing, real);
    return rc == -EACCES ? rc : 0; /* another error is the call's to find */
}

long fileop_may_open(int dirfd, const char *path, int flags)
{
    char given[PATH_MAX], real[PATH_MAX];

    if (!files_watched() || !path || is_harmless(flags) || !path_copy(given, path))
        return 0;
    long rc = judge_target(dirfd, given, flags, true, doing_of(flags), real);
    return rc == -EACCES ? rc : 0;
}

