/* A way to the engine: the session's socket, or where connect is closed to
 * this process (a sandbox of the agent's own), an end passed through a
 * descriptor that was left open before the sandbox closed. */
#ifndef RAMPART_CHANNEL_H
#define RAMPART_CHANNEL_H

#include <stddef.h>
#include <sys/uio.h>

#include "session.h"

/* Where such a descriptor is: above what programs name by number, below 63,
 * where bash counts down from, and inside the table of 64 that a process begins
 * with: a larger one makes every fork below dearer. engine/wire has the same. */
#define CHANNEL_FIRST 48
#define CHANNEL_PLACES 8

struct channel {
    int in, out;   /* the same for a socket */
    int keep;      /* pipes only: the engine's end of `out`, so that a dead engine
                      is not SIGPIPE; else -1 */
    int is_socket; /* else two pipes */
};

/* Errors are -errno. */
long channel_open(struct channel *c, const struct session *s);
/* The same by a socket that was inherited; -ECONNREFUSED if it is none of the engine's. */
long channel_take(struct channel *c, const struct session *s, int fd);

/* Leaves a socket open for the program that comes of this process; -EMFILE if that
 * could leave too few descriptors to start it. */
long channel_inherit(const struct channel *c);
long channel_send(struct channel *c, struct iovec *iov, size_t n); /* all of it; changes iov */

/* Returns how many bytes it read: `least` to `most`. */
long channel_receive(struct channel *c, void *to, size_t least, size_t most);

void channel_close(struct channel *c);

/* Before an exec: the rendezvous descriptor is for all processes below, but
 * runtimes such as node and Bun mark whatever they inherit close-on-exec. */
void channel_keep(const struct session *s);

/* Leaves such a descriptor open for what this process becomes, if none is:
 * for launchers of sandboxes, which close nothing that they inherit. */
void channel_leave_open(const struct session *s);

#endif
