/* codec: the C codec as a filter, to be compared with the Go one. Built with
 * sanitizers, from the same sources as the library.
 *
 * Reads records: kind u8, n u32, m u32, size u32, then size bytes.
 *   'Q' a question of layer 2 with n arguments and m variables; the bytes are
 *       the strings library, path, cwd, arguments, variables
 *   'A' an answer to a question of n arguments
 * Writes for each: size u32, then the message, or the answer in words. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../c/codec.h"
#include "../c/wire.h"

static unsigned char out[WIRE_MAX_REQUEST + 4096];
static size_t used;

static long collect(void *to, struct iovec *iov, size_t n)
{
    (void)to;
    for (; n; iov++, n--) {
        if (used + iov->iov_len > sizeof out)
            abort();
        memcpy(out + used, iov->iov_base, iov->iov_len);
        used += iov->iov_len;
        iov->iov_base = NULL; /* the callee's to change */
    }
    return 0;
}

static void add(const void *p, size_t n)
{
    struct iovec iov = {(void *)(uintptr_t)p, n};
    collect(NULL, &iov, 1);
}

static char *next(char **at)
{
    char *s = *at;
    *at += strlen(s) + 1;
    return s;
}

static char **list(char **at, uint32_t n)
{
    char **l = malloc((n + 1) * sizeof *l);
    for (uint32_t i = 0; i < n; i++)
        l[i] = next(at);
    l[n] = NULL;
    return l;
}

static void question(uint32_t argc, uint32_t envc, char *at)
{
    char *library = next(&at), *path = next(&at), *cwd = next(&at);
    char **argv = list(&at, argc), **envp = list(&at, envc);
    struct env env;

    env_read(&env, envp, library);
    struct question q = {.layer = WIRE_LAYER_PRELOAD, .path = path, .cwd = cwd,
                         .argv = argv, .env = &env, .pid = 70000, .ppid = 1};
    if (codec_send_question(&q, collect, NULL) < 0)
        abort();
    free(argv);
    free(envp);
}

static void answer(uint32_t argc, const unsigned char *message, size_t size)
{
    struct answer a;
    size_t index;
    const char *text;
    char word[32];

    if (size < WIRE_REPLY_HEADER || codec_answer_size(message) != size ||
        !codec_read_answer(&a, message, size, argc)) {
        add("bad", 3);
        return;
    }
    add(a.allow ? "allow" : "deny", a.allow ? 6 : 5);
    if (a.again)
        add("again", 6);
    add(a.message, strlen(a.message) + 1);
    add(a.path, strlen(a.path) + 1);
    while (codec_next_rewrite(&a.rewrites, &index, &text)) {
        add(word, (size_t)snprintf(word, sizeof word, "%zu", index) + 1);
        add(text, strlen(text) + 1);
    }
}

int main(void)
{
    struct __attribute__((packed)) {
        unsigned char kind;
        uint32_t n, m, size;
    } r;

    while (fread(&r, sizeof r, 1, stdin) == 1) {
        unsigned char *data = malloc(r.size ? r.size : 1); /* exact, for the sanitizer */
        if (fread(data, 1, r.size, stdin) != r.size)
            return 1;
        used = 0;
        if (r.kind == 'Q')
            question(r.n, r.m, (char *)data);
        else
            answer(r.n, data, r.size);
        free(data);
        uint32_t size = (uint32_t)used;
        fwrite(&size, sizeof size, 1, stdout);
        fwrite(out, 1, used, stdout);
        fflush(stdout);
    }
    return 0;
}
