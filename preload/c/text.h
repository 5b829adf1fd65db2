/* Strings without a libc. */
#ifndef RAMPART_TEXT_H
#define RAMPART_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t text_length(const char *s);
bool text_equal(const char *a, const char *b);
bool text_same(const void *a, const void *b, size_t size);
bool text_begins(const char *s, const char *prefix);
const char *text_find(const char *s, char c); /* NULL if it isn't there */
const char *text_last(const char *s, char c);

/* Nearly always the first byte tells. */
static inline bool text_starts(const char *s, const char *prefix)
{
    return (*s == *prefix || !*prefix) && text_begins(s, prefix);
}

/* A string built in a buffer of fixed size. It is always terminated; what
 * doesn't fit is left out and remembered in `cut`. */
struct text {
    char *at, *end;
    bool cut;
};

void text_start(struct text *t, char *buf, size_t size);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t n);
void text_add_number(struct text *t, long n);
void text_add_hex(struct text *t, uint64_t n); /* always 16 digits */

/* FNV-1a, with the terminating NUL: joins several strings unambiguously. */
#define TEXT_HASH_START 0xcbf29ce484222325u
uint64_t text_hash(uint64_t h, const char *s);

#endif
