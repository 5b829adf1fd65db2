package engine

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"rampart/engine/wire"
	"rampart/shellparse"
)

// agentStart is the agent's own start once it was judged. The library in the
// agent sees that start too, and would have it judged, and asked about, again.
type agentStart struct {
	next atomic.Pointer[started]
	argv atomic.Pointer[[]string] // what the agent was started with
}

type started struct {
	file string
	argv []string
}

// expect remembers what is about to be started.
func (s *agentStart) expect(file string, argv []string, rewrites []shellparse.Rewrite) {
	argv = rewritten(argv, rewrites)
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real // as the kernel names what runs
	}
	s.next.Store(&started{file, argv})
	s.argv.Store(&argv)
}

// rewritten returns argv with what was judged in place of what was given.
func rewritten(argv []string, rewrites []shellparse.Rewrite) []string {
	if len(rewrites) == 0 {
		return argv
	}
	argv = slices.Clone(argv)
	for _, rw := range rewrites {
		argv[rw.Index] = rw.Text
	}
	return argv
}

// is reports whether r is that start, which happens once and first of all: a
// child of this very process, this very file with this very argv.
func (s *agentStart) is(r *wire.Request) bool {
	next := s.next.Swap(nil)
	return next != nil && r.Layer == wire.Constructor && r.PPID == os.Getpid() &&
		r.Path == next.file && slices.Equal(next.argv, r.Argv)
}
