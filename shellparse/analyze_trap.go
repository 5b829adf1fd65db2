package shellparse

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// The bounds of what is looked at for traps: how many there are, in how many
// states each, and how many names count in such a state.
const (
	maxTraps     = 64
	maxTrapTurns = 16
	maxTrapNames = 64
)

// trap is a text that the shell runs by itself on some event.
type trap struct {
	text    str
	names   string // text in which the variables are that it looks at
	span    Span
	dialect Dialect
	often   bool   // it goes off again and again: DEBUG, ERR
	home    *state // the process that it is set in
	turns   int    // how often it was looked at
	seen    string // what its text names, as it was then
}

// trapBuiltin sets traps.
func (a *analyzer) trapBuiltin(c *command) {
	ops := operandsOf(c.argv)
	if len(ops) == 0 || len(c.argv) > 1 && (!c.argv[1].known() || strings.HasPrefix(c.argv[1].t, "-") && c.argv[1].t != "-" && c.argv[1].t != "--") {
		a.prints(c)
	}
	if a.dialect == Zsh && len(c.argv) > 1 && c.argv[1].prefix() != "--" {
		ops = c.argv[1:] // it has no options: "- rm" is a command
	}
	if len(ops) < 2 || (ops[0].known() && (ops[0].t == "" || ops[0].t == "-")) {
		return
	}
	a.flowInto("trap", ops[0].src, c.span)
	t := trap{text: ops[0].str, names: ops[0].t, span: c.span, dialect: a.dialect, often: goesOffOften(ops[1:])}
	a.setTrap(c.st, t, slices.ContainsFunc(ops[1:], func(f field) bool { return !f.known() || f.t != "EXIT" && f.t != "0" }))
}

// setTrap notes a trap. One that goes off before the end does so at any time from
// here on, in this very shell.
func (a *analyzer) setTrap(st *state, t trap, early bool) {
	if a.inTrap {
		a.unknownCode(unknown(t.text.src), t.span) // whenever it goes off, and whatever it leaves
	} else if early {
		a.trapped = true
		a.inTrap = true
		outer, in := st.fork(), unknown(nil)
		if t.often {
			outer.setParams(nil, true) // or those of a function
		}
		b := outer.fork()
		if t.often {
			a.forget(b, t.names)
		}
		before := maps.Clone(b.vars)
		a.runText(b, t.text, t.dialect, t.span, stdio{in: &in})
		maps.DeleteFunc(b.vars, func(name string, v *variable) bool { return before[name] == v })
		changed := b.set != [3]bool{}
		names := slices.Sorted(maps.Keys(b.vars))
		st.merge(b, st.fork())
		for _, name := range names {
			st.free(name)
		}
		if changed {
			a.unknownCode(unknown(nil), t.span) // where, and on what, all else is done from here on
			a.disabled = true                   // zsh leaves out what errexit, set by a DEBUG trap, comes before
		}
		a.inTrap = false
	}
	if t.home = st.own(); len(a.traps) < maxTraps {
		a.traps = append(a.traps, t)
	}
}

// trapFunction is a function of zsh's by the name of which it is a trap.
func (a *analyzer) trapFunction(st *state, name string, body *syntax.Stmt) {
	event := strings.TrimPrefix(name, "TRAP")
	if a.dialect != Zsh || event == name || strings.ToUpper(event) != event || a.unit == nil {
		return
	}
	text := a.unit.c.text
	from, to := int(body.Pos().Offset()), int(body.End().Offset())
	if from > to || to > len(text) {
		return
	}
	call := lit(name + " ${" + unknownName + "}")
	a.setTrap(st, trap{text: call, names: text[from:to], span: a.span(body.Pos(), body.End()), dialect: Zsh, often: event != "EXIT"}, event != "EXIT")
}

// goesOffOften tells the events apart that come with other commands.
func goesOffOften(events []field) bool {
	return slices.ContainsFunc(events, func(f field) bool { return f.t == "DEBUG" || f.t == "ERR" || f.t == "ZERR" })
}

