package shellparse

import (
	"mvdan.cc/sh/v3/syntax"
)

func (a *analyzer) ifClause(st *state, c *syntax.IfClause, io stdio) {
	before := st.owner(ownCwd).cwds
	a.stmts(st, c.Cond, io)
	is := a.status
	if a.assumed {
		is = unsure
	}
	yes, no := st.fork(), st.fork()
	if is != success {
		no.alsoIn(before...) // where a cd that failed has left it
	}
	yesIO, noIO := io.branch(), io.branch()
	a.branches++
	defer func() { a.branches-- }()
	a.stmts(yes, c.Then, yesIO)
	if c.Else != nil {
		if len(c.Else.Cond) == 0 {
			a.stmts(no, c.Else.Then, noIO)
		} else {
			a.ifClause(no, c.Else, noIO)
		}
	}
	switch is {
	case success:
		io.out.choose(yesIO.parts()...)
	case failure:
		io.out.choose(noIO.parts()...)
	default:
		io.out.choose(append(yesIO.parts(), noIO.parts()...)...)
	}
	if yes.changed() || no.changed() {
		st.merge(yes, no)
	}
}

func (a *analyzer) caseClause(st *state, c *syntax.CaseClause, io stdio) {
	w := a.text(st, c.Word)
	a.branches++
	defer func() { a.branches-- }()
	branches := []*state{}
	certain := false
	var outs []*output
	var through *state // of an item that ends in ;&, and so runs the next one
	for _, it := range c.Items {
		hit, sure := a.caseHit(st, w, it)
		if !hit && through == nil {
			continue
		}
		b := st.fork()
		if through != nil && hit {
			b.merge(through, st.fork())
		} else if through != nil {
			b.merge(through)
		}
		to := io.branch()
		a.stmts(b, it.Stmts, to)
		if through != nil && to.out != nil {
			to.out.mixed(outs[len(outs)-1]) // behind what the one before has printed
		}
		outs = append(outs, to.parts()...)
		if through = nil; it.Op == syntax.Fallthrough {
			through = b
		}
		branches = append(branches, b)
		if sure && it.Op == syntax.Break {
			certain = true
			break
		}
	}
	if !certain {
		branches, outs = append(branches, st.fork()), append(outs, io.branch().parts()...)
	}
	io.out.choose(outs...)
	st.merge(branches...)
}

// caseHit reports whether w may match one of the item's patterns, and whether
// it is sure to.
func (a *analyzer) caseHit(st *state, w str, it *syntax.CaseItem) (hit, sure bool) {
	for _, p := range it.Patterns {
		pat := a.pattern(st, p)
		if pat.globText() == "*" || !a.tick(1+len(w.t)*len(pat.t)/128) {
			return true, true
		}
		switch {
		case !w.known() || pat.hasHole() || st.options().nocase:
			hit = true
		case globMatch(pat.globText(), w.t):
			return true, true
		}
	}
	return hit, false
}

// declare defines a function. Its body counts when it is called.
func (a *analyzer) declare(st *state, c *syntax.FuncDecl) {
	names := c.Names
	if c.Name != nil {
		names = []*syntax.Lit{c.Name}
	}
	if len(names) == 0 {
		a.stmt(st.fork(), c.Body, stdio{in: &str{t: hole, glob: true}})
		return
	}
	for _, n := range names {
		st.define(n.Value, &function{name: n.Value, body: c.Body, at: a.unit})
		a.trapFunction(st, n.Value, c.Body)
	}
}
