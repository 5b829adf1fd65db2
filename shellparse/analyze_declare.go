package shellparse

import (
	"mvdan.cc/sh/v3/syntax"
	"strconv"
	"strings"
)

// declClause is export, declare and their kin as the parser sees them.
func (a *analyzer) declClause(st *state, d *syntax.DeclClause, io stdio) {
	c := command{st: st, span: a.span(d.Pos(), d.End())}
	c.argv = []field{{str: lit(d.Variant.Value)}}
	if len(d.Args) == 0 || len(d.Args) == 1 && d.Args[0].Naked && d.Args[0].Name == nil {
		io.write(unknown(&source{from: Environment})) // it prints all variables
	}
	flags := declFlags{local: d.Variant.Value == "local" || ((d.Variant.Value == "declare" || d.Variant.Value == "typeset" || a.dialect == Zsh && d.Variant.Value == "readonly") && st.inCall()), export: d.Variant.Value == "export", fixed: d.Variant.Value == "readonly"}
	var plain []*syntax.Assign
	var vals [][]str // all words are expanded before the first is assigned
	add := func(as *syntax.Assign) {
		val := []str{{}}
		if as.Value != nil && as.Index == nil {
			val = a.valuesOf(func() str { return a.assignedText(st, as) })
		}
		plain, vals = append(plain, as), append(vals, val)
	}
	for _, as := range d.Args {
		if as.Naked {
			w := as.Value
			if as.Name != nil {
				add(as)
				continue
			}
			for _, f := range a.fields(st, []*syntax.Word{w}) {
				c.argv = append(c.argv, f)
				if f.known() && len(f.t) > 1 && (f.t[0] == '-' || f.t[0] == '+') {
					flags.read(f.t, a.dialect)
				}
			}
			continue
		}
		add(as)
	}
	if a.dialect == Zsh && flags.export && d.Variant.Value != "local" {
		flags.local = false
	}
	a.emitExec(&c, d.Variant.Value, true)
	if a.dialect == Bash && badOption(d.Variant.Value, c.argv[1:]) {
		outer := st
		st = st.fork()
		a.branches++
		defer func() {
			a.branches--
			outer.merge(st, outer.fork())
		}()
	}
	if d.Variant.Value == "local" && !st.inCall() && a.dialect != Zsh {
		outer := st
		st = st.fork() // an error: nothing is set for what follows
		if a.dialect == Korn {
			defer func() { outer.merge(st, outer.fork()) }() // but in some
		}
	}
	if a.dialect == Zsh && flags.ref { // an error, before 5.10
		for _, as := range plain {
			st.assign(as.Name.Value, a.variable(st, as.Name.Value))
			st.free(as.Name.Value)
		}
		return
	}
	if len(plain) == 0 || len(c.argv) > 1 {
		io.write(unknown(nil)) // declare -p
	}
	for _, arrays := range []bool{true, false} {
		for i, as := range plain {
			if (as.Array != nil) == arrays {
				a.declareAssign(st, as, vals[i], flags, c.span)
			}
		}
	}
	for _, f := range c.argv[1:] {
		if p := f.prefix(); p != "" && p[0] != '-' && p[0] != '+' {
			a.declareField(st, f, flags, c.span)
		}
	}
}

// declareAssign is one of the assignments of a declaration, with its value.
func (a *analyzer) declareAssign(st *state, as *syntax.Assign, vals []str, flags declFlags, sp Span) {
	name := as.Name.Value
	flags.apply(a, st, name)
	switch {
	case as.Naked:
		a.declareName(st, name, flags, sp)
	case as.Array != nil:
		a.assignArray(st, name, as)
	case as.Index != nil:
		a.setElement(st, name, a.subscript(st, name, as.Index), a.text(st, as.Value))
	default:
		if as.Append {
			for i := range vals {
				vals[i] = a.appendedTo(st, name, vals[i])
			}
		}
		a.declareAny(st, name, vals, flags, a.span(as.Pos(), as.End()))
	}
	if flags.free {
		st.free(name)
	}
	if flags.fixed {
		st.fix(name)
	}
}