// trapsHere runs the traps that go off with any command where a cd has led.
func (a *analyzer) trapsHere(st *state) {
	if !a.trapped || a.inTrap {
		return
	}
	a.inTrap = true
	status, stays := a.status, a.stays
	defer func() { a.status, a.stays = status, stays }()
	for _, t := range a.traps {
		if b, in := st.fork(), unknown(nil); t.often {
			b.setParams(nil, true)
			a.forget(b, t.names)
			a.runText(b, t.text, t.dialect, t.span, stdio{in: &in})
		}
	}
	a.inTrap = false
}

// trapsPrint notes what zsh's traps may print around any command: it goes to where
// the command prints, whatever that is.
func (a *analyzer) trapsPrint(io stdio) {
	if a.trapped && !a.inTrap && a.dialect == Zsh && io.out != nil {
		io.write(unknown(nil))
	}
}

// forget makes unknowns of the variables that a text names: it runs again and
// again, whatever they are by then.
func (a *analyzer) forget(st *state, text string) {
	for i := 0; i < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		name := strings.TrimPrefix(text[i+1:], "{")
		if n := strings.IndexFunc(name, func(r rune) bool { return r > 'z' || !plainName(string(r)) || r == '-' || r == '.' }); n >= 0 {
			name = name[:n]
		}
		if syntax.ValidName(name) && name != "PWD" && a.tick(4) { // where a cd leads, the trap is looked at again
			st.assign(name, &variable{vals: []str{unknown(nil)}, export: a.variable(st, name).export || a.fromEnv(name)})
		}
	}
}

// runTrap runs a trap in a state. In a function, the shell may have left it by then.
func (a *analyzer) runTrap(st *state, t trap, io stdio) {
	states := []*state{st.fork()}
	if st.inCall() {
		states = append(states, a.snapshot(st))
	}
	var outs []*output
	for _, b := range states {
		one := io.branch()
		a.runTrapText(b, t, one)
		outs = append(outs, one.parts()...)
	}
	io.out.choose(outs...)
}

// runTrapText runs the text of a trap, which leaves nothing of what is under way.
func (a *analyzer) runTrapText(st *state, t trap, io stdio) {
	regions, in := a.regions, unknown(nil)
	a.regions = nil
	a.runText(st, t.text, t.dialect, t.span, stdio{in: &in, out: io.out})
	a.ownHooks(st)
	a.regions = regions
}

// runTraps runs what trap has set, in the state at the end of the text.
func (a *analyzer) runTraps(st *state, io stdio) {
	for len(a.traps) > 0 && !a.over {
		t := a.traps[0]
		a.traps = a.traps[1:]
		if io.out == nil && t.turns > 0 && t.home == st.own() && t.seen == a.trapSees(t, st) {
			continue // it was looked at in this state
		}
		a.runTrapText(st.fork(), t, io)
	}
}

// mayEnd says that the shell may end here, before its text does: by an error, by
// a signal. Its traps see the state that it is in.
func (a *analyzer) mayEnd(st *state, io stdio) {
	a.leaveFor(processRegion, 1, st, io, false)
	if a.dialect == Zsh {
		a.leaveFor(evalRegion, 1, st, io, false)
	}
	if len(a.traps) == 0 || a.inTrap || st.dead || a.ghosts > 0 {
		return
	}
	status, stays, home := a.status, a.stays, st.own()
	a.inTrap = true
	a.branches++
	for i := range a.traps {
		t := &a.traps[i]
		if t.often || t.home != home || t.turns > maxTrapTurns || a.over {
			continue
		}
		now := a.trapSees(*t, st)
		if t.turns > 0 && now == t.seen {
			continue
		}
		if t.seen, t.turns = now, t.turns+1; t.turns <= maxTrapTurns {
			a.runTrap(st, *t, stdio{})
			continue
		}
		b := st.fork()
		a.forget(b, t.names)
		b.setCwd(unknown(nil))
		a.runTrap(b, *t, stdio{})
	}
	a.branches--
	a.inTrap = false
	a.status, a.stays = status, stays
}

