package engine

import (
	"sync"
	"time"

	"rampart/engine/wire"
	"rampart/policy"
	"rampart/shellparse"
)

// maxStanding bounds how many standing answers are remembered.
const maxStanding = 1024

// standing are the answers that processes were let to repeat to themselves, by
// the bytes of the question: what the record says of each use.
type standing struct {
	mu      sync.Mutex
	answers map[string]standingAnswer
}

type standingAnswer struct {
	call    policy.Call
	outcome Outcome
	expect  expectation
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

func (s *standing) remember(question []byte, c *policy.Call, o *Outcome, x *expectation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == nil || len(s.answers) >= maxStanding {
		s.answers = make(map[string]standingAnswer)
	}
	a := standingAnswer{call: *c, outcome: *o, expect: *x}
	a.call.Env, a.call.Environ = nil, nil // decided, and not part of the record
	s.answers[string(question)] = a
}

func (s *standing) find(question []byte) (standingAnswer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.answers[string(question)]
	return a, ok
}

// Note records that a process has repeated a standing answer to itself. It is
// the handler of a session's wire.WithPermits, which calls it once at a time. A
// question that no answer stands for was not asked by the library as it is: it
// is judged now, and its record says what it was.
func (e *Engine) Note(n *wire.Note) {
	now := time.Now()
	a, ok := e.standing.find(n.Body)
	if !ok {
		r, err := n.Request()
		if err != nil {
			return // bytes that name no program: nothing has run by them
		}
		c := callOf(r)
		a.outcome = e.judge(c, now, (*policy.Set).Evaluate, false)
		a.call, a.outcome.Run = *c, true
		a.outcome.Message = "was run without having been asked about: " + a.outcome.Message
	}
	c, o := a.call, a.outcome
	c.PID, c.UID, c.Time = n.PID, n.UID, now
	if ok && e.cfg.Witnessed {
		x := a.expect
		e.expected.add(n.PID, &x)
	}
	e.stats.seen.Add(1)
	if err := e.recordOrGap(&c, &o, now); err != nil {
		e.cfg.Permits.Clear()
		e.gap.add(err, now)
	}
}
