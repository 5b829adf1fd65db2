/* What this process does to files, judged before it happens: from the table
 * that the engine publishes where that clears it, else by the engine.
 *
 * Async-signal-safe, and fit for a child of vfork: no lock, no allocation; the
 * one global that is written is the place of a mapping, which both share. */
#ifndef RAMPART_FILES_H
#define RAMPART_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"

/* Whether files are looked after at all. */
bool files_watched(void);

/* This process has forbidden itself to open or change any: what it is answered then is
 * for it alone, and calls that it does not know of would end it. */
void files_shut(void);

#define FILE_ACTS 6 /* at a time: an exchange's */

struct file_act {
    unsigned doing;   /* TABLE_READ | ... */
    bool below;       /* and to everything below it */
    const char *path; /* absolute, as the kernel names it */
};

/* 0, or -EACCES if that is refused. Acts of which the path is no file's (a
 * pipe's, "") are nobody's business. */
long files_judge(const struct file_act *acts, size_t n);

/* Whether all that the table needs to know of a path clears it. */
bool files_cleared(unsigned doing, const char *path);

#endif
