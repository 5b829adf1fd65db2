package shellparse

import (
	"mvdan.cc/sh/v3/syntax"
)

// maxAborts bounds the places in one line that are remembered because an error
// there ends the line.
const maxAborts = 8

// lines analyses a text of its own: what a shell was given, an eval, a file.
// Some errors end what is left of a line in bash, up to here and no further: what
// follows on the next line runs in the state that the error left.
func (a *analyzer) lines(st *state, list []*syntax.Stmt, io stdio) {
	top, aborts, racers := a.top, a.aborts, a.racers
	a.top, a.aborts, a.racers = st, nil, nil
	defer func() {
		a.runRacers()
		a.top, a.aborts, a.racers = top, aborts, racers
	}()
	check := a.dialect == Bash && mayHavePatternInArray(a.unit.c.text)
	for i, s := range list {
		if check && (i == 0 || s.Pos().Line() > list[i-1].End().Line()) && !a.checkLine(st, lineOf(list[i:])) {
			return
		}
		a.stmts(st, list[i:i+1], io)
		if len(a.aborts) > 0 && (i+1 == len(list) || list[i+1].Pos().Line() > s.End().Line()) {
			a.endLine(st)
		}
	}
}

// lineOf is what a shell reads at once.
func lineOf(list []*syntax.Stmt) []*syntax.Stmt {
	for i := 1; i < len(list); i++ {
		if list[i].Pos().Line() > list[i-1].End().Line() {
			return list[:i]
		}
	}
	return list
}

// mayAbort notes that an error in this state ends the line: in the shell itself,
// not in a process of its own, which it ends as a whole.
func (a *analyzer) mayAbort(st *state) {
	a.mayFailHere(st, a.stdio)
	if a.dialect != Bash || a.top == nil || a.asides || len(a.aborts) >= maxAborts {
		return
	}
	for s := st; s != a.top; s = s.parent {
		if s == nil || s.process {
			a.mayEnd(st, a.stdio)
			return
		}
	}
	if len(a.aborts) == 0 {
		a.ands++ // what is left of the line may not come to pass
	}
	a.aborts = append(a.aborts, a.snapshot(st))
}

// endLine makes st what it may be behind a line, of which any of the errors in it
// may have been the end.
func (a *analyzer) endLine(st *state) {
	a.ands--
	whole := st.fork()
	whole.dead, st.dead = st.dead, false
	branches := append(a.aborts, whole)
	a.aborts = nil
	for _, b := range branches[:len(branches)-1] {
		for s := st; s != nil && a.tick(len(s.vars)); s = s.parent {
			for name := range s.vars {
				if _, ok := b.vars[name]; !ok {
					b.vars[name] = a.inherited(st, name)
				}
			}
		}
	}
	st.merge(branches...)
}

// takeCode adds the functions and aliases of another state, but for names that there are.
func (s *state) takeCode(from *state) {
	for name, f := range from.funcs {
		if _, ok := s.funcs[name]; !ok {
			s.funcs[name] = f
		}
	}
	for name, v := range from.alias {
		if _, ok := s.alias[name]; !ok {
			s.alias[name] = v
		}
	}
}

// snapshot is all that a state knows, but for what ends with the calls it is in.
func (a *analyzer) snapshot(st *state) *state {
	out := &state{vars: map[string]*variable{}, alias: map[string][]str{}, funcs: map[string]*function{}}
	for s := st; s != nil && a.tick(1+len(s.vars)/4); s = s.parent {
		for name, v := range s.vars {
			if _, ok := out.vars[name]; !ok && !s.locals[name] {
				out.vars[name] = v
			}
		}
		out.takeCode(s)
	}
	out.cwds, out.opts = st.owner(ownCwd).cwds, st.options()
	p := st
	for p.call && p.parent != nil {
		p = p.parent
	}
	out.params, out.open = p.parameters()
	out.set = [3]bool{true, true, true}
	last := st.lastArg()
	out.last = &last
	out.multi, out.fixed = st.multi, st.fixed
	return out
}
