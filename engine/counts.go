package engine

import (
	"sync"
	"time"
)

// maxTicks bounds what is kept of the Calls of one tool. The latest half are
// exact; older ones are put together, so that some count longer than they
// should, and none shorter.
const maxTicks = 2048

// maxCounted bounds the tools that are counted one by one. Further ones share
// one count.
const maxCounted = 256

// maxInside bounds the processes known to be part of a counted command.
const maxInside = 8192

// counts are the Calls of a session by tool. Safe for concurrent use.
type counts struct {
	mu     sync.Mutex
	tools  map[string][]tick
	inside map[int]bool // processes of commands that were counted as a whole
	recent []int        // the same, the oldest first
}

// tick stands for n Calls, the last of which was made then.
type tick struct {
	at time.Time
	n  int
}

// add counts a Call.
func (c *counts) add(tool string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tools == nil {
		c.tools = map[string][]tick{}
	}
	tool = c.named(tool)
	t := append(c.tools[tool], tick{now, 1})
	if len(t) > maxTicks {
		const half = maxTicks / 2
		for i := range half / 2 {
			t[i] = tick{t[2*i+1].at, t[2*i].n + t[2*i+1].n}
		}
		t = append(t[:half/2], t[half:]...)
	}
	c.tools[tool] = t
}

func (c *counts) named(tool string) string {
	if _, ok := c.tools[tool]; !ok && len(c.tools) >= maxCounted {
		return ""
	}
	return tool
}

// within returns how many Calls of a tool were made in the window before now.
func (c *counts) within(tool string, window time.Duration, now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	since, n := now.Add(-window), 0
	t := c.tools[c.named(tool)]
	for i := len(t) - 1; i >= 0 && t[i].at.After(since); i-- {
		n += t[i].n
	}
	return n
}

// part reports whether a process is part of a command that was counted as a
// whole: its parent runs that command, or is part of it. A process that is
// about to run a command text of its own is such a part for those below it.
func (c *counts) part(pid, parent int, text bool) bool {
	if pid <= 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	part := c.inside[parent] || c.inside[pid] && !text
	if (part || text) && !c.inside[pid] {
		if c.inside == nil {
			c.inside = map[int]bool{}
		}
		c.inside[pid] = true
		if c.recent = append(c.recent, pid); len(c.recent) > maxInside {
			delete(c.inside, c.recent[0])
			c.recent = c.recent[1:]
		}
	}
	return part
}
