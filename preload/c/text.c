#include "text.h"

/* Eight bytes a step: argument and environment strings are measured at every
 * exec. An aligned word never crosses into an unmapped page. */
#if defined(__SANITIZE_ADDRESS__)
size_t text_length(const char *s)
{
    const char *p = s;

    while (*p)
        p++;
    return (size_t)(p - s);
}
#else
size_t text_length(const char *s)
{
    typedef uint64_t __attribute__((may_alias)) word;
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    const size_t before = (uintptr_t)s % sizeof(word); /* bytes that are not the string's */
    const char *p = s - before;
    uint64_t w = *(const word *)(const void *)p | (((uint64_t)1 << 8 * before) - 1), zeros;

    while (!(zeros = (w - ones) & ~w & highs)) {
        p += sizeof(word);
        w = *(const word *)(const void *)p;
    }
    return (size_t)(p - s) + (size_t)__builtin_ctzll(zeros) / 8; /* the first one is exact */
}
#endif

bool text_equal(const char *a, const char *b)
{
    for (; *a == *b; a++, b++)
        if (!*a)
            return true;
    return false;
}

bool text_same(const void *a, const void *b, size_t size)
{
    const char *p = a, *q = b;
    uint64_t x, y;

    while (size >= sizeof x) {
        __builtin_memcpy(&x, p, sizeof x);
        __builtin_memcpy(&y, q, sizeof y);
        if (x != y)
            return false;
        if (size == sizeof x)
            return true;
        /* The last step goes over some bytes again. */
        size_t step = size < 2 * sizeof x ? size - sizeof x : sizeof x;
        size -= step, p += step, q += step;
    }
    for (; size; size--)
        if (*p++ != *q++)
            return false;
    return true;
}

bool text_begins(const char *s, const char *prefix)
{
    for (; *prefix; s++, prefix++)
        if (*s != *prefix)
            return false;
    return true;
}

const char *text_find(const char *s, char c)
{
    for (;; s++) {
        if (*s == c)
            return s;
        if (!*s)
            return NULL;
    }
}

const char *text_last(const char *s, char c)
{
    const char *found = NULL;

    for (; *s; s++)
        if (*s == c)
            found = s;
    return found;
}

void text_start(struct text *t, char *buf, size_t size)
{
    t->at = buf;
    t->end = buf + size - 1;
    t->cut = false;
    *buf = 0;
}

void text_add_bytes(struct text *t, const char *s, size_t n)
{
    for (; n && t->at < t->end; n--)
        *t->at++ = *s++;
    *t->at = 0;
    if (n)
        t->cut = true;
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, text_length(s));
}

void text_add_number(struct text *t, long n)
{
    char digits[24], *p = digits + sizeof digits;
    unsigned long u = n < 0 ? -(unsigned long)n : (unsigned long)n;

    do {
        *--p = (char)('0' + u % 10);
    } while (u /= 10);
    if (n < 0)
        *--p = '-';
    text_add_bytes(t, p, (size_t)(digits + sizeof digits - p));
}

void text_add_hex(struct text *t, uint64_t n)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        text_add_bytes(t, &"0123456789abcdef"[n >> shift & 15], 1);
}

uint64_t text_hash(uint64_t h, const char *s)
{
    do {
        h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    } while (*s++);
    return h;
}

/* The compiler calls these for copies and clearings of its own making; gcc
 * would find such loops in themselves. */
#if !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    char *t = to;
    const char *f = from;

    while (n--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;

    if (t <= f)
        while (n--)
            *t++ = *f++;
    else
        while (n--)
            t[n] = f[n];
    return to;
}

void *memset(void *to, int c, size_t n)
{
    char *t = to;

    while (n--)
        *t++ = (char)c;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}
