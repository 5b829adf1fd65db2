/* For the constructor: libc's own functions, found before they are needed. */
#ifndef RAMPART_SPAWN_DOORS_H
#define RAMPART_SPAWN_DOORS_H

void spawn_find_real(void);
void inherit_find_real(void);

#endif
