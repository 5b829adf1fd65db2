package engine

import (
	"slices"
	"sync"
	"time"

	"rampart/engine/wire"
	"rampart/policy"
	"rampart/shellparse"
)

// maxStanding bounds how many standing answers are remembered, twice over. Their
// permits are long gone when they are forgotten.
const maxStanding = 1024

// standing are the answers that processes were let to repeat to themselves, by
// the number of the permit: what the record says of each use.
type standing struct {
	mu      sync.Mutex
	answers map[uint32]standingAnswer
	older   map[uint32]standingAnswer
}

type standingAnswer struct {
	path, cwd string
	argv      []string
	call      policy.Call
	outcome   Outcome
	expect    expectation
}

// mayStand reports whether an outcome would be the same for the same question
// a moment later: it comes from the program and its arguments alone, not from
// files that they name, nor from what was before.
func (e *Engine) mayStand(c *policy.Call, o *Outcome) bool {
	if o.Action != policy.Allow || o.Canonical != "" || c.Unresolved || c.Refusal != "" || len(c.Files) > 0 || len(c.Effects) != 1 || len(o.Excuses) > 0 {
		return false
	}
	if ef := &c.Effects[0]; ef.Kind != shellparse.Exec || ef.Certainty != shellparse.Exact {
		return false
	}
	set, err := e.policyFor(c.Cwd, c.Time)
	return err == nil && !set.DependsOnPast()
}

func (s *standing) remember(permit uint32, r *wire.Request, c *policy.Call, o *Outcome, x *expectation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == nil || len(s.answers) >= maxStanding {
		s.answers, s.older = make(map[uint32]standingAnswer), s.answers
	}
	a := standingAnswer{path: r.Path, cwd: r.Cwd, argv: r.Argv, call: *c, outcome: *o, expect: *x}
	a.call.Env, a.call.Environ = nil, nil // decided, and not part of the record
	s.answers[permit] = a
}

// find returns the answer that a note is about; false if it was another question.
func (s *standing) find(n *wire.Note) (standingAnswer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.answers[n.Permit]
	if !ok {
		a, ok = s.older[n.Permit]
	}
	r := n.Request
	return a, ok && a.path == r.Path && a.cwd == r.Cwd && slices.Equal(a.argv, r.Argv)
}

// Note records that a process has repeated a standing answer to itself. It is
// the handler of a session's wire.WithPermits, which calls it once at a time. A
// question that no answer stands for was not asked by the library as it is: it
// is judged now, and its record says what it was.
func (e *Engine) Note(n *wire.Note) {
	a, ok := e.standing.find(n)
	if !ok {
		a = e.unasked(n.Request)
	} else if e.cfg.Witnessed {
		x := a.expect
		e.expected.add(n.PID, &x)
	}
	e.recordStanding(&a, n)
}

// unasked is what there is to say of a program that ran by itself.
func (e *Engine) unasked(r *wire.Request) standingAnswer {
	c := callOf(r)
	a := standingAnswer{outcome: e.judge(c, time.Now(), (*policy.Set).Evaluate, false)}
	a.call, a.outcome.Run = *c, true
	a.outcome.Message = "was run without having been asked about: " + a.outcome.Message
	return a
}

func (e *Engine) recordStanding(a *standingAnswer, n *wire.Note) {
	c, o, now := a.call, a.outcome, time.Now()
	c.PID, c.UID, c.Time = n.PID, n.UID, now
	e.stats.seen.Add(1)
	if err := e.recordOrGap(&c, &o, now); err != nil {
		e.cfg.Permits.Clear()
		e.gap.add(&c, true, err, now)
	}
}
