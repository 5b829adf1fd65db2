#include "table.h"

#include "text.h"

#define MAGIC 0x31544652u
#define FILTER 1024u
#define HEADER (8 + TABLE_KINDS * 4)
#define BEGINNING 8u /* longest beginning of a name that is a key */
#define STEPS 200000 /* more than any honest table takes for a path */

enum part { DOUBLE, LITERAL, AFFIX, ELEMS };
enum elem { ELEM_LITERAL, ELEM_ANY, ELEM_CLASS, ELEM_STAR };

/* One look-up. Whatever is odd makes it end with `odd`, which is a yes. */
struct look {
    const struct table *t;
    struct table_place *place;
    const char *path; /* without the slash that it begins with */
    long steps;
    bool odd;
};

static bool within(struct look *l, uint32_t at, uint64_t size)
{
    if (at % 4 || at > l->t->size || size > l->t->size - at || --l->steps < 0)
        l->odd = true;
    return !l->odd;
}

static uint32_t word(struct look *l, uint32_t at)
{
    typedef uint32_t __attribute__((may_alias)) u32;

    return within(l, at, 4) ? *(const u32 *)(const void *)(l->t->data + at) : 0;
}

/* As Go decodes UTF-8; a byte that is none stays different from all others. */
static uint32_t next_rune(const char *s, size_t n, size_t *used)
{
    const unsigned char *p = (const unsigned char *)s;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    uint32_t r = size == 1 ? p[0] : p[0] & (0x7fu >> size);

    *used = 1;
    if (!size || size > n)
        return 0xdc00u | p[0];
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0xdc00u | p[0];
        r = r << 6 | (p[i] & 0x3f);
    }
    if (r < least[size] || r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
        return 0xdc00u | p[0];
    *used = size;
    return r;
}

/* Where the element at `at` ends. */
static uint32_t past_elem(struct look *l, uint32_t at)
{
    switch (word(l, at)) {
    case ELEM_LITERAL:
        return at + 8;
    case ELEM_CLASS: {
        uint32_t ranges = word(l, at + 8);
        if (ranges > l->t->size / 8)
            l->odd = true;
        return at + 12 + 8 * (l->odd ? 0 : ranges);
    }
    }
    return at + 4;
}

static bool elem_matches(struct look *l, uint32_t at, uint32_t rune)
{
    uint32_t ranges;

    switch (word(l, at)) {
    case ELEM_LITERAL:
        return word(l, at + 4) == rune;
    case ELEM_CLASS:
        ranges = word(l, at + 8);
        for (uint32_t i = 0; i < ranges && !l->odd; i++)
            if (word(l, at + 12 + 8 * i) <= rune && rune <= word(l, at + 16 + 8 * i))
                return !word(l, at + 4);
        return word(l, at + 4);
    }
    return true;
}

/* What a star takes is arbitrary, so going back to the last one is enough. */
static bool elems_match(struct look *l, uint32_t at, uint32_t end, const char *name, size_t n)
{
    uint32_t star = 0;
    size_t i = 0, star_at = 0, used;

    while (i < n && !l->odd) {
        if (at < end && word(l, at) == ELEM_STAR) {
            star = at = past_elem(l, at);
            star_at = i;
            continue;
        }
        uint32_t rune = next_rune(name + i, n - i, &used);
        if (at < end && elem_matches(l, at, rune)) {
            at = past_elem(l, at);
            i += used;
        } else if (star) {
            next_rune(name + star_at, n - star_at, &used);
            i = star_at += used;
            at = star;
        } else {
            return false;
        }
    }
    while (at < end && !l->odd && word(l, at) == ELEM_STAR)
        at = past_elem(l, at);
    return at >= end;
}

static bool same(const unsigned char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != (unsigned char)b[i])
            return false;
    return true;
}

static bool part_matches(struct look *l, uint32_t at, const char *name, size_t n)
{
    uint32_t sort = word(l, at), size = word(l, at + 4), body = at + 8;

    if (!within(l, body, size))
        return true;
    const unsigned char *data = l->t->data + body;
    if (sort == LITERAL)
        return size == n && same(data, name, n);
    if (sort == AFFIX) {
        uint32_t first = word(l, body), both = size - 4;
        if (l->odd || size < 4 || first > both)
            return l->odd = true;
        return n >= both && same(data + 4, name, first) &&
               same(data + 4 + first, name + n - (both - first), both - first);
    }
    return elems_match(l, body, body + size, name, n);
}

static uint32_t past_part(struct look *l, uint32_t at)
{
    uint32_t size = word(l, at + 4);

    if (size > l->t->size)
        l->odd = true;
    return at + 8 + (l->odd ? 0 : (size + 3) / 4 * 4);
}

static size_t name_length(const char *s)
{
    size_t n = 0;

    while (s[n] && s[n] != '/')
        n++;
    return n;
}

static const char *past_name(const char *s)
{
    s += name_length(s);
    return *s ? s + 1 : s;
}

/* The path below the working directory, NULL if it is not. */
static const char *below_cwd(struct look *l)
{
    struct table_place *p = l->place;
    const char *cwd = p->cwd ? p->cwd : (p->cwd = p->find(p->context)), *rest = l->path;

    if (*cwd != '/')
        return NULL;
    for (cwd++; *cwd; cwd++, rest++)
        if (*cwd != *rest)
            return NULL;
    if (rest == l->path || !*rest) /* the root; the directory itself */
        return rest;
    return *rest == '/' ? rest + 1 : NULL;
}

