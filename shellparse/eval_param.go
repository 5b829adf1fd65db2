package shellparse

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// param expands $x and ${...}. list says that the values are the elements of
// an array or of the parameters, each a word of its own in quotes.
func (a *analyzer) param(st *state, p *syntax.ParamExp, inQuotes bool) (vals []str, list bool) {
	if !a.tick(1) {
		return nil, false
	}
	if p.NestedParam != nil {
		return a.nestedParam(st, p, inQuotes)
	}
	if p.Param == nil {
		return []str{unknown(nil)}, false
	}
	name := p.Param.Value
	if p.Excl && p.Names != 0 {
		return a.namesWith(st, name), true
	}
	set := true
	if v := st.lookup(name); p.Excl && a.dialect == Bash && p.Index == nil && v != nil && v.nameTo != "" {
		if vals = []str{lit(v.nameTo)}; a.isReference(st, v.nameTo) { // one name for another
			vals[0] = unknown(nil)
		}
	} else if p.Excl && a.dialect == Korn && p.Index == nil {
		vals = []str{lit(name)} // the name that a reference stands for
		if v := st.lookup(name); v != nil && v.nameTo != "" {
			vals[0] = unknown(nil)
		}
	} else if p.Excl {
		vals, list, set = a.indirect(st, p)
	} else {
		each := p.Flags != nil && strings.ContainsAny(p.Flags.Value, "@jF")
		vals, list, set = a.paramBase(st, name, p.Index, inQuotes && !each)
	}
	if p.Length || p.Slice != nil || p.Repl != nil || len(p.Modifiers) > 0 || p.Exp != nil && p.Exp.Op >= syntax.RemSmallSuffix {
		vals = withoutPipes(vals)
	}
	if p.Length && !set && a.dialect == Zsh && list && p.Flags == nil {
		return []str{lit("0")}, false
	}
	if p.Length && p.Flags != nil {
		return []str{unknown(nil)}, false // of other things
	}
	if p.Length {
		return a.paramLength(vals, list), false
	}
	if p.IsSet {
		return []str{unknown(nil)}, false
	}
	if several := len(vals) > 1; p.Flags != nil {
		vals, list = a.zshFlags(st, p.Flags.Value, vals, list)
		if several && strings.ContainsAny(p.Flags.Value, "jFsf0") && (p.Slice != nil || p.Repl != nil || p.Exp != nil || len(p.Modifiers) > 0) {
			vals, list = []str{unknown(joinedSource(vals))}, true // of the elements, before they are joined, or of all as one
		}
	}
	switch {
	case p.Slice != nil && list && a.sparse(st, name):
		a.paramSlice(st, p.Slice, nil, true)
		return []str{unknown(nil)}, true // counted by index, not by place
	case p.Slice != nil && list && p.Index != nil && !p.Excl && a.isScalar(st, name):
		if len(vals) == 0 {
			vals = []str{{}}
		}
		if bounds := vals[0]; a.dialect == Bash && inQuotes && isAt(p.Index) && (!set || bounds.known() && a.beyond(st, p.Slice, bounds.t)) {
			return nil, true // not even an empty word
		}
		return a.paramSlice(st, p.Slice, vals, false), false // characters, not elements
	case p.Slice != nil && list && (name == "@" || name == "*"):
		zero, _, _ := a.paramBase(st, "0", nil, false)
		return a.paramSlice(st, p.Slice, append(zero, vals...), list), list
	case p.Slice != nil:
		if (name == "@" || name == "*") && !p.Excl {
			return a.paramsSlice(st, p.Slice, name == "*" && inQuotes)
		}
		return a.paramSlice(st, p.Slice, vals, list), list
	case (p.Repl != nil || p.Exp != nil && p.Exp.Op >= syntax.RemSmallSuffix) && name == "*" && inQuotes:
		return []str{unknown(joinedSource(vals))}, false // of each, before they are joined
	case p.Repl != nil && a.dialect == Zsh && !set: // an anchor is found in nothing, too
		return []str{unknown(nil)}, list
	case p.Repl != nil:
		return a.paramReplace(st, p.Repl, vals), list
	case p.Exp != nil:
		if vals, list := a.paramExpansion(st, p, vals, list, set, inQuotes); !list || a.dialect != POSIX || p.Exp.Op < syntax.RemSmallSuffix {
			return vals, list
		}
		return []str{unknown(nil)}, true // of each, or of all as one
	case len(p.Modifiers) > 0:
		return zshModifiers(p.Modifiers, vals), list
	}
	if !set && !list {
		if len(vals) == 1 && vals[0].glob {
			return vals, false // nothing is known of it
		}
		if len(vals) == 1 {
			return vals, false // empty, but it is known whose value is meant
		}
		return []str{{}}, false
	}
	return vals, list
}

