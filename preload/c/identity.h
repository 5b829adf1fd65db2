/* What the session's copy of the library knows from when it was laid out, so
 * that no process has to look it up, nor can be shown another. */
#ifndef RAMPART_IDENTITY_H
#define RAMPART_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Which numbers are where; wire.h's IDENTITY_NUMBERS of them in all. */
enum identity_number {
    IDENTITY_MEMORY = 0,  /* of permits: device and inode */
    IDENTITY_NOTES = 2,   /* the socket for notes: device and inode */
    IDENTITY_LIBRARY = 4, /* its own file: a session.h stamp */
    IDENTITY_REFUSED = 8, /* the stub's */
    IDENTITY_PLACE = 12,  /* the number of the mount of /usr/bin, and the root's inode */
};

/* 0 is one that is not known: this copy is no session's, or the session has no
 * such thing. */
uint64_t identity_number(enum identity_number which, int more);

/* Whether a descriptor is the one whose device and inode are there. A number
 * alone may have been closed and used anew. */
bool identity_is(enum identity_number which, int fd);

/* Whether the library is to look after files. */
bool identity_watches_files(void);

/* Whether programs may be started ahead of the answer, see ahead.h. */
bool identity_starts_ahead(void);

#endif
