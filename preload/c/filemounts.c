/* What puts a whole tree of files under other names, where other rules hold:
 * another root, a mount. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "doors.h"
#include "fileops.h"
#include "filepath.h"
#include "files.h"
#include "symbol.h"
#include "sys.h"
#include "text.h"

#define BIND 0x1000u
#define MOVE 0x2000u
#define REMOUNT 0x20u
#define CLONE_TREE 1u

/* As if all that is there were moved away: 0, or -EACCES. */
static long takes(int dirfd, const char *path, int flags, bool as_root)
{
    char given[PATH_MAX], name[PATH_MAX];
    struct stat st, root;

    if (!files_watched() || !path || !path_copy(given, path))
        return 0;
    if (!*given && flags & AT_EMPTY_PATH)
        given[0] = '.', given[1] = 0;
    long fd = path_open(dirfd, given, flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
    if (fd < 0)
        return 0; /* the call's to find */
    bool same = as_root && sys2(SYS_fstat, fd, &st) >= 0 &&
                sys4(SYS_newfstatat, AT_FDCWD, "/", &root, 0) >= 0 && st.st_dev == root.st_dev &&
                st.st_ino == root.st_ino;
    const struct file_act act = {
        .doing = TABLE_READ | TABLE_WRITE, .below = path_is_directory((int)fd), .path = name};
    path_of((int)fd, name);
    sys_close((int)fd);
    if (same)
        return 0;
    return *name || path_spelled(dirfd, given, name) ? files_judge(&act, 1) : -EACCES;
}

/* The layers of an overlay: lowerdir=A:B,upperdir=C. */
static long takes_layers(const char *options)
{
    char path[PATH_MAX];
    long rc = 0;

    while (rc >= 0 && options && *options) {
        bool layers = text_starts(options, "lowerdir") || text_starts(options, "upperdir");
        while (*options && *options != '=' && *options != ',')
            options++;
        while (*options && *options != ',') {
            struct text t;
            text_start(&t, path, sizeof path);
            for (options++; *options && *options != ',' && *options != ':'; options++) {
                if (*options == '\\' && options[1])
                    options++;
                text_add_bytes(&t, options, 1);
            }
            if (layers && *path && rc >= 0)
                rc = t.cut ? -EACCES : takes(AT_FDCWD, path, 0, false);
        }
        options += *options == ',';
    }
    return rc;
}

/* Who mounts this can tell the kernel which programs to start, in a namespace of users
 * of his own at least. */
static long registers(void)
{
    char name[] = "/proc/sys/fs/binfmt_misc/register";
    const struct file_act act = {.doing = TABLE_WRITE, .path = name};

    return files_judge(&act, 1);
}

long filemount_mount(const char *source, const char *type, unsigned long flags, const char *options)
{
    if (!(flags & REMOUNT) && flags & (BIND | MOVE))
        return takes(AT_FDCWD, source, 0, false);
    if (!type || !files_watched())
        return 0;
    return text_equal(type, "overlay") ? takes_layers(options) : text_equal(type, "binfmt_misc") ? registers() : 0;
}

long filemount_tree(int dirfd, const char *path, unsigned flags)
{
    const int at = (int)flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);

    return flags & CLONE_TREE ? takes(dirfd, path, at, false) : 0;
}

long filemount_move(int dirfd, const char *path, unsigned flags)
{
    return takes(dirfd, path, (flags & 4 ? AT_EMPTY_PATH : 0) | (flags & 1 ? 0 : AT_SYMLINK_NOFOLLOW), false);
}

long filemount_root(const char *path)
{
    return takes(AT_FDCWD, path, 0, true);
}

DOOR int mount(const char *source, const char *target, const char *type, unsigned long flags,
               const void *options);
DOOR int chroot(const char *path);
DOOR int open_tree(int dirfd, const char *path, unsigned flags);
DOOR int move_mount(int fromfd, const char *from, int tofd, const char *to, unsigned flags);
DOOR int fsopen(const char *type, unsigned flags);

DOOR int mount(const char *source, const char *target, const char *type, unsigned long flags,
               const void *options)
{
    long rc = filemount_mount(source, type, flags, options);

    return door_result(rc < 0 ? rc : sys5(SYS_mount, source, target, type, flags, options));
}

DOOR int chroot(const char *path)
{
    long rc = filemount_root(path);

    return door_result(rc < 0 ? rc : sys1(SYS_chroot, path));
}

DOOR int open_tree(int dirfd, const char *path, unsigned flags)
{
    long rc = filemount_tree(dirfd, path, flags);

    return door_result(rc < 0 ? rc : sys3(SYS_open_tree, dirfd, path, flags));
}

DOOR int move_mount(int fromfd, const char *from, int tofd, const char *to, unsigned flags)
{
    long rc = filemount_move(fromfd, from, flags);

    return door_result(rc < 0 ? rc : sys5(SYS_move_mount, fromfd, from, tofd, to, flags));
}

/* Its layers would be told by further calls; programs then use mount. */
DOOR int fsopen(const char *type, unsigned flags)
{
    return door_result(files_watched() ? -ENOSYS : sys2(SYS_fsopen, type, flags));
}
