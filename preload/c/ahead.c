#include "ahead.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>

#include "identity.h"
#include "permit.h"
#include "snapshot.h"
#include "sys.h"
#include "text.h"

#define ROOM 1024 /* for an ELF header and what tells of a file's segments */
#define NAME 1024 /* bytes of one that the new program is told */

/* Where the system keeps programs: files of root's in directories of root's. */
static bool is_system_name(const char *path)
{
    static const char places[][12] = {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (text_starts(path, places[i])) {
            const char *name = path + text_length(places[i]);
            return *name && !text_find(name, '/');
        }
    return false;
}

/* What git runs of git is judged by what the process was that asks. */
static bool asker_counts(const char *path)
{
    const char *slash = text_last(path, '/');

    return text_starts(slash ? slash + 1 : path, "git");
}

/* Root's alone to change, without rights of its own, and as it was before the
 * session began. */
static bool is_untouched(const struct session *s, const struct stat *st)
{
    const uint64_t changed = (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec;

    return S_ISREG(st->st_mode) && !st->st_uid && !(st->st_mode & (S_IWGRP | S_IWOTH | S_ISUID | S_ISGID)) &&
           changed < session_began(s);
}

static bool is_glibcs(const char *linker, size_t size)
{
    const char *slash;

    if (!size || linker[size - 1])
        return false;
    slash = text_last(linker, '/');
    return slash && text_starts(slash, "/ld-linux");
}

/* Whether glibc's dynamic linker starts the program: it heeds that our constructor
 * is to be the first. */
static bool is_linked(const unsigned char *head, size_t size)
{
    const ElfW(Ehdr) *e = (const void *)head;
#if defined(__x86_64__)
    const int machine = EM_X86_64;
#else
    const int machine = EM_AARCH64;
#endif

    if (size < sizeof *e || !text_same((const char *)head, (const unsigned char *)ELFMAG, SELFMAG) ||
        e->e_ident[EI_CLASS] != ELFCLASS64 || e->e_machine != machine ||
        e->e_phentsize != sizeof(ElfW(Phdr)) || e->e_phoff % sizeof(long) || e->e_phoff > size)
        return false;
    const ElfW(Phdr) *p = (const void *)(head + e->e_phoff);
    for (size_t i = 0; i < e->e_phnum && (i + 1) * sizeof *p <= size - e->e_phoff; i++)
        if (p[i].p_type == PT_INTERP && p[i].p_offset < size && p[i].p_filesz <= size - p[i].p_offset)
            return is_glibcs((const char *)head + p[i].p_offset, p[i].p_filesz);
    return false;
}

/* With other rights than its user's own, or with a file's, the linker takes no
 * library from the environment. */
static bool has_plain_rights(void)
{
    return sys0(SYS_getuid) == sys0(SYS_geteuid) && sys0(SYS_getgid) == sys0(SYS_getegid);
}

/* By the mount and the root that the session's processes have: below others a user of a
 * namespace's making may be root, a directory of the system's be covered, and the library's
 * one where nothing may be executed. Another namespace's mounts have other numbers. */
static bool is_among_sessions_mounts(long fd, const char *path)
{
    struct statx x;
    struct stat root;

    return sys5(SYS_statx, fd, path, AT_EMPTY_PATH, STATX_MNT_ID, &x) >= 0 && x.stx_mask & STATX_MNT_ID &&
           x.stx_mnt_id == identity_number(IDENTITY_PLACE, 0) &&
           sys4(SYS_newfstatat, AT_FDCWD, "/", &root, 0) >= 0 &&
           root.st_ino == identity_number(IDENTITY_PLACE, 1);
}

/* Until the exec another thread, or whoever shares the descriptors, could take away
 * what the linker needs (descriptors, limits), or put another engine's answer in the
 * place of ours. The child of a vfork has no threads. */
static bool is_alone(void)
{
    const unsigned long links = 2; /* of /proc/self/task, and one for each thread */
    struct stat st;

    if (snapshot_shared() &&
        (sys4(SYS_newfstatat, AT_FDCWD, "/proc/self/task", &st, 0) < 0 || st.st_nlink != links + 1))
        return false;
    return sys1(SYS_unshare, 0x400 /* CLONE_FILES: as the exec would */) >= 0;
}

/* One of the system's, by its name: nobody but root can put another there. */
static bool is_systems(const struct session *s, const char *path)
{
    _Alignas(ElfW(Ehdr)) unsigned char head[ROOM];
    struct stat st;
    char one;
    long fd = sys_open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool is = sys2(SYS_fstat, fd, &st) >= 0 && is_untouched(s, &st) &&
              sys4(SYS_fgetxattr, fd, "security.capability", &one, 0) <= 0;
    if (is) {
        long n = sys4(SYS_pread64, fd, head, sizeof head, 0);
        is = n > 0 && is_linked(head, (size_t)n) && is_among_sessions_mounts(fd, "");
    }
    sys_close((int)fd);
    return is;
}

void ahead_link(char link[AHEAD_LINK], int by)
{
    struct text t;

    text_start(&t, link, AHEAD_LINK);
    text_add(&t, "/proc/self/fd/");
    text_add_number(&t, by);
}

/* A descriptor of one that the engine has looked at, as it was then; -1 if it is none. */
static int open_known(const struct attempt *a, const unsigned char *memory)
{
    char link[AHEAD_LINK];
    struct file_id file;
    struct stat st;

    if (!a->file || a->dirfd != AT_FDCWD || text_length(a->path) > NAME ||
        !permit_starts_ahead(a->file, memory) || !is_among_sessions_mounts(AT_FDCWD, "/usr/bin"))
        return -1;
    long fd = sys_open(a->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    /* Not by a link where /proc is hidden. */
    ahead_link(link, (int)fd);
    if ((a->mark == MARK_PARENT ? sys4(SYS_newfstatat, AT_FDCWD, link, &st, 0) : sys2(SYS_fstat, fd, &st)) >= 0) {
        file_id_set(&file, &st);
        if (file_id_same(&file, a->file))
            return (int)fd;
    }
    sys_close((int)fd);
    return -1;
}

bool ahead_possible(const struct session *s, const struct attempt *a, const struct env *env,
                    const unsigned char *memory, int *by)
{
    *by = AHEAD_BY_NAME;
    if (asker_counts(a->path) || !a->inherits || a->flags || !*s->library || s->fails_open ||
        !identity_starts_ahead() || env->rest || env->several || env->loader || !has_plain_rights())
        return false;
    if (is_system_name(a->path) ? !is_systems(s, a->path) : (*by = open_known(a, memory)) < 0)
        return false;
    return session_untraced(s) && is_alone();
}
