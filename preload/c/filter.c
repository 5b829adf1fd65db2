/* A filter is carried out for each system call by which the linker loads our library, with
 * what is not the same for all libraries (addresses, lengths, descriptors) unknown: of a
 * jump that hangs on such a word both ways are gone. Jumps only lead forward, so once
 * over the instructions is enough. */
#include "filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>

#include "sys.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

#define ALLOWS 1u
#define HINDERS 2u /* the call fails, or somebody else says what it does; what kills is neither */

struct word {
    uint32_t n;
    bool known;
};

struct state {
    bool reached;
    struct word a, x, memory[BPF_MEMWORDS];
};

struct call {
    uint32_t number, known; /* which arguments, a bit for each */
    uint32_t argument[6];
};

static const struct call loads[] = {
    {SYS_openat, 1u << 2, {0, 0, O_RDONLY | O_CLOEXEC}}, /* the first: without it nothing is loaded */
    {SYS_read, 0, {0}},
    {SYS_pread64, 0, {0}},
    {SYS_fstat, 0, {0}},
    {SYS_newfstatat, 0, {0}},
    {SYS_close, 0, {0}},
    {SYS_mprotect, 1u << 2, {0, 0, PROT_READ}},
    {SYS_mmap, 3u << 2, {0, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_DENYWRITE}},
    {SYS_mmap, 3u << 2, {0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE}},
    {SYS_mmap, 3u << 2, {0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS}},
};

/* What is judged by a look at the name: where there can be none, the call is taken to fail. */
static const struct call looks[] = {
    {SYS_openat, 1u << 2, {0, 0, O_PATH | O_CLOEXEC}},
    {SYS_openat, 1u << 2, {0, 0, O_PATH | O_NOFOLLOW | O_CLOEXEC}},
};
static const struct call acts[] = {
    {SYS_truncate, 0, {0}}, {SYS_fchmodat, 0, {0}}, {SYS_fchownat, 0, {0}}, {SYS_setxattr, 0, {0}},
    {SYS_lsetxattr, 0, {0}}, {SYS_mount, 0, {0}}, {SYS_chroot, 0, {0}}, {SYS_pivot_root, 0, {0}},
    {SYS_open_tree, 0, {0}}, {SYS_move_mount, 0, {0}},
#ifdef SYS_chmod
    {SYS_chmod, 0, {0}}, {SYS_chown, 0, {0}}, {SYS_lchown, 0, {0}},
#endif
};

static struct word known(uint32_t n)
{
    return (struct word){n, true};
}

/* A word of struct seccomp_data. */
static struct word data(const struct call *c, uint32_t at)
{
    const uint32_t first = __builtin_offsetof(struct seccomp_data, args);

    if (at == __builtin_offsetof(struct seccomp_data, nr))
        return known(c->number);
    if (at == __builtin_offsetof(struct seccomp_data, arch))
        return known(ARCH);
    if (at < first || at >= sizeof(struct seccomp_data) || at % 4 || !(c->known >> (at - first) / 8 & 1))
        return (struct word){0};
    return known((at - first) % 8 ? 0 : c->argument[(at - first) / 8]);
}

static struct word compute(uint16_t operation, struct word a, struct word b)
{
    struct word r = {0, a.known && b.known};

    switch (operation) {
    case BPF_ADD: r.n = a.n + b.n; break;
    case BPF_SUB: r.n = a.n - b.n; break;
    case BPF_MUL: r.n = a.n * b.n; break;
    case BPF_DIV: r.n = b.n ? a.n / b.n : 0; break;
    case BPF_AND: r.n = a.n & b.n; break;
    case BPF_OR: r.n = a.n | b.n; break;
    case BPF_XOR: r.n = a.n ^ b.n; break;
    case BPF_LSH: r.n = b.n < 32 ? a.n << b.n : 0; break;
    case BPF_RSH: r.n = b.n < 32 ? a.n >> b.n : 0; break;
    case BPF_NEG: r = (struct word){0u - a.n, a.known}; break;
    default: r.known = false;
    }
    return r;
}

static bool holds(uint16_t operation, uint32_t a, uint32_t b)
{
    switch (operation) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    default: return a & b; /* BPF_JSET */
    }
}

static void join_word(struct word *to, struct word from)
{
    to->known = to->known && from.known && to->n == from.n;
}

static void join(struct state *to, const struct state *from)
{
    if (!to->reached) {
        *to = *from;
        return;
    }
    join_word(&to->a, from->a);
    join_word(&to->x, from->x);
    for (int i = 0; i < BPF_MEMWORDS; i++)
        join_word(&to->memory[i], from->memory[i]);
}

static unsigned outcome(struct word action)
{
    if (!action.known)
        return ALLOWS | HINDERS;
    switch (action.n & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
        return ALLOWS;
    case SECCOMP_RET_ERRNO:
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_USER_NOTIF:
        return HINDERS;
    }
    return 0;
}

