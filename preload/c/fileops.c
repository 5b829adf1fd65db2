#include "fileops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "files.h"
#include "sys.h"
#include "text.h"

/* A path is copied before it is judged: the caller's other threads may write
 * to theirs. Returns false if it is too long, which the kernel then says. */
static bool copy_path(char to[PATH_MAX], const char *path)
{
    struct text t;

    text_start(&t, to, PATH_MAX);
    text_add(&t, path);
    return !t.cut;
}

/* Whether a path is as files_judge takes it. */
static bool is_plain(const char *p)
{
    if (*p != '/')
        return false;
    for (; *p; p++) {
        if (*p != '/')
            continue;
        if (p[1] == '/' || (p[1] == '.' && (!p[2] || p[2] == '/' ||
                                            (p[2] == '.' && (!p[3] || p[3] == '/')))))
            return false;
    }
    return p[-1] != '/';
}

/* Appends path to the directory in name; ".." goes up by one name, as it does
 * where no symbolic link is. False if there is no room. */
static bool append_plain(char name[PATH_MAX], const char *path)
{
    size_t n = *path == '/' ? 0 : text_length(name);

    if (n == 1)
        n = 0; /* the root */
    while (*path) {
        size_t size = 0;
        while (path[size] && path[size] != '/')
            size++;
        if (size == 2 && path[0] == '.' && path[1] == '.') {
            while (n && name[--n] != '/')
                ;
        } else if (size && !(size == 1 && *path == '.')) {
            if (n + size + 2 > PATH_MAX)
                return false;
            name[n++] = '/';
            for (size_t i = 0; i < size; i++)
                name[n++] = path[i];
        }
        path += size + (path[size] == '/');
    }
    if (!n)
        name[n++] = '/';
    name[n] = 0;
    return true;
}

/* The name of what a descriptor leads to, "" if it has none. */
static void name_of(int fd, char name[PATH_MAX])
{
    char link[64];
    struct text t;

    text_start(&t, link, sizeof link);
    text_add(&t, "/proc/self/fd/");
    text_add_number(&t, fd);
    long n = sys_readlink(link, name, PATH_MAX - 1);
    name[n > 0 && name[0] == '/' ? n : 0] = 0;
}

static void directory_name(int dirfd, char name[PATH_MAX])
{
    if (dirfd != AT_FDCWD)
        name_of(dirfd, name);
    else if (sys2(SYS_getcwd, name, PATH_MAX) <= 0 || name[0] != '/')
        name[0] = 0;
}

/* What the path says, links not followed; false if it can't be told. */
__attribute__((noinline)) static bool spelled(int dirfd, const char *path, char name[PATH_MAX])
{
    if (*path != '/') {
        directory_name(dirfd, name);
        if (!*name)
            return false;
    }
    return append_plain(name, path);
}

__attribute__((noinline)) static bool spelling_cleared(unsigned doing, int dirfd, const char *path)
{
    char name[PATH_MAX];

    return spelled(dirfd, path, name) && files_cleared(doing, name);
}

/* A full table of descriptors must not make a call fail that needs none, or
 * that needs one and would have it: the limit is raised for a moment. */
static long open_place(int dirfd, const char *path, int flags)
{
    struct rlimit old, room;
    long fd = sys4(SYS_openat, dirfd, path, flags | O_PATH | O_CLOEXEC, 0);

    if (fd != -EMFILE || sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &old) < 0)
        return fd;
    room = old;
    room.rlim_cur = old.rlim_cur + 8 < old.rlim_max ? old.rlim_cur + 8 : old.rlim_max;
    sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &room, NULL);
    fd = sys4(SYS_openat, dirfd, path, flags | O_PATH | O_CLOEXEC, 0);
    sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &old, NULL);
    return fd;
}

static bool is_directory(int fd)
{
    struct stat st;

    return sys2(SYS_fstat, fd, &st) >= 0 && S_ISDIR(st.st_mode);
}

static long judge_one(unsigned doing, const char *name)
{
    const struct file_act act = {.doing = doing, .path = name};

    return files_judge(&act, 1);
}

