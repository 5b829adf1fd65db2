package shellparse

import (
	"regexp"
	"strings"
)

// sedCmd is one command of a sed script with its addresses.
type sedCmd struct {
	from, to *sedAddr
	not      bool
	name     byte
	re       *regexp.Regexp
	text     string // replacement of s, text of a i c, set of y
	with     string // second set of y
	flags    string
	block    []sedCmd
	active   bool
}

type sedAddr struct {
	line int // 0: none
	last bool
	re   *regexp.Regexp
	plus bool // addr,+N
	step int
}

// sedReader parses a script.
type sedReader struct {
	t   string
	i   int
	ere bool
	bad bool
}

func (r *sedReader) peek() byte {
	if r.i < len(r.t) {
		return r.t[r.i]
	}
	return 0
}

func (r *sedReader) skip(set string) {
	for r.i < len(r.t) && strings.IndexByte(set, r.t[r.i]) >= 0 {
		r.i++
	}
}

// commands reads up to the closing brace.
func (r *sedReader) commands(depth int) []sedCmd {
	var out []sedCmd
	for !r.bad && len(out) < 256 {
		r.skip(" \t\n;")
		if r.i >= len(r.t) {
			r.bad = r.bad || depth > 0
			return out
		}
		if r.peek() == '}' {
			r.i++
			r.bad = r.bad || depth == 0
			return out
		}
		out = append(out, r.command(depth))
	}
	r.bad = true
	return nil
}

func (r *sedReader) command(depth int) (c sedCmd) {
	c.from = r.address()
	r.skip(" \t")
	if c.from != nil && r.peek() == ',' {
		r.i++
		r.skip(" \t")
		if c.to = r.address(); c.to == nil {
			r.bad = true
		}
	}
	r.skip(" \t")
	if r.peek() == '!' {
		c.not = true
		r.i++
		r.skip(" \t")
	}
	c.name = r.peek()
	r.i++
	switch c.name {
	case '{':
		if depth > 8 {
			r.bad = true
			return c
		}
		c.block = r.commands(depth + 1)
	case 's':
		d := r.peek()
		pat, with := r.part(d), ""
		if !r.bad {
			r.i--
			with = r.part(d)
		}
		start := r.i
		r.skip("gpIi0123456789")
		c.flags, c.text = r.t[start:min(r.i, len(r.t))], with
		c.re = r.regex(pat, strings.ContainsAny(c.flags, "Ii"))
		if strings.IndexByte("ewmM", r.peek()) >= 0 && r.i < len(r.t) {
			r.bad = true
		}
	case 'y':
		d := r.peek()
		c.text = r.part(d)
		if !r.bad {
			r.i--
			c.with = r.part(d)
		}
		r.bad = r.bad || len(c.text) != len(c.with) || strings.ContainsAny(c.text+c.with, `\`)
	case 'a', 'i', 'c':
		r.skip(" \t")
		if r.peek() == '\\' {
			r.i++
			r.skip(" \t")
			if r.peek() == '\n' {
				r.i++
			}
		}
		var b strings.Builder
		for r.i < len(r.t) && r.t[r.i] != '\n' {
			if r.t[r.i] == '\\' && r.i+1 < len(r.t) {
				r.i++
			}
			b.WriteByte(r.t[r.i])
			r.i++
		}
		c.text = b.String()
	case 'p', 'd', 'q', 'Q', '=', 'n', 'N', 'P', 'D', 'h', 'H', 'g', 'G', 'x', 'z':
		start := r.i
		r.skip("0123456789 \t")
		c.flags = r.t[start:min(r.i, len(r.t))]
	case '#':
		r.i = lineEnd(r.t, min(r.i, len(r.t)))
	default:
		r.bad = true
	}
	return c
}

// part reads up to the next delimiter, and past it.
func (r *sedReader) part(d byte) string {
	r.i++
	if d == 0 || d == '\n' || d == '\\' || r.i > len(r.t) {
		r.bad = true
		return ""
	}
	start := r.i
	end := sedPart(r.t, start, d)
	if end >= len(r.t) {
		r.bad = true
		return ""
	}
	r.i = end + 1
	return strings.ReplaceAll(r.t[start:end], `\`+string(d), string(d))
}

func (r *sedReader) address() *sedAddr {
	a := &sedAddr{}
	switch c := r.peek(); {
	case c == '$':
		a.last = true
		r.i++
	case c == '+' || c >= '0' && c <= '9':
		if c == '+' {
			a.plus = true
			r.i++
		}
		start := r.i
		r.skip("0123456789")
		n, _ := parseInt(r.t[start:min(r.i, len(r.t))])
		a.line = int(n)
		if r.peek() == '~' {
			r.i++
			start = r.i
			r.skip("0123456789")
			n, _ = parseInt(r.t[start:min(r.i, len(r.t))])
			a.step = int(n)
		}
	case c == '/' || c == '\\':
		if c == '\\' {
			r.i++
		}
		pat := r.part(r.peek())
		start := r.i
		r.skip("I")
		a.re = r.regex(pat, r.i > start)
	default:
		return nil
	}
	return a
}

func (r *sedReader) regex(pat string, fold bool) *regexp.Regexp {
	re, ok := posixRegex(pat, r.ere, fold)
	if !ok || pat == "" {
		r.bad = true
	}
	return re
}

// posixRegex compiles a basic or extended regular expression.
func posixRegex(pat string, ere, fold bool) (*regexp.Regexp, bool) {
	if len(pat) > 1024 {
		return nil, false
	}
	var b strings.Builder
	if fold {
		b.WriteString("(?i)")
	}
	for i := 0; i < len(pat); i++ {
		c := pat[i]
		switch {
		case c == '[':
			end := i + 1
			if end < len(pat) && pat[end] == '^' {
				end++
			}
			if end < len(pat) && pat[end] == ']' {
				end++
			}
			for end < len(pat) && pat[end] != ']' {
				if strings.HasPrefix(pat[end:], "[:") {
					if k := strings.Index(pat[end:], ":]"); k > 0 {
						end += k + 1
					}
				}
				end++
			}
			if end >= len(pat) {
				return nil, false
			}
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(pat[i:end], `\`, `\\`), `\\n`, `\n`) + "]")
			i = end
		case c == '\\' && i+1 < len(pat):
			i++
			switch n := pat[i]; {
			case n >= '1' && n <= '9' || n == '<' || n == '>' || n == '`' || n == '\'':
				return nil, false
			case strings.IndexByte("nrtwWsSbB", n) >= 0:
				b.WriteString(`\` + string(n))
			case !ere && strings.IndexByte("(){}+?|", n) >= 0:
				b.WriteByte(n)
			default:
				b.WriteString(regexp.QuoteMeta(string(n)))
			}
		case !ere && strings.IndexByte("(){}+?|", c) >= 0:
			b.WriteString(`\` + string(c))
		case !ere && c == '*' && (i == 0 || strings.HasSuffix(pat[:i], `\(`)):
			b.WriteString(`\*`)
		case !ere && c == '^' && i > 0 && !strings.HasSuffix(pat[:i], `\(`):
			b.WriteString(`\^`)
		case !ere && c == '$' && i+1 < len(pat) && !strings.HasPrefix(pat[i+1:], `\)`):
			b.WriteString(`\$`)
		default:
			b.WriteByte(c)
		}
	}
	re, err := regexp.Compile("(?s)" + b.String())
	if err != nil {
		return nil, false
	}
	re.Longest()
	return re, true
}
