package engine

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"rampart/engine/wire"
	"rampart/platform"
	"rampart/shellparse"
)

// agentStart is the agent's own start once it was judged. The library in the
// agent sees that start too, and would have it judged, and asked about, again.
type agentStart struct {
	next   atomic.Pointer[started]
	keeper atomic.Int64             // its number, once it is known
	argv   atomic.Pointer[[]string] // what the agent was started with
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

// isStart reports whether r is the agent's own start, which happens once and
// first of all: by whoever starts the agent, this very file with this very argv.
func (e *Engine) isStart(r *wire.Request) bool {
	next := e.start.next.Swap(nil)
	return next != nil && r.Layer == wire.Constructor && r.PPID == e.above(r.PPID) &&
		r.Path == next.file && slices.Equal(next.argv, r.Argv)
}

// above returns the parent of the agent of which pid is a descendant, or the
// parent itself: this process or, with the kernel layer, the keeper that it has
// started by way of one that stands by.
func (e *Engine) above(pid int) int {
	own := os.Getpid()
	if !e.cfg.Witnessed {
		return own
	}
	if keeper := e.start.keeper.Load(); keeper != 0 {
		return int(keeper)
	}
	keeper, standby := 0, 0
	for n := 0; pid > 1 && pid != own && n < maxAncestors; n++ {
		keeper, standby, pid = standby, pid, platform.ParentOf(pid)
	}
	if pid != own || keeper == 0 {
		return own
	}
	e.start.keeper.Store(int64(keeper))
	return keeper
}

// maxAncestors bounds the walk up from a process.
const maxAncestors = 256
