#include "heir.h"

#include <linux/prctl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "ring.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

/* Not the terminal's, nor to be moved by anybody who does not mean it. */
static void stand_apart(void)
{
    const uint64_t all = ~0ul;

    sys3(SYS_close_range, HEIR_DESCRIPTORS, ~0u, 0);
    sys0(SYS_setsid);
    sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    sys5(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Whether the guard came to its end without a word. */
static bool was_killed(void)
{
    char word;
    long n;

    do {
        n = sys3(SYS_read, HEIR_LIFE, &word, 1);
    } while (n == -4 /* EINTR */);
    return !n;
}

static uint64_t count_packets(void)
{
    unsigned char packet[WIRE_REQUEST_HEADER]; /* of a longer one the rest is dropped */
    uint64_t count = 0;
    long n;

    /* From now on who wants to leave one has to ask, and is refused. */
    sys2(SYS_shutdown, HEIR_NOTES, SHUT_RDWR);
    while ((n = sys6(SYS_recvfrom, HEIR_NOTES, SYS_ARG(packet), sizeof packet, MSG_DONTWAIT, 0, 0)) > 0)
        count += n == sizeof packet;
    return count;
}

static uint64_t count_ring(void)
{
    long memory = sys6(SYS_mmap, 0, TABLE_AT + TABLE_AREA, PROT_READ, MAP_SHARED, HEIR_MEMORY, 0);
    long words = sys6(SYS_mmap, 0, RING_SIZE, PROT_READ, MAP_SHARED, HEIR_RING, 0);

    if ((memory < 0 && memory > -4096) || (words < 0 && words > -4096))
        return 0;
    return ring_unread((const unsigned char *)memory, (const unsigned char *)words);
}

int heir(void)
{
    char number[24];
    struct text t;

    stand_apart();
    if (!was_killed())
        return 0;
    text_start(&t, number, sizeof number);
    text_add_number(&t, (long)(count_packets() + count_ring()));
    sys_write(HEIR_COUNT, number, text_length(number));
    return 0;
}