// declareAny is declareValue for a value that is one of several.
func (a *analyzer) declareAny(st *state, name string, vals []str, d declFlags, sp Span) {
	if len(vals) == 1 {
		a.declareValue(st, name, vals[0], d, sp)
		return
	}
	var states []*state
	for _, val := range vals {
		f := st.fork()
		a.declareValue(f, name, val, d, sp)
		states = append(states, f)
	}
	st.merge(states...)
}

// declFlags are the attributes that a declaration gives.
type declFlags struct {
	local, export, array, assoc, lower, upper, number, ref, funcs, fixed, free bool

	unref  bool // no name for another any more
	off    bool // some are taken away
	hide   bool // from programs, as export -n does
	unsure bool // local, or not
}

// read takes note of the letters of an option. Some of zsh and mksh change what
// is assigned: Z L R E F make columns or decimals of it, U and T other elements,
// and a number is the base in which integers are shown.
func (d *declFlags) read(s string, dialect Dialect) {
	on := s[0] == '-'
	d.off = d.off || !on && strings.ContainsAny(s, "ilu")
	for _, r := range s[1:] {
		d.free = d.free || on && (dialect == Zsh || dialect == Korn) && strings.ContainsRune("ZLREFUT0123456789", r)
		switch r {
		case 'x':
			d.export, d.hide = on, !on
		case 'a':
			d.array = on
		case 'A':
			d.assoc = on
		case 'l':
			d.lower = on
		case 'u':
			d.upper = on
		case 'i':
			d.number = on
		case 'n':
			if d.export && dialect != Zsh {
				d.export, d.hide = false, true
			} else if !d.export { // zsh's export has no such option
				d.ref, d.unref = on, !on
			}
		case 'r':
			d.fixed = on
		case 'f':
			d.funcs = on
		case 'g':
			d.local = false
		}
	}
}

// badOption reports whether bash refuses a declaration for one of its options.
func badOption(name string, args []field) bool {
	letters := "aAfFgiIlnrtuxp"
	switch name {
	case "export":
		letters = "fnp"
	case "readonly":
		letters = "aAfp"
	}
	for _, f := range args {
		if p := f.prefix(); len(p) > 1 && (p[0] == '-' || p[0] == '+') && p != "--" && strings.Trim(p[1:], letters) != "" {
			return true
		}
	}
	return false
}

// makeLocal begins a variable of the function under way, as each shell does: bash
// has it unset and exported as the caller's is, dash with the caller's value, zsh
// empty. In a pipe or a subshell no more is left of it anyway.
func (a *analyzer) makeLocal(st *state, name string, unsure bool) {
	call := st
	for call != nil && !call.call && !call.process {
		call = call.parent
	}
	if call == nil || call.call && call.locals[name] && !call.unsure[name] {
		if a.dialect == Zsh && call != nil { // as in x=1 f, where it is not yet local
			st.perhaps(name, &variable{vals: []str{{}}})
		}
		return
	}
	if st.lookup(name) == nil {
		a.keepInherited(st, name)
	}
	old := a.variable(st, name)
	v := &variable{unset: true}
	switch a.dialect {
	case Bash:
		v.export = old.export
	case POSIX:
		v.export = old.export
		if v = eitherVariable(old, v); v == nil {
			v = &variable{array: true, open: true, export: old.export}
		}
	case Zsh:
		v = &variable{vals: []str{{}}}
	}
	if !call.call {
	} else if unsure || a.branches+a.ands > call.choices {
		if st.lookup(name) == nil && !old.unset {
			call.parent.assign(name, old)
		}
		call.maybeLocal(name)
	} else {
		call.local(name)
	}
	st.assign(name, v)
}

// apply gives name its attributes, before it is assigned.
func (d *declFlags) apply(a *analyzer, st *state, name string) {
	if d.local {
		a.makeLocal(st, name, d.unsure)
	}
	if v := st.lookup(name); d.unref && v != nil && v.nameTo != "" {
		st.assign(name, &variable{vals: []str{unknown(nil)}})
	}
	if !(d.array || d.assoc || d.lower || d.upper || d.number || d.off) {
		return
	}
	if st.lookup(name) == nil {
		a.keepInherited(st, name)
	}
	v := variable{unset: true}
	if old := st.lookup(name); old != nil {
		v = *old
	}
	if d.off || a.dialect == Korn { // where one takes the other's place
		v.lower, v.upper, v.number = false, false, false
	}
	v.array, v.assoc = v.array || d.array || d.assoc, v.assoc || d.assoc
	v.lower, v.upper, v.number = v.lower || d.lower, v.upper || d.upper, v.number || d.number
	st.assign(name, &v)
}

