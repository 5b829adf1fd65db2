package shellparse

import (
	"strings"
	"unicode/utf8"
)

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
			m.print(m.space)
		}
		for _, t := range m.after {
			m.say(t)
		}
	}
	s := m.out.String()
	if m.open && !strings.HasSuffix(in, "\n") {
		s = strings.TrimSuffix(s, "\n")
	}
	return s, true
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
	open    bool // what was printed last was the last line, which may lack its end
}

// print writes the pattern space, say anything else.
func (m *sedRun) print(line string) {
	m.say(line)
	m.open = m.n >= len(m.lines)-1
}

func (m *sedRun) say(line string) {
	m.out.WriteString(line + "\n")
	m.open = false
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
			m.print(m.space)
		case 'd':
			m.deleted = true
		case 'q':
			m.quit = true
		case 'Q':
			m.quit, m.deleted = true, true
		case 'a':
			m.after = append(m.after, c.text)
		case 'i':
			m.say(c.text)
		case 'c':
			if c.to == nil || !c.active {
				m.say(c.text)
			}
			m.deleted = true
		case '=':
			m.say(padNumber(int64(m.n+1), 0))
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
				m.print(m.space)
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
			m.say(first)
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
		m.print(m.space)
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
	if len(c.cmd.argv) == 1 {
		return str{}, true // an error
	}
	if !in.known() {
		if s, ok := selectLines(c, in); ok {
			return s, true
		}
		return a.printedAnyway(c, scripts, in)
	}
	if len(in.t) > 1<<16 || !utf8.ValidString(in.t) { // of which . matches no part
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

// always is the text that an s makes of any line, if it takes the whole of it.
func (c *sedCmd) always() (string, bool) {
	return c.text, c.name == 's' && c.re != nil && !strings.ContainsAny(c.text, `\&`) && c.re.FindString("x y/z") == "x y/z"
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
		if _, whole := k.always(); whole || k.name == 'a' || k.name == 'i' || k.name == 'c' {
			b.lit(k.text + "\n")
		}
	}
	if len(b.b) == 0 {
		return str{}, false
	}
	b.add(unknown(in.src))
	return b.str(), true
}
