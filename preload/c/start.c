/* The library's constructor, the first of all in its process (where the libc
 * heeds that): finds the session, makes sure that this program
 * has been judged, takes our traces out of its environment. */
#include <errno.h>
#include <sys/prctl.h>

#include "ask.h"
#include "auxiliary.h"
#include "channel.h"
#include "cmdline.h"
#include "doors.h"
#include "env.h"
#include "identity.h"
#include "mark.h"
#include "sanitizer.h"
#include "script.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

struct session guard;
bool guard_on_glibc;

extern const char *gnu_get_libc_version(void) __attribute__((weak));

/* The program that the library has come up in. */
struct self {
    struct cmdline cmdline;
    char **envp;
    const ElfW(auxv_t) *auxiliary;
    const char *name, *mark; /* as it was executed; NULL if nobody judged it */
};

/* Go programs exec by raw system calls with the environment they found, so
 * the library must be left in it. */
static bool is_go(const struct self *self)
{
    const ElfW(Phdr) *p = (const ElfW(Phdr) *)auxiliary(self->auxiliary, AT_PHDR);
    unsigned long n = p ? auxiliary(self->auxiliary, AT_PHNUM) : 0;
    uintptr_t base = 0;

    for (unsigned long i = 0; i < n; i++)
        if (p[i].p_type == PT_PHDR)
            base = (uintptr_t)p - p[i].p_vaddr;
    for (unsigned long i = 0; i < n; i++) {
        if (p[i].p_type != PT_NOTE)
            continue;
        const char *at = (const char *)(base + p[i].p_vaddr), *end = at + p[i].p_memsz;
        while ((size_t)(end - at) > sizeof(ElfW(Nhdr))) {
            const ElfW(Nhdr) *note = (const void *)at;
            at += sizeof *note;
            if (note->n_namesz >= 3 && text_equal(at, "Go"))
                return true;
            at += ((note->n_namesz + 3) & ~3u) + ((note->n_descsz + 3) & ~3u);
        }
    }
    return false;
}

__attribute__((noreturn)) static void refuse(const char *message)
{
    sys_write(2, message, text_length(message));
    sys_write(2, "\n", 1);
    sys_exit(EXIT_REFUSED);
}

/* Programs that put others into a sandbox. Some agents' launchers close what
 * they inherited, these don't: so it is here that a way out is left open. */
static bool is_sandbox(const char *path)
{
    static const char names[][12] = {"bwrap", "firejail", "minijail0", "nsjail",
                                     "proot", "setpriv",  "unshare"};
    const char *slash = text_last(path, '/');

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal(slash ? slash + 1 : path, names[i]))
            return true;
    return false;
}

/* The system's own of these do to files what their command line says, and from
 * inside of the sandbox that they build there is no way to ask. */
static bool builds_sandbox(const char *path)
{
    static const char place[] = "/usr/bin/";
    char self[64];
    long n = is_sandbox(path) ? sys_readlink("/proc/self/exe", self, sizeof self - 1) : 0;

    self[n > 0 ? n : 0] = 0;
    return text_starts(self, place) && is_sandbox(self) && !text_find(self + sizeof place - 1, '/');
}

/* What the answer says of a program that is in place. */
static void heed(struct cmdline *c, const struct question *q, struct verdict *v)
{
    const char *text;
    size_t index;

    if (!v->answer.allow)
        refuse(v->answer.message);
    if (v->answer.path[0] && !text_equal(v->answer.path, q->path))
        refuse("rampart: refused: this program would have to be replaced, and it runs already");
    while (codec_next_rewrite(&v->answer.rewrites, &index, &text)) {
        if (!cmdline_replace(c, index, text))
            refuse("rampart: refused: its arguments can't be replaced by what was judged");
    }
    ask_done(v);
}

/* This very program, started by someone who could not ask. Apart, for its large
 * frame: pages of stack that are never touched cost nothing. */