func (a *analyzer) declareName(st *state, name string, d declFlags, sp Span) {
	if d.funcs && d.export {
		a.exportFunction(name)
		return
	}
	if old := st.lookup(name); (a.dialect == Korn || a.dialect == Zsh) && (d.number || d.lower || d.upper) && old != nil && !old.unset {
		a.setVar(st, name, a.scalar(st, name)) // which is made one, there
	}
	old := a.variable(st, name)
	v := *old
	if d.hide || d.export {
		name = a.referent(st, name)
	}
	switch {
	case d.hide, d.export:
		v.export = d.export
		st.assign(name, &v)
		a.setEnv(st, name, a.scalar(st, name), sp, false)
	case d.ref && a.dialect == Bash && len(v.vals) == 1 && v.vals[0].known() && syntax.ValidName(v.vals[0].t) && v.vals[0].t != name:
		st.assign(name, &variable{nameTo: v.vals[0].t})
	case d.ref:
		st.free(name)
		if a.dialect != Zsh && old.nameTo == "" { // for what it is given first, or holds
			a.unknownCode(unknown(nil), sp)
		}
	case a.dialect == Zsh && v.unset && !v.array && !d.funcs:
		a.setVar(st, name, str{}) // which sets it
	}
}

func (a *analyzer) exportFunction(name string) {
	if a.dialect == Zsh || a.dialect == Korn {
		return // bash alone can
	}
	if a.exportedFuncs == nil {
		a.exportedFuncs = map[string]bool{}
	}
	a.exportedFuncs[name] = true
}

func (a *analyzer) declareValue(st *state, name string, val str, d declFlags, sp Span) {
	if d.ref && a.dialect == Zsh {
		st.free(name)
		return
	}
	if d.ref && val.known() {
		a.subscriptCode(st, val)
		if base, _, _ := strings.Cut(val.t, "["); !syntax.ValidName(base) {
			return // an error
		} else if base == name {
			st.free(name) // an error, or a variable of the caller's
			return
		}
		st.assign(name, &variable{nameTo: val.t})
		return
	}
	name = a.referent(st, name)
	if (d.array || d.assoc) && val.known() && strings.HasPrefix(val.t, "(") && strings.HasSuffix(val.t, ")") && syntax.ValidName(name) {
		in := unknown(nil)
		a.runText(st, concat(lit(name+"="), val), a.dialect, sp, stdio{in: &in})
		return
	}
	a.setVar(st, name, val)
	if v := st.lookup(name); d.hide && v != nil {
		c := *v
		c.export = false
		st.assign(name, &c)
	}
	hidden := d.local && (a.dialect == Zsh || a.dialect == Korn) && codeKind(name) == 0
	if v := st.lookup(name); v != nil && (d.export || v.export || a.wasExported(name) && !hidden && !d.hide) {
		c := *v
		c.export = true
		st.assign(name, &c)
		a.setEnv(st, name, a.scalar(st, name), sp, false)
	}
}

// declareField is NAME or NAME=VALUE that only shows after expansion.
func (a *analyzer) declareField(st *state, f field, d declFlags, sp Span) {
	name, val, ok := f.str.cut('=')
	if !name.known() {
		a.res.Unresolved = true
		return
	}
	if i := strings.IndexByte(name.t, '['); i > 0 {
		if e := a.parseArith(strings.TrimSuffix(name.t[i+1:], "]")); e != nil {
			a.arith(st, e)
		}
	}
	name.t = strings.TrimSuffix(name.t, "+")
	d.apply(a, st, name.t)
	if ok {
		a.declareValue(st, name.t, val, d, sp)
	} else {
		a.declareName(st, name.t, d, sp)
	}
	if d.free {
		st.free(name.t)
	}
	if d.fixed {
		st.fix(name.t)
	}
}