// referent is the variable that a name stands for in the end.
func (a *analyzer) referent(st *state, name string) string {
	for range 8 { // names may stand for each other in a circle
		v := st.lookup(name)
		if v == nil || !syntax.ValidName(v.nameTo) {
			break
		}
		name = v.nameTo
	}
	return name
}

// isReference reports whether a variable is a name for another.
func (a *analyzer) isReference(st *state, name string) bool {
	v := st.lookup(name)
	return v != nil && v.nameTo != ""
}

// paramBase is the value before any operator. set is false for what is not
// set, or may well not be.
func (a *analyzer) paramBase(st *state, name string, index syntax.ArithmExpr, inQuotes bool) (vals []str, list, set bool) {
	switch name {
	case "@", "*":
		ps, open := st.parameters()
		if len(ps) > 0 {
			ps = ps[1:]
		}
		if open && name == "*" && inQuotes {
			return []str{unknown(a.joined(st, ps).src)}, false, true
		}
		if open {
			return append(slices.Clone(ps), unknown(nil)), true, true
		}
		if name == "*" && inQuotes {
			return []str{a.joined(st, ps)}, false, len(ps) > 0
		}
		return ps, true, len(ps) > 0
	case "#":
		ps, open := st.parameters()
		if open {
			return []str{unknown(nil)}, false, true
		}
		return []str{lit(strconv.Itoa(max(0, len(ps)-1)))}, false, true
	case "_":
		return []str{st.lastArg()}, false, true
	case "OPTIND":
		if a.dialect == Zsh && a.optFound { // which moves on only when it looks for the next one
			return []str{unknown(nil)}, false, true
		}
	case "?", "$", "!", "-":
		return []str{unknown(nil)}, false, true
	}
	if n, ok := positional(name); ok {
		ps, open := st.parameters()
		if n > 0 && n < len(ps) && open && slices.ContainsFunc(ps[1:n], func(s str) bool { return !s.known() }) {
			return []str{unknown(ps[n].src)}, false, true // one before it may be many, or none
		}
		if n >= 0 && n < len(ps) {
			return []str{ps[n]}, false, true
		}
		if open {
			return []str{unknown(nil)}, false, false
		}
		if n == 0 {
			return []str{lit(a.shellName())}, false, true
		}
		return nil, false, false
	}
	if index != nil {
		return a.arrayRef(st, name, index, inQuotes)
	}
	if a.dialect == Zsh {
		if v := st.lookup(name); v != nil && v.array {
			if st.options().zeroArrays {
				return []str{unknown(a.joinedElements(st, v).src)}, !inQuotes, true
			}
			if inQuotes {
				return []str{a.joinedElements(st, v)}, false, true
			}
			return a.allElements(v), true, len(v.elems) > 0 || v.open
		}
	}
	s, set := a.scalarOr(st, name)
	if !set && !s.glob && s.src == nil {
		return nil, false, false
	}
	return []str{s}, false, set
}

// positional is the number of $1, $2 and so on.
func positional(name string) (int, bool) {
	if name == "" || name[0] > '9' {
		return 0, false // most names: an error costs more than this
	}
	n, err := strconv.Atoi(name)
	return n, err == nil
}

