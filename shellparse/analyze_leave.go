package shellparse

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// region is a part of the code under way that control may leave early for what
// is behind it.
type region struct {
	kind   regionKind
	base   *state   // that it runs in
	out    *output  // that it prints to
	leaves []*state // what is known where control leaves it
	unsure bool     // control may have left it
	in     *str     // what is left to read
	rests  []str    // and what was where control left it
	files  *branchFiles
}

// leaveFiles notes what files hold where control may leave a region.
func (r *region) leaveFiles(a *analyzer) {
	if r.files == nil {
		r.files = &branchFiles{a: a, branches: 1}
	}
	r.files.end()
	r.files.branches++
}

type regionKind uint8

const (
	loopRegion    regionKind = iota // that break leaves
	turnRegion                      // of a loop: that continue leaves
	evalRegion                      // an eval of zsh: that an error leaves
	routineRegion                   // a function, a file: that return leaves
	processRegion                   // that exit leaves
)

// within runs a part of the code that may be left early. Behind it is known what
// may be at its end, or where it was left.
func (a *analyzer) within(kind regionKind, st *state, io stdio, run func(*state)) {
	r := &region{kind: kind, base: st.fork(), out: io.out, in: io.in}
	a.regions = append(a.regions, r)
	run(r.base)
	for _, rest := range r.rests {
		if !same(rest, *r.in) {
			*r.in = unknown(r.in.src)
		}
	}
	if a.regions = a.regions[:len(a.regions)-1]; r.unsure {
		a.ands--
	}
	if io.out != nil {
		io.out.arrive(r)
	}
	switch {
	case len(r.leaves) > 0:
		st.merge(append(r.leaves, r.base)...)
	case r.base.dead:
		st.dead = true
	default:
		st.commit(r.base)
	}
}

// leavable is within for code that says that it may be left.
func (a *analyzer) leavable(kind regionKind, code []*syntax.Stmt, st *state, io stdio, run func(*state)) {
	if !a.leaves(code) {
		run(st)
		return
	}
	a.within(kind, st, io, run)
}

// leaves reports whether there is a command in some code by which it is left, or
// one that may turn out to be such.
func (a *analyzer) leaves(code []*syntax.Stmt) bool {
	if len(code) == 0 {
		return false
	}
	if found, ok := a.leavers[code[0]]; ok {
		return found
	}
	found := false
	for _, s := range code {
		syntax.Walk(s, func(n syntax.Node) bool {
			if c, ok := n.(*syntax.CallExpr); ok && len(c.Args) > 0 {
				switch c.Args[0].Lit() {
				case "break", "continue", "return", "exit", "eval", "command", "builtin", "":
					found = true
				}
			}
			return !found
		})
	}
	if a.leavers == nil {
		a.leavers = map[*syntax.Stmt]bool{}
	}
	a.leavers[code[0]] = found
	return found
}

// leaveFor notes that control leaves the n-th region of a kind here. It is sure to
// where nothing of what follows comes to pass, and reports whether it still is: not if
// a redirection on the way may have kept control from coming here.
func (a *analyzer) leaveFor(kind regionKind, n int, st *state, io stdio, sure bool) bool {
	if a.asides || a.ghosts > 0 {
		return sure && !a.redirectedWithin(-1)
	}
	for i := len(a.regions) - 1; i >= 0; i-- {
		r := a.regions[i]
		if r.kind == kind {
			n--
		}
		if r.kind == processRegion { // which ends with all that is in it
			sure = sure && !a.redirectedWithin(i)
			r.leaveFiles(a)
			if kind == routineRegion || kind == processRegion {
				io.out.leave(r, sure)
			}
			return sure
		}
		if r.kind != kind || n > 0 {
			continue
		}
		sure = sure && !a.redirectedWithin(i)
		if leaf := a.upTo(st, r.base); leaf != nil {
			if r.leaves = append(r.leaves, leaf); !r.unsure {
				r.unsure = true
				a.ands++ // what is left of it may not come to pass
			}
			if r.in != nil {
				r.rests = append(r.rests, *r.in)
			}
			io.out.leave(r, sure)
		}
		return sure
	}
	return sure && !a.redirectedWithin(-1)
}

// redirectedWithin reports whether the code under way has redirections inside of the
// i-th region: if one fails, what it is for does not run, and nothing is left.
func (a *analyzer) redirectedWithin(i int) bool {
	return len(a.redirected) > 0 && a.redirected[len(a.redirected)-1] > i
}

// withRedirections runs what redirections are for. Any but a here-document may fail.
func (a *analyzer) withRedirections(list []*syntax.Redirect, run func()) {
	if slices.ContainsFunc(list, func(r *syntax.Redirect) bool {
		return r.Op != syntax.Hdoc && r.Op != syntax.DashHdoc && r.Op != syntax.WordHdoc
	}) {
		a.redirected = append(a.redirected, len(a.regions))
		defer func() { a.redirected = a.redirected[:len(a.redirected)-1] }()
	}
	run()
}

