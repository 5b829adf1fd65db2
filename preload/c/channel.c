#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sys.h"
#include "text.h"

#define SPARE 8 /* descriptors that the dynamic linker is left */
#define PIPE_PATIENCE_MS 10000 /* a live engine empties a pipe at once */

/* A full descriptor table must not make a guarded program fail where a bare
 * one succeeds: the soft limit is raised for the moment of asking. */
static long make_socket(int type)
{
    struct rlimit old, room;
    long fd = sys3(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC, 0);

    if (fd != -EMFILE || sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &old) < 0)
        return fd;
    room = old;
    room.rlim_cur = old.rlim_cur + 8 < old.rlim_max ? old.rlim_cur + 8 : old.rlim_max;
    sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &room, NULL);
    fd = sys3(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC, 0);
    sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &old, NULL);
    return fd;
}

static void use_socket(struct channel *c, int fd)
{
    c->in = c->out = fd;
    c->keep = -1;
    c->is_socket = 1;
}

/* Whether the engine itself is at the other end. From a pid namespace below
 * its own it has no number, which is 0. */
static bool is_engine(const struct session *s, long fd)
{
    struct ucred peer = {.pid = -1};
    socklen_t size = sizeof peer;

    if (!s->engine)
        return true;
    return sys5(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) >= 0 &&
           (peer.pid == s->engine || peer.pid == 0);
}

/* Returns a connected socket, or -errno. */
static long connect_to(const struct session *s, const char *file, int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct text t;
    long fd, rc;

    text_start(&t, name.sun_path, sizeof name.sun_path);
    text_add(&t, s->dir);
    text_add(&t, "/");
    text_add(&t, file);
    if ((fd = make_socket(type)) < 0)
        return fd;
    do {
        rc = sys3(SYS_connect, fd, &name, sizeof name);
    } while (rc == -EINTR);
    if (rc < 0) {
        sys_close((int)fd);
        return rc;
    }
    if (!is_engine(s, fd)) {
        sys_close((int)fd);
        return -ECONNREFUSED;
    }
    return fd;
}

/* Names the file that says that a descriptor is the session's; false if it is
 * no socket. A number alone may have been closed and used anew. */
