/* On which processor the keeper runs. Who asks it to let a call go on wakes it
 * where they run themselves. But who stops at the exec event does so a moment
 * before leaving that processor to it, and where another one has nothing to do,
 * the kernel takes that: two have to wake up instead of none. */
#ifndef RAMPART_PLACE_H
#define RAMPART_PLACE_H

#include <stdbool.h>

/* Before the first of the others. */
void place_begin(void);

/* Stay here until place_free, if that has been found to be of use. */
void place_stay(bool alone);

/* What was waited for has come: is this still the same processor? */
void place_look(bool alone);

void place_free(void);

#endif
