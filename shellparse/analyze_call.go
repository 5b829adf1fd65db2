package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// command is one simple command, expanded.
type command struct {
	st   *state
	argv []field
	io   stdio
	span Span

	name    string    // base name of the program
	doubt   Certainty // of the program
	assigns []assignment
	noFunc  bool // command, exec: functions and aliases don't count
}

type assignment struct {
	name string
	val  str
	vals []str // more than one: the texts that val is one of
	span Span
}

// callStmt analyses a simple command with its redirections.
func (a *analyzer) callStmt(st *state, s *syntax.Stmt, c *syntax.CallExpr, io stdio) {
	if a.aliasStmt(st, s, c, io) {
		return
	}
	if st.multi {
		if names := a.variants(st, s); len(names) > 0 {
			a.eachVariant(st, io, names, func(f *state, one stdio) { a.callStmt(f, s, c, one) })
			return
		}
	}
	a.status, a.assumed = unsure, false
	mark, outer := len(a.waiting), io.in
	redirected := len(s.Redirs) > 0 || a.pipesAll
	a.pipesAll = false
	cmd := command{st: st, span: a.span(s.Pos(), s.End())}
	if argv, ok := a.sureFields(st, c.Args); ok {
		cmd.argv = argv
	} else {
		a.eachChoice(st, io, func(f *state, one stdio) { a.callStmt(f, s, c, one) })
		return
	}
	if st.options().nullglob && slices.ContainsFunc(cmd.argv, isWild) {
		without := cmd
		without.st, without.io.in, without.io.out = st.fork(), &str{t: hole, glob: true}, nil
		without.argv = withoutWild(cmd.argv)
		a.dispatch(&without)
	}
	if a.stdin != nil && !io.piped {
		io.in, io.piped = a.stdin, true
	}
	pipe := io
	io, out := a.redirects(st, s.Redirs, io)
	if a.stdout != nil && out == nil && io.out.root() == a.stdoutOf {
		out = &sink{channel: *a.stdout, append: true, span: cmd.span}
		io.out = &output{under: io.out, apart: true}
	}
	mayFail := len(s.Redirs) > 0 && a.mayFail(st, s.Redirs)
	if mayFail {
		outer, printed := st, io
		st = st.fork() // or not run at all
		cmd.st = st
		if out == nil {
			io = io.branch()
		}
		defer func() {
			if st.changed() {
				outer.merge(st, outer.fork())
			}
			if out == nil {
				printed.choose(unsure, io)
			}
		}()
	}
	cmd.io = io
	for _, as := range c.Assigns {
		a.assignStmt(st, &cmd, as, len(cmd.argv) == 0)
	}
	if len(cmd.argv) == 0 && len(c.Assigns) > 0 && redirected { // some assign first, and open what the words are then
		again, sink := a.redirects(st.fork(), s.Redirs, pipe)
		a.finish(sink, again)
	}
	if len(cmd.assigns) > 0 && mayVanish(cmd.argv) {
		b := st.fork()
		for _, as := range cmd.assigns {
			a.setVar(b, as.name, as.val)
		}
		st.merge(b, st.fork())
	}
	if a.dialect == Zsh && len(cmd.argv) == 0 && len(c.Args) > 0 && redirected {
		cmd.argv = []field{{str: lit("cat")}} // where all words came to nothing
		a.dispatch(&cmd)
		cmd.argv = []field{{str: lit("more")}}
	}
	if len(cmd.argv) > 0 {
		if out != nil && isExec(cmd.argv) {
			a.setChannel("out", out.channel, false)
		}
		if isExec(cmd.argv) && outer != nil && io.in != outer {
			*outer = *io.in // for all that reads on from there
		}
		if mayFail {
			a.branches++
		}
		a.withRedirections(s.Redirs, func() { a.eachReading(&cmd) })
		if mayFail {
			a.branches--
		}
		if isExec(cmd.argv) {
			a.keep(io, out)
			if out != nil {
				a.stdoutOf = pipe.out.root()
			}
		}
		if a.unit.fixed != nil && zshReads(a.dialect, s, cmd.argv) {
			other := cmd
			other.argv = []field{{str: lit("pager")}} // READNULLCMD, as some have it built
			a.dispatch(&other)
		}
		if usesLast(a.dialect) {
			st.setLast(cmd.argv[len(cmd.argv)-1].str)
		}
	}
	a.finish(out, io)
	if !isExec(cmd.argv) {
		a.flushOut(mark, io)
	}
	switch {
	case len(s.Redirs) > 0:
		a.status = unsure
	case len(c.Args) == 0 && !substitutes(c):
		a.status = success
	}
}

