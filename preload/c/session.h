/* A session's directory and what lies in it. The Go side is preload/install.go
 * and engine/wire, held to these names by a test. */
#ifndef RAMPART_SESSION_H
#define RAMPART_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_SOCKET "sock"
#define SESSION_LIBRARY "librampart.so"
#define SESSION_REFUSED "rampart-refused" /* what a refused exec becomes */
#define SESSION_LAUNCH "rampart-launch"   /* starts the agent under the kernel layer */
#define SESSION_HEIR "rampart-heir"       /* counts what is lost if the guard is killed */
#define SESSION_SHELLS "bin"              /* the substitute shells */
#define SESSION_REAL "real"               /* links to the shells they stand for */
/* Preloaded under this name, no engine means no refusal. A name, not a switch in
 * a file: programs can't change what is put back into their environment. */
#define SESSION_LIBRARY_OPEN "librampart-open.so"
#define SESSION_RENDEZVOUS "rendezvous"   /* the socket behind inherited descriptors */
#define SESSION_PASSES "passes"           /* their inodes, each an empty file */
#define SESSION_TRACED "traced"           /* there once a process has traced another */

/* A socket's address has 108 bytes, and the socket is in the directory. */
#define SESSION_DIR_MAX 96
#define SESSION_PATH_MAX 128

#define EXIT_REFUSED 126

/* Written once, before main. */
struct session {
    bool active;
    char dir[SESSION_DIR_MAX];      /* absolute, without a slash at the end */
    char library[SESSION_PATH_MAX]; /* of the library; "" if the session has none */
    bool fails_open;
    bool files;          /* what this process does to files is judged */
    uint64_t stamp[4];   /* identifies the library's file */
    uint64_t refused[4]; /* and the stub's */
    long engine;         /* process that answers; 0 if the directory's name tells none */
};

/* Finds the session by its library, the first entry of such a name in an
 * LD_PRELOAD; NULL is none. */
bool session_find(struct session *s, const char *preload);

/* Whether the library's file still is what session_find found: without it,
 * what is started next would not be guarded. */
bool session_intact(const struct session *s);

/* This process lets itself do less from now on. */
void session_confine(void);

/* When the session began, in nanoseconds, as its file system tells of the library's file. */
uint64_t session_began(const struct session *s);

/* The same of the stub that a refused exec becomes. */
bool session_stub_intact(const struct session *s);

/* Returns false, and leaves s inactive, if dir can't be a session's. */
bool session_set(struct session *s, const char *dir, size_t length);

/* The path of a file in the session's directory; name1 may be NULL. */
void session_path(const struct session *s, char path[SESSION_PATH_MAX], const char *name,
                  const char *name1);

/* Remembers that processes trace others, which can take the library out of what they start. Returns
 * -errno if that can't be done. */
long session_set_traced(const struct session *s);

/* Whether none has yet. */
bool session_untraced(const struct session *s);

#endif
