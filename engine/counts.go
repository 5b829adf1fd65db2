package engine

import (
	"sync"
	"time"
)

// maxTicks bounds the ticks of one size. So many of the latest Calls of a tool
// are known one by one; older ones are put together, two, four, eight at a
// time: of them some count a little longer than they should, and none shorter.
const maxTicks = 512

// maxCounted bounds the tools that are counted one by one. Further ones share
// one count.
const maxCounted = 256

// maxInside bounds the processes known to be part of a counted command.
const maxInside = 8192

// counts are the Calls of a session by tool. Safe for concurrent use.
type counts struct {
	mu     sync.Mutex
	tools  map[string]history
	inside map[int]bool // processes of commands that were counted as a whole
	recent []int        // the same, the oldest first
}

// history is when the Calls of one tool were made: the ticks at index i stand
// for 2^i Calls each, the oldest first.
type history [][]time.Time

// add counts a Call. A tick bears the time of the last Call that it stands for.
func (c *counts) add(tool string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tools == nil {
		c.tools = map[string]history{}
	}
	tool = c.named(tool)
	h := c.tools[tool]
	for i := 0; ; i++ {
		if i == len(h) {
			h = append(h, nil)
		}
		if h[i] = append(h[i], now); len(h[i]) <= maxTicks {
			break
		}
		now = h[i][1]
		h[i] = h[i][2:]
	}
	c.tools[tool] = h
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
	for i, ticks := range c.tools[c.named(tool)] {
		for k := len(ticks) - 1; k >= 0 && ticks[k].After(since); k-- {
			n += 1 << i
		}
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
