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
bool file_id_same(const struct file_id *a, const struct file_id *b);

/* Returns the number of the permit by which the engine has allowed this very
 * question, about this very file; 0 if there is none. memory is where permits are
 * mapped; if it is NULL they are read into room. Nothing of that is needed later. */
uint64_t permit_covers(const struct question *q, const struct file_id *file,
                       const unsigned char *memory, unsigned char *room, size_t size);

/* Whether the engine has looked at this very file, and lets it start ahead of its
 * answer; memory is as above. */
bool permit_starts_ahead(const struct file_id *file, const unsigned char *memory);

/* Maps the memory of permits, if that is the descriptor's, for a process to which
 * that is worth it; else NULL. */
const unsigned char *permit_map(int fd);

/* Tells the engine of an exec by a permit, without waiting; false if that can't
 * be: the engine is gone, or has too many notes to read. */
bool permit_note(const struct question *q, uint64_t permit);

/* Before an exec: those below are to find it as well, though runtimes such as
 * node mark whatever they inherit close-on-exec. Returns false if that was not
 * done here: then it was not done to others either. */
bool permit_keep(void);

#endif
