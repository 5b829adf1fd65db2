/* How the agent is started under the kernel layer. */
#ifndef RAMPART_LAUNCH_H
#define RAMPART_LAUNCH_H

/* argv is "FD" and letters (n: set no_new_privs first; t: make descriptor 0 the
 * agent's terminal), the agent's file, the agent's own argv. Over FD goes what
 * keep.h says. Three processes come of it: this one, which stands by; its child,
 * the keeper; and the keeper's, the agent. */
int launch(char **argv, char **envp);

#endif
