package policy

import "rampart/shellparse"

// exception returns the owner's exception that surely holds for a unit, nil if
// there is none. What an exception names is
//   - an effect, if its conditions are about effects;
//   - a program with these words, and with it what that program itself does:
//     not redirections around it, not what is piped into it, not variables set
//     for it, and not the programs that it starts;
//   - a whole text, if it is spelled out without wildcards.
func (e *evaluation) exception(u *unit) *rule {
	g := e.set.exceptions
	if g == nil || e.inner {
		return nil
	}
	if !u.exceptionKnown {
		u.exceptionKnown = true
		if u.exception = e.wholeText(g); u.exception == nil {
			u.exception = e.exceptionFor(g, u)
		}
	}
	return u.exception
}

// wholeText returns the exception that spells out the Call's text.
func (e *evaluation) wholeText(g *group) *rule {
	if e.wholeKnown {
		return e.whole
	}
	e.wholeKnown = true
	u := unit{run: e, kind: callKind}
	text := callText(e.call)
	if text == "" {
		return nil
	}
	e.whole = e.firstSure(g, &u, func(r *rule) bool {
		for i := range r.when.command {
			if lit, ok := r.when.command[i].literal(); ok && lit == text {
				return true
			}
		}
		return false
	})
	return e.whole
}

func (e *evaluation) exceptionFor(g *group, u *unit) *rule {
	any := func(*rule) bool { return true }
	if u.effect == nil {
		return e.exceptionForAll(g, u)
	}
	if r := e.firstSure(g, u, any); r != nil {
		return r
	}
	switch u.effect.Kind {
	case shellparse.Exec, shellparse.SetEnv:
		return nil
	case shellparse.Flow:
		return e.exceptionForFlow(g, u.effect)
	}
	if p := u.program(); p != nil {
		return e.firstSure(g, &unit{run: e, kind: kindBit(shellparse.Exec), effect: p}, any)
	}
	return nil
}

// exceptionForFlow: what a program does with a file that it reads itself is
// the program's doing.
func (e *evaluation) exceptionForFlow(g *group, flow *shellparse.Effect) *rule {
	if flow.From != shellparse.File || flow.Path == "" {
		return nil
	}
	owner := ownerOf(e.effects, flow)
	for i := range e.effects {
		x := &e.effects[i]
		if owner != nil && x.Kind == shellparse.Read && x.Path == flow.Path && ownerOf(e.effects, x) == owner {
			return e.firstSure(g, &unit{run: e, kind: kindBit(shellparse.Exec), effect: owner}, func(*rule) bool { return true })
		}
	}
	return nil
}

// exceptionForAll: a Call without effects is named by its tool or parameters;
// one with effects is excepted when each of them is.
func (e *evaluation) exceptionForAll(g *group, u *unit) *rule {
	if len(e.effects) == 0 {
		return e.firstSure(g, u, func(r *rule) bool { return e.tool != shellparse.Exec })
	}
	var found *rule
	for i := range e.effects {
		x := &e.effects[i]
		found = e.exceptionFor(g, &unit{run: e, kind: kindBit(x.Kind), effect: x})
		if found == nil {
			return nil
		}
	}
	return found
}

func (e *evaluation) firstSure(g *group, u *unit, also func(*rule) bool) *rule {
	var buf [16]int32
	for _, i := range g.index.candidates(u, buf[:0]) {
		if r := g.rules[i]; r.match(u) == yes && also(r) {
			return r
		}
	}
	return nil
}

// except brings in an exception in place of what it takes back.
func (e *evaluation) except(r *rule, u *unit) {
	if r.once {
		e.claim(r)
	}
	e.take(r, u.effect, yes)
}

// claim notes that a rule which may be used once was.
func (e *evaluation) claim(r *rule) {
	for _, c := range e.claims {
		if c == r.claim {
			return
		}
	}
	e.claims = append(e.claims, r.claim)
}

// checkException reports what an exception may not be.
func (r *reader) checkException(x *rule) {
	w := &x.when
	everything := x.keys == 0
	for i := range w.command {
		everything = everything || w.command[i].all()
	}
	for _, l := range []*globList{&w.program, &w.fetches.hosts, &w.fetches.urls, &w.env} {
		for i := range l.is {
			everything = everything || l.is[i].all()
		}
	}
	for _, l := range []*pathList{&w.paths, &w.reads, &w.writes, &w.deletes} {
		for i := range l.is {
			everything = everything || l.is[i].all()
		}
	}
	if everything {
		r.problemAt(x.line, x.column, "an exception names what it allows; this one names everything")
	}
}
