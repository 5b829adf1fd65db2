/* A copy of what is to be executed: other threads may write to the caller's
 * strings between the question and the exec. */
#ifndef RAMPART_SNAPSHOT_H
#define RAMPART_SNAPSHOT_H

#include "judge.h"

/* Whether there may be such threads. */
bool snapshot_shared(void);

/* How much space the copy takes; 0 where nobody else can write. */
size_t snapshot_space(const struct attempt *a);

/* Has the attempt point to copies of its path and lists, in space; false if they
 * grew meanwhile. */
bool snapshot_take(struct attempt *a, void *space, size_t size);

#endif
