#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ask.h"
#include "doors.h"
#include "identity.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

struct header {
    uint64_t number; /* of the table; 0: ask about all files */
    uint32_t place, size;
};

/* The mapping, once something was asked of it. */
static const unsigned char *memory;

/* The process that can touch no file any more; memory may be shared with others. */
static long shut;

bool files_watched(void)
{
    const long closed = __atomic_load_n(&shut, __ATOMIC_RELAXED);

    return guard.active && guard.files && !(closed && closed == sys0(SYS_getpid));
}

void files_shut(void)
{
    __atomic_store_n(&shut, sys0(SYS_getpid), __ATOMIC_RELAXED);
}

static const unsigned char *map_memory(void)
{
    const unsigned char *m = __atomic_load_n(&memory, __ATOMIC_ACQUIRE);
    int fd = PERMIT_FD;

    if (m)
        return m;
    bool ours = identity_is(IDENTITY_MEMORY, fd);
    if (!ours) {
        long sent = ask_memory(&guard);
        if (sent < 0)
            return NULL;
        fd = (int)sent;
        ours = identity_is(IDENTITY_MEMORY, fd);
    }
    long p = ours ? sys6(SYS_mmap, 0, TABLE_AREA, PROT_READ, MAP_SHARED, fd, TABLE_AT) : -EBADF;
    if (fd != PERMIT_FD)
        sys_close(fd);
    if (p < 0 && p > -4096)
        return NULL;
    m = (const unsigned char *)p;
    __atomic_store_n(&memory, m, __ATOMIC_RELEASE); /* of two threads at once, each has its own */
    return m;
}

static const char *find_cwd(void *context)
{
    char *cwd = context;

    if (sys2(SYS_getcwd, cwd, PATH_MAX) <= 0 || cwd[0] != '/')
        cwd[0] = 0;
    return cwd;
}

bool files_cleared(unsigned doing, const char *path)
{
    char cwd[PATH_MAX];
    struct table_place place = {find_cwd, cwd, NULL};
    const unsigned char *m = map_memory();
    const struct header *h = (const void *)m;

    if (!m)
        return false;
    const uint64_t number = __atomic_load_n(&h->number, __ATOMIC_ACQUIRE);
    const uint32_t at = h->place, size = h->size;
    if (!number || at % 4 || at > TABLE_AREA || size > TABLE_AREA - at)
        return false;
    const struct table t = {m + at, size};
    bool concerns = table_concerns(&t, doing, path, &place);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return !concerns && __atomic_load_n(&h->number, __ATOMIC_RELAXED) == number;
}

/* The reason goes to whoever reads the program's errors, unless the number is
 * that of a file of the program's own. */
static void tell(const char *message)
{
    struct stat st;
    long flags = sys3(SYS_fcntl, 2, F_GETFL, 0);

    if (!*message || flags < 0 || (flags & O_ACCMODE) == O_RDONLY || sys2(SYS_fstat, 2, &st) < 0)
        return;
    if (S_ISREG(st.st_mode) && (flags & O_ACCMODE) == O_RDWR)
        return;
    sys_write(2, message, text_length(message));
    sys_write(2, "\n", 1);
}

/* Writes the words of an act: a letter for what is done, and the path. */
static char *word(char letter, const struct file_act *a, char *to, char *end)
{
    struct text t;

    if (end - to < 2)
        return NULL;
    *to = a->below ? (char)(letter - 32) : letter;
    text_start(&t, to + 1, (size_t)(end - to - 1));
    text_add(&t, a->path);
    return t.cut ? NULL : t.at + 1;
}

/* What programs are made of, and nobody's secret: a process that outlives its
 * session, whose table and engine are gone, could else not even load a module. */
static bool of_the_system(const struct file_act *a)
{
    static const char *const below[] = {"/usr/lib/", "/usr/share/", "/usr/local/lib/", "/lib/", "/lib64/"};

    if (a->doing != TABLE_READ || a->below)
        return false;
    for (size_t i = 0; i < sizeof below / sizeof *below; i++)
        if (text_starts(a->path, below[i]))
            return true;
    return false;
}

__attribute__((noinline)) static long ask_engine(const struct file_act *acts, size_t n)
{
    static const char letters[TABLE_KINDS] = "rwd";
    char words[2 * FILE_ACTS * TABLE_KINDS + 2 * PATH_MAX], cwd[PATH_MAX], *at = words;
    char *argv[FILE_ACTS * TABLE_KINDS + 1];
    const struct env nothing = {0};
    struct verdict v;
    size_t argc = 0;

    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < TABLE_KINDS; k++) {
            if (!(acts[i].doing >> k & 1))
                continue;
            char *next = word(letters[k], &acts[i], at, words + sizeof words);
            if (!next) /* several acts on paths of the longest sort */
                return -ENAMETOOLONG;
            argv[argc++] = at;
            at = next;
        }
    argv[argc] = NULL;
    struct question q = {
        .layer = WIRE_LAYER_FILES,
        .path = acts[0].path,
        .cwd = find_cwd(cwd),
        .argv = argv,
        .env = &nothing,
        .pid = sys0(SYS_getpid),
        .ppid = sys0(SYS_getppid),
    };
    ask(&guard, &q, &v);
    bool allow = v.answer.allow;
    if (!v.answered && !allow) {
        allow = true;
        for (size_t i = 0; i < n; i++)
            allow = allow && of_the_system(&acts[i]);
    }
    if (!allow && v.answered)
        tell(v.answer.message);
    ask_done(&v);
    return allow ? 0 : -EACCES;
}

long files_judge(const struct file_act *acts, size_t n)
{
    struct file_act minded[FILE_ACTS];
    size_t count = 0;

    for (size_t i = 0; i < n && count < FILE_ACTS; i++)
        if (acts[i].path[0] == '/' && (acts[i].below || !files_cleared(acts[i].doing, acts[i].path)))
            minded[count++] = acts[i];
    return count ? ask_engine(minded, count) : 0;
}
