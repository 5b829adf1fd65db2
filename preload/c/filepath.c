#include "filepath.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "files.h"
#include "snapshot.h"
#include "sys.h"
#include "text.h"

/* A path is copied before it is judged: the caller's other threads may write
 * to theirs. Returns false if it is too long, which the kernel then says. */
bool path_copy(char to[PATH_MAX], const char *path)
{
    struct text t;

    text_start(&t, to, PATH_MAX);
    text_add(&t, path);
    return !t.cut;
}

/* Whether a path is as files_judge takes it. */
bool path_is_plain(const char *p)
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
void path_of(int fd, char name[PATH_MAX])
{
    char link[64];
    struct text t;

    text_start(&t, link, sizeof link);
    text_add(&t, "/proc/self/fd/");
    text_add_number(&t, fd);
    long n = sys_readlink(link, name, PATH_MAX - 1);
    name[n > 0 && name[0] == '/' ? n : 0] = 0;
}

void path_of_directory(int dirfd, char name[PATH_MAX])
{
    if (dirfd != AT_FDCWD)
        path_of(dirfd, name);
    else if (sys2(SYS_getcwd, name, PATH_MAX) <= 0 || name[0] != '/')
        name[0] = 0;
}

/* What the path says, links not followed; false if it can't be told. */
__attribute__((noinline)) bool path_spelled(int dirfd, const char *path, char name[PATH_MAX])
{
    if (*path != '/') {
        path_of_directory(dirfd, name);
        if (!*name)
            return false;
    }
    return append_plain(name, path);
}

/* A full table of descriptors must not make a call fail that needs none, or
 * that needs one and would have it: the limit is raised for a moment. */
long path_open(int dirfd, const char *path, int flags)
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

bool path_is_directory(int fd)
{
    struct stat st;

    return sys2(SYS_fstat, fd, &st) >= 0 && S_ISDIR(st.st_mode);
}

long path_judge(unsigned doing, const char *name)
{
    const struct file_act act = {.doing = doing, .path = name};

    return files_judge(&act, 1);
}

bool path_cleared(const char *name, unsigned doing)
{
    return *name != '/' || files_cleared(doing, name);
}

/* What the kernel would refuse is not worth a question: 0, or its answer. */
long path_possible(int dirfd, const char *path, unsigned doing)
{
    return sys3(SYS_faccessat, dirfd, path, (doing & TABLE_READ ? 4 : 0) | (doing & TABLE_WRITE ? 2 : 0));
}

void place_close(struct place *p)
{
    if (p->ours)
        sys_close(p->fd);
}

/* Finds where path, a copy that is taken apart here, lies. Its last name is not
 * followed; "." and ".." and the root lie nowhere, and are left to the kernel:
 * `name` is "" then. */
long place_find(struct place *p, int dirfd, char *path)
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
    if (start || snapshot_shared()) {
        char kept = path[start]; /* the directory's name, for a moment */
        path[start] = 0;
        long fd = path_open(dirfd, start ? path : ".", O_DIRECTORY);
        path[start] = kept;
        if (fd < 0)
            return fd;
        p->fd = (int)fd;
        p->ours = true;
    }
    path_of_directory(p->fd, p->name);
    if (!p->name[0] && start && !path_spelled(dirfd, path, p->name)) { /* no /proc */
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

bool place_is_directory(const struct place *p)
{
    struct stat st;

    return sys4(SYS_newfstatat, p->fd, p->base, &st, AT_SYMLINK_NOFOLLOW) >= 0 && S_ISDIR(st.st_mode);
}

/* The same of a change to the name; `there` says that it has to be there. */
long place_possible(const struct place *p, bool there)
{
    struct stat st;
    long rc = there ? sys4(SYS_newfstatat, p->fd, p->base, &st, AT_SYMLINK_NOFOLLOW) : 0;

    return rc < 0 ? rc : path_possible(p->fd, ".", TABLE_WRITE);
}

bool place_cleared(const struct place *p, unsigned doing)
{
    return path_cleared(p->name, doing);
}

