/* One question to the session's engine, answered whatever happens. */
#ifndef RAMPART_ASK_H
#define RAMPART_ASK_H

#include "codec.h"
#include "session.h"

#define VERDICT_INLINE 3072 /* an answer up to this needs no memory from the kernel */

struct verdict {
    struct answer answer; /* points into map or room */
    bool answered;        /* by the engine */
    int awaited;          /* where the answer will come, for who starts ahead of it; else -1 */
    void *map;
    size_t map_size;
    unsigned char room[VERDICT_INLINE];
};

/* Asks, and waits as long as the engine lives: it may be asking a person.
 * Where no answer can be had the verdict is a refusal that says why (or an
 * allow, if the session fails open). Touches no memory but v and the stack;
 * of descriptors it leaves none behind. */
void ask(const struct session *s, const struct question *q, struct verdict *v);

/* Only sends the question, for a program that is to be started ahead of the answer.
 * The verdict allows then, and has a descriptor that the program inherits.
 * False if that can't be: nothing was asked. */
bool ask_ahead(const struct session *s, const struct question *q, struct verdict *v);

/* Waits in that program for the answer, as ask does, and closes the descriptor. */
void ask_await(const struct session *s, const struct question *q, int fd, struct verdict *v);

/* Asks for the memory of permits and of the table of files, which this process
 * has lost. Returns a descriptor, or -errno. */
long ask_memory(const struct session *s);

/* The same for the ring of notes. */
long ask_ring(const struct session *s);

/* Gives back what the verdict holds; its strings are gone then. */
void ask_done(struct verdict *v);

#endif
