package shellparse

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// awkMachine runs a small part of awk over known text: patterns, print, printf,
// assignments and the common functions. What else a program may do makes it
// give up.
type awkMachine struct {
	a     *analyzer
	toks  []token
	i     int
	bad   bool
	vars  map[string]str
	rec   str
	parts []string
	out   strings.Builder
	runs  []str  // given to system(), or printed into a command
	pipes string // what is printed into one
	src   *source
	stop  bool
	nr    int
	depth int
}

// runAwk returns what an awk program prints for an input, and the commands that
// it runs. ok is false for what is not followed.
func (a *analyzer) runAwk(prog, in, fs string, vars map[string]str) (m *awkMachine, ok bool) {
	m = &awkMachine{a: a, toks: awkTokens(prog), vars: map[string]str{"FS": lit(" "), "OFS": lit(" "), "ORS": lit("\n"), "RS": lit("\n")}}
	for k, v := range vars {
		m.vars[k] = v
	}
	if fs != "" {
		m.vars["FS"] = lit(ansiC(fs))
	}
	rules := m.rules()
	if m.bad || len(rules) == 0 {
		return m, false
	}
	for _, r := range rules {
		if r.begin {
			m.run(r.body)
		}
	}
	reads := false
	for _, r := range rules {
		reads = reads || !r.begin
	}
	if m.vars["RS"].t != "\n" && reads {
		return m, false
	}
	for _, l := range lines(in) {
		if !reads || m.stop || m.bad {
			break
		}
		m.record(l)
		for _, r := range rules {
			if r.begin || r.end || m.stop || m.bad {
				continue
			}
			if r.pattern[0] < r.pattern[1] && !m.truth(r.pattern) {
				continue
			}
			if !r.hasBody {
				m.print(m.rec.t + m.vars["ORS"].t)
				continue
			}
			m.run(r.body)
		}
	}
	m.stop = false
	for _, r := range rules {
		if r.end {
			m.run(r.body)
		}
	}
	return m, !m.bad
}

func (m *awkMachine) print(s string) {
	m.out.WriteString(s)
	if m.out.Len() > maxText {
		m.bad = true
	}
}

func (m *awkMachine) record(l string) {
	if m.nr++; !m.a.tick(1 + len(l)/16) {
		m.bad = true
	}
	m.rec = lit(l)
	m.split()
}

func (m *awkMachine) split() {
	fs := m.vars["FS"].t
	switch {
	case fs == " ":
		m.parts = strings.Fields(m.rec.t)
	case m.rec.t == "":
		m.parts = nil
	case len(fs) == 1:
		m.parts = strings.Split(m.rec.t, fs)
	default:
		re, ok := posixRegex(fs, true, false)
		if !ok {
			m.bad = true
			return
		}
		m.parts = re.Split(m.rec.t, -1)
	}
}

func (m *awkMachine) field(n int) string {
	switch {
	case n == 0:
		return m.rec.t
	case n > 0 && n <= len(m.parts):
		return m.parts[n-1]
	}
	return ""
}

func (m *awkMachine) setField(n int, v string) {
	if n == 0 {
		m.rec = lit(v)
		m.split()
		return
	}
	if n < 0 || n > 256 {
		m.bad = true
		return
	}
	m.parts = append([]string(nil), m.parts...)
	for len(m.parts) < n {
		m.parts = append(m.parts, "")
	}
	m.parts[n-1] = v
	m.rec = lit(strings.Join(m.parts, m.vars["OFS"].t))
}

// truth evaluates a pattern.
func (m *awkMachine) truth(at [2]int) bool {
	m.i = at[0]
	v := m.expr()
	if m.i != at[1] {
		m.bad = true
	}
	return truthy(v)
}

func truthy(v string) bool {
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		return n != 0
	}
	return v != ""
}

// run carries out the statements of a body.
func (m *awkMachine) run(at [2]int) {
	saved := m.i
	m.i = at[0]
	for m.i < at[1] && !m.bad && !m.stop {
		m.statement(at[1])
	}
	m.i = saved
}

