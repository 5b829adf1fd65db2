/* The program's own arguments, before main. */
#ifndef RAMPART_CMDLINE_H
#define RAMPART_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

struct cmdline {
    char **argv;   /* ends with NULL */
    bool in_place; /* it is the array that main will be given */
};

/* argv is what libc hands to constructors, NULL if it hands nothing. */
bool cmdline_find(struct cmdline *c, int argc, char **argv, char **envp);

/* main will see a copy of text; false if that can't be brought about. */
bool cmdline_replace(struct cmdline *c, size_t index, const char *text);

#endif
