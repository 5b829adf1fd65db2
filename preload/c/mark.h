/* The mark of having been judged: tells the library's constructor that this
 * very program, in this very process, with these very arguments, was asked
 * about before the exec. It names the process and hashes what was judged, so
 * a mark that is merely inherited is worth nothing.
 *
 * It is no proof against a program that sets out to forge it: whoever can
 * exec by raw system calls can also compute a hash. */
#ifndef RAMPART_MARK_H
#define RAMPART_MARK_H

#include <stdbool.h>
#include <stddef.h>

#define MARK_MAX 96
#define MARK_OF_PARENT 'p' /* with what a mark begins that names the parent */
#define MARK_AHEAD 'a'     /* and one whose answer is still to come */
#define MARK_AHEAD_OF_PARENT 'b'

enum mark_whose {
    MARK_SELF,  /* the process that execs keeps its number */
    MARK_PARENT /* posix_spawn: the number isn't known yet, the parent's is */
};

/* pid is this process's. name is what AT_EXECFN will be: the path as given to exec.
 * awaited is the descriptor by which the answer will come, -1 if it is there. With by_descriptor
 * the program is started by another name, and is to have this one when it begins. */
void mark_write(char *mark, size_t size, enum mark_whose whose, long pid, const char *name,
                char *const *argv, const char *cwd, int awaited, bool by_descriptor);

/* The descriptor by which the answer to a valid mark will come; -1 if it was there. */
int mark_awaited(const char *value);

/* The name that it is to have; NULL if that is the one by which it was started. */
const char *mark_name(const char *value);

/* argv is what the program was started with: for a script the kernel has put
 * the interpreter and its option before the script's name. */
bool mark_valid(const char *value, const char *name, char *const *argv, const char *cwd);

/* How many words of a script with a valid mark the kernel has put before its name; 0 if
 * it is none. */
size_t mark_before(const char *value, char *const *argv);

#endif