// export is a declaration that reached us as a simple command, as in
// `command export X=1`.
func (a *analyzer) export(c *command) {
	a.lists(c)
	name := c.argv[0].t
	if len(operandsOf(c.argv)) == 0 {
		c.io.write(unknown(&source{from: Environment}))
	}
	d := declFlags{export: name == "export", local: name == "local" || (name == "declare" || name == "typeset") && c.st.inCall(), fixed: name == "readonly"}
	d.unsure = c.noFunc || name != "local"
	if d.local && !c.st.inCall() && a.dialect != Zsh || a.dialect != Zsh && badOption(name, c.argv[1:]) {
		outer := c.st
		c.st = outer.fork() // an error in most shells
		a.branches++
		defer func() {
			a.branches--
			outer.merge(c.st, outer.fork())
			c.st = outer
		}()
	}
	for _, f := range c.argv[1:] {
		if f.known() && len(f.t) > 1 && (f.t[0] == '-' || f.t[0] == '+') {
			d.read(f.t, a.dialect)
			continue
		}
		a.declareField(c.st, f, d, c.span)
	}
}

func (a *analyzer) unset(c *command) {
	itself := false // and not what it is a name for
	for _, f := range c.argv[1:] {
		itself = itself || strings.HasPrefix(f.prefix(), "-") && strings.Contains(f.t, "n")
		if a.dialect == Zsh && f.known() && f.t == "-m" { // by a pattern
			a.unknownCode(unknown(nil), c.span)
			return
		}
		if !f.known() || strings.HasPrefix(f.t, "-") {
			continue
		}
		if i := strings.IndexByte(f.t, '['); i > 0 {
			if name := f.t[:i]; a.dialect == Zsh && c.st.lookup(name) == nil && (name == "mapfile" || emitTables[name]) {
				a.unknownCode(f.str, c.span) // it is a file, a function or an alias
			}
			a.unsetElement(c.st, f.t[:i], strings.TrimSuffix(f.t[i+1:], "]"))
			continue
		}
		if c.st.lookup(f.t) == nil && c.st.function(f.t) != nil {
			c.st.mayLack(f.t) // what unset -f removes may have been kept: both stay in sight
			continue
		}
		name := f.t
		for v := c.st.lookup(name); v != nil && v.nameTo != "" && !itself && a.tick(1); v = c.st.lookup(name) {
			name = v.nameTo
		}
		if v := c.st.lookup(name); v != nil && v.fixed {
			continue // an error
		}
		gone := &variable{unset: true}
		for s := c.st; s != nil && a.dialect == Korn; s = s.parent {
			if s.locals[name] { // no more local in mksh: the caller's shows
				s.maybeLocal(name)
				if gone = s.parent.lookup(name); gone == nil {
					gone = a.inherited(c.st, name)
				}
				break
			}
		}
		c.st.assign(name, gone)
		for s := c.st; s != nil && (a.dialect == Bash || a.dialect == POSIX); s = s.parent {
			if s.locals[name] { // one that was set for the call alone: the caller's shows
				if v := s.parent.lookup(name); v != nil {
					c.st.perhaps(name, v)
				}
				break
			}
		}
	}
}

// mayLack makes of a function one that there may be.
func (s *state) mayLack(name string) {
	if f := s.function(name); f != nil {
		c := *f
		c.maybe = true
		s.define(name, &c)
	}
}

func (a *analyzer) unfunction(c *command) {
	for _, f := range operandsOf(c.argv) {
		if f.known() {
			c.st.mayLack(f.t)
		}
	}
}

// unsetElement removes one element of an array. The subscript is evaluated.
func (a *analyzer) unsetElement(st *state, name, key string) {
	v := st.lookup(name)
	if v == nil || !v.array || !v.assoc {
		n, ok := a.arithWord(st, lit(key))
		if v == nil || !v.array {
			return
		}
		at, good := a.elementIndex(v, strconv.FormatInt(n, 10))
		if !ok || !good || a.dialect == Zsh { // zsh leaves an empty one there
			st.assign(name, &variable{array: true, open: true, export: v.export})
			return
		}
		key = strconv.FormatInt(at, 10)
	}
	c := *v
	c.elems = nil
	for _, e := range v.elems {
		if e.key != key {
			c.elems = append(c.elems, e)
		}
	}
	st.assign(name, &c)
}