static bool glob_matches(struct look *l, uint32_t at)
{
    const uint32_t anchor = word(l, at + 4), parts = word(l, at + 8);
    const char *rest = anchor ? below_cwd(l) : l->path, *again = NULL;
    uint32_t part = at + 12, i = 0, double_part = 0, double_i = 0;

    if (!rest)
        return false;
    for (;;) {
        if (l->odd)
            return true;
        if (i < parts && word(l, part) == DOUBLE) {
            part = double_part = past_part(l, part);
            double_i = ++i;
            again = rest;
            continue;
        }
        if (!*rest)
            return i == parts;
        if (i < parts && part_matches(l, part, rest, name_length(rest))) {
            part = past_part(l, part);
            i++;
            rest = past_name(rest);
        } else if (again && *again) {
            rest = again = past_name(again);
            part = double_part;
            i = double_i;
        } else {
            return false;
        }
    }
}

static bool any_matches(struct look *l, uint32_t list, uint32_t count)
{
    for (uint32_t i = 0; i < count && !l->odd; i++)
        if (glob_matches(l, word(l, list + 4 * i)))
            return true;
    return false;
}

/* Whether the rule holds, now that one of its globs matches. */
static bool rule_holds(struct look *l, uint32_t at)
{
    const uint32_t exceptions = word(l, at), allowances = word(l, at + 4), list = at + 8;

    if (!within(l, list, 4 * ((uint64_t)exceptions + allowances)))
        return true;
    if (any_matches(l, list, exceptions))
        return l->odd;
    for (uint32_t i = 0; i < allowances && !l->odd; i++) {
        uint32_t a = word(l, list + 4 * (exceptions + i));
        uint32_t is = word(l, a), not = word(l, a + 4);
        if (!within(l, a + 8, 4 * ((uint64_t)is + not)))
            return true;
        if (any_matches(l, a + 8, is) && !any_matches(l, a + 8 + 4 * is, not))
            return l->odd;
    }
    return true;
}

static bool glob_concerns(struct look *l, uint32_t glob)
{
    return (glob_matches(l, glob) && rule_holds(l, word(l, glob))) || l->odd;
}

static bool key_concerns(struct look *l, uint32_t kind, uint32_t keys, uint32_t hash)
{
    hash ^= hash >> 15;
    if (!(l->t->data[HEADER + kind * FILTER + (hash >> 3) % FILTER] & 1u << (hash & 7)))
        return false;
    uint32_t buckets = word(l, keys + 4);
    uint32_t link = buckets ? word(l, keys + 8 + 4 * (hash % buckets)) : 0;
    for (; link && !l->odd; link = word(l, link + 8))
        if (word(l, link) == hash && glob_concerns(l, word(l, link + 4)))
            return true;
    return l->odd;
}

/* FNV-1a with another start for each sort of key. */
#define HASH_START(sort) (2166136261u + (unsigned char)(sort))
#define HASH_ADD(h, c) (((h) ^ (unsigned char)(c)) * 16777619u)

/* Whether a key of the name that begins here concerns; *end is where it ends. */
static bool name_concerns(struct look *l, uint32_t kind, uint32_t keys, uint32_t lengths,
                          const char *name, const char **end)
{
    uint32_t whole = HASH_START('='), first = HASH_START('<'), ending = 0;
    bool dotted = false;
    const char *p = name;

    for (; *p && *p != '/'; p++) {
        whole = HASH_ADD(whole, *p);
        if (dotted)
            ending = HASH_ADD(ending, *p);
        if (*p == '.') {
            ending = HASH_START('.');
            dotted = true;
        }
        size_t n = (size_t)(p - name) + 1;
        if (n > BEGINNING)
            continue;
        first = HASH_ADD(first, *p);
        if (lengths >> n & 1 && key_concerns(l, kind, keys, first))
            return true;
    }
    *end = p;
    return key_concerns(l, kind, keys, whole) || (dotted && key_concerns(l, kind, keys, ending));
}

static bool kind_concerns(struct look *l, uint32_t kind)
{
    const uint32_t keys = word(l, 8 + 4 * kind), lengths = word(l, keys), buckets = word(l, keys + 4);

    if (!within(l, keys + 8, 4 * (uint64_t)buckets + 4))
        return true;
    for (const char *rest = l->path; *rest; rest += *rest == '/')
        if (name_concerns(l, kind, keys, lengths, rest, &rest))
            return true;
    const uint32_t always = keys + 8 + 4 * buckets, count = word(l, always);
    for (uint32_t i = 0; i < count && !l->odd; i++)
        if (glob_concerns(l, word(l, always + 4 + 4 * i)))
            return true;
    return l->odd;
}

bool table_concerns(const struct table *t, unsigned doing, const char *path, struct table_place *p)
{
    struct look l = {.t = t, .place = p, .path = path + 1, .steps = STEPS};

    if (*path != '/' || t->size < HEADER + TABLE_KINDS * FILTER || word(&l, 0) != MAGIC ||
        word(&l, 4) > t->size)
        return true;
    for (uint32_t kind = 0; kind < TABLE_KINDS; kind++)
        if (doing >> kind & 1 && kind_concerns(&l, kind))
            return true;
    return false;
}
