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

// runSed computes what a sed script prints. ok is false for what is not
// followed here: branches, the hold space, files.
func (a *analyzer) runSed(scripts []string, in string, quiet, ere bool) (string, bool) {
	r := sedReader{t: strings.Join(scripts, "\n"), ere: ere}
	prog := r.commands(0)
	if r.bad {
		return "", false
	}
	m := sedRun{a: a, lines: lines(in), quiet: quiet}
	for m.n = 0; m.n < len(m.lines) && !m.quit; m.n++ {
		if !a.tick(1 + len(prog) + len(m.lines[m.n])/32) {
			return "", false
		}
		m.space, m.deleted, m.after = m.lines[m.n], false, nil
		m.run(prog)
		if m.bad || m.out.Len() > maxText {
			return "", false
		}
		if !m.deleted && !quiet {
			m.out.WriteString(m.space + "\n")
		}
		for _, t := range m.after {
			m.out.WriteString(t + "\n")
		}
	}
	s := m.out.String()
	if !strings.HasSuffix(in, "\n") && in != "" {
		s = strings.TrimSuffix(s, "\n")
	}
	return s, true
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

// sedRun is a script at work on its input.
type sedRun struct {
	a       *analyzer
	lines   []string
	n       int
	space   string
	hold    string
	after   []string
	out     strings.Builder
	quiet   bool
	deleted bool
	quit    bool
	bad     bool
}

func (m *sedRun) matches(a *sedAddr) bool {
	switch {
	case a.last:
		return m.n == len(m.lines)-1
	case a.re != nil:
		return a.re.MatchString(m.space)
	case a.step > 0:
		return m.n+1 >= a.line && (m.n+1-a.line)%a.step == 0
	}
	return m.n+1 == a.line
}

func (m *sedRun) selected(c *sedCmd) bool {
	switch {
	case c.from == nil:
		return true
	case c.to == nil:
		return m.matches(c.from)
	case c.active:
		end := m.matches(c.to)
		if c.to.re == nil && !c.to.last && m.n+1 > c.to.line {
			c.active = false
			return m.matches(c.from)
		}
		c.active = !end
		return true
	case m.matches(c.from):
		if c.to.plus {
			to := *c.to
			to.line, to.plus = m.n+1+c.to.line, false
			c.to = &to
		}
		c.active = c.to.re != nil || c.to.last || c.to.line > m.n+1
		return true
	}
	return false
}

func (m *sedRun) run(prog []sedCmd) {
	for i := range prog {
		c := &prog[i]
		if m.deleted || m.quit || m.bad || m.selected(c) == c.not {
			if m.deleted || m.quit || m.bad {
				return
			}
			continue
		}
		switch c.name {
		case '{':
			m.run(c.block)
		case 's':
			m.substitute(c)
		case 'y':
			m.space = strings.Map(func(r rune) rune {
				if k := strings.IndexRune(c.text, r); k >= 0 {
					return rune(c.with[k])
				}
				return r
			}, m.space)
		case 'p':
			m.out.WriteString(m.space + "\n")
		case 'd':
			m.deleted = true
		case 'q':
			m.quit = true
		case 'Q':
			m.quit, m.deleted = true, true
		case 'a':
			m.after = append(m.after, c.text)
		case 'i':
			m.out.WriteString(c.text + "\n")
		case 'c':
			if c.to == nil || !c.active {
				m.out.WriteString(c.text + "\n")
			}
			m.deleted = true
		case '=':
			m.out.WriteString(padNumber(int64(m.n+1), 0) + "\n")
		case 'n', 'N':
			if m.n+1 >= len(m.lines) {
				m.quit = true
				return
			}
			m.n++
			if c.name == 'N' {
				m.space += "\n" + m.lines[m.n]
				break
			}
			if !m.quiet {
				m.out.WriteString(m.space + "\n")
			}
			m.space = m.lines[m.n]
		case 'h':
			m.hold = m.space
		case 'H':
			m.hold += "\n" + m.space
		case 'g':
			m.space = m.hold
		case 'G':
			m.space += "\n" + m.hold
		case 'x':
			m.space, m.hold = m.hold, m.space
		case 'z':
			m.space = ""
		case 'P':
			first, _, _ := strings.Cut(m.space, "\n")
			m.out.WriteString(first + "\n")
		case '#':
		default:
			m.bad = true
		}
		if len(m.space) > maxText || len(m.hold) > maxText || m.out.Len() > maxText {
			m.bad = true
		}
	}
}

// substitute carries out s///.
func (m *sedRun) substitute(c *sedCmd) {
	from := 1
	if n := strings.Trim(c.flags, "gpIi"); n != "" {
		v, _ := parseInt(n)
		from = int(v)
	}
	if !m.a.tick(1 + len(m.space)/8) {
		m.bad = true
		return
	}
	all := strings.Contains(c.flags, "g")
	var b strings.Builder
	last, n := 0, 0
	for _, loc := range c.re.FindAllStringSubmatchIndex(m.space, -1) {
		if n++; n < from || n > from && !all {
			continue
		}
		b.WriteString(m.space[last:loc[0]])
		if !sedReplacement(&b, c.text, m.space, loc) {
			m.bad = true
			return
		}
		last = loc[1]
	}
	if n < from {
		return
	}
	b.WriteString(m.space[last:])
	m.space = b.String()
	if strings.Contains(c.flags, "p") {
		m.out.WriteString(m.space + "\n")
	}
}

// sedReplacement writes the right side of s with & and \1 filled in.
func sedReplacement(b *strings.Builder, with, s string, loc []int) bool {
	group := func(k int) bool {
		if 2*k+1 >= len(loc) {
			return false
		}
		if loc[2*k] >= 0 {
			b.WriteString(s[loc[2*k]:loc[2*k+1]])
		}
		return true
	}
	for i := 0; i < len(with); i++ {
		switch c := with[i]; {
		case c == '&':
			group(0)
		case c == '\\' && i+1 < len(with):
			i++
			switch n := with[i]; {
			case n >= '0' && n <= '9':
				if !group(int(n - '0')) {
					return false
				}
			case n == 'n':
				b.WriteByte('\n')
			case n == 't':
				b.WriteByte('\t')
			case strings.IndexByte("LUluExodc", n) >= 0:
				return false
			default:
				b.WriteByte(n)
			}
		default:
			b.WriteByte(c)
		}
	}
	return true
}

// foldSed computes what a sed script makes of known text.
func (a *analyzer) foldSed(c *call) (str, bool) {
	if c.cmd.io.out == nil && !c.on("inplace") {
		return str{}, false
	}
	var scripts []string
	for _, p := range c.all("prog") {
		if !p.known() {
			return str{}, false
		}
		scripts = append(scripts, p.t)
	}
	ere := false
	for _, f := range c.cmd.argv[1:] {
		p := f.prefix()
		if p == "-f" || strings.HasPrefix(p, "--file") || p == "-z" {
			return str{}, false
		}
		ere = ere || p == "--regexp-extended" || len(p) > 1 && p[0] == '-' && p[1] != '-' && p[1] != 'e' && strings.ContainsAny(p, "Er")
	}
	in := *c.cmd.io.in
	files := append(c.all("r"), c.all("rw")...)
	if len(files) > 0 {
		var b builder
		for _, f := range files {
			b.add(a.contentOf(c.cmd.st, f))
		}
		in = b.str()
	}
	if !in.known() {
		if s, ok := selectLines(c, in); ok {
			return s, true
		}
		return a.printedAnyway(c, scripts, in)
	}
	if len(in.t) > 1<<16 {
		return str{}, false
	}
	out, ok := a.runSed(scripts, in.t, c.on("quietly"), ere)
	if !ok {
		return str{}, false
	}
	s := str{t: out, src: in.src}
	if c.on("inplace") && len(files) == 1 {
		a.storeAt(c.cmd.st, files[0], s)
		return str{}, true
	}
	return s, true
}

// printedAnyway is the text that a script prints whatever it reads: that of a,
// i and c, and of an s that takes the whole line.
func (a *analyzer) printedAnyway(c *call, scripts []string, in str) (str, bool) {
	r := sedReader{t: strings.Join(scripts, "\n")}
	prog := r.commands(0)
	if r.bad {
		return str{}, false
	}
	var b builder
	for _, k := range prog {
		whole := k.name == 's' && k.re != nil && !strings.ContainsAny(k.text, `\&`) && k.re.FindString("x y/z") == "x y/z"
		if whole || k.name == 'a' || k.name == 'i' || k.name == 'c' {
			b.lit(k.text + "\n")
		}
	}
	if len(b.b) == 0 {
		return str{}, false
	}
	b.add(unknown(in.src))
	return b.str(), true
}
