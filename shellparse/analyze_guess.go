package shellparse

import (
	"maps"
	"slices"
	"strings"
)

// unknownProgram handles a command of which the first word is not known.
func (a *analyzer) unknownProgram(cmd *command) {
	first := cmd.argv[0]
	a.prefix(cmd)
	if !first.hasHole() {
		a.guessProgram(cmd)
		return
	}
	a.flowInto("sh", first.src, cmd.span)
	a.emit(Effect{Kind: Exec, Certainty: Unknown, Argv: values(cmd.argv), Span: cmd.span})
	cmd.io.write(unknown(a.argSources(cmd)))
	for s := cmd.st; s != nil; s = s.parent {
		for _, name := range slices.Sorted(maps.Keys(s.funcs)) {
			if f := s.funcs[name]; a.calling[f] == 0 {
				c := *cmd
				a.callFunction(&c, f)
			}
		}
	}
	if first.loose && len(cmd.argv) > 1 {
		// "$sudo rm -rf x" runs rm when the variable is empty.
		rest := *cmd
		rest.argv = cmd.argv[1:]
		if n := rest.argv[0]; n.known() && (lookupProgram(path0(n.t)) != nil || builtins[n.t].run != nil || cmd.st.function(n.t) != nil) {
			a.dispatch(&rest)
		}
		return
	}
	if base := baseOf(first.str); base.known() && base.t != "" {
		a.guess(cmd, base.t)
	}
}

// guessProgram handles /bin/r? and its like: every program of the table that
// the pattern matches may be meant.
func (a *analyzer) guessProgram(cmd *command) {
	base := baseOf(cmd.argv[0].str)
	if base.known() {
		a.guess(cmd, base.t)
		return
	}
	e := Effect{Kind: Exec, Certainty: Pattern, Program: base.value().Text, Argv: values(cmd.argv), Span: cmd.span}
	if more := e; !cmd.argv[0].hasHole() { // the second that it matches is an argument of the first
		more.Argv = slices.Concat(e.Argv[:1], e.Argv)
		a.emit(more)
	}
	if strings.Trim(base.t, "*?") == "" {
		e.Certainty = Unknown
	}
	a.emit(e)
	cmd.io.write(unknown(nil))
	a.res.Unresolved = true
	n := 0
	for _, name := range programNames() {
		if globMatch(base.t, name) {
			if n++; n > 12 {
				return
			}
			a.guess(cmd, name)
		}
	}
}

// guess runs a command as if its program were name.
func (a *analyzer) guess(cmd *command, name string) {
	c := *cmd
	c.argv = append([]field{{str: lit(name)}}, cmd.argv[1:]...)
	c.io.out = nil
	in := *cmd.io.in
	c.io.in = &in
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	a.external(&c)
	a.doubt = saved
}

// baseOf is what follows the last slash of a path.
func baseOf(s str) str {
	if !s.glob {
		return str{t: path0(s.t), src: s.src}
	}
	i := strings.LastIndexByte(s.t, '/')
	return rawGlob(s.t[i+1:], s.src)
}

func path0(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
