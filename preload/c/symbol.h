/* Finds libc's own definition of a name that the library defines too. dlsym
 * would do, but is in a library of its own (not always loaded) in glibc
 * before 2.34. */
#ifndef RAMPART_SYMBOL_H
#define RAMPART_SYMBOL_H

/* The next definition in load order after the library's own; NULL if none.
 * For the constructor: takes the dynamic linker's lock. */
void *symbol_next(const char *name);

#endif
