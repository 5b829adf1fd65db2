/* AddressSanitizer refuses to start when any library comes before its own,
 * for fear of missing that library's allocations. Ours has none to miss. */
#ifndef RAMPART_SANITIZER_H
#define RAMPART_SANITIZER_H

/* For the constructor, which runs before the sanitizer's. */
void sanitizer_step_aside(void);

#endif