static bool pass_file(const struct session *s, int fd, char path[SESSION_PATH_MAX])
{
    char inode[24];
    struct stat st;
    struct text t;

    if (sys2(SYS_fstat, fd, &st) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    text_start(&t, inode, sizeof inode);
    text_add_number(&t, (long)st.st_ino);
    session_path(s, path, SESSION_PASSES, inode);
    return true;
}

static bool is_pass(const struct session *s, int fd)
{
    char path[SESSION_PATH_MAX];

    return pass_file(s, fd, path) && sys3(SYS_faccessat, AT_FDCWD, path, 0) == 0;
}

static int inherited(const struct session *s)
{
    for (int fd = CHANNEL_FIRST; fd < CHANNEL_FIRST + CHANNEL_PLACES; fd++)
        if (is_pass(s, fd))
            return fd;
    return -1;
}

void channel_keep(const struct session *s)
{
    long flags = sys3(SYS_fcntl, CHANNEL_FIRST, F_GETFD, 0);

    if (flags > 0 && flags & FD_CLOEXEC && is_pass(s, CHANNEL_FIRST))
        sys3(SYS_fcntl, CHANNEL_FIRST, F_SETFD, flags & ~FD_CLOEXEC);
}

void channel_leave_open(const struct session *s)
{
    char path[SESSION_PATH_MAX];

    if (inherited(s) >= 0)
        return;
    long fd = connect_to(s, SESSION_RENDEZVOUS, SOCK_SEQPACKET);
    if (fd < 0)
        return;
    long kept = sys3(SYS_fcntl, fd, F_DUPFD, CHANNEL_FIRST); /* without close-on-exec */
    sys_close((int)fd);
    if (kept < 0)
        return;
    long made = -1;
    if (kept < CHANNEL_FIRST + CHANNEL_PLACES && pass_file(s, (int)kept, path))
        made = sys4(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    sys_close((int)(made < 0 ? kept : made));
}

/* Sends n descriptors to the engine; the kernel adds who we are. */
static long pass(int through, const int *fds, size_t n)
{
    char one = (char)n;
    struct iovec iov = {&one, 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control = {.room = {0}};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control};
    long rc;

    m.msg_controllen = CMSG_SPACE(n * sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
    for (size_t i = 0; i < n; i++)
        ((int *)(void *)CMSG_DATA(&control.header))[i] = fds[i];
    do {
        rc = sys3(SYS_sendmsg, through, &m, MSG_NOSIGNAL);
    } while (rc == -EINTR);
    return rc < 0 ? rc : 0;
}

static long pass_socket(struct channel *c, int through)
{
    int pair[2];
    long rc = sys4(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);

    if (rc < 0)
        return rc;
    rc = pass(through, &pair[1], 1);
    sys_close(pair[1]);
    if (rc < 0) {
        sys_close(pair[0]);
        return rc;
    }
    use_socket(c, pair[0]);
    return 0;
}

static long pass_pipes(struct channel *c, int through)
{
    int ask[2], answer[2];
    long rc = sys2(SYS_pipe2, ask, O_CLOEXEC);

    if (rc < 0)
        return rc;
    if ((rc = sys2(SYS_pipe2, answer, O_CLOEXEC)) < 0) {
        sys_close(ask[0]);
        sys_close(ask[1]);
        return rc;
    }
    sys3(SYS_fcntl, ask[1], F_SETFL, O_NONBLOCK);
    const int theirs[2] = {ask[0], answer[1]};
    rc = pass(through, theirs, 2);
    sys_close(answer[1]);
    c->in = answer[0];
    c->out = ask[1];
    c->keep = ask[0];
    c->is_socket = 0;
    if (rc < 0)
        channel_close(c);
    return rc;
}

long channel_open(struct channel *c, const struct session *s)
{
    long rc = connect_to(s, SESSION_SOCKET, SOCK_STREAM);
    int through;

    if (rc >= 0) {
        use_socket(c, (int)rc);
        return 0;
    }
    /* Gone is gone; anything else may be a filter's doing. */
    if (rc == -ECONNREFUSED || rc == -ENOENT || (through = inherited(s)) < 0)
        return rc;
    if (pass_socket(c, through) >= 0 || pass_pipes(c, through) >= 0)
        return 0;
    return rc;
}

long channel_take(struct channel *c, const struct session *s, int fd)
{
    if (!is_engine(s, fd))
        return -ECONNREFUSED;
    use_socket(c, fd);
    return 0;
}

long channel_inherit(const struct channel *c)
{
    struct rlimit limit;

    if (!c->is_socket || sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0 ||
        (rlim_t)c->in + SPARE >= limit.rlim_cur)
        return -EMFILE;
    return sys3(SYS_fcntl, c->in, F_SETFD, 0);
}

static long send_some(struct channel *c, struct iovec *iov, size_t n)
{
    if (c->is_socket) {
        struct msghdr m = {.msg_iov = iov, .msg_iovlen = n};
        return sys3(SYS_sendmsg, c->out, &m, MSG_NOSIGNAL);
    }
    long rc = sys3(SYS_writev, c->out, iov, n);
    if (rc == -EAGAIN) {
        struct pollfd p = {.fd = c->out, .events = POLLOUT};
        struct timespec patience = {.tv_sec = PIPE_PATIENCE_MS / 1000};
        rc = sys5(SYS_ppoll, &p, 1, &patience, NULL, 0) ? 0 : -ETIMEDOUT;
    }
    return rc;
}

long channel_send(struct channel *c, struct iovec *iov, size_t n)
{
    while (n) {
        long sent = send_some(c, iov, n);
        if (sent == -EINTR)
            continue;
        if (sent < 0)
            return sent;
        for (; n && (size_t)sent >= iov->iov_len; iov++, n--)
            sent -= (long)iov->iov_len;
        if (n) {
            iov->iov_base = (char *)iov->iov_base + sent;
            iov->iov_len -= (size_t)sent;
        }
    }
    return 0;
}

long channel_receive(struct channel *c, void *to, size_t least, size_t most)
{
    size_t got = 0;

    while (got < least) {
        long n = sys3(SYS_read, c->in, (char *)to + got, most - got);
        if (n == -EINTR)
            continue;
        if (n <= 0)
            return n ? n : -ECONNRESET;
        got += (size_t)n;
    }
    return (long)got;
}

void channel_close(struct channel *c)
{
    sys_close(c->in);
    if (c->out != c->in)
        sys_close(c->out);
    if (c->keep >= 0)
        sys_close(c->keep);
}
