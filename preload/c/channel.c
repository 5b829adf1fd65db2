#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sys.h"
#include "text.h"

#define PIPE_PATIENCE_MS 10000 /* a live engine empties a pipe at once */

/* A full descriptor table must not make a guarded program fail where a bare
 * one succeeds: the soft limit is raised for the moment of asking. */
static long make_socket(void)
{
    struct rlimit old, room;
    long fd = sys3(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd != -EMFILE || sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &old) < 0)
        return fd;
    room = old;
    room.rlim_cur = old.rlim_cur + 8 < old.rlim_max ? old.rlim_cur + 8 : old.rlim_max;
    sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &room, NULL);
    fd = sys3(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &old, NULL);
    return fd;
}

static void use_socket(struct channel *c, int fd)
{
    c->in = c->out = fd;
    c->keep = -1;
    c->is_socket = 1;
}

static long connect_to(struct channel *c, const struct session *s)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct text t;
    long fd, rc;

    text_start(&t, name.sun_path, sizeof name.sun_path);
    text_add(&t, s->dir);
    text_add(&t, "/" SESSION_SOCKET);
    if ((fd = make_socket()) < 0)
        return fd;
    do {
        rc = sys3(SYS_connect, fd, &name, sizeof name);
    } while (rc == -EINTR);
    if (rc < 0) {
        sys_close((int)fd);
        return rc;
    }
    use_socket(c, (int)fd);
    return 0;
}

/* Reads "FD DEVICE INODE" and makes sure that FD still is that socket: the
 * number may have been closed and used anew. */
static int rendezvous(const struct session *s)
{
    char path[SESSION_PATH_MAX], line[80];
    unsigned long long field[3] = {0};
    struct stat st;
    long fd, n;

    session_path(s, path, SESSION_RENDEZVOUS, NULL);
    if ((fd = sys_open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return -1;
    n = sys3(SYS_read, fd, line, sizeof line);
    sys_close((int)fd);
    for (long i = 0, f = 0; i < n && f < 3; i++) {
        if (line[i] >= '0' && line[i] <= '9')
            field[f] = field[f] * 10 + (unsigned)(line[i] - '0');
        else
            f++;
    }
    if (sys2(SYS_fstat, field[0], &st) < 0 || !S_ISSOCK(st.st_mode))
        return -1;
    return st.st_dev == field[1] && st.st_ino == field[2] ? (int)field[0] : -1;
}

void channel_keep(const struct session *s)
{
    long flags = sys3(SYS_fcntl, SESSION_RENDEZVOUS_FD, F_GETFD, 0);

    if (flags > 0 && (flags & FD_CLOEXEC) && rendezvous(s) == SESSION_RENDEZVOUS_FD)
        sys3(SYS_fcntl, SESSION_RENDEZVOUS_FD, F_SETFD, flags & ~FD_CLOEXEC);
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
    long rc = connect_to(c, s);
    int through;

    /* Gone is gone; anything else may be a filter's doing. */
    if (rc >= 0 || rc == -ECONNREFUSED || rc == -ENOENT)
        return rc;
    if ((through = rendezvous(s)) < 0)
        return rc;
    if (pass_socket(c, through) >= 0 || pass_pipes(c, through) >= 0)
        return 0;
    return rc;
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
