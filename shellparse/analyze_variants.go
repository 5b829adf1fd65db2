package shellparse

import (
	"maps"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

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
			if n.Value == "shift" && len(st.owner(ownParams).ways) > 0 {
				names = append(names, "@")
			}
		}
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil {
			name, several := p.Param.Value, false
			if p.Excl && p.Names == 0 {
				if to, sure := a.scalarOr(st, name); sure && to.known() {
					name = to.t
				}
			}
			name = a.referent(st, name)
			if v := st.lookup(name); v != nil {
				several = len(v.vals) > 1 || v.maybe && minds(p) || len(v.ways) > 0
			} else if strings.Trim(name, "0123456789") == "" || name == "@" || name == "*" || name == "#" {
				name, several = "@", len(st.owner(ownParams).ways) > 0
			}
			if several && len(names) < 2 && !slices.Contains(names, name) {
				names = append(names, name)
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

// redirectVariants finds those in redirections.
func (a *analyzer) redirectVariants(st *state, list []*syntax.Redirect) []string {
	var names []string
	if !st.multi {
		return nil
	}
	for _, r := range list {
		for _, name := range a.variants(st, r) {
			if name != "PWD" && len(names) < 2 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
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
			if name == "@" {
				for _, way := range st.owner(ownParams).ways {
					f := base.clone()
					f.setParams(way, false)
					next = append(next, f)
				}
				f := base.clone()
				f.setParams(nil, true)
				next = append(next, f)
				continue
			}
			v := st.lookup(name)
			if len(v.ways) > 0 {
				for _, way := range v.ways {
					f := base.clone()
					f.vars[name] = &way
					next = append(next, f)
				}
				f, any := base.clone(), *v
				any.ways = nil
				f.vars[name] = &any
				next = append(next, f)
				continue
			}
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
	a.eachState(st, io, states, func(_ int, f *state, one stdio) { run(f, one) })
}

// eachState runs something once in each of several states, of which one is that
// of the shell.
func (a *analyzer) eachState(st *state, io stdio, states []*state, run func(int, *state, stdio)) {
	var outs []*output
	var rests []*str
	stays, all := a.stays, unsure
	files := a.branchFiles(len(states))
	before, after := a.fds, make([]map[string]channel, len(states))
	for i, f := range states {
		f.multi, a.fds = false, maps.Clone(before)
		one := io.branch()
		if in := io.in; in != nil && i+1 < len(states) {
			copied := *in // each of them reads the same
			one.in, rests = &copied, append(rests, &copied)
		}
		a.stays = nil
		files.branch()
		run(i, f, one)
		for _, dir := range a.stays {
			stays = addValue(stays, dir)
		}
		if i == 0 {
			all = a.status
		} else if all != a.status {
			all = unsure
		}
		outs = append(outs, one.parts()...)
		f.multi, after[i] = true, a.fds
	}
	files.merge()
	a.fds = a.eitherChannels(after)
	for _, rest := range rests {
		if !same(*rest, *io.in) {
			*io.in = unknown(io.in.src) // which has read on, or has not
		}
	}
	io.out.choose(outs...)
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
