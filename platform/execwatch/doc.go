// Package execwatch holds every program that the kernel starts in a tree of
// processes before its first instruction, and lets it run or ends it.
//
// The tree is started through a keeper (preload/c/keep.h), a small process
// between the caller and the tree. It has a seccomp filter that stops the tree's
// tasks at execve and execveat until it answers (seccomp_unotify(2)). What stands
// in the caller's memory then is no evidence: another thread may change it. So
// the keeper attaches to the task by ptrace, lets the system call go on, and
// looks at what came of it, at the exec event: the file that runs, its arguments,
// its environment. There is nothing to race, as the memory is new and the program
// has not begun. What the engine has permitted in advance is let go at once, and
// told later; about the rest the keeper asks over a socket, to whose other end
// this package is.
//
// The tree lives no longer than its keeper, nor the keeper than who started it.
package execwatch

import (
	"errors"
	"os"
)

// Exec is a program that was put in place of another one and waits for a
// verdict. It may be a script's interpreter: then the script is among Argv.
type Exec struct {
	PID, UID      int
	Device, Inode uint64 // of the file that runs
	Changed       int64  // when that file was last touched, in nanoseconds since 1970 (ctime)
	Argv, Environ []string
	Cwd           string // "" if it has no name, or can't be read

	proc                    string // its directory below /proc
	preloads, preloadsKnown bool
}

// Passed is a program that was let run as it asked what was permitted.
type Passed struct {
	PID, PPID int
	Linked    bool   // it has a dynamic linker
	Note      []byte // in the format of engine/wire; it holds during the call only
}

// Options say how a tree is started and watched.
type Options struct {
	Launcher   string // the keeper's program
	File       string // of the tree's first process
	Argv       []string
	Attr       os.ProcAttr // its Sys stays nil
	NoNewPrivs bool        // set no_new_privs before: who has no rights may install a filter then
	Terminal   bool        // give it a session, with its descriptor 0 as the terminal

	// Known is asked first, and must answer at once: others wait for it. What it
	// reports true of runs.
	Known func(*Exec) bool
	// Handler says whether a program may run, and if not what is to be told on its
	// standard error. It may be called many times at once, and may take its time:
	// only the program waits.
	Handler func(*Exec) (run bool, message string)
	// Passed is told of what was permitted, a moment later, in order.
	Passed func(*Passed)
	// Trouble is told of a program that could not be held, and why.
	Trouble func(pid int, err error)
	// FailOpen lets run what can't be held; else it is refused.
	FailOpen bool
}

// FilterError is why there is no filter, and so no tree.
type FilterError struct{ Err error }

func (e *FilterError) Error() string { return "can't install the exec filter: " + e.Err.Error() }
func (e *FilterError) Unwrap() error { return e.Err }

// ErrKilled is what Wait returns if the keeper came to its end before the tree's
// first process: then all of the tree is killed.
var ErrKilled = errors.New("the process that keeps watch over the session's programs was killed, and so were they; start a new session")
