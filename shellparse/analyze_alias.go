package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// aliasStmt analyses a simple command of which the first word may be an alias,
// and reports whether it is one. A shell puts the alias into the text before
// anything in it is expanded, so this does; whether there is the alias by then,
// is not known.
func (a *analyzer) aliasStmt(st *state, s *syntax.Stmt, c *syntax.CallExpr, io stdio) bool {
	if len(c.Args) == 0 || a.unit == nil {
		return false
	}
	name := c.Args[0].Lit()
	vals := st.aliasOf(name)
	if name == "" || len(vals) == 0 {
		return false
	}
	sp := a.span(s.Pos(), s.End())
	if slices.ContainsFunc(s.Redirs, func(r *syntax.Redirect) bool { return r.Hdoc != nil }) {
		a.unknownCode(unknown(nil), sp) // of which the text stands elsewhere
		return false
	}
	if !a.enter() {
		return true
	}
	defer a.leave()
	states := []*state{withoutAlias(st, name)}
	texts := []str{{}}
	for _, v := range vals {
		a.flowInto("alias", v.src, sp)
		states = append(states, withoutAlias(st, name))
		texts = append(texts, a.aliasText(st, s, c, v))
	}
	a.branches++
	a.eachState(st, io, states, func(i int, f *state, one stdio) {
		text := texts[i]
		if i == 0 {
			a.callStmt(f, s, c, one)
		} else if _, ref := a.canonical(text.t, a.dialect); !text.known() || ref != nil {
			a.unknownCode(text, sp)
			one.write(unknown(text.src))
		} else {
			a.runText(f, text, a.dialect, sp, one)
		}
	})
	a.branches--
	return true
}

// aliasText is the text of a command with what its first word stands for.
func (a *analyzer) aliasText(st *state, s *syntax.Stmt, c *syntax.CallExpr, v str) str {
	if !v.known() {
		return unknown(v.src)
	}
	text, end := a.unit.c.text, s.End().Offset()
	if s.Semicolon.IsValid() {
		end = s.Semicolon.Offset()
	}
	var b strings.Builder
	b.WriteString(text[s.Pos().Offset():c.Args[0].Pos().Offset()])
	b.WriteString(v.t)
	at := c.Args[0].End().Offset()
	for _, w := range c.Args[1:] { // behind a blank the next word counts as well
		vals := st.aliasOf(w.Lit())
		if last := b.String(); !strings.HasSuffix(last, " ") && !strings.HasSuffix(last, "\t") || len(vals) == 0 || !vals[len(vals)-1].known() {
			break
		}
		b.WriteString(text[at:w.Pos().Offset()])
		b.WriteString(vals[len(vals)-1].t)
		at = w.End().Offset()
	}
	b.WriteString(text[at:end])
	return bounded(str{t: b.String(), src: v.src})
}

// withoutAlias is a state in which one alias is none.
func withoutAlias(st *state, name string) *state {
	f := st.fork()
	f.alias = map[string][]str{name: nil}
	return f
}
