#include "permit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "identity.h"
#include "sys.h"
#include "text.h"
#include "wire.h"

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

bool file_id_same(const struct file_id *a, const struct file_id *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified == b->modified && a->changed == b->changed;
}

static void keep(enum identity_number which, int fd)
{
    long flags = sys3(SYS_fcntl, fd, F_GETFD, 0);

    if (flags > 0 && flags & FD_CLOEXEC && identity_is(which, fd))
        sys3(SYS_fcntl, fd, F_SETFD, flags & ~FD_CLOEXEC);
}

bool permit_keep(void)
{
    long flags = sys3(SYS_fcntl, PERMIT_FD, F_GETFD, 0);

    if (flags >= 0 && !(flags & FD_CLOEXEC))
        return false;
    keep(IDENTITY_MEMORY, PERMIT_FD);
    keep(IDENTITY_NOTES, NOTES_FD);
    return true;
}

const unsigned char *permit_map(int fd)
{
    const size_t size = TABLE_AT + TABLE_AREA;

    if (!identity_is(IDENTITY_MEMORY, fd))
        return NULL;
    long at = sys6(SYS_mmap, 0, (long)size, 1 /* read */, 1 /* shared */, fd, 0);
    return at < 0 && at > -4096 ? NULL : (const unsigned char *)(uintptr_t)at;
}

/* The numbers of a file, in 64 bits: a slot that is being written shows by it. */
static uint64_t sum(const struct file_id *id)
{
    const uint64_t numbers[] = {id->device, id->inode, id->size, id->modified, id->changed};
    uint64_t h = TEXT_HASH_START;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        h = (h ^ numbers[i]) * 0x100000001b3u;
    return h;
}

struct ahead_slot {
    struct file_id file;
    uint64_t sum;
};

_Static_assert(sizeof(struct ahead_slot) == AHEAD_SLOT, "the Go side writes the same");

bool permit_starts_ahead(const struct file_id *file, const unsigned char *memory)
{
    const long at = AHEAD_AT + (long)(file->inode % AHEAD_SLOTS) * AHEAD_SLOT;
    struct ahead_slot slot;

    if (memory)
        slot = *(const struct ahead_slot *)(const void *)(memory + at);
    else if (!identity_is(IDENTITY_MEMORY, PERMIT_FD) ||
             sys4(SYS_pread64, PERMIT_FD, &slot, sizeof slot, at) != (long)sizeof slot)
        return false;
    return file_id_same(&slot.file, file) && slot.sum == sum(file);
}

/* A question held against the slot, string by string. Not through the codec: this
 * is done at every exec, and going over the variables once is what it costs. */
struct comparison {
    long offset;       /* of what is read next */
    size_t left;       /* of the slot's body, not read yet */
    unsigned char *room;
    const unsigned char *at, *end;
    size_t room_size;
};

static bool read_some(struct comparison *c)
{
    size_t n = c->left < c->room_size ? c->left : c->room_size;
    long got = n ? sys4(SYS_pread64, PERMIT_FD, c->room, n, c->offset) : 0;

    if (got <= 0)
        return false;
    c->at = c->room;
    c->end = c->room + got;
    c->offset += got;
    c->left -= (size_t)got;
    return true;
}

static bool same_bytes(struct comparison *c, const char *s, size_t n)
{
    while (n) {
        if (c->at == c->end && !read_some(c))
            return false;
        size_t there = (size_t)(c->end - c->at), size = n < there ? n : there;
        if (!text_same(s, c->at, size))
            return false;
        s += size;
        c->at += size;
        n -= size;
    }
    return true;
}

static bool same_string(struct comparison *c, const char *s)
{
    return same_bytes(c, s, text_length(s) + 1);
}

/* As codec_send_question would send it. */
static bool same_question(struct comparison *c, const struct slot *slot, const struct question *q)
{
    uint64_t argc = 0, envc = 0;

    if (!same_string(c, q->path) || !same_string(c, q->cwd))
        return false;
    for (; q->argv && q->argv[argc]; argc++)
        if (!same_string(c, q->argv[argc]))
            return false;
    for (size_t i = 0; i < q->env->count; i++) {
        bool is_preload;
        const char *v = env_visible(q->env, i, &is_preload);
        if (!v)
            continue;
        if (is_preload && !same_bytes(c, ENV_PRELOAD, sizeof ENV_PRELOAD - 1))
            return false;
        if (!same_string(c, v))
            return false;
        envc++;
    }
    return argc == slot->argc && envc == slot->envc && c->at == c->end && !c->left;
}

/* Before all else of a slot is looked at, and again after it: if it is the same,
 * nobody has written there meanwhile. */
static uint64_t generation_of(const unsigned char *memory, long slot)
{
    uint64_t n;

    if (!memory)
        return sys4(SYS_pread64, PERMIT_FD, &n, sizeof n, slot) == (long)sizeof n ? n : 0;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n((const uint64_t *)(const void *)(memory + slot), __ATOMIC_ACQUIRE);
}

uint64_t permit_covers(const struct question *q, const struct file_id *file,
                       const unsigned char *memory, unsigned char *room, size_t size)
{
    uint64_t key = text_hash(text_hash(TEXT_HASH_START, q->path), q->cwd), generation = 0;
    struct comparison c = {.room = room, .room_size = size};

    if (!memory && !identity_is(IDENTITY_MEMORY, PERMIT_FD))
        return 0;
    for (size_t i = 0; q->argv && q->argv[i]; i++)
        key = text_hash(key, q->argv[i]);
    const long start = (long)(key % PERMIT_SLOTS) * PERMIT_SLOT;

    if (memory) {
        generation = generation_of(memory, start);
        c.at = memory + start;
        c.end = c.at + PERMIT_SLOT;
    } else {
        c.offset = start;
        c.left = size < PERMIT_SLOT ? size : PERMIT_SLOT;
        if (!read_some(&c) || c.end - c.at < PERMIT_HEADER)
            return 0;
    }
    const struct slot slot = *(const struct slot *)(const void *)c.at;
    if (!memory)
        generation = slot.generation;
    c.at += PERMIT_HEADER;
    if (!generation || slot.key != key || !file_id_same(&slot.file, file) ||
        slot.size > PERMIT_SLOT - PERMIT_HEADER)
        return 0;
    size_t have = (size_t)(c.end - c.at);
    if (have > slot.size)
        c.end = c.at + (have = slot.size);
    c.left = slot.size - have;
    return same_question(&c, &slot, q) && generation_of(memory, start) == generation ? generation : 0;
}

/* One packet or nothing: what comes in several can't be told from another's. */
static long send_whole(void *to, struct iovec *iov, size_t n)
{
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = n};
    size_t size = 0;

    (void)to;
    for (size_t i = 0; i < n; i++)
        size += iov[i].iov_len;
    if (size != codec_question_size(iov->iov_base))
        return -EMSGSIZE;
    return sys3(SYS_sendmsg, NOTES_FD, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool permit_note(const struct question *q, uint64_t permit)
{
    const struct env nothing = {0};
    struct question note = *q;

    note.env = &nothing; /* the engine knows what was permitted */
    note.permit = (uint32_t)permit;
    return identity_is(IDENTITY_NOTES, NOTES_FD) && codec_send_question(&note, send_whole, NULL) >= 0;
}
