package engine

import (
	"fmt"
	"sync"
	"time"

	"rampart/audit"
	"rampart/policy"
)

// gap counts commands that ran though their record could not be written: those
// that a process was let to repeat, and all of them where the owner chose that
// the agent goes on.
type gap struct {
	mu    sync.Mutex
	n     int
	all   int // also those that a record has told of by now
	since time.Time
	why   string
}

func (g *gap) add(why error, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n == 0 {
		g.since, g.why = now, why.Error()
	}
	g.n++
	g.all++
}

// Unrecorded says which commands ran without a record, "" if there were none.
func (e *Engine) Unrecorded() string {
	g := &e.gap
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == 0 {
		return ""
	}
	return fmt.Sprintf("%d commands ran that are not in the audit trail, which could not be written: %s", g.all, g.why)
}

// recordOrGap writes a record, or counts one that could not be. The first that
// can be written again is followed by one that says how many are missing.
func (e *Engine) recordOrGap(c *policy.Call, o *Outcome, start time.Time) error {
	err := e.record(c, o, start)
	e.gap.mu.Lock()
	n, since, why := e.gap.n, e.gap.since, e.gap.why
	if err == nil {
		e.gap.n = 0
	}
	e.gap.mu.Unlock()
	if err == nil && n > 0 {
		e.cfg.Audit.Append(&audit.Record{
			Event: audit.EventFailure, Session: c.Session, Agent: c.Agent,
			Message: fmt.Sprintf("%d allowed commands before this, since %s, ran while the audit trail could not be written: %s", n, since.UTC().Format(time.RFC3339), why),
		})
	}
	return err
}
