package policy

import (
	"math"
	"strings"

	"rampart/shellparse"
)

// Set is compiled policy. It does not change after [Compile] and is safe for
// concurrent use.
type Set struct {
	groups     []*group
	exceptions []*ownRule
	once       bool // something may be used once
	notify     []Notify
	keep       Retention
	tests      []TestCase
	files      []*file // of policy, in order
	watchOnly  bool
	past       bool // see DependsOnPast
	depth      bool // a rule speaks of agent_depth
}

// group is what is judged together: the sources of a tier; of the project tier
// each source is a group of its own.
type group struct {
	tier     Tier
	rules    []*rule
	index    *index
	fallback Action // the default action
	stated   bool   // a source says so
	source   string // which one
}

// evaluation is the judging of one Call.
type evaluation struct {
	set      *Set
	call     *Call
	effects  []shellparse.Effect
	tool     shellparse.Kind
	category string
	places   places

	best    Decision // of the rules that decide by themselves
	decided bool
	hooks   []hook     // web services to ask, in the order of their rules
	claims  []string   // rules that may be used once and were
	extra   []*ownRule // exceptions that are tried out
	excuses []Excuse
	stops   *[]*shellparse.Effect // nil unless they are asked for
	bound   bool                  // a rule that no exception reaches wants more than allow
	sure    tri                   // how surely the rule in best holds
	matched *[]Match              // nil unless explaining
	inner   bool                  // this is a question of a rule, not of a caller
}

// Evaluate judges a Call. Every effect, and the Call as a whole, is tried
// against every policy: in a policy the first rule that surely holds decides,
// across effects and policies the strictest action. It does not change c.
func (s *Set) Evaluate(c *Call) Decision { return s.judge(c, nil) }

// Explain judges like Evaluate and lists all rules that matched.
func (s *Set) Explain(c *Call) Decision {
	var matched []Match
	d := s.judge(c, &matched)
	d.Matched = matched
	return d
}

// EvaluateWith judges as if the owner had made these exceptions as well.
func (s *Set) EvaluateWith(c *Call, more []OwnRule) (Decision, error) {
	e := evaluation{set: s}
	for i := range more {
		o, err := compileOwn(&more[i])
		if err != nil {
			return Decision{}, err
		}
		o.order = math.MaxInt
		e.extra = append(e.extra, o)
	}
	return e.judge(c), nil
}

func (s *Set) judge(c *Call, matched *[]Match) Decision {
	e := evaluation{set: s, matched: matched}
	return e.judge(c)
}

func (e *evaluation) judge(c *Call) Decision {
	e.call, e.effects = c, c.Effects
	e.prepare()
	for _, g := range e.set.groups {
		e.judgeGroup(g)
	}
	if c.Refusal != "" {
		e.refuse()
	}
	return e.decision()
}

// hook is a rule that asks a web service, and what it matched.
type hook struct {
	rule   *rule
	effect *shellparse.Effect
}

// decision puts the services in front of what the other rules say. There is
// nothing to ask about a Call that is denied without them.
func (e *evaluation) decision() Decision {
	d := e.best
	d.Bound = e.bound
	d.Claims, d.Excuses = e.claims, e.excuses
	if n := len(e.excuses); n > 0 && d.Action == Allow {
		d.Policy, d.Rule, d.Message, d.Default = ownPolicy, e.excuses[n-1].Rule, "allowed by the owner", false
	}
	if d.Action == Deny {
		return d
	}
	for i := len(e.hooks) - 1; i >= 0; i-- {
		h := &e.hooks[i]
		allowed := d
		if !e.decided {
			allowed.Policy, allowed.Rule, allowed.Effect = h.rule.policy.name, h.rule.ref, h.effect
		}
		d = h.rule.outcome(h.effect)
		d.Claims, d.Excuses, d.IfAllowed = e.claims, e.excuses, &allowed
	}
	return d
}

func (e *evaluation) prepare() {
	c := e.call
	e.tool = toolKinds[strings.ToLower(c.Tool)]
	if c.Tool == "" {
		e.tool = shellparse.Exec
	}
	e.category = mcpCategory(c.Tool)
	e.places = placesOf(c)
	if len(e.effects) == 0 && e.tool != shellparse.Exec && (c.Path != "" || c.URL != "") {
		e.effects = []shellparse.Effect{effectOfTool(c, e.tool)}
	}
}

