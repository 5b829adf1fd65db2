#include "codec.h"
#include "wire.h"

#define PIECES 96 /* of a message at a time; the kernel's limit is 1024 */

static void put32(unsigned char *p, uint64_t n)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(n >> 8 * i);
}

static uint32_t get32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

struct gather {
    struct iovec iov[PIECES];
    size_t n;
    codec_sink sink;
    void *to;
    long result;
};

static void flush(struct gather *g)
{
    if (g->n && g->result >= 0)
        g->result = g->sink(g->to, g->iov, g->n);
    g->n = 0;
}

static void piece(struct gather *g, const void *data, size_t size)
{
    struct iovec *last = g->n ? &g->iov[g->n - 1] : NULL;

    /* The kernel lays the strings of argv and envp out one after the other,
     * so most of them join into one piece. */
    if (last && (const char *)last->iov_base + last->iov_len == (const char *)data) {
        last->iov_len += size;
        return;
    }
    if (g->n == PIECES)
        flush(g);
    g->iov[g->n].iov_base = (void *)(uintptr_t)data;
    g->iov[g->n].iov_len = size;
    g->n++;
}

static void string(struct gather *g, const char *s)
{
    piece(g, s, text_length(s) + 1);
}

static uint64_t variables(const struct env *e, uint64_t *count)
{
    uint64_t size = 0;

    *count = 0;
    for (size_t i = 0; i < e->count; i++) {
        bool is_preload;
        const char *v = env_visible(e, i, &is_preload);
        if (!v)
            continue;
        size += text_length(v) + 1 + (is_preload ? sizeof ENV_PRELOAD - 1 : 0);
        ++*count;
    }
    return size;
}

long codec_send_question(const struct question *q, codec_sink sink, void *to)
{
    unsigned char header[WIRE_REQUEST_HEADER] = {'R', 'M', 'P', WIRE_VERSION};
    uint64_t argc = 0, envc, size = text_length(q->path) + 1 + text_length(q->cwd) + 1;
    const uint64_t least = size;
    struct gather g;

    g.n = 0;
    g.sink = sink;
    g.to = to;
    g.result = 0;
    for (; q->argv && q->argv[argc]; argc++)
        size += text_length(q->argv[argc]) + 1;
    size += variables(q->env, &envc);
    bool oversize = size > WIRE_MAX_REQUEST - WIRE_REQUEST_HEADER;
    if (oversize) {
        size = least;
        argc = envc = 0;
    }

    header[4] = (unsigned char)q->layer;
    header[5] = (oversize ? WIRE_FLAG_OVERSIZE : 0) | (q->child ? WIRE_FLAG_CHILD : 0) |
                (q->ahead ? WIRE_FLAG_AHEAD : 0);
    header[6] = (unsigned char)q->processor;
    header[7] = (unsigned char)(q->processor >> 8);
    put32(header + 8, size);
    put32(header + 12, argc);
    put32(header + 16, envc);
    put32(header + 20, (uint64_t)q->pid);
    put32(header + 24, (uint64_t)q->ppid);
    put32(header + 28, q->permit);
    piece(&g, header, sizeof header);
    string(&g, q->path);
    string(&g, q->cwd);
    for (size_t i = 0; i < argc; i++)
        string(&g, q->argv[i]);
    for (size_t i = 0; !oversize && i < q->env->count; i++) {
        bool is_preload;
        const char *v = env_visible(q->env, i, &is_preload);
        if (v && is_preload)
            piece(&g, ENV_PRELOAD, sizeof ENV_PRELOAD - 1);
        if (v)
            string(&g, v);
    }
    flush(&g);
    return g.result;
}

size_t codec_question_size(const unsigned char *header)
{
    return WIRE_REQUEST_HEADER + (size_t)get32(header + 8);
}

static bool is_ours(const unsigned char *p)
{
    return p[0] == 'R' && p[1] == 'M' && p[2] == 'P' && p[3] == WIRE_VERSION;
}

size_t codec_answer_size(const unsigned char *header)
{
    uint32_t body = get32(header + 8);

    if (!is_ours(header) || body > WIRE_MAX_REPLY - WIRE_REPLY_HEADER)
        return 0;
    return WIRE_REPLY_HEADER + (size_t)body;
}

/* Returns what follows the string at p, NULL if it doesn't end before end. */
static const unsigned char *past_string(const unsigned char *p, const unsigned char *end)
{
    while (p < end)
        if (!*p++)
            return p;
    return NULL;
}

bool codec_read_answer(struct answer *a, const unsigned char *message, size_t size, size_t argc)
{
    const unsigned char *p = message + WIRE_REPLY_HEADER, *end = message + size;

    if (size < WIRE_REPLY_HEADER || codec_answer_size(message) != size ||
        message[5] & ~WIRE_FLAG_AGAIN ||
        get32(message + 12))
        return false;
    if (message[4] != WIRE_ALLOW && message[4] != WIRE_DENY)
        return false;
    a->allow = message[4] == WIRE_ALLOW;
    a->again = message[5] & WIRE_FLAG_AGAIN;
    a->rewrites.count = message[6] | (unsigned)message[7] << 8;

    a->message = (const char *)p;
    if (!(p = past_string(p, end)))
        return false;
    a->path = (const char *)p;
    if (!(p = past_string(p, end)))
        return false;
    a->rewrites.at = (const char *)p;
    for (unsigned i = 0; i < a->rewrites.count; i++) {
        if (end - p < 4 || get32(p) >= argc || !(p = past_string(p + 4, end)))
            return false;
    }
    return p == end;
}

bool codec_next_rewrite(struct rewrite_list *l, size_t *index, const char **text)
{
    if (!l->count)
        return false;
    *index = get32((const unsigned char *)l->at);
    *text = l->at + 4;
    l->at = *text + text_length(*text) + 1;
    l->count--;
    return true;
}
