/* The same by syscall(). */
#include <errno.h>
#include <fcntl.h>

#include "doors.h"
#include "fileops.h"
#include "files.h"
#include "sys.h"

bool door_file_call(long number, const long a[6], long *rc)
{
    const char *p0 = (const char *)a[0], *p1 = (const char *)a[1], *p3 = (const char *)a[3];
    long may = 0;

#if defined(__x86_64__)
    /* The x32 calls, whose structs differ; a filter that shuts files may not know of them. */
    if (number & 0x40000000 && guard.active && guard.files) {
        *rc = -ENOSYS;
        return true;
    }
#endif
    switch (number) {
    case SYS_openat:
        *rc = fileop_open((int)a[0], p1, (int)a[2], (unsigned)a[3]);
        return true;
    case SYS_openat2:
        *rc = fileop_openat2((int)a[0], p1, (const struct how *)a[2], (size_t)a[3]);
        return true;
    case SYS_unlinkat:
        *rc = fileop_unlink((int)a[0], p1, (int)a[2]);
        return true;
    case SYS_renameat:
        *rc = fileop_rename((int)a[0], p1, (int)a[2], p3, 0);
        return true;
    case SYS_renameat2:
        *rc = fileop_rename((int)a[0], p1, (int)a[2], p3, (unsigned)a[4]);
        return true;
    case SYS_linkat:
        *rc = fileop_link((int)a[0], p1, (int)a[2], p3, (int)a[4]);
        return true;
    case SYS_symlinkat:
        *rc = fileop_symlink(p0, (int)a[1], (const char *)a[2]);
        return true;
    case SYS_io_uring_setup: /* its opens would be out of sight; programs do without it */
        *rc = -ENOSYS;
        return files_watched();
    case SYS_truncate:
        may = fileop_may(AT_FDCWD, p0, 0, TABLE_WRITE);
        break;
    case SYS_open_by_handle_at:
        *rc = fileop_open_handle((int)a[0], (void *)a[1], (int)a[2]);
        return true;
    case SYS_fsopen:
        *rc = -ENOSYS;
        return files_watched();
    case SYS_mount:
        may = filemount_mount(p0, (const char *)a[2], (unsigned long)a[3], (const char *)a[4]);
        break;
    case SYS_open_tree:
        may = filemount_tree((int)a[0], p1, (unsigned)a[2]);
        break;
    case SYS_move_mount:
        may = filemount_move((int)a[0], p1, (unsigned)a[4]);
        break;
    case SYS_chroot:
    case SYS_pivot_root:
        may = filemount_root(p0);
        break;
    case SYS_setxattr:
        may = fileop_may(AT_FDCWD, p0, 0, TABLE_WRITE);
        break;
    case SYS_lsetxattr:
        may = fileop_may(AT_FDCWD, p0, AT_SYMLINK_NOFOLLOW, TABLE_WRITE);
        break;
    case SYS_fchmodat2:
        may = fileop_may((int)a[0], p1, (int)a[3], TABLE_WRITE);
        break;
    case SYS_fchmodat:
        may = fileop_may((int)a[0], p1, 0, TABLE_WRITE);
        break;
    case SYS_fchownat:
        may = fileop_may((int)a[0], p1, (int)a[4], TABLE_WRITE);
        break;
    case SYS_fchmod:
    case SYS_fchown:
    case SYS_fsetxattr:
        may = fileop_opened((int)a[0], TABLE_WRITE);
        break;
#ifdef SYS_open
    case SYS_open:
        *rc = fileop_open(AT_FDCWD, p0, (int)a[1], (unsigned)a[2]);
        return true;
    case SYS_creat:
        *rc = fileop_open(AT_FDCWD, p0, O_CREAT | O_WRONLY | O_TRUNC, (unsigned)a[1]);
        return true;
    case SYS_unlink:
        *rc = fileop_unlink(AT_FDCWD, p0, 0);
        return true;
    case SYS_rmdir:
        *rc = fileop_unlink(AT_FDCWD, p0, AT_REMOVEDIR);
        return true;
    case SYS_rename:
        *rc = fileop_rename(AT_FDCWD, p0, AT_FDCWD, p1, 0);
        return true;
    case SYS_link:
        *rc = fileop_link(AT_FDCWD, p0, AT_FDCWD, p1, 0);
        return true;
    case SYS_symlink:
        *rc = fileop_symlink(p0, AT_FDCWD, p1);
        return true;
    case SYS_chmod:
    case SYS_chown:
        may = fileop_may(AT_FDCWD, p0, 0, TABLE_WRITE);
        break;
    case SYS_lchown:
        may = fileop_may(AT_FDCWD, p0, AT_SYMLINK_NOFOLLOW, TABLE_WRITE);
        break;
#endif
    case SYS_prctl:
    case SYS_seccomp:
        return door_filter_call(number, a, rc);
    default:
        may = door_process_call(number, a);
    }
    *rc = may;
    return may < 0;
}
