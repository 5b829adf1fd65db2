package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// field is one argument that a word expands to.
type field struct {
	str
	loose  bool // may stand for any number of arguments, none as well
	spread bool // known in part, and may be several arguments
	quoted bool // a part was quoted: not subject to aliases and keywords
}

// several reports whether f may be more than one argument: also a wildcard that
// was not looked up.
func (f *field) several() bool { return f.loose || f.spread || f.glob && !f.hasHole() }

func anySeveral(fs []field) bool {
	return slices.ContainsFunc(fs, func(f field) bool { return f.several() })
}

// expansion appends the result of an expansion: split, when unquoted.
func (x *expander) expansion(vals []str, list, inQuotes bool, p *syntax.ParamExp) {
	n := 0
	for _, v := range vals {
		n += 1 + len(v.t)/64
	}
	if !x.a.tick(n) {
		return
	}
	if list && inQuotes && !x.single {
		for i, v := range vals {
			if i > 0 {
				x.has = true
				x.end()
				x.quoted = true
			}
			x.has = true
			x.cur.add(v)
		}
		return
	}
	if x.single || inQuotes {
		x.has = x.has || inQuotes || len(vals) > 0
		for i, v := range vals {
			if i > 0 {
				x.cur.lit(" ")
			}
			x.cur.src = join(x.cur.src, v.src)
			if x.wild && !inQuotes && v.known() {
				x.cur.active(v.t)
			} else {
				x.cur.add(v)
			}
		}
		return
	}
	if n := len(vals); x.a.dialect == Korn && p == nil && n == 1 && vals[0].known() && vals[0].t != "" && vals[0].t[len(vals[0].t)-1] > ' ' {
		if ifs, _ := x.a.ifs(x.st); strings.IndexByte(ifs, vals[0].t[len(vals[0].t)-1]) >= 0 {
			x.has, x.loose = true, true // some have a field for what ends a substitution, some don't
			x.cur.add(unknown(vals[0].src))
			return
		}
	}
	split := x.a.dialect != Zsh || p == nil || p.Split == syntax.OptOn || x.st.options().split
	if ifs, known := x.a.ifs(x.st); list && split && known && slices.ContainsFunc(vals, func(v str) bool { return strings.ContainsAny(v.t, strings.Trim(ifs, " \t\n")) }) {
		x.has, x.loose = true, true // how many empty ones there are between them
		x.cur.add(unknown(nil))
		return
	}
	for i, v := range vals {
		if i > 0 {
			x.end()
		}
		if x.a.dialect == Zsh && strings.Contains(v.t, "(") && x.st.options().globCode {
			x.a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: x.a.spanOf(p)}) // (e:CODE:)
			v = unknown(v.src)
		}
		if split {
			x.split(v)
		} else if !v.known() || v.t != "" {
			x.has = true
			x.cur.add(v)
		}
	}
}

// split appends v, ending fields at the characters of $IFS.
func (x *expander) split(v str) {
	ifs, known := x.a.ifs(x.st)
	if !known {
		x.has, x.loose = true, true
		x.cur.add(unknown(v.src))
		return
	}
	x.cur.src = join(x.cur.src, v.src)
	if v.opaque() {
		x.loose = true
	}
	if x.a.dialect == Korn && strings.Contains(v.t, "{") && strings.Contains(v.t, ",") {
		x.has, x.loose = true, true // braces count there in what a variable holds
		x.cur.add(unknown(v.src))
		return
	}
	start, whole := 0, ifs == "" && x.st.options().noglob
	flush := func(end int) {
		if start < end {
			x.has = true
			x.cur.src = join(x.cur.src, v.src)
			if v.glob {
				x.spread = x.spread || !whole && strings.Contains(v.t[start:end], hole)
				x.cur.add(rawGlob(v.t[start:end], v.src))
			} else if x.a.dialect == Zsh {
				x.cur.lit(v.t[start:end]) // what an expansion yields is no pattern
			} else {
				x.activeText(v.t[start:end])
			}
		}
	}
	parted := false // by a blank, which is one with what separates behind it
	for i := 0; i < len(v.t); i++ {
		c := v.t[i]
		if v.glob && c == '\\' && i+1 < len(v.t) {
			i++
			continue
		}
		if strings.IndexByte(ifs, c) < 0 {
			continue
		}
		if start < i {
			parted = false
		}
		flush(i)
		switch {
		case c <= ' ':
			parted = parted || x.has
		case parted:
			parted = false
		default:
			x.has = true // an empty field between two commas counts
		}
		x.end()
		start = i + 1
	}
	flush(len(v.t))
	if n := len(v.t); n > 0 && x.a.dialect == Zsh && !v.glob && v.t[n-1] > ' ' && strings.IndexByte(ifs, v.t[n-1]) >= 0 {
		x.has = true // and an empty field after the last
	}
}

// spanOf is where a parameter stands; a substitution is taken for one as nil.
func (a *analyzer) spanOf(p *syntax.ParamExp) Span {
	if p == nil {
		return Span{}
	}
	return a.span(p.Pos(), p.End())
}
