package shellparse

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// pipeName begins the names that stand for process substitutions here. No
// process has that many descriptors.
const pipeName = "/dev/fd/9999"

// processSubst runs <(...) and returns the name that stands for it.
func (a *analyzer) processSubst(st *state, p *syntax.ProcSubst) str {
	a.pipes++
	name := pipeName + strconv.Itoa(a.pipes)
	if p.Op == syntax.CmdOut {
		a.waiting = append(a.waiting, outSubst{name, st.spawn(), p.Stmts, a.unit})
		return lit(name)
	}
	if !a.enter() {
		return lit(name)
	}
	defer a.leave()
	out := &output{process: true}
	own, io := st.spawn(), a.feeding(out)
	n := len(a.res.Effects)
	a.process(own, io, func() { a.stmts(own, p.Stmts, io) })
	a.unsettled(a.written(a.res.Effects[min(n, len(a.res.Effects)):]))
	a.storeAny(name, out.outcomes(), false)
	return lit(name)
}

// feeding is what a substitution reads from, the standard input of the command
// it is in, and out to write to.
func (a *analyzer) feeding(out *output) stdio {
	io := stdio{in: a.stdio.in, piped: a.stdio.piped, out: out, dups: a.stdio.dups}
	if a.stdin != nil && !io.piped {
		io.in, io.piped = a.stdin, true
	}
	if io.in == nil {
		in := unknown(nil)
		io.in = &in
	}
	return io
}

// flushOut runs the >(...) opened since mark, on what was written to them.
func (a *analyzer) flushOut(mark int, io stdio) {
	for len(a.waiting) > mark && !a.over {
		w := a.waiting[len(a.waiting)-1]
		a.waiting = a.waiting[:len(a.waiting)-1]
		in := unknown(nil)
		if f := a.files[w.name]; f != nil {
			in = f.content()
		} else if io.out != nil {
			in = unknown(io.out.src)
		}
		if !a.enter() {
			return
		}
		saved := a.unit
		a.unit = w.at
		to := stdio{in: &in, out: io.out, dups: io.dups, piped: true}
		to.out = to.ofProcess().out
		n := len(a.res.Effects)
		a.process(w.st, to, func() { a.stmts(w.st, w.stmts, to) })
		a.unsettled(a.written(a.res.Effects[min(n, len(a.res.Effects)):]))
		for _, o := range to.parts() {
			io.out.mixed(o)
		}
		a.unit = saved
		a.leave()
	}
}

// substitution runs $(...) and returns what it prints.
func (a *analyzer) substitution(st *state, p *syntax.CmdSubst) str {
	if !a.enter() {
		return unknown(nil)
	}
	defer a.leave()
	if s, ok := a.chosen[p]; ok {
		return s
	}
	out := &output{process: true}
	io := a.feeding(out)
	sub := st.spawn()
	if p.TempFile || p.ReplyVar {
		sub = st
		a.stmts(sub, p.Stmts, io)
	} else {
		a.process(sub, io, func() { a.stmts(sub, p.Stmts, io) })
	}
	if p.ReplyVar {
		return a.scalar(st, "REPLY")
	}
	var vals []str
	for _, v := range out.outcomes() {
		vals = addValue(vals, a.substituted(v))
	}
	if a.alts != nil {
		*a.alts = append(*a.alts, alternatives{p, vals})
	}
	return eitherOf(vals)
}

// substituted is what a command has printed as the value of its substitution.
func (a *analyzer) substituted(s str) str {
	s = bounded(s)
	if a.trapped && a.dialect == Zsh {
		return unknown(s.src) // where what a trap prints is part of it
	}
	s.t = strings.TrimRight(s.t, "\n")
	if head := strings.TrimRight(s.t, hole); s.glob && head != s.t && strings.HasSuffix(head, "\n") {
		s.t = strings.TrimRight(head, "\n"+hole) + hole // what follows may be nothing
	}
	return s
}
