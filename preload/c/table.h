/* The table of files: which files no rule of the session can stop, ask about
 * or watch. Compiled by the engine (policy/filetable.go has the format), read
 * here, in memory that only the engine can write. Pure: tested apart from
 * everything else, against the policy's own evaluation. */
#ifndef RAMPART_TABLE_H
#define RAMPART_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_READ 1u
#define TABLE_WRITE 2u
#define TABLE_DELETE 4u
#define TABLE_KINDS 3

struct table {
    const unsigned char *data;
    size_t size;
};

/* The working directory, found when a rule asks for it: "" if it has no name. */
struct table_place {
    const char *(*find)(void *context);
    void *context;
    const char *cwd; /* NULL: not found yet */
};

/* Whether a rule may have something to say about doing that (TABLE_READ | ...)
 * to a file. path is absolute, without empty, "." or ".." components. Memory
 * that changes meanwhile, or makes no sense, gives any answer and no fault. */
bool table_concerns(const struct table *t, unsigned doing, const char *path, struct table_place *p);

#endif