func (a *analyzer) joined(st *state, vals []str) str {
	sep := ""
	if ifs, ok := a.ifs(st); ok && ifs != "" {
		sep = ifs[:1]
	}
	var b builder
	for i, v := range vals {
		if i > 0 {
			b.lit(sep)
		}
		b.add(v)
	}
	return b.str()
}

// joinedElements is "${x[*]}": of an array that may have more elements, or
// fewer, nothing is known but where they are from.
func (a *analyzer) joinedElements(st *state, v *variable) str {
	s := a.joined(st, a.allElements(v))
	if v.open {
		return unknown(s.src)
	}
	return s
}

func (a *analyzer) allElements(v *variable) []str {
	if !a.tick(len(v.elems) / 8) {
		return nil
	}
	var out []str
	for _, e := range v.elems {
		if v.assoc && len(v.elems) > 1 {
			e.val = unknown(e.val.src) // which comes first, nobody knows
		}
		out = append(out, e.val)
	}
	if v.open {
		out = append(out, unknown(nil))
	}
	return out
}

func (a *analyzer) arrayRef(st *state, name string, index syntax.ArithmExpr, inQuotes bool) ([]str, bool, bool) {
	v := a.variable(st, name)
	if w, ok := index.(*syntax.Word); ok {
		if l := w.Lit(); l == "@" || l == "*" {
			if !v.array {
				if a.dialect == Zsh && len(v.vals) == 0 {
					return []str{{}}, true, !v.unset // one word, and empty
				}
				if l == "*" && inQuotes && len(v.vals) == 0 {
					return []str{{}}, false, false // one word, and empty
				}
				return v.vals, true, !v.unset
			}
			all := a.allElements(v)
			if l == "*" && inQuotes {
				return []str{a.joinedElements(st, v)}, false, len(all) > 0
			}
			return all, true, len(all) > 0
		}
	}
	key := a.subscript(st, name, index)
	if v.array && a.dialect == Zsh && st.options().zeroArrays {
		key = unknown(nil)
	}
	if x, ok := index.(*syntax.BinaryArithm); ok && a.dialect == Zsh && x.Op == syntax.Comma {
		return []str{unknown(a.scalar(st, name).src)}, !inQuotes, true // from one to another
	}
	if v.free {
		return []str{unknown(nil)}, false, true
	}
	if !v.array {
		if a.dialect == Zsh {
			return []str{a.character(st, name, key)}, false, !v.unset
		}
		if key.known() && key.t == "0" {
			s, set := a.scalarOr(st, name)
			return []str{s}, false, set
		}
		if key.known() && len(v.vals) > 0 && !v.open {
			return nil, false, false
		}
		if v.unset {
			return nil, false, false
		}
		return []str{unknown(nil)}, false, true
	}
	if !key.known() {
		return []str{unknown(nil)}, false, true
	}
	if !v.assoc {
		at, ok := a.elementIndex(v, key.t)
		if !ok {
			return []str{unknown(nil)}, false, true
		}
		key.t = strconv.FormatInt(at, 10)
	}
	if !a.tick(len(v.elems) / 16) {
		return nil, false, false
	}
	shifted := false
	for _, e := range v.elems {
		if e.key == key.t && shifted {
			return []str{unknown(e.val.src)}, false, true // one before it may be many, or none
		}
		shifted = shifted || v.open && !v.assoc && !e.val.known()
		if e.key == key.t {
			return []str{e.val}, false, true
		}
	}
	if v.open {
		return []str{unknown(nil)}, false, true
	}
	return nil, false, false
}

func (a *analyzer) isScalar(st *state, name string) bool {
	v := st.lookup(name)
	return v != nil && !v.array && a.dialect == Bash || (v == nil || !v.array) && a.dialect == Zsh && !isListName(name)
}

