/* The static program, four in one by where it lies in the session's directory:
 *   rampart-refused     what a refused exec becomes: prints argv[1], exits 126
 *   rampart-heir        counts what is lost if the guard is killed
 *   rampart-launch      starts the agent under the kernel layer
 *   bin/NAME            the substitute shell: asks, then becomes the real NAME */
#include <fcntl.h>

#include "env.h"
#include "heir.h"
#include "judge.h"
#include "launch.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

const char __libc_single_threaded = 1; /* snapshot.c; here is no libc to tell */

static void say(const char *s)
{
    sys_write(2, s, text_length(s));
}

static void print_refusal(const char *message)
{
    size_t n = text_length(message);

    while (n) {
        long written = sys_write(2, message, n);
        if (written == -4 /* EINTR */)
            continue;
        if (written <= 0)
            return;
        message += written;
        n -= (size_t)written;
    }
    say("\n");
}

static long launch_shell(void *context, const char *path, char *const *argv, char *const *envp,
                         bool replaced, int by)
{
    (void)context;
    (void)replaced;
    if (by != AHEAD_BY_NAME)
        return sys5(SYS_execveat, by, "", argv, envp, AT_EMPTY_PATH);
    return sys3(SYS_execve, path, argv, envp);
}

/* Splits DIR/bin/NAME; false if the program lies elsewhere. */
static bool find_session(struct session *s, char *self, const char **name)
{
    static const char shells[] = "/" SESSION_SHELLS;
    char *slash = (char *)(uintptr_t)text_last(self, '/');

    *name = slash + 1;
    *slash = 0;
    size_t n = text_length(self);
    if (n < sizeof shells || !text_equal(self + n - (sizeof shells - 1), shells))
        return false;
    return session_set(s, self, n - (sizeof shells - 1));
}

/* The session as the environment tells it; some agents take that out, so else
 * as the directory does, but that is no ground to fail open. */
static void find_library(struct session *s, char *const *envp)
{
    char path[SESSION_PATH_MAX];
    struct session found = {0};

    if (!session_find(&found, env_preload(envp)) || !text_equal(found.dir, s->dir)) {
        session_path(s, path, SESSION_LIBRARY_OPEN, NULL);
        if (sys3(SYS_faccessat, AT_FDCWD, path, 0) < 0)
            session_path(s, path, SESSION_LIBRARY, NULL);
        session_find(&found, path);
        found.fails_open = false;
    }
    *s = found;
}

static int become_shell(struct session *s, const char *name, char **argv, char **envp)
{
    char link[SESSION_PATH_MAX], real[PATH_MAX];

    find_library(s, envp);
    session_path(s, link, SESSION_REAL, name);
    long n = sys_readlink(link, real, sizeof real - 1);
    if (n <= 0 || real[0] != '/') {
        say("rampart: refused: this session has no shell ");
        say(name);
        say("; start a new one with `rampart wrap`\n");
        return EXIT_REFUSED;
    }
    real[n] = 0;
    struct attempt a = {
        .dirfd = AT_FDCWD,
        .path = real,
        .argv = argv,
        .envp = envp,
        .layer = WIRE_LAYER_SHELL,
        .mark = MARK_SELF,
        .inherits = true,
    };
    judge_launch(s, &a, launch_shell, NULL);
    say("rampart: can't execute ");
    say(real);
    say("\n");
    return EXIT_REFUSED;
}

__attribute__((noreturn, used)) static void run(long *stack)
{
    long argc = stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
    char self[PATH_MAX];
    const char *name = "";
    struct session s = {0};
    long n = sys_readlink("/proc/self/exe", self, sizeof self - 1);

    self[n > 0 ? n : 0] = 0;
    if (self[0] == '/' && find_session(&s, self, &name))
        sys_exit(become_shell(&s, name, argv, envp));
    if (text_equal(name, SESSION_LAUNCH))
        sys_exit(launch(argv, envp));
    if (text_equal(name, SESSION_HEIR))
        sys_exit(heir());
    print_refusal(argc > 1 ? argv[1] : "rampart: refused");
    sys_exit(EXIT_REFUSED);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall run\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tbl run\n");
#endif