// substitutes reports whether there are commands in the words of another.
func substitutes(c *syntax.CallExpr) bool {
	found := false
	syntax.Walk(c, func(n syntax.Node) bool {
		if _, ok := n.(*syntax.CmdSubst); ok {
			found = true
		}
		return !found
	})
	return found
}

// zshReads reports whether a command may be what stands for a redirection alone,
// in a text that was not written anew for the shell.
func zshReads(d Dialect, s *syntax.Stmt, argv []field) bool {
	return d == Zsh && len(argv) == 1 && argv[0].known() && argv[0].t == "more" && len(s.Redirs) == 1 && s.Redirs[0].Op == syntax.RdrIn
}

// withoutWild is a command without the one wildcard in it, or with any of several.
func withoutWild(argv []field) []field {
	out := slices.Clone(argv)
	first := slices.IndexFunc(out, isWild)
	if !slices.ContainsFunc(out[first+1:], isWild) {
		return slices.Delete(out, first, first+1)
	}
	for i := range out {
		if isWild(out[i]) {
			out[i] = field{str: unknown(out[i].src), loose: true}
		}
	}
	return out
}

// isWild tells a wildcard apart that was not looked up, or that matched nothing.
func isWild(f field) bool { return f.glob && !f.hasHole() }

// mayVanish reports whether all words of a command may come to nothing, which
// leaves its assignments.
func mayVanish(argv []field) bool {
	for _, f := range argv {
		if !f.loose {
			return false
		}
	}
	return true
}

func usesLast(d Dialect) bool { return d == Bash || d == Zsh || d == Korn }

func isExec(argv []field) bool { return len(argv) == 1 && argv[0].known() && argv[0].t == "exec" }

// dispatch finds out what the first word of a command is, and runs it.
func (a *analyzer) dispatch(cmd *command) {
	if len(cmd.argv) == 0 || !a.tick(len(cmd.argv)/8) || !a.enter() {
		return
	}
	defer a.leave()
	a.status = unsure
	first := cmd.argv[0]
	if !first.known() {
		a.unknownProgram(cmd)
		return
	}
	name := first.t
	if a.dialect == Zsh && len(name) > 1 && name[0] == '=' {
		name = name[1:]
		cmd.argv[0].t = name
	}
	if a.anywhere != nil && a.dialect == Zsh && a.aliased(cmd.argv) {
		a.unknownCode(unknown(nil), cmd.span)
	}
	if !cmd.noFunc {
		if f := cmd.st.function(name); f != nil && f.maybe {
			is, not, st := *cmd, *cmd, cmd.st
			is.st, not.st, not.noFunc = st.fork(), st.fork(), true
			a.branches++
			a.callFunction(&is, f)
			a.dispatch(&not)
			a.branches--
			st.merge(is.st, not.st)
			return
		} else if f != nil {
			a.callFunction(cmd, f)
			return
		}
	}
	if name == "integer" && a.dialect == Korn { // an alias there
		cmd.argv = append([]field{{str: lit("typeset")}, {str: lit("-i")}}, cmd.argv[1:]...)
		name = "typeset"
	}
	if b, ok := builtins[name]; ok && !(b.zsh && a.dialect != Zsh) && !(b.bash && (a.dialect == Zsh && !b.both || a.dialect == Korn && !kornToo[name])) {
		a.prefix(cmd)
		a.emitExec(cmd, name, true)
		if specialBuiltins[name] {
			a.mayFailHere(cmd.st, cmd.io)
		}
		if b.bash && a.dialect == POSIX { // and may not be one
			is, not := cmd.st.fork(), cmd.st.fork()
			cmd.st = is
			a.branches++
			a.withAssigns(cmd, b.run)
			a.branches--
			cmd.st = is.parent
			cmd.st.merge(is, not)
			return
		}
		a.withAssigns(cmd, b.run)
		return
	}
	if name == "--" && a.dialect == Bash && len(cmd.argv) > 1 { // behind time, it ends the options
		rest := *cmd
		rest.argv, rest.st = cmd.argv[1:], cmd.st.fork()
		a.dispatch(&rest)
		return
	}
	if name == "time" && a.dialect == POSIX && len(cmd.argv) > 1 && cmd.argv[1].known() && builtins[cmd.argv[1].t].run != nil {
		word := *cmd // of the shell itself, in some
		word.argv, word.st = cmd.argv[1:], cmd.st.fork()
		a.dispatch(&word)
	}
	if a.dialect == Zsh && (a.autoloaded[name] || ofModule(name, cmd.argv[1:])) {
		a.unknownCode(unknown(nil), cmd.span)
	}
	if v, ok := a.hashed[name]; ok {
		if a.dialect == POSIX || a.dialect == Korn { // which may not know hash -p
			plain := *cmd
			plain.argv = slices.Clone(cmd.argv)
			a.external(&plain)
		}
		cmd.argv[0].str = v
	}
	a.external(cmd)
}

