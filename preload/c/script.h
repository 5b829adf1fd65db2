/* What the kernel makes of a script: its interpreter, with the script among its
 * arguments. */
#ifndef RAMPART_SCRIPT_H
#define RAMPART_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this program is the interpreter that a script's first line names, and the
 * first n of its arguments are the words that the line has put before the script's
 * name. If not, the kernel has gone by a format that somebody registered
 * (binfmt_misc), which looks the same otherwise. */
bool script_begins(const char *name, char *const *argv, size_t n);

#endif
