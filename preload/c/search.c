/* PATH search as the libcs do it. */
#include <errno.h>

#include "doors.h"
#include "env.h"
#include "sys.h"
#include "text.h"

#define GLIBC_PATH "/bin:/usr/bin"
#define MUSL_PATH "/usr/local/bin:/bin:/usr/bin"

/* Whether to look further along PATH after this error. */
static bool goes_on(long error)
{
    switch (error) {
    case -EACCES:
    case -ENOENT:
    case -ENOTDIR:
        return true;
    case -ESTALE:
    case -ENODEV:
    case -ETIMEDOUT:
        return guard_on_glibc;
    }
    return false;
}

long door_search(const char *file, long (*try)(void *context, const char *path), void *context)
{
    char path[PATH_MAX + NAME_MAX + 2];
    const char *dirs = env_get(environ, "PATH=");
    bool denied = false;
    long rc = -ENOENT;

    if (!*file)
        return -ENOENT;
    if (text_find(file, '/'))
        return try(context, file);
    if (text_length(file) > NAME_MAX)
        return -ENAMETOOLONG;
    if (!dirs)
        dirs = guard_on_glibc ? GLIBC_PATH : MUSL_PATH;

    for (;; dirs++) {
        const char *end = text_find(dirs, ':');
        size_t n = end ? (size_t)(end - dirs) : text_length(dirs);
        if (n < PATH_MAX) { /* no directory has a longer name */
            struct text t;
            text_start(&t, path, sizeof path);
            text_add_bytes(&t, dirs, n);
            if (n) /* an empty entry is the working directory */
                text_add(&t, "/");
            text_add(&t, file);
            rc = try(context, path);
            if (rc >= 0 || !goes_on(rc))
                return rc;
            denied |= rc == -EACCES;
        }
        if (!end)
            return denied ? -EACCES : rc;
        dirs = end;
    }
}
