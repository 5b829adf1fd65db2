// Package preload is the layer inside the agent's processes: a C library that
// asks the engine before every exec, and a static program that stands in for
// the shells and prints refusals. The C is in c/; this package builds it,
// carries it in the binary, and lays it out in a session's directory.
//
// In a session's directory are
//
//	sock, rendezvous   the ways to the engine (engine/wire)
//	librampart.so      the library, in LD_PRELOAD of every process
//	rampart-refused    what a refused exec becomes
//	bin/NAME           the substitute for the shell NAME
//	real/NAME          a link to that shell
//
// The library is called librampart-open.so in a session where an engine out of
// reach does not refuse. passes/ says which inherited descriptors lead to the
// engine.
//
// The C side finds all of it from its own path: LD_PRELOAD is the only
// variable a process needs. What must hold there is said in c/judge.h (no
// global, lock or allocation between fork and exec) and c/mark.h (who was
// judged already).
package preload
