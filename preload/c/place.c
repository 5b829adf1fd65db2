#include "place.h"

#include <stddef.h>
#include <stdint.h>

#include "sys.h"

#define PROCESSORS 1024
#define WORDS (PROCESSORS / 64)
#define OFTEN 4   /* moved so many times more than not */
#define SAMPLE 16 /* one of so many goes where the kernel likes */

static struct {
    uint64_t all[WORDS];
    long size; /* of all, in bytes; not positive: don't meddle */
    unsigned here, turn;
    int moved;
    bool stays;
} place;

static unsigned processor(void)
{
    unsigned n = PROCESSORS;

    sys3(SYS_getcpu, &n, NULL, NULL);
    return n;
}

void place_begin(void)
{
    place.size = sys3(SYS_sched_getaffinity, 0, sizeof place.all, place.all);
}

void place_stay(bool alone)
{
    uint64_t one[WORDS] = {0};

    place.here = processor();
    if (!alone || place.stays || place.size <= 0 || place.here >= PROCESSORS ||
        place.moved < OFTEN || ++place.turn % SAMPLE == 0)
        return;
    one[place.here / 64] = (uint64_t)1 << place.here % 64;
    place.stays = sys3(SYS_sched_setaffinity, 0, sizeof one, one) >= 0;
}

void place_look(bool alone)
{
    if (!alone || place.stays)
        return;
    if (processor() != place.here)
        place.moved += place.moved < 2 * OFTEN;
    else
        place.moved -= place.moved > 0;
}

void place_free(void)
{
    if (place.stays)
        sys3(SYS_sched_setaffinity, 0, place.size, place.all);
    place.stays = false;
}