/* What becomes of the call, as a set. Each instruction has a state, of when it is reached. */
static unsigned outcomes(const struct sock_fprog *filter, struct state *states, const struct call *c)
{
    unsigned all = 0;

    for (uint32_t i = 0; i < filter->len; i++)
        states[i].reached = false;
    states[0] = (struct state){.reached = true, .a = known(0), .x = known(0)};
    for (uint32_t i = 0; i < filter->len; i++) {
        const struct sock_filter *f = &filter->filter[i];
        struct state s = states[i];
        uint64_t to[2] = {(uint64_t)i + 1, filter->len};

        if (!s.reached)
            continue;
        const struct word other = BPF_SRC(f->code) == BPF_X ? s.x : known(f->k);
        struct word *const memory = &s.memory[f->k % BPF_MEMWORDS];
        struct word *const loaded = BPF_CLASS(f->code) == BPF_LD ? &s.a : &s.x;
        switch (BPF_CLASS(f->code)) {
        case BPF_LD:
        case BPF_LDX:
            switch (BPF_MODE(f->code)) {
            case BPF_IMM: *loaded = known(f->k); break;
            case BPF_ABS: *loaded = data(c, f->k); break;
            case BPF_MEM: *loaded = *memory; break;
            case BPF_LEN: *loaded = known(sizeof(struct seccomp_data)); break;
            default: loaded->known = false;
            }
            break;
        case BPF_ST: *memory = s.a; break;
        case BPF_STX: *memory = s.x; break;
        case BPF_ALU: s.a = compute(BPF_OP(f->code), s.a, other); break;
        case BPF_MISC: BPF_MISCOP(f->code) == BPF_TAX ? (s.x = s.a) : (s.a = s.x); break;
        case BPF_RET:
            all |= outcome(BPF_RVAL(f->code) == BPF_A ? s.a : known(f->k));
            continue;
        default: /* BPF_JMP */
            if (BPF_OP(f->code) == BPF_JA) {
                to[0] += f->k;
            } else {
                const bool sure = s.a.known && other.known, yes = holds(BPF_OP(f->code), s.a.n, other.n);
                if (!sure || yes)
                    to[1] = to[0] + f->jt;
                to[0] = !sure || !yes ? to[0] + f->jf : filter->len;
            }
        }
        for (int way = 0; way < 2; way++)
            if (to[way] < filter->len)
                join(&states[to[way]], &s);
    }
    return all;
}

/* What becomes of any of n calls. */
static unsigned outcomes_of(const struct sock_fprog *filter, struct state *states, const struct call *calls, size_t n)
{
    unsigned all = 0;

    for (size_t i = 0; i < n; i++)
        all |= outcomes(filter, states, &calls[i]);
    return all;
}

#define OUTCOMES(calls) outcomes_of(filter, states, calls, sizeof calls / sizeof *calls)

/* Whatever the file layer judges. */
static const struct call touches[] = {
    {SYS_openat, 0, {0}}, {SYS_openat2, 0, {0}}, {SYS_open_by_handle_at, 0, {0}}, {SYS_unlinkat, 0, {0}},
    {SYS_renameat, 0, {0}}, {SYS_renameat2, 0, {0}}, {SYS_linkat, 0, {0}}, {SYS_symlinkat, 0, {0}},
    {SYS_fchmod, 0, {0}}, {SYS_fchown, 0, {0}}, {SYS_fsetxattr, 0, {0}}, {SYS_fsopen, 0, {0}}, {SYS_io_uring_setup, 0, {0}},
#ifdef SYS_open
    {SYS_open, 0, {0}}, {SYS_creat, 0, {0}}, {SYS_unlink, 0, {0}}, {SYS_rmdir, 0, {0}}, {SYS_rename, 0, {0}},
    {SYS_link, 0, {0}}, {SYS_symlink, 0, {0}},
#endif
#ifdef SYS_fchmodat2
    {SYS_fchmodat2, 0, {0}},
#endif
};

/* Memory for a filter's states; NULL if it is none that the kernel would take, or there
 * is no memory: in the first case *size is 0. */
static struct state *states_for(const struct sock_fprog *filter, size_t *size)
{
    *size = filter && filter->filter && filter->len && filter->len <= BPF_MAXINSNS ? filter->len * sizeof(struct state) : 0;
    return *size ? sys_map(*size) : NULL;
}

bool filter_blinds(const struct sock_fprog *filter)
{
    size_t size;
    struct state *states = states_for(filter, &size);

    if (!states)
        return size;
    bool blinds = outcomes(filter, states, &loads[0]) & ALLOWS && OUTCOMES(loads) & HINDERS;
    blinds |= OUTCOMES(looks) & HINDERS && OUTCOMES(acts) & ALLOWS;
    sys_unmap(states, size);
    return blinds;
}

bool filter_shuts(const struct sock_fprog *filter)
{
    size_t size;
    struct state *states = states_for(filter, &size);

    if (!states)
        return false;
    bool shuts = !((OUTCOMES(touches) | OUTCOMES(acts)) & ALLOWS);
    sys_unmap(states, size);
    return shuts;
}
