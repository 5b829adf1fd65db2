/* Notes without a system call: processes that start others again and again, and
 * share their memory with what they start (vfork, posix_spawn), have the permits
 * mapped, and leave their notes in a ring, memory that the engine reads by itself.
 * Each note is one word, put there at once: who is killed has left it or has not. */
#ifndef RAMPART_RING_H
#define RAMPART_RING_H

#include "codec.h"
#include "session.h"

struct ring;

/* The ring that the exec of this question may use, if there is one; NULL where
 * permits are read, and notes sent, by way of the descriptors. */
const struct ring *ring_of(const struct session *s, const struct question *q);

/* The memory of permits; NULL for no ring. */
const unsigned char *ring_memory(const struct ring *r);

/* As permit_note. Who is told false has to ask, and may not send the note
 * otherwise: an answer comes only after what is in the ring was read, so that
 * notes of a process stay in their order. */
bool ring_note(const struct session *s, const struct ring *r, const struct question *q,
               uint64_t permit);

/* How many notes are in a ring, given both of its memories. */
uint64_t ring_unread(const unsigned char *memory, const unsigned char *words);

#endif
