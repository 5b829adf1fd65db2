/* The doors that start a shell with the process's own environment: system,
 * popen, wordexp. Their semantics (signals, cancellation, streams) stay
 * libc's; what they need of us is that the shell inherits the library, whose
 * constructor then judges the command before the shell has read it. */
#include <stddef.h>

#include "doors.h"
#include "env.h"
#include "symbol.h"

#define VARIABLE "LD_PRELOAD"
#define MARK "RAMPART_JUDGED"

typedef int (*system_function)(const char *);
typedef void *(*popen_function)(const char *, const char *);
typedef int (*wordexp_function)(const char *, void *, int);

extern int setenv(const char *, const char *, int) __attribute__((weak));
extern int unsetenv(const char *) __attribute__((weak));
DOOR int system(const char *command);
DOOR int __libc_system(const char *command) __attribute__((alias("system")));

/* What popen is made of in glibc, and nobody's to call: it would start a shell
 * without the library. */
DOOR void *_IO_proc_open(void *stream)
{
    (void)stream;
    return NULL;
}

DOOR void *popen(const char *command, const char *mode);
DOOR void *_IO_popen(const char *command, const char *mode) __attribute__((alias("popen")));
DOOR int wordexp(const char *words, void *result, int flags);

/* Nobody has judged what is started here, whatever a mark of the program's own says.
 *
 * The variable stays: taking it back would race with another thread that has
 * just come here. Only this process sees it; its children's is put right. */
static bool bequeath(void)
{
    struct env e;
    const char *now = env_preload(environ);
    char value[4096];
    struct text t;

    if (!guard.active)
        return true;
    if (!session_intact(&guard))
        return false; /* the shell would come up without the library */
    if (env_get(environ, ENV_MARK) && (!unsetenv || unsetenv(MARK)))
        return false;
    env_read(&e, environ, guard.library);
    if (now && e.rest != now)
        return true; /* the library is in it */
    text_start(&t, value, sizeof value);
    text_add(&t, guard.library);
    if (e.rest) {
        text_add(&t, ":");
        text_add(&t, e.rest);
    }
    if (t.cut || !setenv || !unsetenv)
        return false;
    /* Of several setenv would change the first, and the linker take the last. */
    if (env_get(environ, ENV_PRELOAD) != now && unsetenv(VARIABLE))
        return false;
    return !setenv(VARIABLE, value, 1);
}

/* None of these is called between vfork and exec, so libc's own is found only
 * when it is needed. */
DOOR int system(const char *command)
{
    system_function real_system = (system_function)symbol_next("system");

    return real_system && (!command || bequeath()) ? real_system(command) : -1;
}

DOOR void *popen(const char *command, const char *mode)
{
    popen_function real_popen = (popen_function)symbol_next("popen");

    return real_popen && bequeath() ? real_popen(command, mode) : NULL;
}

DOOR int wordexp(const char *words, void *result, int flags)
{
    const int no_space = 1; /* WRDE_NOSPACE, the nearest that there is */
    wordexp_function real_wordexp = (wordexp_function)symbol_next("wordexp");

    return real_wordexp && bequeath() ? real_wordexp(words, result, flags) : no_space;
}
