#include "symbol.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define VERSION_HIDDEN 0x8000 /* an old version of the symbol, for old programs */

extern int dl_iterate_phdr(int (*)(struct dl_phdr_info *, size_t, void *), void *)
    __attribute__((weak));
extern const char library_start[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

struct tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Half) * versions;
    const uint32_t *gnu_hash, *hash;
};

/* Some libcs relocate the dynamic section's addresses in memory, some don't. */
static const void *address(const struct dl_phdr_info *o, ElfW(Addr) a)
{
    return (const void *)(a < o->dlpi_addr ? o->dlpi_addr + a : a);
}

static void read_tables(struct tables *t, const struct dl_phdr_info *o, const ElfW(Dyn) * d)
{
    for (; d->d_tag != DT_NULL; d++) {
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

struct search {
    const char *name;
    bool past_us;
    void *found;
};

static int look(struct dl_phdr_info *o, size_t size, void *context)
{
    struct search *s = context;
    struct tables t = {0};
    uint32_t i = 0;

    (void)size;
    if (!s->past_us) {
        s->past_us = o->dlpi_addr == (ElfW(Addr))library_start;
        return 0;
    }
    for (size_t n = 0; n < o->dlpi_phnum; n++)
        if (o->dlpi_phdr[n].p_type == PT_DYNAMIC)
            read_tables(&t, o, (const void *)(o->dlpi_addr + o->dlpi_phdr[n].p_vaddr));
    if (!t.symbols || !t.names)
        return 0;
    if (t.gnu_hash)
        i = find_gnu(&t, s->name);
    else if (t.hash)
        i = find_sysv(&t, s->name);
    if (!i)
        return 0;
    s->found = (void *)(o->dlpi_addr + t.symbols[i].st_value);
    return 1;
}

void *symbol_next(const char *name)
{
    struct search s = {.name = name};

    if (dl_iterate_phdr)
        dl_iterate_phdr(look, &s);
    return s.found;
}
