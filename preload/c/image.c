#include "image.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "keep.h"
#include "sys.h"
#include "text.h"

#define ROOM 65536 /* a stack that is fuller is left to Rampart to read */
#define MOST 16384 /* has most of them whole */
#define GET_SYSCALL_INFO 0x420e

static char room[ROOM + 8] __attribute__((aligned(16)));
static char cwd[PATH_MAX];
static int proc = -1;

int image_begin(void)
{
    return proc = (int)sys_open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Below the directory of all processes. */
static void name_of(char path[48], long pid, const char *name)
{
    struct text t;

    text_start(&t, path, 48);
    text_add_number(&t, pid);
    text_add(&t, name);
}

static long stat_of(long pid, const char *name, struct stat *st)
{
    char path[48];

    name_of(path, pid, name);
    return sys4(SYS_newfstatat, proc, path, st, 0);
}

static bool link_of(long pid, const char *name, char to[PATH_MAX])
{
    char path[48];

    name_of(path, pid, name);
    long n = sys4(SYS_readlinkat, proc, path, to, PATH_MAX - 1);
    to[n > 0 && to[0] == '/' ? n : 0] = 0;
    return *to;
}

static uint64_t stack_of(long pid)
{
    struct {
        uint8_t op, pad[3];
        uint32_t arch;
        uint64_t ip, sp, rest[8];
    } info;
    const uint32_t is64 = 0xc0000000u; /* __AUDIT_ARCH_64BIT, __AUDIT_ARCH_LE */

    if (sys4(SYS_ptrace, GET_SYSCALL_INFO, pid, sizeof info, &info) < 0 || (info.arch & is64) != is64)
        return 0;
    return info.sp;
}

/* Turns a list of pointers of the task's, up to a null, into ours. Returns what
 * follows it; NULL if it isn't all there. */
static char **ours(char **list, uint64_t sp, long size)
{
    char **end = (char **)(void *)(room + size);

    for (; list < end; list++) {
        uint64_t at = (uint64_t)(uintptr_t)*list;
        if (!at)
            return list + 1;
        if (at < sp || at >= sp + (uint64_t)size)
            return NULL;
        *list = room + (at - sp);
    }
    return NULL;
}

/* The stack: argc, argv, 0, envp, 0, pairs up to 0, ..., the strings. */
static bool read_stack(struct image *m, long pid, uint64_t most)
{
    uint64_t sp = m->stack, size = most - sp % 4096;
    struct iovec local = {room, size}, remote = {(void *)(uintptr_t)sp, size};
    long n = sys6(SYS_process_vm_readv, pid, SYS_ARG(&local), 1, SYS_ARG(&remote), 1, 0);

    if (n < 64)
        return false;
    room[n] = 0; /* no string goes on beyond */
    n &= ~7L;
    uint64_t argc = *(uint64_t *)(void *)room;
    char **argv = (char **)(void *)(room + 8), **envp, **pair, **end = (char **)(void *)(room + n);
    if (!(envp = ours(argv, sp, n)) || (uint64_t)(envp - argv) != argc + 1 ||
        !(pair = ours(envp, sp, n)))
        return false;
    m->linked = false;
    for (; pair + 2 <= end && *pair; pair += 2) {
        uint64_t at = (uint64_t)(uintptr_t)pair[1];
        if ((uint64_t)(uintptr_t)*pair == AT_BASE) /* the kernel puts it first */
            m->linked = at != 0;
        if ((uint64_t)(uintptr_t)*pair != AT_EXECFN)
            continue;
        if (at < sp || at >= sp + (uint64_t)n)
            return false;
        m->argv = argv;
        m->envp = envp;
        m->name = room + (at - sp);
        return true;
    }
    return false;
}

bool image_look(struct image *m, long pid)
{
    struct stat st;

    m->name = NULL;
    m->stack = 0;
    if (stat_of(pid, "/exe", &st) < 0)
        return false;
    file_id_set(&m->file, &st);
    m->stack = stack_of(pid);
    if (!m->stack || (!read_stack(m, pid, MOST) && !read_stack(m, pid, ROOM)))
        return true;
    link_of(pid, "/cwd", cwd);
    m->cwd = cwd;
    return true;
}

const char *image_file(long pid)
{
    static char file[PATH_MAX];

    return link_of(pid, "/exe", file) ? file : NULL;
}

uint32_t image_user(long pid)
{
    struct stat st;

    return stat_of(pid, "", &st) < 0 ? (uint32_t)-1 : st.st_uid;
}

bool image_is_thread(long pid, long of)
{
    char path[48];
    struct text t;

    name_of(path, of, "/task/");
    text_start(&t, path + text_length(path), sizeof path - text_length(path));
    text_add_number(&t, pid);
    return sys3(SYS_faccessat, proc, path, 0) >= 0;
}

long image_find_parent(long pid)
{
    struct { /* pidfd_info, Linux 6.13 */
        uint64_t mask, cgroup;
        uint32_t pid, group, parent, rest[9];
    } info = {0};
    const unsigned long get_info = 0xc040ff0b; /* PIDFD_GET_INFO */
    long parent = -1, fd = sys2(SYS_pidfd_open, pid, 0);

    _Static_assert(sizeof info == 64, "the size is part of the number");
    if (fd >= 0) {
        if (sys3(SYS_ioctl, fd, get_info, &info) >= 0)
            parent = info.parent;
        sys_close((int)fd);
    }
    if (parent < 0) {
        char name[24];
        struct text t;
        text_start(&t, name, sizeof name);
        text_add_number(&t, pid);
        parent = keep_parent(name);
    }
    return parent;
}

/* Registers would not do: the call's result is yet to be put into one. */
bool image_exit_instead(long pid)
{
    struct {
#if defined(__x86_64__)
        uint64_t before[16], ip, cs, after[9];
#elif defined(__aarch64__)
        uint64_t before[32], ip, after[1];
#endif
    } regs;
    struct iovec v = {&regs, sizeof regs};
#if defined(__x86_64__)
    static const unsigned char code64[16] = {
        0xb8, 231, 0, 0, 0, /* mov eax, exit_group */
        0xbf, 126, 0, 0, 0, /* mov edi, 126 */
        0x0f, 0x05,         /* syscall */
    };
    static const unsigned char code32[16] = {
        0xb8, 252, 0, 0, 0, /* mov eax, exit_group */
        0xbb, 126, 0, 0, 0, /* mov ebx, 126 */
        0xcd, 0x80,         /* int 0x80 */
    };
#elif defined(__aarch64__)
    static const unsigned char code64[16] = {
        0xc0, 0x0f, 0x80, 0xd2, /* mov x0, #126 */
        0xc8, 0x0b, 0x80, 0xd2, /* mov x8, #94: exit_group */
        0x01, 0x00, 0x00, 0xd4, /* svc #0 */
    };
#endif
    const unsigned char *code = code64;

    if (sys4(SYS_ptrace, PTRACE_GETREGSET, pid, NT_PRSTATUS, &v) < 0)
        return false;
#if defined(__x86_64__)
    if (v.iov_len < sizeof regs) { /* of a 32-bit program, whose words are shorter */
        const uint32_t *words = (const void *)&regs;
        regs.ip = words[12];
        code = code32;
    } else if (regs.cs == 0x23) {
        code = code32;
    }
#endif
    for (int i = 0; i < 16; i += 8) {
        long word = *(const long *)(const void *)(code + i);
        if (sys4(SYS_ptrace, PTRACE_POKETEXT, pid, regs.ip + (uint64_t)i, word) < 0)
            return false;
    }
    return true;
}
