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
// files that they name, nor from what was before, from who asks, or from what the
// program is given to read; and no later Call is judged by it.
func (e *Engine) mayStand(c *policy.Call, o *Outcome) bool {
	if o.Action != policy.Allow || o.step || o.prints || o.Canonical != "" || len(o.Rewrites) > 0 ||
		c.Unresolved || c.Refusal != "" || len(c.Files) > 0 || len(c.Effects) != 1 || len(o.Excuses) > 0 {
		return false
	}
	if ef := &c.Effects[0]; ef.Kind != shellparse.Exec || ef.Certainty != shellparse.Exact {
		return false
	}
	set, err := e.policyFor(c.Cwd, c.Time)
	if err != nil || set.DependsOnPast() {
		return false
	}
	past := e.sessions.of(c.Session, looker{e.cfg.FS}, c.Time)
	return !past.stains.some.Load() || !e.heedsInput(c)
}

// stand is the wire.Reply's Standing of an outcome about file. era is that of the
// permits before it was judged.
func (e *Engine) stand(r *wire.Request, file string, c *policy.Call, o *Outcome, x *expectation, era uint64) *wire.Standing {
	if !e.mayStand(c, o) {
		return nil
	}
	id, ok := wire.IdentifyFile(file, c.Time)
	if !ok {
		return nil
	}
	s := &wire.Standing{File: id, Permit: e.cfg.Permits.Next(), Era: era}
	e.standing.remember(s.Permit, r, c, o, x)
	return s
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
		a.call.Layer = policy.LayerPreload
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
