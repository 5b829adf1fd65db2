package shellparse

import (
	"regexp"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

// patternBytes are the bytes without which a pattern stands for itself alone.
const patternBytes = `\*?[]()|!@+^-`

// paramReplace is ${x/orig/with} and ${x//orig/with}.
func (a *analyzer) paramReplace(st *state, r *syntax.Replace, vals []str) []str {
	orig, with := a.pattern(st, r.Orig), a.text(st, r.With)
	out := make([]str, len(vals))
	for i, v := range vals {
		out[i] = unknown(join(v.src, with.src))
		if !v.known() || !with.known() || orig.hasHole() {
			continue
		}
		pat := orig.globText()
		anchor, tail := "", ""
		if !r.All && strings.HasPrefix(pat, "#") {
			pat, anchor = pat[1:], "^"
		} else if !r.All && strings.HasPrefix(pat, "%") {
			pat, tail = pat[1:], "$"
		}
		if pat == "" && anchor+tail == "" {
			out[i] = v
			continue
		}
		if anchor+tail == "" && !strings.ContainsAny(pat, patternBytes) {
			times := 1
			if r.All {
				times = -1
			}
			if a.tick(len(v.t)/16) && len(v.t)+strings.Count(v.t, pat)*len(with.t) <= maxText {
				out[i] = str{t: strings.Replace(v.t, pat, with.t, times), src: join(v.src, with.src)}
			}
			continue
		}
		if v.t == "" && strings.Trim(pat, "*") == "" {
			continue // which matches nothing at all, to some
		}
		re := a.regex(pat, 0, anchor+"(?:", ")"+tail)
		if re == nil || !a.tickMatch(pat, len(v.t)) || !a.tick(len(v.t)/2) {
			continue
		}
		n := 0
		text := re.ReplaceAllStringFunc(v.t, func(m string) string {
			if n++; (n > 1 && !r.All) || m == "" && anchor+tail == "" {
				return m
			}
			return with.t
		})
		if len(text) <= maxText && a.tick(len(text)/64) {
			out[i] = str{t: text, src: join(v.src, with.src)}
		}
	}
	return out
}

// regex is a shell pattern as a regular expression between head and tail, nil
// if it is no pattern, or one too long.
func (a *analyzer) regex(glob string, mode pattern.Mode, head, tail string) *regexp.Regexp {
	if len(glob) > 4096 || !a.tick(10+len(glob)) {
		return nil
	}
	re, err := pattern.Regexp(glob, mode)
	if err != nil {
		return nil
	}
	r, err := regexp.Compile("(?s)" + head + strings.TrimPrefix(re, "(?s)") + tail)
	if err != nil {
		return nil
	}
	return r
}

// tickMatch counts the work of matching a pattern against n bytes: each
// wildcard in it is one more place to be at, at every byte.
func (a *analyzer) tickMatch(glob string, n int) bool {
	return a.tick(1 + n*(1+strings.Count(glob, "*"))/4)
}

// paramExpansion applies the operators ${x-w}, ${x#p}, ${x^^} and their kin.
func (a *analyzer) paramExpansion(st *state, p *syntax.ParamExp, vals []str, list, set, inQuotes bool) ([]str, bool) {
	e := p.Exp
	null := !set || len(vals) == 0 || (len(vals) == 1 && vals[0].known() && vals[0].t == "")
	switch e.Op {
	case syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
		if !set && (len(vals) == 0 || !vals[0].glob) {
			return []str{{}}, false
		}
		if e.Op == syntax.AlternateUnsetOrNull && set && null {
			return []str{{}}, false
		}
		if vals, ok := a.allParams(st, e.Word, inQuotes); ok {
			return vals, true
		}
		v := a.operand(st, e.Word, inQuotes)
		a.instead = e.Word
		return []str{v}, false
	case syntax.DefaultUnset, syntax.AssignUnset, syntax.ErrorUnset:
		if set {
			return vals, list
		}
		if vals, ok := a.allParams(st, e.Word, inQuotes && e.Op == syntax.DefaultUnset); ok {
			return vals, true
		}
		return a.paramDefault(st, p, inQuotes), false
	case syntax.DefaultUnsetOrNull, syntax.AssignUnsetOrNull, syntax.ErrorUnsetOrNull:
		if !null {
			return vals, list
		}
		if vals, ok := a.allParams(st, e.Word, inQuotes && e.Op == syntax.DefaultUnsetOrNull); ok {
			return vals, true
		}
		return a.paramDefault(st, p, inQuotes), false
	}
	if e.Op == syntax.OtherParamOps && a.dialect == Korn && !set {
		return []str{unknown(nil)}, list // '' is quoted as well
	}
	if !set && !list && (len(vals) == 0 || vals[0].known()) {
		if a.dialect == Korn || a.dialect == Zsh {
			a.pattern(st, e.Word) // expanded all the same
		}
		return []str{{}}, false
	}
	out := make([]str, len(vals))
	for i, v := range vals {
		out[i] = a.paramCase(st, e, v)
	}
	if len(out) == 0 && !list {
		out = []str{{}}
	}
	return out, list
}

// allParams is the $@ of "${x-$@}", which is as many words as "$@".
func (a *analyzer) allParams(st *state, w *syntax.Word, inQuotes bool) ([]str, bool) {
	if !inQuotes || w == nil || len(w.Parts) != 1 {
		return nil, false
	}
	p, ok := w.Parts[0].(*syntax.ParamExp)
	if !ok || p.Param == nil || p.Param.Value != "@" {
		return nil, false
	}
	vals, list := a.param(st, p, true)
	if len(vals) == 0 {
		return []str{unknown(nil)}, true // one that is empty, in some
	}
	return vals, list
}

// operand expands the word of ${x-word}. In quotes a tilde is none.
func (a *analyzer) operand(st *state, w *syntax.Word, inQuotes bool) str {
	if w == nil {
		return str{}
	}
	if l := w.Parts; inQuotes && a.dialect == Korn && len(l) > 0 {
		if t, ok := l[0].(*syntax.Lit); ok && strings.HasPrefix(t.Value, "~") {
			return unknown(nil) // expanded there, in here-documents at least
		}
	}
	for _, p := range w.Parts {
		if l, ok := p.(*syntax.Lit); ok && inQuotes && oddBackslash.MatchString(l.Value) {
			return unknown(nil) // it stays
		}
	}
	x := expander{a: a, st: st, single: true, noTilde: inQuotes}
	x.parts(w.Parts, false)
	return x.cur.str()
}

// oddBackslash finds one that quotes nothing within double quotes.
var oddBackslash = regexp.MustCompile("\\\\[^$`\"\\\\}\n]")

func (a *analyzer) paramDefault(st *state, p *syntax.ParamExp, inQuotes bool) []str {
	w := a.operand(st, p.Exp.Word, inQuotes)
	if _, ok := positional(p.Param.Value); ok {
		if _, open := st.parameters(); open {
			return []str{unknown(w.src)} // it may be there as well
		}
	}
	switch p.Exp.Op {
	case syntax.AssignUnset, syntax.AssignUnsetOrNull:
		switch name := p.Param.Value; {
		case p.Index != nil:
			a.setElement(st, name, a.subscript(st, name, p.Index), w)
		case syntax.ValidName(name) || a.dialect == Zsh:
			a.setVar(st, name, w)
		}
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		a.mayEnd(st, a.stdio)
		return []str{unknown(nil)}
	default:
		a.instead = p.Exp.Word
	}
	return []str{w}
}

func (a *analyzer) paramCase(st *state, e *syntax.Expansion, v str) str {
	pat := a.pattern(st, e.Word)
	if !v.known() || extended(pat) {
		return unknown(v.src)
	}
	switch e.Op {
	case syntax.RemSmallSuffix, syntax.RemLargeSuffix, syntax.RemSmallPrefix, syntax.RemLargePrefix:
		return a.strip(e.Op, v, pat)
	case syntax.UpperFirst, syntax.UpperAll, syntax.LowerFirst, syntax.LowerAll:
		return str{t: a.recase(e.Op, v.t, pat), src: v.src}
	case syntax.OtherParamOps:
		switch pat.t {
		case "E":
			return str{t: ansiC(v.t), src: v.src}
		case "P":
			return a.evalDocument(st, v)
		case "U":
			return str{t: strings.ToUpper(v.t), src: v.src}
		case "L":
			return str{t: strings.ToLower(v.t), src: v.src}
		case "u":
			return str{t: a.recase(syntax.UpperFirst, v.t, str{}), src: v.src}
		case "Q":
			if a.dialect != Bash {
				return unknown(v.src) // quotes only what needs them
			}
			return str{t: "'" + strings.ReplaceAll(v.t, "'", `'\''`) + "'", src: v.src}
		case "k", "K":
			return v
		}
	}
	return unknown(v.src)
}

// extended reports whether a pattern has lists such as +(a|b) in it, which are
// not looked into.
func extended(pat str) bool {
	k := strings.IndexByte(pat.t, '(')
	return k > 0 && strings.IndexByte("@+*?!", pat.t[k-1]) >= 0
}

// strip removes the prefix or suffix that a pattern matches: the longest, or
// the shortest one.
func (a *analyzer) strip(op syntax.ParExpOperator, v, pat str) str {
	if pat.known() { // no wildcard
		if op == syntax.RemSmallPrefix || op == syntax.RemLargePrefix {
			return str{t: strings.TrimPrefix(v.t, pat.t), src: v.src}
		}
		return str{t: strings.TrimSuffix(v.t, pat.t), src: v.src}
	}
	if pat.hasHole() {
		return unknown(v.src)
	}
	glob := pat.globText()
	var mode pattern.Mode
	head, tail := "^(", ")"
	switch op {
	case syntax.RemSmallPrefix:
		mode = pattern.Shortest
	case syntax.RemLargeSuffix:
		head, tail = "(", ")$" // the leftmost is the longest
	case syntax.RemSmallSuffix:
		head, tail = "^.*(", ")$"
	}
	r := a.regex(glob, mode, head, tail)
	if r == nil || !a.tickMatch(glob, len(v.t)) {
		return unknown(v.src)
	}
	if op == syntax.RemLargePrefix {
		r.Longest()
	}
	loc := r.FindStringSubmatchIndex(v.t)
	switch {
	case loc == nil:
	case op == syntax.RemSmallPrefix || op == syntax.RemLargePrefix:
		v.t = v.t[loc[3]:]
	default:
		v.t = v.t[:loc[2]]
	}
	return str{t: v.t, src: v.src}
}

func (a *analyzer) recase(op syntax.ParExpOperator, s string, pat str) string {
	rs := []rune(s)
	if !a.tick(len(rs) / 4) {
		return ""
	}
	var re *regexp.Regexp
	if pat.t != "" {
		if re = a.regex(pat.globText(), 0, "^(?:", ")$"); re == nil || !a.tick(len(rs)) {
			return s
		}
	}
	for i, r := range rs {
		if i > 0 && (op == syntax.UpperFirst || op == syntax.LowerFirst) {
			break
		}
		if re != nil && !re.MatchString(string(r)) {
			continue
		}
		if op == syntax.UpperFirst || op == syntax.UpperAll {
			rs[i] = unicode.ToUpper(r)
		} else {
			rs[i] = unicode.ToLower(r)
		}
	}
	return string(rs)
}
