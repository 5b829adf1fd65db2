package wire

import "context"

// Layer is the part of Rampart that asks.
type Layer string

// The layers that talk over the wire.
const (
	// Shell is the substitute shell: Argv is a shell's, Path the real shell.
	Shell Layer = "shell"
	// Preload is the library in the process that is about to exec.
	Preload Layer = "preload"
	// Constructor is the library in a process that has been exec'ed already,
	// unseen by the other layers, and has not run its first instruction. Path
	// is what the kernel runs: for a script its interpreter.
	Constructor Layer = "constructor"
	// Files is the library in a process that is about to open, change or remove
	// files. Argv says which: see FileOf. Without any, the process wants the
	// memory of the session's permits and table of files, which it has lost.
	Files Layer = "files"
)

// layerCodes are the bytes that stand for the layers. Zero is never sent.
var layerCodes = [...]Layer{1: Shell, 2: Preload, 3: Constructor, 4: Files}

// Request is one exec that wants to happen.
type Request struct {
	Layer Layer

	PID  int // from the kernel
	UID  int // from the kernel
	PPID int // of PID; 0 if it is gone
	// Child says that not PID itself starts the program but a child that it is
	// about to have (posix_spawn).
	Child bool
	// Ahead says that PID does not wait: the program does, before its first instruction.
	// Unless it is a Child, PID becomes it: what PID was can't be told any more.
	Ahead bool
	// Processor is the one on which an asker that does not wait runs; -1: not told.
	Processor int

	// Path is the file given to exec, after a search of PATH; as given, so it
	// may be relative to Cwd. A descriptor and names under /proc are resolved.
	Path string
	// Argv is as given; it may be empty, and Argv[0] is the caller's choice.
	Argv []string
	// Environ is the new program's, without what Rampart puts there.
	Environ []string
	// Cwd is the working directory, "" if it has no name (deleted, unreachable).
	Cwd string

	conn *conn
	body []byte
}

// Context is cancelled when the asking process is gone or the server closes.
// The first call costs some microseconds: for handlers that wait for a person.
func (r *Request) Context() context.Context {
	if r.conn == nil {
		return context.Background()
	}
	return r.conn.watch()
}

// Action is the answer in short.
type Action uint8

// The answers. The zero Action is none of them, and counts as Deny.
const (
	Allow Action = 1
	Deny  Action = 2
)

// Reply is the answer to a Request. A nil Reply denies.
type Reply struct {
	Action Action
	// Message is shown on the refused command's stderr. Cut at MaxMessage.
	Message string
	// Path, if not empty, is executed instead of the Request's.
	Path string
	// Rewrites replace words of Argv.
	Rewrites []Rewrite
	// Again has the new program ask about itself once it is there: what it is
	// given to read is not known before.
	Again bool
	// Standing, if not nil, may let the very same question be answered with Allow,
	// without asking, for a moment longer. It is called once the answer is on its
	// way, and returns nil if that must not be. For an Allow without Path and
	// Rewrites only. Needs WithPermits.
	Standing func() *Standing
}

// Standing is an answer that processes may repeat to themselves.
type Standing struct {
	File   FileID // the program's
	Permit uint32 // from [Permits.Next]: what their notes say of it
	Era    uint64 // [Permits.Era] before it was judged
}

// Rewrite replaces Argv[Index] by Text.
type Rewrite struct {
	Index int
	Text  string
}
