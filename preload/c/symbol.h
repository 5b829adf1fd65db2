/* Finds libc's own definition of a name that the library defines too. dlsym
 * is among those names, and in a library of its own (not always loaded) in
 * glibc before 2.34. */
#ifndef RAMPART_SYMBOL_H
#define RAMPART_SYMBOL_H

#include <link.h>
#include <stdbool.h>

/* The next definition in load order after the library's own; NULL if none.
 * Takes no lock: libc is loaded for good, and found before anything that
 * another thread may be unloading. */
void *symbol_next(const char *name);

/* The objects that are loaded, in that order, and which of them is ours. */
struct link_map *symbol_objects(void);
bool symbol_is_us(const struct link_map *o);

#endif
