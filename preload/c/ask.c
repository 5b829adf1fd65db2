#include "ask.h"

#include <errno.h>
#include <sys/socket.h>

#include "channel.h"
#include "sys.h"
#include "wire.h"

static long channel_sink(void *to, struct iovec *iov, size_t n)
{
    return channel_send(to, iov, n);
}

/* The answer, read in one go where it fits. */
static long receive(struct channel *c, struct verdict *v, size_t argc)
{
    unsigned char *message = v->room;
    long got = channel_receive(c, v->room, WIRE_REPLY_HEADER, sizeof v->room);
    size_t size;

    if (got < 0)
        return got;
    if (!(size = codec_answer_size(v->room)) || size < (size_t)got)
        return -EPROTO;
    if (size > sizeof v->room) {
        if (!(message = sys_map(size)))
            return -ENOMEM;
        v->map = message;
        v->map_size = size;
        for (long i = 0; i < got; i++)
            message[i] = v->room[i];
    }
    if (size > (size_t)got) {
        size_t rest = size - (size_t)got;
        long rc = channel_receive(c, message + got, rest, rest);
        if (rc < 0)
            return rc;
    }
    return codec_read_answer(&v->answer, message, size, argc) ? 0 : -EPROTO;
}

static const char *error_name(long error)
{
    static const struct {
        long error;
        char name[16];
    } names[] = {
        {-ENOENT, "ENOENT"},         {-ECONNREFUSED, "ECONNREFUSED"}, {-ECONNRESET, "ECONNRESET"},
        {-EPIPE, "EPIPE"},           {-EACCES, "EACCES"},             {-EPERM, "EPERM"},
        {-EMFILE, "EMFILE"},         {-ENFILE, "ENFILE"},             {-EPROTO, "EPROTO"},
        {-ENOMEM, "ENOMEM"},         {-ETIMEDOUT, "ETIMEDOUT"},       {-ENOSYS, "ENOSYS"},
        {-EAFNOSUPPORT, "EAFNOSUPPORT"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].error == error)
            return names[i].name;
    return NULL;
}

/* What went wrong, and what a person can do about it. */
static const char *explanation(long error)
{
    switch (error) {
    case -ENOENT:
    case -ECONNREFUSED:
        return "the Rampart session it belongs to has ended; start a new one with `rampart wrap`";
    case -ECONNRESET:
    case -EPIPE:
        return "Rampart's engine went away before it answered; start a new session";
    case -EPERM:
    case -EACCES:
    case -ENOSYS:
    case -EAFNOSUPPORT:
        return "a sandbox keeps it from reaching Rampart's engine; "
               "let the sandbox pass Unix sockets, or keep inherited descriptors open";
    case -EMFILE:
    case -ENFILE:
        return "no descriptor is left to reach Rampart's engine; raise the limit (ulimit -n)";
    case -EPROTO:
        return "Rampart's engine and library don't understand each other; "
               "start a new session (were they built from one version?)";
    }
    return "Rampart's engine can't be reached";
}

static void unreachable(const struct session *s, const struct question *q, struct verdict *v,
                        long error)
{
    struct text t;
    const char *name = error_name(error);

    ask_done(v);
    v->answer = (struct answer){.path = "", .message = (const char *)v->room};
    v->answer.allow = s->fails_open;

    text_start(&t, (char *)v->room, sizeof v->room);
    text_add(&t, "rampart: refused: ");
    text_add_bytes(&t, q->path, text_length(q->path) < 512 ? text_length(q->path) : 512);
    text_add(&t, " was not run, because ");
    text_add(&t, explanation(error));
    text_add(&t, " (");
    if (name)
        text_add(&t, name);
    else
        text_add_number(&t, -error);
    text_add(&t, ")");
}

static size_t count(char *const *list)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    return n;
}

void ask(const struct session *s, const struct question *q, struct verdict *v)
{
    struct channel c;
    long rc;

    v->map = NULL;
    v->awaited = -1;
    if ((rc = channel_open(&c, s)) >= 0) {
        rc = codec_send_question(q, channel_sink, &c);
        /* An engine that refuses early has answered even if sending failed. */
        if (rc >= 0 || rc == -EPIPE || rc == -ECONNRESET)
            rc = receive(&c, v, count(q->argv));
        channel_close(&c);
    }
    v->answered = rc >= 0;
    if (rc < 0)
        unreachable(s, q, v, rc);
}

bool ask_ahead(const struct session *s, const struct question *q, struct verdict *v)
{
    struct channel c;

    if (channel_open(&c, s) < 0)
        return false;
    if (channel_inherit(&c) < 0 || codec_send_question(q, channel_sink, &c) < 0) {
        channel_close(&c);
        return false;
    }
    v->answer = (struct answer){.allow = true, .message = "", .path = ""};
    v->map = NULL;
    v->awaited = c.in;
    v->answered = false;
    return true;
}

void ask_await(const struct session *s, const struct question *q, int fd, struct verdict *v)
{
    struct channel c;
    long rc = channel_take(&c, s, fd);

    v->map = NULL;
    v->awaited = -1;
    if (rc >= 0) {
        rc = receive(&c, v, count(q->argv));
        channel_close(&c);
    }
    v->answered = rc >= 0;
    if (rc < 0)
        unreachable(s, q, v, rc);
}

/* The descriptor that comes with an answer, which is short. */
static long receive_descriptor(struct channel *c)
{
    unsigned char answer[WIRE_REPLY_HEADER + 2];
    struct iovec data = {answer, sizeof answer};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    long n;

    do {
        n = sys3(SYS_recvmsg, c->in, &m, MSG_CMSG_CLOEXEC);
    } while (n == -EINTR);
    if (n < 0)
        return n;
    const struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS ||
        h->cmsg_len != CMSG_LEN(sizeof(int)))
        return -EPROTO;
    return *(const int *)CMSG_DATA(h);
}

static long ask_descriptor(const struct session *s, char *const *argv)
{
    const struct env nothing = {0};
    struct question q = {.layer = WIRE_LAYER_FILES, .path = "", .cwd = "", .argv = argv, .env = &nothing,
                         .pid = sys0(SYS_getpid), .ppid = sys0(SYS_getppid)};
    struct channel c;
    long rc = channel_open(&c, s);

    if (rc < 0)
        return rc;
    rc = codec_send_question(&q, channel_sink, &c);
    if (rc >= 0)
        rc = c.is_socket ? receive_descriptor(&c) : -EPROTO;
    channel_close(&c);
    return rc;
}

long ask_memory(const struct session *s)
{
    return ask_descriptor(s, NULL);
}

long ask_ring(const struct session *s)
{
    char which[] = "n", *const argv[] = {which, NULL};

    return ask_descriptor(s, argv);
}

void ask_done(struct verdict *v)
{
    if (v->map)
        sys_unmap(v->map, v->map_size);
    v->map = NULL;
}
