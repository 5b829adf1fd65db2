#include "session.h"
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