// mayFailHere is mayEnd for what an error ends in a plain sh alone: that in a
// special builtin, or in an expansion.
func (a *analyzer) mayFailHere(st *state, io stdio) {
	if a.dialect != Bash {
		a.mayEnd(st, io)
	}
}

// mayLack reports whether a statement expands a variable that may not be set.
func (a *analyzer) mayLack(st *state, s *syntax.Stmt) bool {
	nodes := []syntax.Node{s}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr, *syntax.DeclClause, *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause, nil:
	case *syntax.ForClause:
		nodes = []syntax.Node{c.Loop}
	case *syntax.CaseClause:
		nodes = []syntax.Node{c.Word}
	default:
		return false // what is in it is looked at by itself
	}
	found := false
	for _, n := range nodes {
		syntax.Walk(n, func(n syntax.Node) bool {
			p, ok := n.(*syntax.ParamExp)
			if !ok || p.Param == nil {
				return !found
			}
			if i, ok := positional(p.Param.Value); ok {
				ps, open := st.parameters()
				found = found || open || i >= len(ps)
			} else if syntax.ValidName(p.Param.Value) {
				v := a.variable(st, p.Param.Value)
				found = found || v.unset || v.maybe || v.array
			}
			return !found
		})
	}
	return found
}

// trapSees is what the text of a trap depends on: the values of what it names, and
// of what those name, the directory and the parameters.
func (a *analyzer) trapSees(t trap, st *state) string {
	var b strings.Builder
	seen := map[string]bool{}
	queue := identifiers(nil, t.text.t)
	for n := 0; n < len(queue) && n < maxTrapNames && a.tick(1); n++ {
		name := queue[n]
		if seen[name] {
			continue
		}
		seen[name] = true
		if v := st.lookup(name); v != nil {
			vals := slices.Clone(v.vals)
			for _, e := range v.elems {
				vals = append(vals, lit(e.key), e.val)
			}
			fmt.Fprintf(&b, "%s %v %v %d:", name, v.unset, v.maybe, len(vals))
			for _, val := range vals {
				fmt.Fprintf(&b, "%q,", val.globText())
				queue = identifiers(queue, val.t[:min(len(val.t), 1024)])
			}
		}
		if f := st.function(name); f != nil {
			fmt.Fprintf(&b, "%p,", f.body)
			if from, to := int(f.body.Pos().Offset()), int(f.body.End().Offset()); f.at != nil && from < to && to <= len(f.at.c.text) {
				queue = identifiers(queue, f.at.c.text[from:to])
			}
		}
	}
	for _, dir := range st.owner(ownCwd).cwds {
		fmt.Fprintf(&b, "%q;", dir.globText())
	}
	ps, open := st.parameters()
	for _, p := range ps {
		fmt.Fprintf(&b, "%q ", p.globText())
	}
	for _, p := range slices.Sorted(maps.Keys(a.files)) {
		if strings.Contains(t.text.t, path0(p)) {
			fmt.Fprintf(&b, "%q %q ", p, a.files[p].content().globText())
		}
	}
	fmt.Fprint(&b, open, a.touched)
	return b.String()
}

// identifiers appends the names in a text to a list.
func identifiers(list []string, text string) []string {
	for len(list) < 4*maxTrapNames {
		from := strings.IndexFunc(text, nameRune)
		if from < 0 {
			break
		}
		text = text[from:]
		to := strings.IndexFunc(text, func(r rune) bool { return !nameRune(r) })
		if to < 0 {
			to = len(text)
		}
		if syntax.ValidName(text[:to]) {
			list = append(list, text[:to])
		}
		text = text[to:]
	}
	return list
}

func nameRune(r rune) bool { return r < 0x80 && isIdent(byte(r)) }
