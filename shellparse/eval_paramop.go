package shellparse

import (
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
	"regexp"
	"strings"
	"unicode"
)

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
		re, ok := a.regex(pat)
		if !ok {
			continue
		}
		re2, err := regexp.Compile("(?s)" + anchor + "(?:" + re + ")" + tail)
		if err != nil {
			continue
		}
		n := 0
		text := re2.ReplaceAllStringFunc(v.t, func(m string) string {
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

// regex turns a shell pattern into the body of a regular expression.
func (a *analyzer) regex(glob string) (string, bool) {
	if len(glob) > 4096 {
		return "", false
	}
	re, err := pattern.Regexp(glob, 0)
	if err != nil {
		return "", false
	}
	return strings.TrimPrefix(re, "(?s)"), true
}

// matches reports whether the shell pattern matches s as a whole.
func (a *analyzer) matches(glob, s string) bool {
	re, ok := a.regex(glob)
	if !ok {
		return false
	}
	r, err := regexp.Compile("(?s)^(?:" + re + ")$")
	return err == nil && r.MatchString(s)
}

// paramExpansion applies the operators ${x-w}, ${x#p}, ${x^^} and their kin.
func (a *analyzer) paramExpansion(st *state, p *syntax.ParamExp, vals []str, list, set bool) ([]str, bool) {
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
		return []str{a.text(st, e.Word)}, false
	case syntax.DefaultUnset, syntax.AssignUnset, syntax.ErrorUnset:
		if set {
			return vals, list
		}
		return a.paramDefault(st, p), false
	case syntax.DefaultUnsetOrNull, syntax.AssignUnsetOrNull, syntax.ErrorUnsetOrNull:
		if !null {
			return vals, list
		}
		return a.paramDefault(st, p), false
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

func (a *analyzer) paramDefault(st *state, p *syntax.ParamExp) []str {
	w := a.text(st, p.Exp.Word)
	switch p.Exp.Op {
	case syntax.AssignUnset, syntax.AssignUnsetOrNull:
		if syntax.ValidName(p.Param.Value) {
			a.setVar(st, p.Param.Value, w)
		}
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		return []str{unknown(nil)}
	}
	return []str{w}
}

func (a *analyzer) paramCase(st *state, e *syntax.Expansion, v str) str {
	pat := a.pattern(st, e.Word)
	if !v.known() {
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
			return str{t: "'" + strings.ReplaceAll(v.t, "'", `'\''`) + "'", src: v.src}
		case "k", "K":
			return v
		}
	}
	return unknown(v.src)
}

func (a *analyzer) strip(op syntax.ParExpOperator, v, pat str) str {
	if pat.known() { // no wildcard
		if op == syntax.RemSmallPrefix || op == syntax.RemLargePrefix {
			return str{t: strings.TrimPrefix(v.t, pat.t), src: v.src}
		}
		return str{t: strings.TrimSuffix(v.t, pat.t), src: v.src}
	}
	if pat.hasHole() || len(v.t) > 2048 {
		return unknown(v.src) // each of n places costs a match of up to n bytes
	}
	re, ok := a.regex(pat.globText())
	if !ok {
		return unknown(v.src)
	}
	r, err := regexp.Compile("(?s)^(?:" + re + ")$")
	if err != nil {
		return unknown(v.src)
	}
	n := len(v.t)
	for k := 0; k <= n; k++ {
		if !a.tick(1 + n/16) {
			return unknown(v.src)
		}
		switch op {
		case syntax.RemSmallPrefix:
			if r.MatchString(v.t[:k]) {
				return str{t: v.t[k:], src: v.src}
			}
		case syntax.RemLargePrefix:
			if r.MatchString(v.t[:n-k]) {
				return str{t: v.t[n-k:], src: v.src}
			}
		case syntax.RemSmallSuffix:
			if r.MatchString(v.t[n-k:]) {
				return str{t: v.t[:n-k], src: v.src}
			}
		default:
			if r.MatchString(v.t[k:]) {
				return str{t: v.t[:k], src: v.src}
			}
		}
	}
	return v
}

func (a *analyzer) recase(op syntax.ParExpOperator, s string, pat str) string {
	rs := []rune(s)
	for i, r := range rs {
		if i > 0 && (op == syntax.UpperFirst || op == syntax.LowerFirst) {
			break
		}
		if pat.t != "" && !a.matches(pat.globText(), string(r)) {
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
