/* For the constructor: posix_spawn is found before it is needed, as that may
 * be in a child of a process with threads. */
#ifndef RAMPART_SPAWN_DOORS_H
#define RAMPART_SPAWN_DOORS_H

void spawn_find_real(void);

#endif
