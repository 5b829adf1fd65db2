#include "permit.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sys.h"
#include "text.h"
#include "wire.h"

/* Which memory is the engine's: device and inode in hexadecimal, written into
 * the session's copy of the library. A descriptor's number alone may have been
 * closed and used anew. A '+' behind them has the library look after files. */
static const volatile char identity[] = PERMIT_MAGIC "----------------" "----------------" "-";

_Static_assert(sizeof identity == sizeof PERMIT_MAGIC + PERMIT_IDENTITY, "the Go side replaces it");

static uint64_t identity_number(size_t from)
{
    uint64_t n = 0;

    for (size_t i = from; i < from + 16; i++) {
        char c = identity[i];
        if (c == '-')
            return 0;
        n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return n;
}

/* As it lies in the memory, before the question's body; little endian like all
 * machines this runs on. */
struct slot {
    uint64_t generation; /* 0: empty, or being written */
    uint64_t key;
    struct file_id file;
    uint32_t size, argc, envc, unused;
};

_Static_assert(sizeof(struct slot) == PERMIT_HEADER, "the Go side writes the same");

void file_id_set(struct file_id *id, const struct stat *st)
{
    const uint64_t second = 1000000000u;

    id->device = st->st_dev;
    id->inode = st->st_ino;
    id->size = (uint64_t)st->st_size;
    id->modified = (uint64_t)st->st_mtim.tv_sec * second + (uint64_t)st->st_mtim.tv_nsec;
    id->changed = (uint64_t)st->st_ctim.tv_sec * second + (uint64_t)st->st_ctim.tv_nsec;
}

static bool same_file(const struct file_id *a, const struct file_id *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified == b->modified && a->changed == b->changed;
}

bool permit_is_memory(int fd)
{
    const size_t magic = sizeof PERMIT_MAGIC - 1;
    const uint64_t inode = identity_number(magic + 16);
    struct stat st;

    return inode && sys2(SYS_fstat, fd, &st) >= 0 && st.st_ino == inode &&
           st.st_dev == identity_number(magic);
}

bool permit_watches_files(void)
{
    return identity[sizeof identity - 2] == '+';
}

void permit_keep(void)
{
    long flags = sys3(SYS_fcntl, PERMIT_FD, F_GETFD, 0);

    if (flags > 0 && flags & FD_CLOEXEC && permit_is_memory(PERMIT_FD))
        sys3(SYS_fcntl, PERMIT_FD, F_SETFD, flags & ~FD_CLOEXEC);
}

/* A question held against the slot, piece by piece. */
struct comparison {
    struct slot slot;
    long offset;       /* of what is read next */
    size_t left;       /* of the slot's body, not read yet */
    unsigned char *room, *at, *end;
    size_t room_size;
    bool past_header;
};

static long read_some(struct comparison *c)
{
    size_t n = c->left < c->room_size ? c->left : c->room_size;
    long got = n ? sys4(SYS_pread64, PERMIT_FD, c->room, n, c->offset) : 0;

    if (got <= 0)
        return -1;
    c->at = c->room;
    c->end = c->room + got;
    c->offset += got;
    c->left -= (size_t)got;
    return 0;
}

static uint32_t get32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool same_header(const struct slot *s, const unsigned char *h)
{
    return (h[5] & ~WIRE_FLAG_CHILD) == 0 && get32(h + 8) == s->size && get32(h + 12) == s->argc &&
           get32(h + 16) == s->envc;
}

static long compare(void *to, struct iovec *iov, size_t n)
{
    struct comparison *c = to;

    for (; n; iov++, n--) {
        const unsigned char *p = iov->iov_base, *end = p + iov->iov_len;
        if (!c->past_header) { /* the header is a piece of its own */
            if (!same_header(&c->slot, p))
                return -1;
            c->past_header = true;
            p += WIRE_REQUEST_HEADER;
        }
        while (p < end) {
            if (c->at == c->end && read_some(c) < 0)
                return -1;
            while (p < end && c->at < c->end)
                if (*p++ != *c->at++)
                    return -1;
        }
    }
    return 0;
}

bool permit_covers(const struct question *q, const struct file_id *file, unsigned char *room,
                   size_t size)
{
    uint64_t key = text_hash(text_hash(TEXT_HASH_START, q->path), q->cwd), generation;
    struct comparison c = {.room = room, .room_size = size};

    if (!permit_is_memory(PERMIT_FD))
        return false;
    for (size_t i = 0; q->argv && q->argv[i]; i++)
        key = text_hash(key, q->argv[i]);
    const long start = (long)(key % PERMIT_SLOTS) * PERMIT_SLOT;

    c.offset = start;
    c.left = size < PERMIT_SLOT ? size : PERMIT_SLOT;
    if (read_some(&c) < 0 || c.end - c.at < PERMIT_HEADER)
        return false;
    c.slot = *(const struct slot *)(const void *)c.at;
    c.at += PERMIT_HEADER;
    if (!c.slot.generation || c.slot.key != key || !same_file(&c.slot.file, file) ||
        c.slot.size > PERMIT_SLOT - PERMIT_HEADER)
        return false;
    size_t have = (size_t)(c.end - c.at);
    if (have > c.slot.size)
        c.end = c.at + (have = c.slot.size);
    c.left = c.slot.size - have;
    if (codec_send_question(q, compare, &c) < 0 || c.left || c.at != c.end)
        return false;
    /* Nobody has written there meanwhile. */
    return sys4(SYS_pread64, PERMIT_FD, &generation, sizeof generation, start) ==
               (long)sizeof generation &&
           generation == c.slot.generation;
}
