// Package execwatch holds every program that the kernel starts in a tree of
// processes before its first instruction, and lets it run or ends it.
//
// The tree's first process has installed a seccomp filter that stops its tasks
// at execve and execveat until a supervisor answers (seccomp_unotify(2)). What
// stands in the caller's memory then is no evidence: another thread may change
// it. So the supervisor attaches to the task by ptrace, lets the system call go
// on, and looks at what came of it, at the exec event: the file that runs, its
// arguments, its environment. There is nothing to race, as the memory is new
// and the program has not begun. Then it detaches.
package execwatch

// Exec is a program that was put in place of another one and waits for a
// verdict. It may be a script's interpreter: then the script is among Argv.
type Exec struct {
	PID, UID      int    // its user is who runs it, whatever rights the file gives
	Device, Inode uint64 // of the file that runs
	Changed       int64  // when that file was last touched, in nanoseconds since 1970 (ctime)
	Argv, Environ []string
	Cwd           string // "" if it has no name, or can't be read

	proc                    string // its directory below /proc
	preloads, preloadsKnown bool
}

// Handler says whether a program may run, and if not what is to be told on its
// standard error. It may be called many times at once, and may take its time:
// only the program waits.
type Handler func(*Exec) (run bool, message string)

// Options say how a Watcher works.
type Options struct {
	Handler Handler
	// Known, if there is one, is asked first, and must answer at once: whoever
	// starts something next may have to wait for it. What it reports true of runs.
	Known func(*Exec) bool
	// Trouble is told of a program that could not be held, and why.
	Trouble func(pid int, err error)
	// FailOpen lets run what can't be held; else it is refused.
	FailOpen bool
}
