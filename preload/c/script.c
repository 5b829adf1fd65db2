#include "script.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sys.h"
#include "text.h"

#define LEVELS 5 /* of scripts whose interpreter is one */
#define LINE 256 /* so much of it the kernel looks at */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The interpreter in a file's first line, and the one word that may follow, which has
 * blanks in it or is empty; NULL if that is no script's. */
static const char *first_line(const char *file, char line[LINE + 1], const char **option)
{
    const long fd = sys_open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const long n = fd < 0 ? fd : sys3(SYS_read, fd, line, LINE);
    char *at = line + 2, *end = line;

    if (fd >= 0)
        sys_close((int)fd);
    if (n < 3 || line[0] != '#' || line[1] != '!')
        return NULL;
    while (end < line + n && *end && *end != '\n')
        end++;
    while (end > at && is_blank(end[-1]))
        end--;
    *end = 0;
    while (is_blank(*at))
        at++;
    const char *interpreter = at;
    while (*at && !is_blank(*at))
        at++;
    if (*at)
        *at++ = 0;
    while (is_blank(*at))
        at++;
    *option = at;
    return *interpreter ? interpreter : NULL;
}

/* A format's interpreter may be another file than the one of that name now. */
static bool is_this_program(const char *file)
{
    struct stat named, self;

    if (sys4(SYS_newfstatat, AT_FDCWD, "/proc/self/exe", &self, 0) < 0)
        return true; /* hidden in a sandbox, where nothing tells */
    return sys4(SYS_newfstatat, AT_FDCWD, file, &named, 0) >= 0 && named.st_dev == self.st_dev &&
           named.st_ino == self.st_ino;
}

bool script_begins(const char *name, char *const *argv, size_t n)
{
    char line[LINE + 1];
    const char *option;

    for (int i = 0; i < LEVELS && n; i++) {
        const char *interpreter = first_line(name, line, &option);
        if (!interpreter || (*option && !text_equal(argv[--n], option)) || !n ||
            !text_equal(argv[--n], interpreter))
            return false;
        name = argv[n];
    }
    return !n && is_this_program(name);
}
