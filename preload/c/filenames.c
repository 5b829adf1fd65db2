/* What is done to names: removed, moved, given to another file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "fileops.h"
#include "filepath.h"
#include "files.h"
#include "sys.h"

long fileop_unlink(int dirfd, const char *path, int flags)
{
    char given[PATH_MAX];
    struct place p;

    if (!files_watched() || !path || !path_copy(given, path))
        return sys3(SYS_unlinkat, dirfd, path, flags);
    long rc = place_find(&p, dirfd, given);
    if (rc < 0)
        return rc;
    rc = place_cleared(&p, TABLE_DELETE) ? 0 : place_possible(&p, true);
    if (rc >= 0 && (rc = path_judge(TABLE_DELETE, p.name)) >= 0)
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

    if (!files_watched() || !from || !to || !path_copy(given_from, from) || !path_copy(given_to, to))
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

    if (!files_watched() || !from || !to || !path_copy(given_from, from) || !path_copy(given_to, to))
        return sys5(SYS_linkat, fromfd, from, tofd, to, flags);
    if (!*given_from && flags & AT_EMPTY_PATH) {
        p.fd = fromfd;
        p.base = given_from;
        path_of(fromfd, p.name);
    } else if (flags & AT_SYMLINK_FOLLOW) {
        long fd = path_open(fromfd, given_from, 0);
        if (fd < 0)
            return fd;
        path_of((int)fd, p.name);
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

    if (!files_watched() || !path || !path_copy(given, path))
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