// effectOfTool is the effect of a Call that names it in full: a native read,
// write, delete or fetch.
func effectOfTool(c *Call, kind shellparse.Kind) shellparse.Effect {
	x := shellparse.Effect{Kind: kind, Path: absolute(c, c.Path), URL: c.URL, Host: hostOf(c.URL)}
	if kind == 0 {
		x.Kind = shellparse.Read
		if c.URL != "" {
			x.Kind = shellparse.Fetch
		}
	}
	return x
}

// refuse brings in the analysis's own refusal, which every set that can refuse
// at all follows.
func (e *evaluation) refuse() {
	action := Deny
	if e.set.watchOnly {
		action = Watch
	}
	if action < e.best.Action || e.best.Action == Deny && e.best.Rule != "" {
		return
	}
	e.best = Decision{Action: action, Message: e.call.Refusal}
	if action == Deny {
		e.best.AllowBy = "a command that can't be judged can't be allowed; it has to be written in a plainer way"
	}
}

func (e *evaluation) judgeGroup(g *group) {
	if e.call.By != nil {
		for i := range e.effects {
			e.try(g, &unit{run: e, kind: kindBit(e.effects[i].Kind), effect: &e.effects[i]})
		}
		return
	}
	whole := unit{run: e, kind: callKind}
	matchedCall := e.try(g, &whole)
	covered, anyExec := false, false
	for i := range e.effects {
		x := &e.effects[i]
		u := unit{run: e, kind: kindBit(x.Kind), effect: x}
		matched := e.try(g, &u)
		if x.Kind == shellparse.Exec {
			anyExec = true
		}
		if matched {
			covered = true
		} else if g.fallback > Allow && e.fallsThrough(g, &u) {
			e.fall(g, &u)
			covered = true
		}
		if x.Named != "" { // a rule about either name speaks of it
			named := *x
			named.Path, named.Named = x.Named, ""
			e.try(g, &unit{run: e, kind: kindBit(x.Kind), effect: &named, of: x, owner: u.program(), ownerKnown: true})
		}
	}
	if !matchedCall && !covered && (e.tool != shellparse.Exec || !anyExec || g.fallback == Watch) {
		e.fall(g, &whole)
	}
}

// fallsThrough reports whether an effect that no rule speaks of is left to the
// default action. Left are programs, and effects of no program (redirections);
// what a program does follows from its being allowed, and a builtin does
// nothing of its own. A program that is run by one that a rule allows with
// these very words (sudo apt-get install x) is allowed with it.
func (e *evaluation) fallsThrough(g *group, u *unit) bool {
	x := u.effect
	switch x.Kind {
	case shellparse.Exec:
		return !x.Builtin && !e.wrapped(g, x)
	case shellparse.SetEnv, shellparse.Flow:
		return false
	}
	if e.tool == shellparse.Exec && u.program() != nil {
		return false
	}
	return !sink(x.Path)
}

// sink reports whether a path is one that takes and gives nothing worth a rule.
func sink(path string) bool {
	switch path {
	case "/dev/null", "/dev/zero", "/dev/tty", "/dev/stdin", "/dev/stdout", "/dev/stderr":
		return true
	}
	return len(path) > len("/dev/fd/") && path[:len("/dev/fd/")] == "/dev/fd/"
}

// wrapped reports whether a rule of the group speaks of an Exec whose last
// words are inner's.
func (e *evaluation) wrapped(g *group, inner *shellparse.Effect) bool {
	for i := range e.effects {
		x := &e.effects[i]
		if x == inner || x.Kind != shellparse.Exec || len(x.Argv) <= len(inner.Argv) ||
			x.Span.Start > inner.Span.Start || x.Span.End < inner.Span.End {
			continue
		}
		tail := x.Argv[len(x.Argv)-len(inner.Argv):]
		same := true
		for j := range tail {
			same = same && tail[j] == inner.Argv[j] && tail[j].Certainty != shellparse.Unknown
		}
		if same && e.spokenOf(g, x) {
			return true
		}
	}
	return false
}

func (e *evaluation) spokenOf(g *group, x *shellparse.Effect) bool {
	quiet := evaluation{set: e.set, call: e.call, effects: e.effects, tool: e.tool, category: e.category, places: e.places, inner: true}
	return quiet.try(g, &unit{run: &quiet, kind: kindBit(x.Kind), effect: x})
}

