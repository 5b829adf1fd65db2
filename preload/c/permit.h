/* Answers that need no question: the engine leaves, in memory that it alone
 * can write, those of its answers that hold for the very same question for a
 * moment longer. Who finds its own there sends it as a note and goes on. */
#ifndef RAMPART_PERMIT_H
#define RAMPART_PERMIT_H

#include "codec.h"

struct stat;

/* What tells one file from another, and from itself after a change. */
struct file_id {
    uint64_t device, inode, size, modified, changed; /* times in nanoseconds */
};

void file_id_set(struct file_id *id, const struct stat *st);

/* Whether the engine has allowed this very question, about this very file.
 * room is for reading; nothing of it is needed later. */
bool permit_covers(const struct question *q, const struct file_id *file, unsigned char *room,
                   size_t size);

/* Whether a descriptor is the engine's memory. */
bool permit_is_memory(int fd);

/* Whether this session's library is to look after files. */
bool permit_watches_files(void);

/* Before an exec: those below are to find it as well, though runtimes such as
 * node mark whatever they inherit close-on-exec. */
void permit_keep(void);

#endif
