// Package wrap runs an agent in a guarded session: it sets the session's
// layers up (substitute shell, PATH shims, preload library, engine and socket),
// starts the agent on a PTY or on the caller's own descriptors, passes signals
// and the exit status through, asks the owner on the terminal, and takes
// everything down again.
//
// The agent never starts without its layers: what can't be set up is an error
// before anything runs.
package wrap
