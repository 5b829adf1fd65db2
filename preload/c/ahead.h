/* Programs that are started ahead of the answer: the question is sent, the
 * program is put in place while the engine judges, and the library's constructor
 * waits there for the answer. What an exec costs by itself is then not added to what the
 * judgement costs.
 *
 * It is for programs only that are sure to come up with the library, and to run
 * nothing before it. */
#ifndef RAMPART_AHEAD_H
#define RAMPART_AHEAD_H

#include "judge.h"

/* Whether it may be done with this program, of this environment. */
bool ahead_possible(const struct session *s, const struct attempt *a, const struct env *env);

#endif