// upTo is what a state knows, as a fork of what a region was begun in. What is
// local to calls in it ends with them.
func (a *analyzer) upTo(st, base *state) *state {
	out := base.parent.fork()
	out.vars, out.funcs, out.alias = map[string]*variable{}, map[string]*function{}, map[string][]str{}
	calls := 0 // that are to be left
	for s := st; s != base; s = s.parent {
		if s == nil || s.process {
			return nil
		}
		if s.call {
			calls++
		}
	}
	inCalls := calls > 0
	for s := st; a.tick(1 + len(s.vars)/4); s = s.parent {
		for name, v := range s.vars {
			if _, ok := out.vars[name]; !ok && (calls == 0 || !s.isLocal(name, calls)) {
				out.vars[name] = v
			}
		}
		if s.call && calls > 0 {
			calls--
		}
		out.takeCode(s)
		if s == base {
			break
		}
	}
	out.cwds, out.opts = st.owner(ownCwd).cwds, st.options()
	out.set[ownCwd], out.set[ownOpts] = true, true
	if !inCalls {
		out.params, out.open = st.parameters()
		out.set[ownParams] = true
	}
	last := st.lastArg()
	out.last, out.multi, out.fixed = &last, st.multi, st.fixed
	return out
}

// isLocal reports whether a name is local to one of the calls that s is in.
func (s *state) isLocal(name string, calls int) bool {
	for ; s != nil && calls > 0; s = s.parent {
		if s.locals[name] {
			return true
		}
		if s.call {
			calls--
		}
	}
	return false
}

// commit makes s what a fork of it has become.
func (s *state) commit(f *state) {
	for name, v := range f.vars {
		s.assign(name, v)
	}
	for name, fn := range f.funcs {
		s.define(name, fn)
	}
	for name, vals := range f.alias {
		for _, v := range vals {
			s.setAlias(name, v)
		}
	}
	t := s
	for t.call && t.parent != nil {
		t = t.parent
	}
	if f.set[ownCwd] {
		t.cwds, t.set[ownCwd] = f.cwds, true
	}
	if f.set[ownParams] {
		s.setParams(f.params, f.open)
	}
	if f.set[ownOpts] {
		s.setOptions(f.opts)
	}
	if f.last != nil {
		t.last = f.last
	}
}

// ghost runs what stands behind a command that leaves: its effects count, should
// control come there after all, but it prints nothing and leaves nothing behind.
func (a *analyzer) ghost(st *state, s *syntax.Stmt, io stdio) {
	in := *io.in
	a.ghosts++
	a.branches++
	a.stmt(st, s, stdio{in: &in, piped: io.piped})
	a.branches--
	a.ghosts--
}

// sureToLeave reports whether exit, return and their kin do what they say: not
// where an operand is an error or a question (--help), or their name is another's.
func (a *analyzer) sureToLeave(c *command) bool {
	if len(c.argv) > 2 || a.disabled || c.argv[0].t == "logout" || len(c.st.aliasOf(c.argv[0].t)) > 0 {
		return false
	}
	return len(c.argv) == 1 || c.argv[1].known() && isNumber(c.argv[1].t) && len(c.argv[1].t) <= 3
}

// exit leaves the process. It runs what is trapped as things are here.
func (a *analyzer) exit(c *command) {
	if !a.inTrap {
		a.inTrap = true
		for _, t := range a.traps {
			a.runTrap(c.st, t, stdio{in: c.io.in, out: c.io.out})
		}
		a.inTrap = false
	}
	c.st.dead = a.leaveFor(processRegion, 1, c.st, c.io, a.sureToLeave(c))
}

// returnBuiltin leaves a function, or a file that is sourced.
func (a *analyzer) returnBuiltin(c *command) {
	if !c.st.inCall() && a.sourced == 0 {
		a.mayFailHere(c.st, c.io) // a plain sh ends there
		return
	}
	c.st.dead = a.leaveFor(routineRegion, 1, c.st, c.io, a.sureToLeave(c))
}

// breakBuiltin is break and continue.
func (a *analyzer) breakBuiltin(c *command) {
	kind, n, sure := loopRegion, 1, a.sureToLeave(c)
	if c.argv[0].t == "continue" {
		kind = turnRegion
	}
	if len(c.argv) > 1 {
		v, ok := parseInt(c.argv[1].t)
		n, sure = int(max(1, min(v, maxDepth))), sure && ok && v > 0 && c.argv[1].known()
	}
	inner := 0
	for i := len(a.regions) - 1; i >= 0 && a.regions[i].kind <= evalRegion; i-- {
		if a.regions[i].kind == kind {
			inner++
		}
	}
	if inner == 0 {
		return // there is no loop
	}
	sure = a.leaveFor(kind, min(n, inner), c.st, c.io, sure)
	c.st.dead = c.st.dead || sure
}
