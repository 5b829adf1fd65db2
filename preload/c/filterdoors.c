/* Where a program puts a seccomp filter on itself. One that would keep our library out of
 * what is started below, or from seeing, is judged as writing to the library. */
#include <stdarg.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "doors.h"
#include "filepath.h"
#include "files.h"
#include "filter.h"
#include "sys.h"

static long judge(const struct sock_fprog *filter)
{
    if (!guard.active || !filter_blinds(filter))
        return 0;
    return files_watched() ? path_judge(TABLE_WRITE, guard.library) : -EACCES;
}

long door_filter_call(long number, const long a[6])
{
    if (number == SYS_prctl)
        return a[0] == PR_SET_SECCOMP && a[1] == SECCOMP_MODE_FILTER ? judge((const void *)a[2]) : 0;
    return a[0] == SECCOMP_SET_MODE_FILTER ? judge((const void *)a[2]) : 0;
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
    long rc = door_filter_call(SYS_prctl, a);
    return door_result(rc < 0 ? rc : sys5(SYS_prctl, a[0], a[1], a[2], a[3], a[4]));
}
