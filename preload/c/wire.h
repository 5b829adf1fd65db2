/* The wire format between the C side and the engine. The Go side is
 * engine/wire; its tests read this file and compare every #define below.
 *
 * All numbers are little endian. A string is its bytes and a NUL.
 *
 *   request:  'R' 'M' 'P' version | layer u8 | flags u8 | processor u16 (one more; 0: not told)
 *             body length u32 | argc u32 | envc u32 | pid u32 | ppid u32 | permit u32
 *   body:     path, cwd, argc arguments, envc variables
 *
 *   reply:    'R' 'M' 'P' version | action u8 | flags u8 | rewrites u16
 *             body length u32 | 0 u32
 *   body:     message, path ("" keeps it), rewrites x (argument index u32, string)
 */
#ifndef RAMPART_WIRE_H
#define RAMPART_WIRE_H

#define WIRE_VERSION 1
#define WIRE_MAX_REQUEST 4194304
#define WIRE_MAX_REPLY 4194304
#define WIRE_REQUEST_HEADER 32
#define WIRE_REPLY_HEADER 16

#define WIRE_LAYER_SHELL 1
#define WIRE_LAYER_PRELOAD 2
#define WIRE_LAYER_CONSTRUCTOR 3
#define WIRE_LAYER_FILES 4 /* arguments: 'r', 'w' or 'd' and a path; none: see table memory; "n": see ring */

#define WIRE_FLAG_OVERSIZE 1 /* too big to send: only path and cwd are in it */
#define WIRE_FLAG_CHILD 2    /* a child of the process that asks is to start it */
#define WIRE_FLAG_AHEAD 4    /* it is started at once, and waits there for the answer */

#define WIRE_ALLOW 1
#define WIRE_DENY 2

#define WIRE_FLAG_AGAIN 1 /* of a reply: the new program shall ask itself, for what it is given to read counts */

/* The memory of permits: slots of PERMIT_SLOT bytes, the one of a question is
 * by the hash of path, cwd and arguments. Each is a header (permit.c's struct
 * slot) and the body of the question. */
#define PERMIT_FD 56 /* behind the places of the rendezvous, see channel.h */
#define PERMIT_SLOTS 128
#define PERMIT_SLOT 8192
#define PERMIT_HEADER 72

/* Who finds a permit sends its question as a note, one packet, without the
 * variables but with the permit's number. There is no answer. */
#define NOTES_FD 57

/* The ring of notes, for who starts many programs: memory that is sent with the
 * answer to a question of WIRE_LAYER_FILES with the argument "n", and what the
 * engine says of it, in the memory of permits; see ring.c. A packet of the first
 * four bytes of a header wakes the engine. */
#define RING_SLOTS 4096
#define RING_AT 4096
#define RING_SIZE 36864
#define RING_STATE 1050624
#define RING_PERMIT_BITS 20
#define RING_PID_BITS 22

/* What is written into the session's copy of the library: see identity.h. */
#define IDENTITY_MAGIC "RAMPART-SESSION:"
#define IDENTITY_NUMBERS 14
#define IDENTITY_LENGTH 226 /* 16 digits each, '+' to look after files, '+' to start ahead of answers */

/* Behind the permits is the memory of the table of files: its number (u64; 0:
 * ask about all files), place from here and size (u32 each), and the table. A
 * process that has lost the descriptor is sent it with the answer to a question
 * of WIRE_LAYER_FILES without arguments. */
#define TABLE_AT 1048576
#define TABLE_AREA 266240

/* Which files that are not the system's may be started ahead of their answer: slots of
 * struct ahead_slot (permit.c), a file's by its inode. */
#define AHEAD_AT 1048640
#define AHEAD_SLOTS 40
#define AHEAD_SLOT 48

#endif