static bool name_cleared(const char *name, unsigned doing)
{
    return *name != '/' || files_cleared(doing, name);
}

/* Of a directory that was opened to be read only its names are read. */
static long judge_opened(int fd, unsigned doing, const char *name)
{
    if (name_cleared(name, doing) || (doing == TABLE_READ && is_directory(fd)))
        return 0;
    return judge_one(doing, name);
}

long fileop_opened(int fd, unsigned doing)
{
    char name[PATH_MAX];

    if (!files_watched())
        return 0;
    name_of(fd, name);
    return judge_opened(fd, doing, name);
}

/* What the kernel would refuse is not worth a question: 0, or its answer. */
static long possible(int dirfd, const char *path, unsigned doing)
{
    return sys3(SYS_faccessat, dirfd, path, (doing & TABLE_READ ? 4 : 0) | (doing & TABLE_WRITE ? 2 : 0));
}

/* --- a name in its directory ------------------------------------------- */

struct place {
    int fd; /* of the directory; AT_FDCWD or the caller's own if `path` is a name alone */
    bool ours;
    const char *base; /* with slashes at its end, if they were there */
    char name[PATH_MAX];
};

static void place_close(struct place *p)
{
    if (p->ours)
        sys_close(p->fd);
}

/* Finds where path, a copy that is taken apart here, lies. Its last name is not
 * followed; "." and ".." and the root lie nowhere, and are left to the kernel:
 * `name` is "" then. */
static long place_find(struct place *p, int dirfd, char *path)
{
    size_t end = text_length(path), start;

    while (end > 1 && path[end - 1] == '/')
        end--;
    for (start = end; start && path[start - 1] != '/';)
        start--;
    p->fd = dirfd;
    p->ours = false;
    p->base = path + start;
    p->name[0] = 0;
    size_t size = end - start;
    if (!size || path[end - 1] == '/' || (size == 1 && path[start] == '.') ||
        (size == 2 && path[start] == '.' && path[start + 1] == '.')) {
        p->base = path;
        return 0;
    }
    if (start) {
        char kept = path[start]; /* the directory's name, for a moment */
        path[start] = 0;
        long fd = open_place(dirfd, path, O_DIRECTORY);
        path[start] = kept;
        if (fd < 0)
            return fd;
        p->fd = (int)fd;
        p->ours = true;
    }
    directory_name(p->fd, p->name);
    if (!p->name[0] && start && !spelled(dirfd, path, p->name)) { /* no /proc */
        place_close(p);
        return -EACCES;
    }
    if (p->name[0]) {
        char base[NAME_MAX + 1];
        struct text t;
        text_start(&t, base, sizeof base);
        text_add_bytes(&t, path + start, size);
        size_t n = text_length(p->name);
        if (n == 1)
            n = 0;
        text_start(&t, p->name + n, PATH_MAX - n);
        text_add(&t, "/");
        text_add(&t, base);
        if (t.cut) {
            place_close(p);
            return -ENAMETOOLONG;
        }
    }
    return 0;
}

static bool place_is_directory(const struct place *p)
{
    struct stat st;

    return sys4(SYS_newfstatat, p->fd, p->base, &st, AT_SYMLINK_NOFOLLOW) >= 0 && S_ISDIR(st.st_mode);
}

/* The same of a change to the name; `there` says that it has to be there. */
static long place_possible(const struct place *p, bool there)
{
    struct stat st;
    long rc = there ? sys4(SYS_newfstatat, p->fd, p->base, &st, AT_SYMLINK_NOFOLLOW) : 0;

    return rc < 0 ? rc : possible(p->fd, ".", TABLE_WRITE);
}