func (m *awkMachine) statement(end int) {
	if !m.a.tick(1) {
		m.bad = true
		return
	}
	if m.take(";") {
		return
	}
	if m.is("{") {
		close := m.closing(m.i)
		m.run([2]int{m.i + 1, close})
		m.i = close + 1
		return
	}
	t := m.toks[m.i]
	if t.kind == 'i' {
		switch t.text {
		case "print", "printf":
			m.i++
			m.printed(t.text == "printf", end)
			return
		case "exit", "next":
			m.i++
			m.stop = t.text == "exit"
			if t.text == "next" {
				m.bad = true
			}
			return
		case "if", "for", "while", "do", "getline", "delete", "split", "gsub", "sub", "match", "close":
			m.bad = true
			return
		}
	}
	m.expr()
	if m.i < end && !m.is(";") {
		m.bad = true
	}
}

// printed is print and printf, into a command as well.
func (m *awkMachine) printed(form bool, end int) {
	var args []string
	paren := m.is("(")
	if paren {
		paren = m.closing(m.i)+1 >= end || m.isEnd(m.closing(m.i)+1)
	}
	if paren {
		m.i++
	}
	for m.i < end && !m.is(";") && !m.is("|") && !m.is(")") {
		args = append(args, m.concat())
		if !m.take(",") {
			break
		}
	}
	if paren && !m.take(")") {
		m.bad = true
	}
	s := ""
	switch {
	case form:
		fields := make([]field, len(args))
		for i, x := range args {
			if n, err := strconv.Atoi(x); err == nil && i > 0 && n > 31 && n < 127 && strings.Contains(args[0], "%c") {
				x = string(rune(n))
			}
			fields[i] = field{str: lit(x)}
		}
		if len(fields) == 0 {
			m.bad = true
			return
		}
		f := format(fields)
		m.bad = m.bad || !f.known()
		s = f.t
	case len(args) == 0:
		s = m.rec.t + m.vars["ORS"].t
	default:
		s = strings.Join(args, m.vars["OFS"].t) + m.vars["ORS"].t
	}
	switch {
	case m.take("|"):
		m.runs = append(m.runs, lit(m.concat()))
		m.pipes += s
	case m.i < end && !m.is(";"):
		m.bad = true
	default:
		m.print(s)
	}
}

func (m *awkMachine) isEnd(i int) bool {
	return i >= len(m.toks) || m.toks[i].kind == 'p' && (m.toks[i].text == ";" || m.toks[i].text == "|" || m.toks[i].text == "}")
}

// foldAwk computes what an awk program prints, and runs the commands that it
// gives to a shell.
func (a *analyzer) foldAwk(c *call) (str, bool) {
	progs := c.all("prog")
	if len(progs) == 0 || !progs[0].known() {
		return str{}, false
	}
	vars := map[string]str{}
	src := progs[0].src
	for _, v := range c.all("awkvar") {
		name, val, ok := v.cut('=')
		if !ok || !name.known() || !syntax.ValidName(name.t) {
			return str{}, false
		}
		vars[name.t], src = val, join(src, val.src)
	}
	fs, _ := optionText(c, "-F", "--field-separator")
	in := *c.cmd.io.in
	var files []str
	for _, f := range c.all("r") {
		if !isAssignment(f) {
			files = append(files, f)
		}
	}
	if len(files) > 0 {
		var b builder
		for _, f := range files {
			b.add(a.contentOf(c.cmd.st, f))
		}
		in = b.str()
	}
	text := ""
	if in.known() {
		text = in.t
	} else if !strings.HasPrefix(strings.TrimSpace(progs[0].t), "BEGIN") || strings.Count(progs[0].t, "{") > 1 {
		if s, ok := awkAccount(c); ok {
			return s, true
		}
		return selectLines(c, in)
	}
	if len(text) > 1<<16 {
		return str{}, false
	}
	m, ok := a.runAwk(progs[0].t, text, fs, vars)
	if !ok {
		return str{}, false
	}
	src = join(join(src, m.src), in.src)
	for _, r := range m.runs {
		r.src = src
		fed := str{t: m.pipes, src: src}
		run := &command{st: a.exported(c.cmd.st), io: stdio{in: &fed, piped: m.pipes != "", out: c.cmd.io.out, dups: c.cmd.io.dups}, span: c.cmd.span, name: "sh"}
		a.inFileDo(c.cmd.span, func() { a.runText(run.st, r, POSIX, run.span, run.io) })
	}
	return str{t: m.out.String(), src: src}, true
}
