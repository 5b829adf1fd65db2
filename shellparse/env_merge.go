package shellparse

import "slices"

// merge makes s what it may be after one of the branches ran. A branch that
// left the shell does not count.
func (s *state) merge(branches ...*state) {
	live := branches[:0]
	for _, b := range branches {
		if !b.dead {
			live = append(live, b)
		}
	}
	if len(live) == 0 {
		s.dead = true
		return
	}
	names := map[string]bool{}
	for _, b := range live {
		for n := range b.vars {
			names[n] = true
		}
	}
	for n := range names {
		s.assign(n, mergeVariable(live, n))
		s.freeNamed(live, n)
	}
	for _, b := range live {
		for n, f := range b.funcs {
			c := eitherFunction(f, s.function(n))
			c.maybe = slices.ContainsFunc(live, func(o *state) bool {
				g := o.function(n)
				return g == nil || g.maybe
			})
			s.define(n, c)
		}
		for n, vals := range b.alias {
			for _, v := range vals {
				s.setAlias(n, v)
			}
		}
	}
	s.mergeRest(live)
}

// eitherFunction is a function that is any of the versions of two; there may be no other.
func eitherFunction(f, other *function) *function {
	var versions []*function
	for _, g := range []*function{f, other} {
		for ; g != nil; g = g.or {
			if !slices.ContainsFunc(versions, func(h *function) bool { return h.body == g.body }) {
				c := *g
				versions = append(versions, &c)
			}
		}
	}
	for i, g := range versions {
		if g.or = nil; i > 0 {
			versions[i-1].or = g
		}
	}
	return versions[0]
}

// freeNamed makes nothing known of what a variable is a name for in some of the
// branches: what is assigned to the one may be the other's.
func (s *state) freeNamed(live []*state, name string) {
	for _, b := range live {
		if v := b.vars[name]; v != nil && v.nameTo != "" && s.lookup(name).nameTo == "" {
			s.freeTarget(v)
		}
	}
}

func (s *state) mergeRest(live []*state) {
	var cwds []str
	params, open := live[0].parameters()
	own, options := false, false
	for _, b := range live {
		for _, c := range b.owner(ownCwd).cwds {
			cwds = addValue(cwds, c)
		}
		p, o := b.parameters()
		own = own || b.set[ownParams]
		if o || len(p) != len(params) {
			open = true
		}
		for i := range p {
			if i < len(params) && !same(p[i], params[i]) {
				open = true
			}
		}
		options = options || b.set[ownOpts]
	}
	if options {
		s.setOptions(mergeOptions(live))
	}
	if len(cwds) > maxValues {
		cwds = []str{unknown(nil)}
	}
	t := s
	for t.call && t.parent != nil {
		t = t.parent
	}
	t.cwds, t.set[ownCwd] = cwds, true
	last := live[0].lastArg()
	for _, b := range live[1:] {
		if !same(last, b.lastArg()) {
			last = unknown(nil)
		}
	}
	t.last = &last
	if len(cwds) > 1 {
		s.severalInSight()
	}
	if own {
		if !open {
			s.setParams(params, false)
			return
		}
		ways := paramWays(live)
		s.setParams(nil, true)
		if s.ways = ways; len(ways) > 0 {
			s.severalInSight()
		}
	}
}

// mergeOptions are the options after any of the branches: where they differ
// about wildcards, those are not looked up.
func mergeOptions(live []*state) options {
	o := live[len(live)-1].options()
	for _, b := range live {
		p := b.options()
		o.unsureGlob = o.unsureGlob || p.unsureGlob || p.noglob != o.noglob
		o.nullglob = o.nullglob || p.nullglob
		o.noclobber, o.oddDirs = o.noclobber || p.noclobber, o.oddDirs || p.oddDirs
		o.errexit, o.nounset = o.errexit || p.errexit, o.nounset || p.nounset
		o.zeroArrays = o.zeroArrays || p.zeroArrays
		o.extglob = o.extglob && p.extglob
		o.mayExport = o.mayExport || p.mayExport || o.allexport != p.allexport
		o.allexport, o.globCode = o.allexport || p.allexport, o.globCode || p.globCode
	}
	o.noglob = o.noglob && !o.unsureGlob
	return o
}