static bool place_cleared(const struct place *p, unsigned doing)
{
    return name_cleared(p->name, doing);
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
            rc = place_cleared(&p, doing) ? 0 : possible(p.fd, ".", TABLE_WRITE);
            place_close(&p);
            return rc < 0 ? rc : judge_one(doing, real);
        }
        link[n] = 0;
        copy_path(path, link);
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
    long fd = open_place(dirfd, path, flags & O_NOFOLLOW);

    real[0] = 0;
    if (fd < 0 && !(fd == -ENOENT && creates(flags)))
        return fd;
    if (fd >= 0) {
        bool listed = doing == TABLE_READ && is_directory((int)fd);
        name_of((int)fd, real);
        sys_close((int)fd);
        if (listed)
            return 0;
        if (!spelled(dirfd, path, said))
            said[0] = 0;
        const struct file_act acts[2] = {{.doing = doing, .path = real}, {.doing = doing, .path = said}};
        const size_t n = text_equal(said, real) ? 1 : 2;
        bool cleared = name_cleared(real, doing) && (n == 1 || name_cleared(said, doing));
        long rc = cleared || !opening ? 0 : possible(dirfd, path, doing);
        return cleared || rc < 0 ? rc : files_judge(acts, n);
    }
    copy_path(said, path);
    long rc = judge_new(dirfd, said, doing, real);
    if (rc < 0 || !spelled(dirfd, path, said) || text_equal(said, real))
        return rc;
    return judge_one(doing, said);
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
    name_of((int)fd, name);
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

