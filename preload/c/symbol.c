#include "symbol.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define VERSION_HIDDEN 0x8000 /* an old version of the symbol, for old programs */

/* What debuggers go by: the one list of loaded objects that can be had without
 * a lock, and without a function that others (the sanitizers) replace. */
extern struct r_debug _r_debug __attribute__((weak));        /* glibc's */
extern struct r_debug *_dl_debug_addr __attribute__((weak)); /* musl's */
extern const char library_start[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

struct tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Half) * versions;
    const uint32_t *gnu_hash, *hash;
};

/* glibc relocates the addresses in the dynamic section in memory, musl doesn't. */
static const void *address(const struct link_map *o, ElfW(Addr) a)
{
    return (const void *)(a < o->l_addr ? o->l_addr + a : a);
}

static void read_tables(struct tables *t, const struct link_map *o)
{
    for (const ElfW(Dyn) *d = o->l_ld; d->d_tag != DT_NULL; d++) {
        const void *p = address(o, d->d_un.d_ptr);
        switch (d->d_tag) {
        case DT_SYMTAB:
            t->symbols = p;
            break;
        case DT_STRTAB:
            t->names = p;
            break;
        case DT_VERSYM:
            t->versions = p;
            break;
        case DT_GNU_HASH:
            t->gnu_hash = p;
            break;
        case DT_HASH:
            t->hash = p;
            break;
        }
    }
}

static bool is_it(const struct tables *t, uint32_t i, const char *name)
{
    const ElfW(Sym) *s = &t->symbols[i];

    return s->st_shndx != SHN_UNDEF && s->st_value && (s->st_info & 15) == STT_FUNC &&
           !(t->versions && t->versions[i] & VERSION_HIDDEN) &&
           text_equal(t->names + s->st_name, name);
}

static uint32_t find_gnu(const struct tables *t, const char *name)
{
    const uint32_t *head = t->gnu_hash; /* buckets, first symbol, bloom words, shift */
    const uint32_t *buckets = head + 4 + head[2] * (sizeof(ElfW(Addr)) / sizeof *head);
    const uint32_t *chain = buckets + head[0];
    uint32_t h = 5381;

    for (const char *p = name; *p; p++)
        h = h * 33 + (unsigned char)*p;
    uint32_t i = buckets[h % head[0]];
    if (i < head[1])
        return 0;
    for (;; i++) {
        uint32_t other = chain[i - head[1]];
        if ((other | 1) == (h | 1) && is_it(t, i, name))
            return i;
        if (other & 1)
            return 0;
    }
}

static uint32_t find_sysv(const struct tables *t, const char *name)
{
    const uint32_t *buckets = t->hash + 2, *chain = buckets + t->hash[0];
    uint32_t h = 0;

    for (const char *p = name; *p; p++) {
        h = (h << 4) + (unsigned char)*p;
        h ^= h >> 24 & 0xf0;
    }
    h &= 0xfffffff;
    for (uint32_t i = buckets[h % t->hash[0]]; i; i = chain[i])
        if (is_it(t, i, name))
            return i;
    return 0;
}

struct link_map *symbol_objects(void)
{
    const struct r_debug *d = &_r_debug ? &_r_debug : &_dl_debug_addr ? _dl_debug_addr : NULL;

    return d ? d->r_map : NULL;
}

bool symbol_is_us(const struct link_map *o)
{
    return (const char *)o->l_addr == library_start;
}

void *symbol_next(const char *name)
{
    bool past_us = false;

    for (const struct link_map *o = symbol_objects(); o; o = o->l_next) {
        struct tables t = {0};
        uint32_t i = 0;

        if (!past_us) {
            past_us = symbol_is_us(o);
            continue;
        }
        if (!o->l_ld)
            continue;
        read_tables(&t, o);
        if (!t.symbols || !t.names)
            continue;
        if (t.gnu_hash)
            i = find_gnu(&t, name);
        else if (t.hash)
            i = find_sysv(&t, name);
        if (i)
            return (void *)(o->l_addr + t.symbols[i].st_value);
    }
    return NULL;
}
