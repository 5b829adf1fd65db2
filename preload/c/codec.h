/* Questions into bytes, bytes into answers: see wire.h for the format. Pure:
 * tested apart from everything else, against the Go codec. */
#ifndef RAMPART_CODEC_H
#define RAMPART_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "env.h"

struct question {
    int layer; /* WIRE_LAYER_ */
    const char *path;
    const char *cwd;
    char *const *argv; /* may be NULL: empty */
    const struct env *env;
    long pid, ppid;
    uint32_t permit; /* its number, in a note; else 0 */
    bool child; /* posix_spawn: not pid itself is to start it */
    bool ahead; /* it is started before there is an answer */
    uint16_t processor; /* one more than where pid runs; 0: not told */
};

/* Takes some of a message's bytes in order; returns < 0 to stop. The array is
 * the callee's to change. */
typedef long (*codec_sink)(void *to, struct iovec *iov, size_t n);

/* Hands the message to the sink straight from the strings. If it is too big,
 * the message is the short one that says so. Returns the sink's last result. */
long codec_send_question(const struct question *q, codec_sink sink, void *to);

/* Size of the whole message that starts with this header, which is ours. */
size_t codec_question_size(const unsigned char *header);

struct rewrite_list {
    const char *at; /* count x (index u32, string), checked */
    unsigned count;
};

struct answer {
    bool allow, again;
    const char *message;
    const char *path; /* "" keeps the question's */
    struct rewrite_list rewrites;
};

/* Size of the whole message that starts with this header of
 * WIRE_REPLY_HEADER bytes; 0 if it is none of ours. */
size_t codec_answer_size(const unsigned char *header);

/* Reads a whole message; `a` points into it. argc bounds the indices. */
bool codec_read_answer(struct answer *a, const unsigned char *message, size_t size, size_t argc);

/* Takes the next rewrite off the list; false at its end. */
bool codec_next_rewrite(struct rewrite_list *l, size_t *index, const char **text);

#endif
