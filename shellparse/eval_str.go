package shellparse

import "strings"

// hole stands for unknown content inside the glob text of a str. No shell
// string can contain a NUL, so nothing else can look like it.
const hole = "\x00"

// str is a string of which parts may be unknown, with what is known of the
// places its bytes came from.
type str struct {
	t    string  // the string itself; a glob with holes if glob is set
	glob bool    // t is a glob: '*', '?', '[...]' and holes, '\' escapes
	src  *source // nil for text that stands in the command itself
}

func lit(s string) str { return str{t: s} }

// unknown is a str of which nothing is known but where it came from.
func unknown(src *source) str { return str{t: hole, glob: true, src: src} }

// known reports whether s is known to the last byte.
func (s str) known() bool { return !s.glob }

// opaque reports whether nothing at all is known of s.
func (s str) opaque() bool { return s.glob && strings.Trim(s.t, hole) == "" && s.t != "" }

// startsOpen reports whether the first byte of s is unknown.
func (s str) startsOpen() bool { return s.glob && strings.HasPrefix(s.t, hole) }

// hasHole reports whether s has a part of unknown content, as opposed to a
// wildcard of its author.
func (s str) hasHole() bool { return s.glob && strings.Contains(s.t, hole) }

// value turns s into what an Effect shows.
func (s str) value() Value {
	switch {
	case !s.glob:
		return Value{Text: s.t}
	case s.opaque():
		return Value{Certainty: Unknown}
	}
	return Value{Text: strings.ReplaceAll(s.t, hole, "*"), Certainty: Pattern}
}

// strOf is the inverse of value.
func strOf(v Value) str {
	switch v.Certainty {
	case Exact:
		return lit(v.Text)
	case Pattern:
		return str{t: v.Text, glob: true}
	}
	return unknown(nil)
}

// settled is s with its wildcards taken for unknown content: those of an
// argument that a program got are not looked up again.
func settled(s str) str {
	if !s.glob {
		return s
	}
	b := []byte(s.t)
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '*':
			b[i] = 0
		}
	}
	s.t = string(b)
	return s
}

// prefix returns the known text at the start of s.
func (s str) prefix() string {
	if !s.glob {
		return s.t
	}
	var b strings.Builder
	for i := 0; i < len(s.t); i++ {
		switch s.t[i] {
		case 0, '*', '?', '[':
			return b.String()
		case '\\':
			i++
			if i == len(s.t) {
				return b.String()
			}
		}
		b.WriteByte(s.t[i])
	}
	return b.String()
}

// cutPrefix removes the first n bytes of the known prefix of s.
func (s str) cutPrefix(n int) str {
	if !s.glob {
		s.t = s.t[n:]
		return s
	}
	i := 0
	for ; n > 0; n-- {
		if s.t[i] == '\\' {
			i++
		}
		i++
	}
	s.t = s.t[i:]
	return s
}

// cut splits s around the first sep that is known to be there.
func (s str) cut(sep byte) (before, after str, found bool) {
	if !s.glob {
		a, b, ok := strings.Cut(s.t, string(sep))
		return str{t: a, src: s.src}, str{t: b, src: s.src}, ok
	}
	for i := 0; i < len(s.t); i++ {
		if s.t[i] == '\\' && i+1 < len(s.t) {
			i++
			if s.t[i] != sep {
				continue
			}
			return rawGlob(s.t[:i-1], s.src), rawGlob(s.t[i+1:], s.src), true
		}
		if s.t[i] == sep {
			return rawGlob(s.t[:i], s.src), rawGlob(s.t[i+1:], s.src), true
		}
	}
	return s, str{}, false
}

// rawGlob makes a str of glob text, exact if nothing in it is a wildcard.
func rawGlob(t string, src *source) str {
	if !strings.ContainsAny(t, "*?[\\"+hole) {
		return str{t: t, src: src}
	}
	active := false
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '\\':
			i++
		case '*', '?', '[', 0:
			active = true
		}
	}
	if active {
		return str{t: t, glob: true, src: src}
	}
	return str{t: unescape(t), src: src}
}

func globSpecial(c byte) bool { return c == '*' || c == '?' || c == '[' || c == ']' || c == '\\' }

// escape writes s so that a glob matches just s.
func escape(s string) string {
	n := 0
	for i := 0; i < len(s); i++ {
		if globSpecial(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+n)
	for i := 0; i < len(s); i++ {
		if globSpecial(s[i]) {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return string(b)
}

func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// globText is s as glob text, whatever it is.
func (s str) globText() string {
	if s.glob {
		return s.t
	}
	return escape(s.t)
}

// builder puts a str together.
type builder struct {
	b       []byte
	glob    bool // an active wildcard or a hole is in b
	escaped bool // b has escapes
	over    bool // b would have become longer than maxText
	src     *source
}

// fits reports whether n more bytes are allowed.
func (b *builder) fits(n int) bool {
	b.over = b.over || len(b.b)+n > maxText
	return !b.over
}

func (b *builder) lit(s string) {
	if !b.fits(len(s)) {
		return
	}
	n := 0
	for n < len(s) && !globSpecial(s[n]) {
		n++
	}
	b.b = append(b.b, s[:n]...)
	for i := n; i < len(s); i++ {
		if globSpecial(s[i]) {
			b.escaped = true
			b.b = append(b.b, '\\')
		}
		b.b = append(b.b, s[i])
	}
}

// active appends text of which the wildcards count.
func (b *builder) active(s string) {
	if !b.fits(len(s)) {
		return
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' || c == ']':
			if c == '\\' {
				b.escaped = true
				b.b = append(b.b, '\\')
			}
		case c == '*' || c == '?':
			b.glob = true
		case c == '[':
			if strings.IndexByte(s[i+1:], ']') < 0 {
				b.escaped = true
				b.b = append(b.b, '\\')
			} else {
				b.glob = true
			}
		}
		b.b = append(b.b, c)
	}
}

func (b *builder) add(s str) {
	b.src = join(b.src, s.src)
	if !s.glob {
		b.lit(s.t)
		return
	}
	if !b.fits(len(s.t)) {
		return
	}
	b.glob, b.escaped = true, true
	b.b = append(b.b, s.t...)
}

func (b *builder) str() str {
	if b.over {
		return unknown(b.src)
	}
	t := string(b.b)
	if b.glob {
		return str{t: strings.ReplaceAll(t, hole+hole, hole), glob: true, src: b.src}
	}
	if b.escaped {
		t = unescape(t)
	}
	return str{t: t, src: b.src}
}

func concat(parts ...str) str {
	var b builder
	for _, p := range parts {
		b.add(p)
	}
	return b.str()
}

// same reports whether a and b stand for the same text.
func same(a, b str) bool { return a.t == b.t && a.glob == b.glob }
