package shellparse

import (
	"slices"
	"strconv"
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
	span Span
}

// callStmt analyses a simple command with its redirections.
func (a *analyzer) callStmt(st *state, s *syntax.Stmt, c *syntax.CallExpr, io stdio) {
	if st.multi {
		if names := a.variants(st, s); len(names) > 0 {
			a.eachVariant(st, io, names, func(f *state, one stdio) { a.callStmt(f, s, c, one) })
			return
		}
	}
	mark, outer := len(a.waiting), io.in
	redirected := len(s.Redirs) > 0 || a.pipesAll
	a.pipesAll = false
	cmd := command{st: st, span: a.span(s.Pos(), s.End())}
	cmd.argv = a.fields(st, c.Args)
	if st.options().nullglob && slices.ContainsFunc(cmd.argv, isWild) {
		without := cmd
		without.st, without.io.in, without.io.out = st.fork(), &str{t: hole, glob: true}, nil
		without.argv = slices.DeleteFunc(slices.Clone(cmd.argv), isWild)
		a.dispatch(&without)
	}
	if a.stdin != nil && !io.piped {
		io.in, io.piped = a.stdin, true
	}
	pipe := io
	io, out := a.redirects(st, s.Redirs, io)
	if out != nil && pipe.split && a.dialect == Zsh {
		defer func() { pipe.write(io.out.str()) }() // which sends it to both
	}
	if a.stdout != nil && out == nil && io.out == a.stdoutOf {
		out = &sink{channel: *a.stdout, append: true, span: cmd.span}
		io.out = &builder{}
	}
	if len(s.Redirs) > 0 && a.mayFail(s.Redirs) {
		outer := st
		st = st.fork() // or not run at all
		cmd.st = st
		defer func() {
			if st.changed() {
				outer.merge(st, outer.fork())
			}
		}()
	}
	cmd.io = io
	for _, as := range c.Assigns {
		a.assignStmt(st, &cmd, as, len(cmd.argv) == 0)
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
		a.dispatch(&cmd)
		if out != nil && isExec(cmd.argv) {
			a.stdoutOf = pipe.out
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
}

// zshReads reports whether a command may be what stands for a redirection alone,
// in a text that was not written anew for the shell.
func zshReads(d Dialect, s *syntax.Stmt, argv []field) bool {
	return d == Zsh && len(argv) == 1 && argv[0].known() && argv[0].t == "more" && len(s.Redirs) == 1 && s.Redirs[0].Op == syntax.RdrIn
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

// variants finds the variables in a statement that have several values.
func (a *analyzer) variants(st *state, s syntax.Node) []string {
	var names []string
	splits := false
	syntax.Walk(s, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp, *syntax.CmdSubst, *syntax.ArithmExp:
			splits = true
		case *syntax.Lit:
			splits = splits || n.Value == "read"
		}
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil {
			if v := st.lookup(p.Param.Value); v != nil && (len(v.vals) > 1 || v.maybe && minds(p)) && len(names) < 2 {
				for _, n := range names {
					if n == p.Param.Value {
						return true
					}
				}
				names = append(names, p.Param.Value)
			}
		}
		return true
	})
	if len(st.owner(ownCwd).cwds) > 1 {
		names = append(names, "PWD")
	}
	if v := st.lookup("IFS"); splits && v != nil && (len(v.vals) > 1 || v.maybe) && !slices.Contains(names, "IFS") {
		names = append(names, "IFS")
	}
	return names
}

// minds reports whether an expansion tells an empty variable from one that is
// not set.
func minds(p *syntax.ParamExp) bool {
	if p.Exp != nil {
		switch p.Exp.Op {
		case syntax.AlternateUnset, syntax.DefaultUnset, syntax.ErrorUnset, syntax.AssignUnset, syntax.OtherParamOps:
			return true
		}
	}
	return p.Index != nil
}

// eachVariant runs something once for each combination of the values that the
// named variables may have.
func (a *analyzer) eachVariant(st *state, io stdio, names []string, run func(*state, stdio)) {
	states := []*state{st.fork()}
	for _, name := range names {
		var next []*state
		for _, base := range states {
			if name == "PWD" {
				for _, cwd := range st.owner(ownCwd).cwds {
					f := base.clone()
					f.cwds, f.set[ownCwd] = []str{cwd}, true
					next = append(next, f)
				}
				continue
			}
			v := st.lookup(name)
			for _, val := range v.vals {
				f := base.clone()
				one := *v
				one.vals, one.unset, one.maybe = []str{val}, false, false
				f.vars[name] = &one
				next = append(next, f)
			}
			if v.maybe {
				f := base.clone()
				one := *v
				one.vals, one.unset, one.maybe = nil, true, false
				f.vars[name] = &one
				next = append(next, f)
			}
		}
		states = next
	}
	outs := make([]str, len(states))
	stays, all := a.stays, unsure
	for i, f := range states {
		f.multi = false
		one := io
		if io.out != nil {
			one.out = &builder{}
		}
		if in := io.in; in != nil && i+1 < len(states) {
			copied := *in // each of them reads the same
			one.in = &copied
		}
		a.stays = nil
		if a.stdoutOf == io.out {
			a.stdoutOf = one.out
		}
		run(f, one)
		if a.stdoutOf == one.out {
			a.stdoutOf = io.out
		}
		for _, dir := range a.stays {
			stays = addValue(stays, dir)
		}
		if i == 0 {
			all = a.status
		} else if all != a.status {
			all = unsure
		}
		if one.out != nil {
			outs[i] = one.out.str()
		}
		f.multi = true
	}
	if io.out != nil {
		io.write(eitherOf(outs))
	}
	a.stays, a.status = stays, all
	st.merge(states...)
}

// eitherOf is text that is one of several.
func eitherOf(vals []str) str {
	src := vals[0].src
	equal := true
	for _, v := range vals[1:] {
		src = join(src, v.src)
		equal = equal && same(v, vals[0])
	}
	if equal {
		return str{t: vals[0].t, glob: vals[0].glob, src: src}
	}
	return unknown(src)
}

func (s *state) clone() *state {
	c := *s
	c.vars = make(map[string]*variable, len(s.vars)+1)
	for k, v := range s.vars {
		c.vars[k] = v
	}
	return &c
}

// assignStmt carries out NAME=VALUE, for good or for the one command.
func (a *analyzer) assignStmt(st *state, cmd *command, as *syntax.Assign, lasting bool) {
	if as.Name == nil {
		return
	}
	name := as.Name.Value
	sp := a.span(as.Pos(), as.End())
	if as.Array != nil {
		a.assignArray(st, name, as)
		return
	}
	if v := st.lookup(name); a.dialect == Zsh && lasting && as.Append && as.Index == nil && v != nil && v.array && !v.assoc && a.tick(len(v.elems)/2) {
		plain, c := *as, *v
		plain.Append = false // it is one more element there
		c.elems = append([]element(nil), v.elems...)
		c.put(strconv.FormatInt(c.end(), 10), a.assignValue(st, &plain))
		st.assign(name, &c)
		return
	}
	val := a.assignValue(st, as)
	if as.Index != nil {
		a.setElement(st, name, a.subscript(st, name, as.Index), val)
		return
	}
	if lasting {
		a.setVar(st, name, val)
		a.assignedCode(st, name, val, sp)
		if v := st.lookup(name); st.options().allexport || v != nil && v.export || a.wasExported(name) || codeKind(name) == codePrompt {
			a.setEnv(st, name, val, sp, false)
		}
		return
	}
	cmd.assigns = append(cmd.assigns, assignment{name, val, sp})
}

// assignValue is the right side of an assignment, where ~ also counts after :.
func (a *analyzer) assignValue(st *state, as *syntax.Assign) str {
	val := str{}
	if as.Value != nil {
		x := expander{a: a, st: st, single: true, assign: true}
		x.parts(as.Value.Parts, false)
		val = x.cur.str()
	}
	if as.Append {
		old, _ := a.scalarOr(st, as.Name.Value)
		if v := st.lookup(as.Name.Value); v != nil && v.number {
			return unknown(nil)
		}
		return a.appended(old, val)
	}
	return val
}

func (a *analyzer) assignArray(st *state, name string, as *syntax.Assign) {
	if as.Index != nil && a.dialect == Zsh { // x[2]=(...) puts any number in its place
		for _, e := range as.Array.Elems {
			a.fields(st, []*syntax.Word{e.Value})
		}
		st.assign(name, &variable{array: true, open: true})
		return
	}
	if name == "argv" && a.dialect == Zsh {
		st.setParams(nil, true) // the parameters by another name
	}
	v := &variable{array: true}
	if old := st.lookup(name); old != nil && old.fixed {
		a.mayAbort(st)
	}
	if old := st.lookup(name); old != nil {
		v.assoc, v.export = old.assoc, old.export
		if as.Append && a.tick(len(old.elems)/2) {
			c := *old
			v = &c
			v.elems = append([]element(nil), old.elems...)
			v.array = true
		}
	}
	if v.assoc && a.assignPairs(st, v, as.Array.Elems) {
		st.assign(name, v)
		return
	}
	next := v.end()
	for _, e := range as.Array.Elems {
		if e.Index != nil {
			key := a.subscriptOf(st, v, e.Index)
			if !key.known() {
				v.open = true
				continue
			}
			if a.dialect != Zsh && !v.assoc && e.Value != nil && len(a.braces(e.Value)) > 1 {
				v.open = true // bash makes words of [1]={a,b} as they stand
				v.put(strconv.FormatInt(next, 10), unknown(nil))
				next++
				continue
			}
			val := a.text(st, e.Value)
			if a.dialect == Bash && hasProcess(e.Value) {
				val = unknown(val.src) // bash loses it behind a subscript
			}
			if v.assoc {
				v.put(key.t, val)
				continue
			}
			n, ok := a.elementIndex(v, key.t)
			if !ok {
				v.open = true
				continue
			}
			next = n + 1
			v.put(strconv.FormatInt(n, 10), val)
			continue
		}
		if e.Value == nil {
			continue
		}
		if v.assoc {
			v.open = v.open || a.dialect != Bash // where it is no error
			a.fields(st, []*syntax.Word{e.Value})
			continue
		}
		for _, f := range a.elements(st, []*syntax.Word{e.Value}) {
			if f.several() {
				v.open = true // a wildcard may become many
			}
			v.put(strconv.FormatInt(next, 10), f.str)
			next++
		}
	}
	st.assign(name, v)
	for _, e := range v.elems {
		a.assignedCode(st, name, e.val, a.span(as.Pos(), as.End()))
	}
}

// hasProcess reports whether a process substitution is part of a word.
func hasProcess(w *syntax.Word) bool {
	return w != nil && slices.ContainsFunc(w.Parts, func(p syntax.WordPart) bool { _, ok := p.(*syntax.ProcSubst); return ok })
}

// assignPairs is m=(key value key value), which has no subscripts.
func (a *analyzer) assignPairs(st *state, v *variable, elems []*syntax.ArrayElem) bool {
	var words []*syntax.Word
	for _, e := range elems {
		if e.Index != nil || e.Value == nil {
			return false
		}
		words = append(words, e.Value)
	}
	fs := a.fields(st, words)
	for i := 0; i < len(fs); i += 2 {
		if !fs[i].known() || fs[i].loose {
			v.open = true
			continue
		}
		val := str{}
		if i+1 < len(fs) {
			val = fs[i+1].str
		}
		v.elems = append(v.elems, element{fs[i].t, val})
	}
	return true
}

// assignedCode follows what a shell runs because of an assignment alone.
func (a *analyzer) assignedCode(st *state, name string, val str, sp Span) {
	if name != "PROMPT_COMMAND" || val.known() && val.t == "" {
		return
	}
	in := unknown(nil)
	a.flowInto(name, val.src, sp)
	a.runText(st.fork(), val, a.dialect, sp, stdio{in: &in})
}

func (a *analyzer) subscriptOf(st *state, v *variable, x syntax.ArithmExpr) str {
	if w, ok := x.(*syntax.Word); ok && v.assoc {
		return a.text(st, w)
	}
	return a.arithText(st, x)
}

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
		if !first.quoted {
			for _, v := range cmd.st.aliasOf(name) {
				a.runAlias(cmd, name, v)
			}
		}
		if f := cmd.st.function(name); f != nil && f.maybe {
			is, not, st := *cmd, *cmd, cmd.st
			is.st, not.st, not.noFunc = st.fork(), st.fork(), true
			a.callFunction(&is, f)
			a.dispatch(&not)
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
		if b.bash && a.dialect == POSIX { // and may not be one
			is, not := cmd.st.fork(), cmd.st.fork()
			cmd.st = is
			a.withAssigns(cmd, b.run)
			cmd.st = is.parent
			cmd.st.merge(is, not)
			return
		}
		a.withAssigns(cmd, b.run)
		return
	}
	if name == "time" && a.dialect == POSIX && len(cmd.argv) > 1 && cmd.argv[1].known() && builtins[cmd.argv[1].t].run != nil {
		word := *cmd // of the shell itself, in some
		word.argv, word.st = cmd.argv[1:], cmd.st.fork()
		a.dispatch(&word)
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
var specialBuiltins = map[string]bool{".": true, ":": true, "eval": true, "exec": true, "export": true, "readonly": true, "set": true, "shift": true, "times": true, "trap": true, "unset": true}

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
		cmd.st.assign(as.name, &variable{vals: []str{as.val}, export: true})
	}
	run(a, cmd)
	if specialBuiltins[cmd.argv[0].t] && !cmd.noFunc && (a.dialect == POSIX || a.dialect == Korn) {
		return
	}
	for i, as := range cmd.assigns {
		if saved[i] != nil {
			owners[i].vars[as.name] = saved[i]
		} else {
			delete(owners[i].vars, as.name)
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
