/* The keeper of a session's tree: the process between Rampart and the agent that
 * holds each program before its first instruction. It lets run what the engine
 * has permitted, and asks about the rest. Its end, and that of Rampart, is the
 * end of the tree. */
#ifndef RAMPART_KEEP_H
#define RAMPART_KEEP_H

#include <stdbool.h>
#include <stdint.h>

/* What it tells Rampart: one packet each, in this byte order. The Go side is
 * platform/execwatch, whose tests compare the #defines. */
struct keep_report {
    uint32_t kind;
    int32_t pid;
    uint32_t uid;  /* who runs it */
    int32_t value; /* KEEP_STARTED, KEEP_UNHELD: an errno; KEEP_EXITED: a wait status */
    uint64_t id;   /* of what waits for a verdict */
    uint64_t stack; /* of a 64-bit program that is held: its pointer; else 0 */
    uint64_t device, inode, changed; /* of the file that runs */
};

#define KEEP_STARTED 1 /* or not, with an errno; with a descriptor of the agent */
#define KEEP_FAILED 2  /* value is why the agent could not be executed; 0: it is */
#define KEEP_HELD 3
#define KEEP_UNHELD 4 /* it can't be attached to, and waits all the same */
#define KEEP_PASSED 5 /* by permits; what keep_passed tells follows, for each */
#define KEEP_EXITED 6

/* Before the note of each that was let run, in wire format. */
struct keep_passed {
    uint32_t pid, parent; /* parent: 0 if it was not the parent that found the permit */
    uint32_t linked;      /* it has a dynamic linker */
    uint32_t size;
};

struct keep_verdict {
    uint64_t id;
    uint32_t action, zero;
};

#define KEEP_RUN 1
#define KEEP_REFUSE 2
#define KEEP_END 3 /* of the session: nothing more is judged, and nobody is killed */

/* Watches the filter behind listener. agent is the first process of the tree,
 * channel leads to Rampart, guard is a pipe that ends with this process's parent,
 * failed tells why the agent could not be executed. killable: who waits for the
 * filter's answer wakes for nothing but death. */
__attribute__((noreturn)) void keep(int listener, int channel, int guard, int failed, long agent,
                                    bool killable, char **envp);

/* Kills this process's children, and theirs, which become its own as it is
 * their subreaper. */
void keep_kill(void);

/* The parent of a process, whose number is given in digits; -1 if it is gone. */
long keep_parent(const char *pid);

#endif