// kornToo are the builtins of bash that Korn shells know.
var kornToo = map[string]bool{"source": true, "let": true, "suspend": true, "typeset": true}

// aliased reports whether a word is an alias of zsh's that is not looked for
// among commands alone: a global one, or that of a file's ending.
func (a *analyzer) aliased(argv []field) bool {
	for i, f := range argv {
		if !f.known() || f.quoted {
			continue
		}
		if dot := strings.LastIndexByte(f.t, '.'); a.anywhere["-g"+f.t] || i == 0 && dot >= 0 && a.anywhere["-s"+f.t[dot+1:]] {
			return true
		}
	}
	return false
}

func values(argv []field) []Value {
	out := make([]Value, len(argv))
	for i, f := range argv {
		out[i] = f.value()
		out[i].Spread = f.loose || f.spread
		out[i].Text, out[i].Certainty = shown(out[i].Text, out[i].Certainty)
		if k := strings.Index(f.t, pipeName); k >= 0 && f.known() {
			out[i] = Value{Text: escape(f.t[:k]) + "*/fd/*", Certainty: Pattern} // /dev/fd or /proc/self/fd, as the shell is built
		} else if f.known() && strings.Contains(f.t, pipeName[len("/dev/"):]) {
			out[i] = Value{Text: "*", Certainty: Pattern} // a part of it
		}
	}
	return out
}

// prefix records the variables that are set for one command only.
func (a *analyzer) prefix(cmd *command) {
	for _, as := range cmd.assigns {
		a.setEnv(cmd.st, as.name, as.val, as.span, true)
	}
}

// specialBuiltins are those behind which, by POSIX, an assignment stays.
var specialBuiltins = map[string]bool{".": true, ":": true, "eval": true, "exec": true, "export": true, "readonly": true, "set": true, "shift": true, "times": true, "trap": true, "unset": true,
	"break": true, "continue": true, "exit": true, "return": true, "source": true}

// keepAssigned tells others behind which an assignment stays in some shells.
func keepAssigned(d Dialect, name string) bool {
	switch name {
	case "local", "typeset", "declare":
		return d != Zsh
	case "exec", "hash", "alias":
		return d == Zsh
	case "export", "readonly":
		return d == Bash // of a name that it names
	}
	return false
}

// withAssigns runs a builtin with the variables set for it alone.
func (a *analyzer) withAssigns(cmd *command, run func(*analyzer, *command)) {
	if len(cmd.assigns) == 0 {
		run(a, cmd)
		return
	}
	saved := make([]*variable, len(cmd.assigns))
	owners := make([]*state, len(cmd.assigns))
	for i, as := range cmd.assigns {
		owners[i] = cmd.st.ownerOf(as.name)
		saved[i] = owners[i].vars[as.name]
		cmd.st.assign(as.name, &variable{vals: []str{as.val}, export: true, mayExport: a.dialect != Bash})
	}
	run(a, cmd)
	if specialBuiltins[cmd.argv[0].t] && !cmd.noFunc && (a.dialect == POSIX || a.dialect == Korn) {
		return
	}
	kept := make([]*variable, len(cmd.assigns))
	if keepAssigned(a.dialect, cmd.argv[0].t) {
		for i, as := range cmd.assigns {
			kept[i] = cmd.st.lookup(as.name)
		}
	}
	for i, as := range cmd.assigns {
		if saved[i] != nil {
			owners[i].vars[as.name] = saved[i]
		} else {
			delete(owners[i].vars, as.name)
		}
		if kept[i] != nil {
			cmd.st.perhaps(as.name, kept[i])
		}
	}
}

// emitExec records that a program starts.
func (a *analyzer) emitExec(cmd *command, name string, builtin bool) {
	a.emit(Effect{Kind: Exec, Program: name, Builtin: builtin, Argv: values(cmd.argv), Span: cmd.span, Certainty: cmd.doubt})
}

// argSources is where the arguments of a command came from.
func (a *analyzer) argSources(cmd *command) *source {
	var src *source
	for _, f := range cmd.argv {
		src = join(src, f.src)
	}
	return src
}

// inside is the unit of code that a call reaches: spans stay in the text that
// is shown to the user.
func (a *analyzer) inside(at *unit, sp Span) *unit {
	return at
}
