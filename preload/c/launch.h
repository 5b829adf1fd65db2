/* How the agent is started under the kernel layer. */
#ifndef RAMPART_LAUNCH_H
#define RAMPART_LAUNCH_H

/* argv is "FD" or "FDn" (n: set no_new_privs first), the agent's file, the
 * agent's own argv. Installs the exec filter, sends its listener over FD, waits
 * there for a byte, and becomes the agent. What fails is sent over FD as an
 * int, the errno; a close without it means that the agent runs. */
int launch(char **argv, char **envp);

#endif
