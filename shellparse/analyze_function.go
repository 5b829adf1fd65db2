package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// callFunction runs a function, or each of those of its name that it may be, as
// if it were the only one.
func (a *analyzer) callFunction(cmd *command, f *function) {
	if f.or == nil {
		a.callVersion(cmd, f)
		return
	}
	var versions []*function
	var states []*state
	for ; f != nil && a.tick(1); f = f.or {
		versions, states = append(versions, f), append(states, cmd.st.fork())
	}
	if len(states) == 0 {
		return // there is no budget left
	}
	a.branches++
	a.versions++
	a.eachState(cmd.st, cmd.io, states, func(i int, st *state, io stdio) {
		sub := *cmd
		sub.st, sub.io = st, io
		a.callVersion(&sub, versions[i])
	})
	a.versions--
	a.branches--
}

// callVersion runs a function's body with its own parameters and locals.
func (a *analyzer) callVersion(cmd *command, f *function) {
	choices := a.branches + a.ands
	if a.calling[f] > 2 {
		if a.spawning > 0 && f.choices-f.versions == choices-a.versions {
			a.refuse("starts copies of itself without end: a fork bomb")
			a.res.RefusalSpan = cmd.span
		}
		return // recursion adds nothing that two turns did not show
	}
	f.choices, f.versions = choices, a.versions
	if a.calling == nil {
		a.calling = map[*function]int{}
	}
	switch a.calling[f] {
	case 1:
		f.before = a.values(cmd.st)
	case 2: // whatever the variables come to be by then
		for name, v := range a.values(cmd.st) {
			if old, ok := f.before[name]; !ok || !same(old, v) {
				a.setVar(cmd.st, name, unknown(v.src))
			}
		}
	}
	a.calling[f]++
	a.leavable(routineRegion, []*syntax.Stmt{f.body}, cmd.st, cmd.io, func(outer *state) { a.callBody(cmd, f, outer) })
	a.calling[f]--
	a.status = unsure
}

// callBody runs a function's body once.
func (a *analyzer) callBody(cmd *command, f *function, outer *state) {
	st := outer.fork()
	st.call, st.choices = true, f.choices
	var ps []str
	open := false
	for _, x := range cmd.argv {
		if x.several() {
			open = true
		}
		ps = append(ps, x.str)
	}
	if outer, _ := outer.parameters(); a.dialect == Bash || a.dialect == POSIX {
		if ps[0] = lit(a.shellName()); len(outer) > 0 { // zsh alone has the function's name there
			ps[0] = outer[0]
		}
	} else if a.dialect == Korn {
		ps[0] = unknown(nil)
	}
	st.setParams(ps, open)
	pos := a.optPos
	if a.dialect == Zsh { // where it is each function's own
		defer func() { a.optPos = pos }()
		st.local("OPTIND")
		if a.optPos = 0; outer.lookup("OPTIND") != nil {
			st.assign("OPTIND", &variable{vals: []str{lit("1")}})
		}
	}
	for _, as := range cmd.assigns {
		st.local(as.name)
		a.setEnv(st, as.name, as.val, as.span, true)
		st.assign(as.name, &variable{vals: []str{as.val}, export: true})
	}
	saved := a.unit
	a.unit = a.inside(f.at, cmd.span)
	set, o := len(a.traps), outer.options()
	a.stmt(st, f.body, cmd.io)
	if st.regains {
		outer.setOptions(o)
	}
	a.unit = saved
	for _, as := range cmd.assigns {
		if v := st.vars[as.name]; v != nil && v.fixed {
			outer.perhaps(as.name, v) // in bash it stays
		}
	}
	if a.dialect == Zsh && len(a.traps) > set { // where what it traps at EXIT goes off when it ends
		b := outer.fork()
		for _, t := range a.traps[set:] {
			a.runText(b, t.text, t.dialect, t.span, cmd.io)
		}
		outer.merge(b, outer.fork())
	}
	outer.dead = outer.dead || st.dead && a.leaves([]*syntax.Stmt{f.body})
}

// values are the variables that have one value, the innermost of each name.
func (a *analyzer) values(st *state) map[string]str {
	out := map[string]str{}
	for s := st; s != nil && a.tick(len(s.vars)); s = s.parent {
		for name, v := range s.vars {
			if _, ok := out[name]; !ok && v != nil && len(v.vals) == 1 {
				out[name] = v.vals[0]
			}
		}
	}
	return out
}

// autoload makes functions of files: of the one that is named, or of those of
// that name in fpath, if the text says what that is. What is in them is not known.
func (a *analyzer) autoload(c *command) {
	if slices.ContainsFunc(c.argv[1:], func(f field) bool { return !f.known() || strings.HasPrefix(f.t, "-") && strings.ContainsAny(f.t, "Xw") }) {
		a.unknownCode(unknown(nil), c.span) // the function under way, or digests of many
	}
	for _, f := range operandsOf(c.argv) {
		if strings.HasPrefix(f.prefix(), "+") {
			continue
		}
		if a.autoloaded == nil {
			a.autoloaded = map[string]bool{}
		}
		a.autoloaded[path0(f.prefix())] = true
		files := []str{f.str}
		if strings.IndexByte(f.prefix(), '/') < 0 {
			files = nil
			for _, name := range []string{"fpath", "FPATH"} {
				v := c.st.lookup(name)
				if v == nil {
					continue
				}
				dirs := slices.Clone(v.vals)
				for _, e := range v.elems {
					dirs = append(dirs, e.val)
				}
				for _, dirs := range dirs {
					for dir := range strings.SplitSeq(dirs.prefix(), ":") {
						files = append(files, concat(lit(dir+"/"), f.str))
					}
				}
			}
		}
		for _, file := range files {
			v := a.readPath(c.st, file, false, c.span)
			a.flowInto("zsh", v.src, c.span)
		}
	}
}
