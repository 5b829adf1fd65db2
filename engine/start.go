package engine

import (
	"os"
	"slices"
	"sync/atomic"

	"rampart/engine/wire"
	"rampart/shellparse"
)

// agentStart is the agent's own start once it was judged. The library in the
// agent sees that start too, and would have it judged, and asked about, again.
type agentStart struct{ argv atomic.Pointer[[]string] }

// expect remembers what is about to be started.
func (s *agentStart) expect(argv []string, rewrites []shellparse.Rewrite) {
	argv = slices.Clone(argv)
	for _, rw := range rewrites {
		argv[rw.Index] = rw.Text
	}
	s.argv.Store(&argv)
}

// is reports whether r is that start, which happens once: a child of this very
// process with this very argv.
func (s *agentStart) is(r *wire.Request) bool {
	argv := s.argv.Load()
	return argv != nil && r.PPID == os.Getpid() && slices.Equal(*argv, r.Argv) && s.argv.CompareAndSwap(argv, nil)
}
