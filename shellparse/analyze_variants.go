package shellparse

import (
	"slices"

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
	a.eachState(st, io, states, func(_ int, f *state, one stdio) { run(f, one) })
}

// eachState runs something once in each of several states, of which one is that
// of the shell.
func (a *analyzer) eachState(st *state, io stdio, states []*state, run func(int, *state, stdio)) {
	var outs []*output
	var rests []*str
	stays, all := a.stays, unsure
	for i, f := range states {
		f.multi = false
		one := io.branch()
		if in := io.in; in != nil && i+1 < len(states) {
			copied := *in // each of them reads the same
			one.in, rests = &copied, append(rests, &copied)
		}
		a.stays = nil
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
		f.multi = true
	}
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
