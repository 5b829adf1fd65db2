package engine

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"rampart/audit"
	"rampart/policy"
)

// gap counts calls whose record could not be written, until one tells of them.
type gap struct {
	mu sync.Mutex
	missing
	all int // that ran, also those that a record has told of by now
}

// missing are calls without a record: those that ran, because a process was let
// to repeat them or the owner chose that the agent goes on, and those that were
// refused, of which the first are kept.
type missing struct {
	ran, refused int
	calls        []string // of the refused ones
	since        time.Time
	why          string
}

// keptRefusals is how many refused calls are told one by one.
const keptRefusals = 20

// add counts a call. It ran, or was refused.
func (g *gap) add(c *policy.Call, ran bool, why error, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ran+g.refused == 0 {
		g.since, g.why, g.calls = now, why.Error(), nil
	}
	if ran {
		g.ran++
		g.all++
		return
	}
	g.refused++
	if line := CommandLine(c); len(g.calls) < keptRefusals {
		g.calls = append(g.calls, shorten(line, 200))
	}
}

// record tells what is missing.
func (m *missing) record() *audit.Record {
	r := &audit.Record{Event: audit.EventFailure}
	since := m.since.UTC().Format(time.RFC3339)
	if m.ran > 0 {
		r.Message = fmt.Sprintf("%d allowed commands before this, since %s, ran while the audit trail could not be written: %s", m.ran, since, m.why)
	}
	if m.refused > 0 {
		if r.Message != "" {
			r.Message += "; "
		}
		r.Message += fmt.Sprintf("refused before this, since %[2]s, while the audit trail could not be written, and not recorded: %[1]d; %[3]s", m.refused, since, m.why)
		r.Details = map[string]string{"refused": strings.Join(m.calls, "\n")}
	}
	return r
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

// recordOrGap writes a record. The first that can be written again after one
// could not be is followed by one that says what is missing.
func (e *Engine) recordOrGap(c *policy.Call, o *Outcome, start time.Time) error {
	err := e.record(c, o, start)
	if err == nil {
		e.tellGap()
	}
	return err
}

func (e *Engine) tellGap() {
	g := &e.gap
	g.mu.Lock()
	m := g.missing
	g.missing = missing{why: m.why}
	g.mu.Unlock()
	if m.ran+m.refused == 0 {
		return
	}
	r := m.record()
	r.Session, r.Agent = e.cfg.Session, e.cfg.Agent
	if e.cfg.Audit.Append(r) == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	m.ran, m.refused, m.calls = m.ran+g.ran, m.refused+g.refused, append(m.calls, g.calls...)
	m.calls = m.calls[:min(len(m.calls), keptRefusals)]
	g.missing = m
}
