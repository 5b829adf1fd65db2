#include "mark.h"

#include "env.h"
#include "sys.h"
#include "text.h"

#define SCRIPT_LEVELS 5 /* of interpreters that are scripts; two words each */

/* All but argv[0], which a script does not see. */
static uint64_t hash_call(const char *name, char *const *rest, const char *cwd)
{
    uint64_t h = text_hash(text_hash(TEXT_HASH_START, name), cwd);

    for (; *rest; rest++)
        h = text_hash(h, *rest);
    return h;
}

static size_t count(char *const *list)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    return n;
}

static void write_value(struct text *t, char whose, long pid, size_t argc, uint64_t call,
                        uint64_t zeroth)
{
    text_add_bytes(t, &whose, 1);
    text_add_number(t, pid);
    text_add(t, ":");
    text_add_number(t, (long)argc);
    text_add(t, ":");
    text_add_hex(t, call);
    text_add_hex(t, zeroth);
}

/* The number behind a colon; 0 if there is none. */
static size_t number(const char *colon)
{
    size_t n = 0;

    for (const char *p = colon ? colon + 1 : ""; *p >= '0' && *p <= '9' && n < 1u << 24; p++)
        n = n * 10 + (size_t)(*p - '0');
    return n;
}

static char *const nothing[] = {NULL};

static char kind(enum mark_whose whose, bool ahead)
{
    if (whose == MARK_SELF)
        return ahead ? MARK_AHEAD : 's';
    return ahead ? MARK_AHEAD_OF_PARENT : MARK_OF_PARENT;
}

static bool is_ahead(const char *value)
{
    return value[0] == MARK_AHEAD || value[0] == MARK_AHEAD_OF_PARENT;
}

void mark_write(char *mark, size_t size, enum mark_whose whose, long pid, const char *name,
                char *const *argv, const char *cwd, int awaited, bool by_descriptor)
{
    size_t argc = count(argv);
    struct text t;

    text_start(&t, mark, size);
    text_add(&t, ENV_MARK);
    write_value(&t, kind(whose, awaited >= 0), pid, argc,
                hash_call(name, argc ? argv + 1 : nothing, cwd),
                text_hash(TEXT_HASH_START, argc ? argv[0] : ""));
    if (awaited >= 0) {
        text_add(&t, ":");
        text_add_number(&t, awaited);
    }
    if (by_descriptor) {
        text_add(&t, ":");
        text_add(&t, name);
    }
}

/* The n-th colon of a value; NULL if it has not so many. */
static const char *colon(const char *value, int n)
{
    const char *p = text_find(value, ':');

    while (p && --n)
        p = text_find(p + 1, ':');
    return p;
}

int mark_awaited(const char *value)
{
    return is_ahead(value) ? (int)number(colon(value, 3)) : -1;
}

const char *mark_name(const char *value)
{
    const char *p = is_ahead(value) ? colon(value, 4) : NULL;

    return p ? p + 1 : NULL;
}

/* How many arguments were judged. */
static size_t judged_count(const char *value)
{
    return number(text_find(value, ':'));
}

bool mark_valid(const char *value, const char *name, char *const *argv, const char *cwd)
{
    char expected[MARK_MAX];
    struct text t;
    size_t argc = count(argv), judged = judged_count(value);
    char *const *rest = argv + argc;
    const char *zeroth = argc ? argv[0] : "";

    /* A program started with no argument at all is given an empty one. */
    if (judged > argc || argc - judged > 2 * SCRIPT_LEVELS || (!judged && !argc))
        return false;
    rest -= judged ? judged - 1 : 0;
    if (argc > (judged ? judged : 1)) {
        /* A script: its name stands where its argv[0] was, and the words
         * before it are the kernel's, from the script's first line. */
        if (!text_equal(rest[-1], name) || is_ahead(value))
            return false;
        zeroth = NULL;
    }

    text_start(&t, expected, sizeof expected);
    const bool of_parent = value[0] == MARK_OF_PARENT || value[0] == MARK_AHEAD_OF_PARENT;
    write_value(&t, kind(of_parent ? MARK_PARENT : MARK_SELF, is_ahead(value)),
                of_parent ? sys0(SYS_getppid) : sys0(SYS_getpid), judged,
                hash_call(name, rest, cwd), zeroth ? text_hash(TEXT_HASH_START, zeroth) : 0);
    if (!zeroth) { /* everything but the last hash must agree */
        size_t n = text_length(expected) - 16;
        expected[n] = 0;
        return text_length(value) == n + 16 && text_starts(value, expected);
    }
    if (is_ahead(value)) /* a descriptor follows, and perhaps a name */
        return text_starts(value, expected) && value[text_length(expected)] == ':';
    return text_equal(value, expected);
}

size_t mark_before(const char *value, char *const *argv)
{
    const size_t judged = judged_count(value);

    return count(argv) - (judged ? judged : 1);
}
