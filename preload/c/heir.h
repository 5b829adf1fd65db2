/* Who stays when a session's guard is killed, and counts what the guard had let go
 * as repetitions and not read any more: nobody else could tell. */
#ifndef RAMPART_HEIR_H
#define RAMPART_HEIR_H

/* The descriptors it is started with; wrap/heir_linux.go has the same. */
enum heir_descriptor {
    HEIR_LIFE,  /* a pipe whose other end the guard alone has: a byte dismisses */
    HEIR_COUNT, /* where the number is written */
    HEIR_ERRORS,
    HEIR_NOTES,  /* the end of the socket that notes come out of */
    HEIR_RING,   /* the ring of notes */
    HEIR_MEMORY, /* the memory of permits */
    HEIR_DESCRIPTORS
};

/* Waits for the guard's end; returns an exit status. */
int heir(void);

#endif