func addValue(vals []str, v str) []str {
	for i := range vals {
		if same(vals[i], v) {
			vals[i].src = join(vals[i].src, v.src)
			return vals
		}
	}
	return append(vals[:len(vals):len(vals)], v)
}

// fewValues is at most n values: the first and the last ones, and any other.
func fewValues(vals []str, n int) []str {
	if len(vals) <= n {
		return vals
	}
	var src *source
	for _, v := range vals {
		src = join(src, v.src)
	}
	few := addValue(slices.Clone(vals[:n/2-1]), unknown(src))
	for _, v := range vals[len(vals)-n/2:] {
		few = addValue(few, v)
	}
	return few
}

// mergeVariable is the variable as it may be after any of the branches.
func mergeVariable(live []*state, name string) *variable {
	var out *variable
	for i, b := range live {
		v := b.lookup(name)
		if v == nil {
			v = &variable{unset: true}
		}
		if i == 0 {
			c := *v
			out = &c
			continue
		}
		if out = eitherVariable(out, v); out == nil {
			out = anyArray(live, name)
			out.ways = waysOf(live, name)
			return out
		}
	}
	out.vals = fewValues(out.vals, maxValues)
	return out
}

// eitherVariable is a variable that is one of two; nil for arrays that differ.
func eitherVariable(one, other *variable) *variable {
	out, v := *one, other
	out.mayExport = out.mayExport || v.mayExport || out.export != v.export
	out.export, out.fixed = out.export || v.export, out.fixed || v.fixed
	if out.free = out.free || v.free || !out.array && !v.array && (out.number != v.number || out.lower != v.lower || out.upper != v.upper); out.free {
		return freed(&out, v)
	}
	if out.nameTo != v.nameTo { // a name for another, or a variable of its own
		return &variable{vals: []str{unknown(nil)}, open: true, export: out.export, fixed: out.fixed, free: true}
	}
	if out.array || v.array {
		if !out.array || !v.array || !sameElements(out.elems, v.elems) {
			return nil
		}
		out.open = out.open || v.open
		return &out
	}
	if out.unset != v.unset || out.maybe || v.maybe {
		out.maybe = true
		out.vals = addValue(out.vals, str{})
	}
	for _, x := range v.vals {
		out.vals = addValue(out.vals, x)
	}
	out.unset = out.unset && v.unset
	return &out
}

// waysOf are the things that a variable is after the branches, some of them.
func waysOf(live []*state, name string) []variable {
	var ways []variable
	add := func(v variable) {
		v.ways = nil
		same := func(w variable) bool {
			return w.array == v.array && w.unset == v.unset && sameElements(w.elems, v.elems) && slices.EqualFunc(w.vals, v.vals, same)
		}
		if len(ways) < maxValues && v.nameTo == "" && !v.free && !slices.ContainsFunc(ways, same) {
			ways = append(ways, v)
		}
	}
	for _, b := range live {
		switch v := b.lookup(name); {
		case v == nil:
			add(variable{unset: true})
		case len(v.ways) > 0:
			for _, w := range v.ways {
				add(w)
			}
		default:
			add(*v)
		}
	}
	return ways
}

// paramWays are the parameters that there are after the branches, some of them.
func paramWays(live []*state) [][]str {
	var ways [][]str
	add := func(w []str) {
		if len(ways) < maxValues && !slices.ContainsFunc(ways, func(v []str) bool { return slices.EqualFunc(v, w, same) }) {
			ways = append(ways, w)
		}
	}
	for _, b := range live {
		switch o := b.owner(ownParams); {
		case !o.open:
			add(o.params)
		default:
			for _, w := range o.ways {
				add(w)
			}
		}
	}
	return ways
}

// anyArray is an array of which nothing is known but where its elements are from.
func anyArray(live []*state, name string) *variable {
	out := &variable{array: true, open: true}
	var src *source
	for _, b := range live {
		if v := b.lookup(name); v != nil {
			out.export, out.fixed = out.export || v.export, out.fixed || v.fixed
			for _, e := range v.elems {
				src = join(src, e.val.src)
			}
			for _, x := range v.vals {
				src = join(src, x.src)
			}
		}
	}
	if src != nil {
		out.elems = []element{{"0", unknown(src)}}
	}
	return out
}

func sameElements(a, b []element) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].key != b[i].key || !same(a[i].val, b[i].val) {
			return false
		}
	}
	return true
}