long fileop_open(int dirfd, const char *path, int flags, unsigned mode)
{
    char given[PATH_MAX];

    if (!files_watched() || !path || is_harmless(flags) || !copy_path(given, path))
        return sys4(SYS_openat, dirfd, path, flags, mode);
    const unsigned doing = doing_of(flags);
    bool cleared = is_plain(given) ? files_cleared(doing, given)
                                   : spelling_cleared(doing, dirfd, given);
    if (cleared) { /* and it is what it says, if no link is on the way */
        const struct how how = {
            .flags = (unsigned)flags,
            .mode = creates(flags) ? mode & 07777 : 0,
            .resolve = RESOLVE_NO_SYMLINKS,
        };
        long rc = sys4(SYS_openat2, dirfd, given, &how, sizeof how);
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
        !copy_path(given, path))
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

long fileop_may(int dirfd, const char *path, int flags, unsigned doing)
{
    char given[PATH_MAX], real[PATH_MAX];

    if (!files_watched() || !path || !copy_path(given, path))
        return 0;
    if (!*given && flags & AT_EMPTY_PATH)
        return fileop_opened(dirfd, doing);
    long rc = judge_target(dirfd, given, flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0, false, doing, real);
    return rc == -EACCES ? rc : 0; /* another error is the call's to find */
}

long fileop_may_open(int dirfd, const char *path, int flags)
{
    char given[PATH_MAX], real[PATH_MAX];

    if (!files_watched() || !path || is_harmless(flags) || !copy_path(given, path))
        return 0;
    long rc = judge_target(dirfd, given, flags, true, doing_of(flags), real);
    return rc == -EACCES ? rc : 0;
}

/* --- names --------------------------------------------------------------- */

long fileop_unlink(int dirfd, const char *path, int flags)
{
    char given[PATH_MAX];
    struct place p;

    if (!files_watched() || !path || !copy_path(given, path))
        return sys3(SYS_unlinkat, dirfd, path, flags);
    long rc = place_find(&p, dirfd, given);
    if (rc < 0)
        return rc;
    rc = place_cleared(&p, TABLE_DELETE) ? 0 : place_possible(&p, true);
    if (rc >= 0 && (rc = judge_one(TABLE_DELETE, p.name)) >= 0)
        rc = sys3(SYS_unlinkat, p.fd, p.base, flags);
    place_close(&p);
    return rc;
}

static long rename_as_is(int fromfd, const char *from, int tofd, const char *to, unsigned flags)
{
    if (flags)
        return sys5(SYS_renameat2, fromfd, from, tofd, to, flags);
    return sys4(SYS_renameat, fromfd, from, tofd, to);
}

/* What moves is read, as it comes to be where other rules are, and gone from
 * where it was; a directory changes all that lies below it, here and there. */
static size_t add_move(struct file_act *acts, const struct place *from, const struct place *to)
{
    const bool below = place_is_directory(from);
    const unsigned taken = below ? TABLE_READ | TABLE_WRITE : TABLE_READ;

    acts[0] = (struct file_act){.doing = taken, .below = below, .path = from->name};
    acts[1] = (struct file_act){.doing = TABLE_DELETE, .path = from->name};
    acts[2] = (struct file_act){.doing = TABLE_WRITE, .below = below, .path = to->name};
    return 3;
}

static long judge_rename(const struct place *from, const struct place *to, unsigned flags)
{
    struct file_act acts[FILE_ACTS];
    size_t n = add_move(acts, from, to);

    if (flags & 2) /* RENAME_EXCHANGE */
        n += add_move(acts + n, to, from);
    return files_judge(acts, n);
}

long fileop_rename(int fromfd, const char *from, int tofd, const char *to, unsigned flags)
{
    char given_from[PATH_MAX], given_to[PATH_MAX];
    struct place p, q;

    if (!files_watched() || !from || !to || !copy_path(given_from, from) || !copy_path(given_to, to))
        return rename_as_is(fromfd, from, tofd, to, flags);
    long rc = place_find(&p, fromfd, given_from);
    if (rc < 0)
        return rc;
    if ((rc = place_find(&q, tofd, given_to)) >= 0) {
        if (!place_cleared(&p, TABLE_READ | TABLE_DELETE) || !place_cleared(&q, TABLE_WRITE))
            if ((rc = place_possible(&p, true)) >= 0)
                rc = place_possible(&q, false);
        if (rc >= 0 && (rc = judge_rename(&p, &q, flags)) >= 0)
            rc = rename_as_is(p.fd, p.base, q.fd, q.base, flags);
        place_close(&q);
    }
    place_close(&p);
    return rc;
}

/* Another name for a file is a way to read it, and to write it. */
long fileop_link(int fromfd, const char *from, int tofd, const char *to, int flags)
{
    char given_from[PATH_MAX], given_to[PATH_MAX];
    struct place p = {.ours = false}, q;
    long rc;

    if (!files_watched() || !from || !to || !copy_path(given_from, from) || !copy_path(given_to, to))
        return sys5(SYS_linkat, fromfd, from, tofd, to, flags);
    if (!*given_from && flags & AT_EMPTY_PATH) {
        p.fd = fromfd;
        p.base = given_from;
        name_of(fromfd, p.name);
    } else if (flags & AT_SYMLINK_FOLLOW) {
        long fd = open_place(fromfd, given_from, 0);
        if (fd < 0)
            return fd;
        name_of((int)fd, p.name);
        sys_close((int)fd);
        p.fd = fromfd;
        p.base = given_from;
    } else if ((rc = place_find(&p, fromfd, given_from)) < 0) {
        return rc;
    }
    if ((rc = place_find(&q, tofd, given_to)) >= 0) {
        const struct file_act acts[] = {
            {.doing = TABLE_READ | TABLE_WRITE, .path = p.name},
            {.doing = TABLE_WRITE, .path = q.name},
        };
        if ((rc = files_judge(acts, 2)) >= 0)
            rc = sys5(SYS_linkat, p.fd, p.base, q.fd, q.base, flags);
        place_close(&q);
    }
    place_close(&p);
    return rc;
}

long fileop_symlink(const char *target, int dirfd, const char *path)
{
    char given[PATH_MAX];
    struct place p;
    struct stat st;

    if (!files_watched() || !path || !copy_path(given, path))
        return sys3(SYS_symlinkat, target, dirfd, path);
    long rc = place_find(&p, dirfd, given);
    if (rc < 0)
        return rc;
    /* A link to a directory puts all below that there. */
    const struct file_act act = {
        .doing = TABLE_WRITE,
        .below = target && sys4(SYS_newfstatat, p.fd, target, &st, 0) >= 0 && S_ISDIR(st.st_mode),
        .path = p.name,
    };
    if ((rc = files_judge(&act, 1)) >= 0)
        rc = sys3(SYS_symlinkat, target, p.fd, p.base);
    place_close(&p);
    return rc;
}
