package shellparse

import (
	"slices"
	"strconv"

	"mvdan.cc/sh/v3/syntax"
)

// assignStmt carries out NAME=VALUE, for good or for the one command.
func (a *analyzer) assignStmt(st *state, cmd *command, as *syntax.Assign, lasting bool) {
	if as.Name == nil {
		return
	}
	name := as.Name.Value
	sp := a.span(as.Pos(), as.End())
	if as.Array != nil {
		a.eachArray(st, func(st *state) { a.assignArray(st, name, as) })
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
	vals := a.valuesOf(func() str { return a.assignValue(st, as) })
	if lasting && as.Index == nil && len(vals) > 1 {
		var states []*state
		for _, val := range vals {
			f := st.fork()
			a.assignLasting(f, name, val, sp)
			states = append(states, f)
		}
		st.merge(states...)
		return
	}
	val := eitherOf(vals)
	if as.Index != nil {
		a.setElement(st, name, a.subscript(st, name, as.Index), val)
		return
	}
	if lasting {
		a.assignLasting(st, name, val, sp)
		return
	}
	cmd.assigns = append(cmd.assigns, assignment{name, val, vals, sp})
}

// eachArray assigns an array, once for each of the texts that the substitutions in
// it may stand for.
func (a *analyzer) eachArray(st *state, assign func(*state)) {
	var alts []alternatives
	outer := a.alts
	a.alts = &alts
	first := st.fork()
	assign(first)
	a.alts = outer
	if !severalWays(alts) {
		st.merge(first)
		return
	}
	var states []*state
	for _, way := range combined(alts) {
		f := st.fork()
		a.choosing(way, func() { assign(f) })
		states = append(states, f)
	}
	st.merge(states...)
}

// assignLasting is NAME=VALUE that stays.
func (a *analyzer) assignLasting(st *state, name string, val str, sp Span) {
	a.setVar(st, name, val)
	a.assignedCode(st, name, val, sp)
	if v := st.lookup(name); st.options().allexport || v != nil && v.export || a.wasExported(name) || codeKind(name) == codePrompt {
		a.setEnv(st, name, val, sp, false)
	}
}

// assignValue is the right side of an assignment, where ~ also counts after :.
func (a *analyzer) assignValue(st *state, as *syntax.Assign) str {
	val := str{}
	if as.Value != nil {
		val = a.assignedText(st, as)
	}
	switch {
	case as.Append && as.Index != nil:
		return a.appendedElement(st, as, val)
	case as.Append:
		return a.appendedTo(st, as.Name.Value, val)
	}
	return val
}

// appendedElement is what NAME[INDEX]+=VALUE makes of an element. A subscript is
// evaluated once, so that one with effects is left open.
func (a *analyzer) appendedElement(st *state, as *syntax.Assign, val str) str {
	w, ok := as.Index.(*syntax.Word)
	v := st.lookup(as.Name.Value)
	if !ok || w.Lit() == "" || v == nil || !v.array || v.number {
		return unknown(val.src)
	}
	if old, _, _ := a.arrayRef(st, as.Name.Value, as.Index, false); len(old) == 1 {
		return a.appended(old[0], val)
	}
	return val
}

// assignedText is what stands on the right side of an assignment.
func (a *analyzer) assignedText(st *state, as *syntax.Assign) str {
	x := expander{a: a, st: st, single: true, assign: true}
	x.parts(as.Value.Parts, false)
	return x.cur.str()
}

// appendedTo is what NAME+=VALUE makes of a variable.
func (a *analyzer) appendedTo(st *state, name string, val str) str {
	old, _ := a.scalarOr(st, name)
	if v := st.lookup(name); v != nil && v.number {
		return unknown(nil)
	}
	return a.appended(old, val)
}

func (a *analyzer) assignArray(st *state, name string, as *syntax.Assign) {
	name = a.referent(st, name)
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
	if a.dialect == Zsh && mixed(as.Array.Elems) || a.dialect == Korn && subscripted(as.Array.Elems) { // where words that come to nothing count, or subscripts do not
		for _, e := range as.Array.Elems {
			if e.Value != nil {
				a.fields(st, []*syntax.Word{e.Value})
			}
		}
		st.assign(name, &variable{array: true, open: true})
		return
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
			if !old.array && len(old.vals) > 0 {
				v.elems, v.open = []element{{"0", old.vals[0]}}, v.open || len(old.vals) > 1 || old.maybe
				if len(old.vals) > 1 {
					v.elems[0].val = unknown(old.vals[0].src)
				}
			}
			v.array, v.vals, v.unset, v.maybe = true, nil, false, false
		}
	}
	if v.assoc && a.dialect != Korn && a.assignPairs(st, v, as.Array.Elems) {
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
			val := a.elementText(st, v, e.Value)
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
		matched := hasExtGlob(e.Value)
		for _, f := range a.elements(st, []*syntax.Word{e.Value}) {
			if f.several() || matched {
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

// subscripted reports whether an element of an array has a subscript.
func subscripted(elems []*syntax.ArrayElem) bool {
	return slices.ContainsFunc(elems, func(e *syntax.ArrayElem) bool { return e.Index != nil })
}

// mixed reports whether some elements of an array have subscripts and others
// have none.
func mixed(elems []*syntax.ArrayElem) bool {
	with := func(e *syntax.ArrayElem) bool { return e.Index != nil }
	first := slices.IndexFunc(elems, with)
	return first > 0 || first == 0 && slices.ContainsFunc(elems, func(e *syntax.ArrayElem) bool { return !with(e) })
}

// elementText is the value behind a subscript in an array.
func (a *analyzer) elementText(st *state, v *variable, w *syntax.Word) str {
	switch {
	case w == nil:
		return str{}
	case a.dialect == Bash && v.assoc:
		return a.pairText(st, w)
	case a.dialect == Bash:
		return a.assignedText(st, &syntax.Assign{Value: w})
	}
	return a.text(st, w)
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
	var fs []field
	if a.dialect == Bash {
		for _, w := range words {
			fs = append(fs, field{str: a.pairText(st, w)})
		}
	} else {
		fs = a.fields(st, words)
	}
	for i := 0; i < len(fs); i += 2 {
		if !fs[i].known() || fs[i].loose {
			v.open = true
			continue
		}
		val := str{}
		if i+1 < len(fs) {
			val = fs[i+1].str
		}
		v.put(fs[i].t, val)
	}
	return true
}

// pairText is a key or a value of an associative array in bash: neither split nor
// matched, and without a home for a tilde.
func (a *analyzer) pairText(st *state, w *syntax.Word) str {
	x := expander{a: a, st: st, single: true, noTilde: true}
	x.parts(w.Parts, false)
	s := x.cur.str()
	if hasProcess(w) || len(a.braces(w)) > 1 {
		return unknown(s.src) // it stands there as it was written, in some
	}
	return s
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
