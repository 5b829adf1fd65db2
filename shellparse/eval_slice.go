package shellparse

import (
	"slices"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// paramSlice is ${x:1:2} of texts, or of a list.
func (a *analyzer) paramSlice(st *state, s *syntax.Slice, vals []str, list bool) []str {
	off, ok := a.arith(st, s.Offset)
	n, hasLen := int64(0), s.Length != nil
	ok2 := true
	if hasLen {
		n, ok2 = a.arith(st, s.Length)
	}
	if !ok || !ok2 || n < 0 && a.dialect == Korn { // to whom that is all of it
		return eachUnknown(vals)
	}
	cut := func(size int64) (int64, int64) {
		from := off
		if from < 0 {
			from = max(0, from+size)
		}
		from = min(from, size)
		to := size
		if hasLen {
			if n < 0 {
				to = max(from, size+n)
			} else {
				to = min(size, from+n)
			}
		}
		return from, to
	}
	if list {
		for _, v := range vals {
			if v.opaque() {
				return eachUnknown(vals)
			}
		}
		from, to := cut(int64(len(vals)))
		return vals[from:to]
	}
	out := make([]str, len(vals))
	for i, v := range vals {
		if !v.known() {
			out[i] = unknown(v.src)
			continue
		}
		if !a.tick(len(v.t) / 32) {
			return nil
		}
		r := []rune(v.t)
		if hasLen && n < 0 && off >= 0 && off > int64(len(r))+n {
			a.mayAbort(st)
		}
		if off+int64(len(r)) < 0 {
			out[i] = unknown(v.src) // nothing, or all
			continue
		}
		from, to := cut(int64(len(r)))
		out[i] = str{t: string(r[from:to]), src: v.src}
	}
	return out
}

// beyond reports whether a slice begins outside of a text.
func (a *analyzer) beyond(st *state, s *syntax.Slice, text string) bool {
	off, ok := a.arith(st, s.Offset)
	n := int64(utf8.RuneCountInString(text))
	return ok && (off > n || off+n < 0)
}

// isAt tells [@] from other subscripts.
func isAt(index syntax.ArithmExpr) bool {
	w, ok := index.(*syntax.Word)
	return ok && w.Lit() == "@"
}

// paramsSlice is ${@:2}, which counts from $0.
func (a *analyzer) paramsSlice(st *state, s *syntax.Slice, join bool) ([]str, bool) {
	ps, open := st.parameters()
	vals := slices.Clone(ps)
	if len(vals) == 0 {
		vals = []str{lit(a.shellName())}
	}
	if open {
		vals = append(vals, unknown(nil))
	}
	out := a.paramSlice(st, s, vals, true)
	if join {
		return []str{a.joined(st, out)}, false
	}
	return out, true
}

func eachUnknown(vals []str) []str {
	out := make([]str, len(vals))
	for i, v := range vals {
		out[i] = unknown(v.src)
	}
	return out
}

// withoutPipes has unknowns for names of process substitutions: each shell has others,
// so nothing is known of a part of one.
func withoutPipes(vals []str) []str {
	if !slices.ContainsFunc(vals, func(v str) bool { return strings.Contains(v.t, pipeName) }) {
		return vals
	}
	return eachUnknown(vals)
}
