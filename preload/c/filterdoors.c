/* Where a program puts a seccomp filter on itself. One that would keep our library out of
 * what is started below, or from seeing, is judged as writing to the library. */
#include <stdarg.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "doors.h"
#include "filepath.h"
#include "files.h"
#include "filter.h"
#include "snapshot.h"
#include "sys.h"

static long judge(const struct sock_fprog *filter)
{
    if (!filter_blinds(filter))
        return 0;
    return files_watched() ? path_judge(TABLE_WRITE, guard.library) : -EACCES;
}

/* Judges a filter and puts it in force. */
static long put(long number, const long a[6], const struct sock_fprog *filter, bool whole)
{
    long rc = judge(filter);

    if (rc < 0)
        return rc;
    const bool shuts = whole && files_watched() && filter_shuts(filter);
    rc = sys6(number, a[0], a[1], SYS_ARG(filter), a[3], a[4], a[5]);
    if (!rc)
        session_confine();
    if (shuts && !rc)
        files_shut();
    return rc;
}

bool door_filter_call(long number, const long a[6], long *rc)
{
    const bool by_prctl = number == SYS_prctl && a[0] == PR_SET_SECCOMP && a[1] == SECCOMP_MODE_FILTER;
    const bool by_seccomp = number == SYS_seccomp && a[0] == SECCOMP_SET_MODE_FILTER;
    const struct sock_fprog *given = (const void *)a[2];

    if ((!by_prctl && !by_seccomp) || !guard.active || !given)
        return false;
    /* What is judged is what the kernel gets, whatever other threads write. */
    struct sock_fprog copy = {.len = given->len};
    const size_t size = copy.len * sizeof *copy.filter;
    const char *from = (const char *)given->filter;
    if (!size || !from)
        return false;
    if (!(copy.filter = sys_map(size))) {
        *rc = -ENOMEM;
        return true;
    }
    for (size_t i = 0; i < size; i++)
        ((char *)copy.filter)[i] = from[i];
    /* Whether it is for all threads, those to come included. */
    const bool whole = (by_seccomp && a[1] & SECCOMP_FILTER_FLAG_TSYNC) || !snapshot_shared();
    *rc = put(number, a, &copy, whole);
    sys_unmap(copy.filter, size);
    return true;
}

DOOR int prctl(int option, ...);

DOOR int prctl(int option, ...)
{
    long a[6] = {option};
    va_list rest;

    va_start(rest, option);
    for (int i = 1; i < 5; i++)
        a[i] = va_arg(rest, long);
    va_end(rest);
    long rc;
    if (!door_filter_call(SYS_prctl, a, &rc))
        rc = sys5(SYS_prctl, a[0], a[1], a[2], a[3], a[4]);
    return door_result(rc);
}