__attribute__((noinline)) static void judge_self(struct self *self, const char *cwd)
{
    char path[PATH_MAX];
    struct verdict v;
    struct env env;
    long n = sys_readlink("/proc/self/exe", path, sizeof path - 1);

    path[n > 0 ? n : 0] = 0;
    env_read(&env, self->envp, guard.library);
    struct question q = {
        .layer = WIRE_LAYER_CONSTRUCTOR,
        .path = n > 0 ? path : self->name,
        .cwd = cwd,
        .argv = self->cmdline.argv,
        .env = &env,
        .pid = sys0(SYS_getpid),
        .ppid = sys0(SYS_getppid),
    };
    ask(&guard, &q, &v);
    heed(&self->cmdline, &q, &v);
}

/* This very program, started ahead of the answer; false if that is to ask once more. */
__attribute__((noinline)) static bool await_answer(struct self *self, int fd)
{
    const struct question q = {.path = self->name, .argv = self->cmdline.argv};
    struct verdict v;

    ask_await(&guard, &q, fd, &v);
    const bool final = !v.answer.allow || !v.answer.again;
    heed(&self->cmdline, &q, &v);
    return final;
}

/* Started by a descriptor, it takes the name that it was asked for by. */
static void take_name(struct self *self, const char *name)
{
    const char *slash = text_last(name, '/');

    self->name = name;
    auxiliary_set(self->auxiliary, AT_EXECFN, (unsigned long)name);
    sys2(SYS_prctl, PR_SET_NAME, slash ? slash + 1 : name);
}

/* Sees to it that this program has been judged, in this directory. */
static void check(struct self *self, const char *cwd)
{
    const char *mark = self->mark, *other = mark ? mark_name(mark) : NULL;

    if (!mark || !mark_valid(mark, other ? other : self->name, self->cmdline.argv, cwd)) {
        judge_self(self, cwd);
        return;
    }
    const size_t before = mark_before(mark, self->cmdline.argv);
    if (before && !script_begins(self->name, self->cmdline.argv, before)) {
        judge_self(self, cwd);
        return;
    }
    if (other)
        take_name(self, other);
    if (mark_awaited(mark) >= 0 && !await_answer(self, mark_awaited(mark)))
        judge_self(self, cwd);
}

/* False if cwd is too small for it. */
static bool get_cwd(char *cwd, size_t size)
{
    const long n = sys2(SYS_getcwd, cwd, size);

    if (n <= 0 || cwd[0] != '/') /* deleted, or outside of our root */
        cwd[0] = 0;
    return n != -ERANGE;
}

/* Apart like judge_self. */
__attribute__((noinline)) static void check_in_depth(struct self *self)
{
    char cwd[PATH_MAX];

    get_cwd(cwd, sizeof cwd);
    check(self, cwd);
}

__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
    char cwd[256];
    struct self self;

    guard_on_glibc = gnu_get_libc_version != NULL;
    if (!guard_on_glibc) /* musl gives constructors no arguments */
        argc = 0, argv = NULL, envp = environ;
    if (!envp)
        return;
    self.envp = envp;
    self.auxiliary = auxiliary_find(argc, argv, envp);
    self.name = (const char *)auxiliary(self.auxiliary, AT_EXECFN);
    if (!self.name)
        self.name = "";
    if (auxiliary(self.auxiliary, AT_SECURE) || !session_find(&guard, env_preload(envp)))
        return;
    sanitizer_step_aside();

    self.mark = env_get(envp, ENV_MARK);
    if (!cmdline_find(&self.cmdline, argc, argv, envp))
        refuse("rampart: refused: the program's own arguments can't be read");
    if (get_cwd(cwd, sizeof cwd))
        check(&self, cwd);
    else
        check_in_depth(&self);
    if (is_sandbox(self.name))
        channel_leave_open(&guard);
    guard.files = identity_watches_files() && !builds_sandbox(self.name);
    env_strip(envp, guard.library, is_go(&self));
}
