#include "ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "ask.h"
#include "identity.h"
#include "permit.h"
#include "sys.h"
#include "wire.h"

#define STARTS 2 /* of programs, before it is worth mapping what saves ten microseconds each */
#define TRIES 64 /* that others were quicker; who garbles the ring keeps nobody here */
#define DIED 0x40000000u /* FUTEX_OWNER_DIED */

/* What the engine says of the ring, in memory that it alone can write. */
struct state {
    uint64_t head;   /* of the words, those before it are read */
    uint32_t engine; /* its thread that lives as long as it reads; the kernel sets DIED, else 0 */
    uint32_t asleep; /* a note has to wake it */
};

struct words {
    uint64_t tail; /* those before it are taken, and perhaps some after it */
    unsigned char unused[RING_AT - sizeof(uint64_t)];
    uint64_t word[RING_SLOTS]; /* lap, process, permit; of a free one the lap alone */
};

_Static_assert(sizeof(struct words) == RING_SIZE, "the Go side maps as much");

struct ring {
    const unsigned char *memory;
    struct words *words;
    long owner; /* the process whose mapping it is */
};

/* Written in vfork children as well, whose memory is their parent's. */
static struct ring ring;
static uint32_t starts;
static bool ready;

/* Whether a mapping made here is there for the next exec as well. The child of a
 * vfork has no place where its end is told to threads, as all others have. */
static bool outlasts(const struct question *q)
{
    void *told = &told;

    return q->child || (sys5(SYS_prctl, PR_GET_TID_ADDRESS, &told, 0, 0, 0) >= 0 && !told);
}

static void *map(int fd)
{
    long p = sys6(SYS_mmap, 0, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return p < 0 && p > -4096 ? NULL : (void *)p;
}

static bool share(const struct session *s, const struct question *q)
{
    /* Python, say, has closed what a child inherits. */
    const long fd = identity_is(IDENTITY_MEMORY, PERMIT_FD) ? PERMIT_FD : ask_memory(s);
    const unsigned char *memory = permit_map((int)fd);
    const long ring_fd = memory ? ask_ring(s) : -EBADF;
    void *words = ring_fd < 0 ? NULL : map((int)ring_fd);

    if (fd != PERMIT_FD && fd >= 0)
        sys_close((int)fd);
    if (ring_fd >= 0)
        sys_close((int)ring_fd);
    if (!memory || !words) {
        if (memory)
            sys_unmap((void *)(uintptr_t)memory, TABLE_AT + TABLE_AREA);
        if (words)
            sys_unmap(words, RING_SIZE);
        return false;
    }
    ring.memory = memory;
    ring.words = words;
    ring.owner = q->child ? q->pid : sys0(SYS_getppid);
    __atomic_store_n(&ready, true, __ATOMIC_RELEASE);
    return true;
}

const struct ring *ring_of(const struct session *s, const struct question *q)
{
    if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
        /* A fork's child would copy a page to count for nobody. Of several threads one has
         * that number. */
        if (!outlasts(q) || __atomic_fetch_add(&starts, 1, __ATOMIC_RELAXED) != STARTS || !share(s, q))
            return NULL;
    }
    /* Nobody else: in a process namespace below, numbers are others. */
    return q->pid == ring.owner || sys0(SYS_getppid) == ring.owner ? &ring : NULL;
}

const unsigned char *ring_memory(const struct ring *r)
{
    return r ? r->memory : NULL;
}

static void wake(const struct session *s)
{
    static const unsigned char nothing[] = {'R', 'M', 'P', WIRE_VERSION};

    if (identity_is(IDENTITY_NOTES, NOTES_FD)) {
        sys6(SYS_sendto, NOTES_FD, SYS_ARG(nothing), sizeof nothing, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
        return;
    }
    long fd = ask_ring(s); /* before it answers, it reads */
    if (fd >= 0)
        sys_close((int)fd);
}

bool ring_note(const struct session *s, const struct ring *r, const struct question *q, uint64_t permit)
{
    const struct state *state = (const void *)(r->memory + RING_STATE);
    const uint64_t note = (uint64_t)q->pid << RING_PERMIT_BITS | (permit & ((1u << RING_PERMIT_BITS) - 1));
    const uint32_t engine = __atomic_load_n(&state->engine, __ATOMIC_ACQUIRE);
    struct words *w = r->words;

    if (!engine || engine & DIED)
        return false;
    for (int i = 0; i < TRIES; i++) {
        uint64_t tail = __atomic_load_n(&w->tail, __ATOMIC_ACQUIRE);
        if (tail - __atomic_load_n(&state->head, __ATOMIC_ACQUIRE) >= RING_SLOTS)
            return false; /* full; or somebody has written nonsense there */
        uint64_t lap = tail / RING_SLOTS << (RING_PERMIT_BITS + RING_PID_BITS), free = lap;
        bool put = __atomic_compare_exchange_n(&w->word[tail % RING_SLOTS], &free, lap | note, false,
                                               __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
        __atomic_compare_exchange_n(&w->tail, &tail, tail + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
        if (!put)
            continue;
        if (__atomic_load_n(&state->asleep, __ATOMIC_SEQ_CST))
            wake(s);
        return true;
    }
    return false;
}

uint64_t ring_unread(const unsigned char *memory, const unsigned char *words)
{
    const struct words *w = (const void *)words;
    const uint64_t head = ((const struct state *)(const void *)(memory + RING_STATE))->head;
    uint64_t count = 0;

    for (uint64_t at = head; at - head < RING_SLOTS; at++) {
        uint64_t word = __atomic_load_n(&w->word[at % RING_SLOTS], __ATOMIC_ACQUIRE);
        uint64_t lap = at / RING_SLOTS << (RING_PERMIT_BITS + RING_PID_BITS);
        if (word == lap) /* a free one */
            break;
        count++;
    }
    return count;
}
