/* Programs that are started ahead of the answer: the question is sent, the
 * program is put in place while the engine judges, and the library's constructor
 * waits there for the answer. What an exec costs by itself is then not added to what the
 * judgement costs.
 *
 * It is for programs only that are sure to come up with the library, and to run
 * nothing before it: the system's, and those that the engine has looked at. The latter's
 * files others may replace at any time, so they are started by a descriptor. */
#ifndef RAMPART_AHEAD_H
#define RAMPART_AHEAD_H

#include "judge.h"

/* Whether it may be done with this program, of this environment; memory is where permits
 * are mapped, or NULL. *by is the descriptor to start it by, for the caller to close, or AHEAD_BY_NAME. */
bool ahead_possible(const struct session *s, const struct attempt *a, const struct env *env,
                    const unsigned char *memory, int *by);

/* The name of a descriptor, for who can't start a program by that itself. */
#define AHEAD_LINK 40
void ahead_link(char link[AHEAD_LINK], int by);

#endif
