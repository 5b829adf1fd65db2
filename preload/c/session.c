#include "session.h"

#include <sys/stat.h>

#include "sys.h"
#include "text.h"

bool session_set(struct session *s, const char *dir, size_t length)
{
    struct text t;

    s->active = false;
    if (!length || length >= sizeof s->dir || dir[0] != '/')
        return false;
    text_start(&t, s->dir, sizeof s->dir);
    text_add_bytes(&t, dir, length);
    s->active = true;
    return true;
}

void session_path(const struct session *s, char path[SESSION_PATH_MAX], const char *name,
                  const char *name1)
{
    struct text t;

    text_start(&t, path, SESSION_PATH_MAX);
    text_add(&t, s->dir);
    text_add(&t, "/");
    text_add(&t, name);
    if (name1) {
        text_add(&t, "/");
        text_add(&t, name1);
    }
    if (t.cut) /* a name too long names nothing, rather than something else */
        *path = 0;
}

static bool read_stamp(const char *path, uint64_t stamp[4])
{
    struct stat st;

    if (sys4(SYS_newfstatat, -100 /* AT_FDCWD */, path, &st, 0) < 0)
        return false;
    stamp[0] = st.st_dev;
    stamp[1] = st.st_ino;
    stamp[2] = (uint64_t)st.st_size;
    stamp[3] = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    return true;
}

static bool ends_with(const char *s, size_t n, const char *end)
{
    size_t m = text_length(end);

    return n > m && text_starts(s + n - m, end);
}

bool session_find(struct session *s, const char *preload)
{
    for (size_t n; preload && *preload; preload += n + (preload[n] != 0)) {
        for (n = 0; preload[n] && preload[n] != ':' && preload[n] != ' ';)
            n++;
        bool open = ends_with(preload, n, "/" SESSION_LIBRARY_OPEN);
        const char *name = open ? SESSION_LIBRARY_OPEN : SESSION_LIBRARY;
        if (!open && !ends_with(preload, n, "/" SESSION_LIBRARY))
            continue;
        if (!session_set(s, preload, n - text_length(name) - 1))
            return false;
        s->fails_open = open;
        session_path(s, s->library, name, NULL);
        if (!read_stamp(s->library, s->stamp))
            s->stamp[1] = 0; /* like no file's: never intact */
        return true;
    }
    return false;
}

bool session_intact(const struct session *s)
{
    uint64_t now[4];

    if (s->fails_open)
        return true;
    if (!read_stamp(s->library, now))
        return false;
    for (int i = 0; i < 4; i++)
        if (now[i] != s->stamp[i])
            return false;
    return true;
}
