/* Seccomp filters that a program puts on itself, and so on all that it starts. */
#ifndef RAMPART_FILTER_H
#define RAMPART_FILTER_H

#include <stdbool.h>

struct sock_fprog;

/* Whether under the filter programs might start without our library, as the dynamic linker
 * goes on without what it can't load, or files be changed that we could not look up. */
bool filter_blinds(const struct sock_fprog *filter);

/* Whether under it no file is opened or changed, whatever is asked for. */
bool filter_shuts(const struct sock_fprog *filter);

#endif