// isListName tells the arrays apart that zsh sets by itself.
func isListName(name string) bool {
	switch name {
	case "@", "*", "path", "fpath", "cdpath", "manpath", "module_path", "mailpath", "fignore", "psvar", "argv", "pipestatus":
		return true
	}
	return false
}

// sparse reports whether an array lacks elements between those it has.
func (a *analyzer) sparse(st *state, name string) bool {
	v := st.lookup(name)
	return v != nil && v.array && a.dialect != Zsh && (v.assoc || v.end() != int64(len(v.elems)))
}

// character is what zsh makes of a subscript on a string.
func (a *analyzer) character(st *state, name string, key str) str {
	s := a.scalar(st, name)
	n, ok := parseInt(key.t)
	if !s.known() || !key.known() || !ok {
		return unknown(s.src)
	}
	r := []rune(s.t)
	if n < 0 {
		n += int64(len(r)) + 1
	}
	if n < 1 || n > int64(len(r)) {
		return str{src: s.src}
	}
	return str{t: string(r[n-1]), src: s.src}
}

// indirect expands ${!x}: the variable that x names, or an array's keys.
func (a *analyzer) indirect(st *state, p *syntax.ParamExp) ([]str, bool, bool) {
	name := p.Param.Value
	if w, ok := p.Index.(*syntax.Word); ok && (w.Lit() == "@" || w.Lit() == "*") {
		var keys []str
		v := a.variable(st, name)
		for _, e := range v.elems {
			if !v.open || !e.val.opaque() {
				keys = append(keys, lit(e.key))
			}
			if v.open && !e.val.known() {
				break // it may be many elements, or none
			}
		}
		if v.open {
			keys = append(keys, unknown(nil))
		}
		if v.assoc && len(keys) > 1 { // in no order
			for i := range keys {
				keys[i] = unknown(nil)
			}
		}
		return keys, true, true
	}
	vals, _, _ := a.paramBase(st, name, p.Index, false)
	if len(vals) != 1 || !vals[0].known() {
		return []str{unknown(nil)}, false, true
	}
	if base, _, _ := strings.Cut(vals[0].t, "["); !syntax.ValidName(base) && strings.Trim(base, "0123456789@*#?-$!") != "" || base == "" {
		a.mayAbort(st)
	}
	return a.byName(st, vals[0].t)
}

// byName is the value of a variable, parameter or array element by its name.
func (a *analyzer) byName(st *state, name string) ([]str, bool, bool) {
	base, index, isElem := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if !isElem {
		return a.paramBase(st, name, nil, false)
	}
	if index == "@" || index == "*" {
		v := a.variable(st, base)
		return a.allElements(v), true, true
	}
	if e := a.parseArith(index); e != nil {
		return a.arrayRef(st, base, e, false)
	}
	return []str{unknown(nil)}, false, true
}

func (a *analyzer) namesWith(st *state, prefix string) []str {
	seen := map[string]bool{}
	for s := st; s != nil; s = s.parent {
		if !a.tick(2 * len(s.vars)) {
			return nil
		}
		for n := range s.vars {
			if strings.HasPrefix(n, prefix) {
				seen[n] = true
			}
		}
	}
	var out []str
	for n := range seen {
		out = append(out, lit(n))
	}
	slices.SortFunc(out, func(a, b str) int { return strings.Compare(a.t, b.t) })
	return append(out, unknown(nil))
}

func (a *analyzer) paramLength(vals []str, list bool) []str {
	if list {
		for _, v := range vals {
			if v.opaque() {
				return []str{unknown(nil)}
			}
		}
		return []str{lit(strconv.Itoa(len(vals)))}
	}
	if len(vals) == 0 {
		return []str{lit("0")}
	}
	if !vals[0].known() {
		return []str{unknown(nil)}
	}
	if !a.tick(len(vals[0].t) / 128) {
		return nil
	}
	return []str{lit(strconv.Itoa(utf8.RuneCountInString(vals[0].t)))}
}