// try matches one unit against a group and reports whether a rule surely holds.
func (e *evaluation) try(g *group, u *unit) bool {
	var buf [96]int32
	var stopped *policyInfo
	matched := false
	last := int32(-1)
	for _, i := range g.index.candidates(u, buf[:0]) {
		r := g.rules[i]
		if i == last || r.policy == stopped {
			continue
		}
		last = i
		t := r.match(u)
		switch {
		case t == yes:
			stopped, matched = r.policy, true
			if r.once {
				e.claim(r.claim)
			}
		case t == no, r.action == Allow:
			continue // an allow that may not hold allows nothing
		}
		if r.action >= Ask {
			if x := e.exception(g, r, u); x != nil {
				e.note(r, u.effect, x.ref())
				e.excuse(x)
				continue
			}
			e.stop(u.itself().effect)
		}
		e.take(r, u.effect, t)
	}
	return matched
}

// note lists a rule that matched, for Explain.
func (e *evaluation) note(r *rule, x *shellparse.Effect, exceptedBy string) {
	if e.matched != nil {
		*e.matched = append(*e.matched, Match{
			Policy: r.policy.name, Rule: r.ref, Action: r.action, Message: r.message, Effect: x, ExceptedBy: exceptedBy,
		})
	}
}

// take brings in the outcome of a rule that matched. Of two that say the same,
// the one that surely holds is named before one that may hold, one about an
// effect before one about the Call, the first before the second, any before a
// default action.
func (e *evaluation) take(r *rule, x *shellparse.Effect, sure tri) {
	e.note(r, x, "")
	e.bound = e.bound || r.action >= Ask && r.policy.source.tier != TierUser
	if r.webhook != nil {
		for i := range e.hooks {
			if e.hooks[i].rule == r {
				return
			}
		}
		e.hooks = append(e.hooks, hook{r, x})
		return
	}
	if e.decided {
		same := r.action == e.best.Action && e.best.Rule != ""
		better := sure > e.sure || sure == e.sure && x != nil && e.best.Effect == nil
		if r.action < e.best.Action || r.action == e.best.Action && !e.best.Default && !(same && better) {
			return
		}
	}
	e.decided, e.sure = true, sure
	e.best = r.outcome(x)
}

// outcome is what the rule says about an effect.
func (r *rule) outcome(x *shellparse.Effect) Decision {
	d := Decision{
		Action: r.action, Policy: r.policy.name, Rule: r.ref, Message: r.message,
		Instead: r.instead, Effect: x, Webhook: r.webhook,
	}
	if r.action >= Ask {
		d.AllowBy = r.allowBy
		d.Excusable = r.policy.source.tier == TierUser
	}
	return d
}

// fall brings in a group's default action.
func (e *evaluation) fall(g *group, u *unit) {
	if g.fallback >= Ask {
		if x := e.exception(g, nil, u); x != nil {
			e.excuse(x)
			return
		}
		e.stop(u.effect)
	}
	if e.decided && g.fallback <= e.best.Action {
		return
	}
	e.decided = true
	e.best = Decision{Action: g.fallback, Default: true, Effect: u.effect}
	if g.fallback < Ask {
		return
	}
	e.bound = e.bound || g.tier != TierUser
	e.best.Message = "no rule allows this, and the default action of " + g.source + " is " + g.fallback.String()
	e.best.AllowBy = "add an allow rule for it to " + g.source
	e.best.Excusable = g.tier == TierUser
	if g.tier == TierProject {
		e.best.Message = projectPrefix + e.best.Message
	}
}

// some returns how surely the Call has an effect of a kind as the conditions
// say.
func (e *evaluation) some(w *conditions, kind kindSet) tri {
	best := no
	for i := range e.effects {
		x := &e.effects[i]
		if kindBit(x.Kind)&kind == 0 {
			continue
		}
		if best = max(best, w.matchKind(kind, &unit{run: e, kind: kind, effect: x})); best == yes {
			break
		}
	}
	return best
}

// secret reports whether a Flow starts at a file that a rule of the set denies
// to be read.
func (e *evaluation) secret(flow *shellparse.Effect) bool {
	if e.inner {
		return false
	}
	read := shellparse.Effect{Kind: shellparse.Read, Path: flow.Path, Certainty: flow.Certainty, Span: flow.Span}
	quiet := evaluation{set: e.set, call: e.call, effects: e.effects, tool: shellparse.Read, category: e.category, places: e.places, inner: true}
	for _, g := range e.set.groups {
		quiet.try(g, &unit{run: &quiet, kind: kindBit(shellparse.Read), effect: &read})
	}
	return quiet.best.Action == Deny || len(quiet.hooks) > 0
}
