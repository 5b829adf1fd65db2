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

// awkRules are a program's rules as ranges of tokens.
type awkRule struct {
	begin, end bool
	pattern    [2]int
	body       [2]int
	hasBody    bool
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

// awkTokens cuts a program into tokens, regular expressions among them.
func awkTokens(t string) []token {
	var out []token
	for i := 0; i < len(t); {
		c := t[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '\\' && i+1 < len(t) && t[i+1] == '\n':
			i += 2
		case c == '\n':
			out = append(out, token{kind: 'p', text: ";"})
			i++
		case c == '#':
			i = lineEnd(t, i)
		case c == '"':
			n, tok := readString(t[i:], "awk")
			out = append(out, tok)
			i += n
		case c >= '0' && c <= '9':
			n := i
			for n < len(t) && (t[n] >= '0' && t[n] <= '9' || t[n] == '.') {
				n++
			}
			out = append(out, token{kind: 'n', text: t[i:n]})
			i = n
		case isIdent(c):
			n := i
			for n < len(t) && isIdent(t[n]) {
				n++
			}
			out = append(out, token{kind: 'i', text: t[i:n]})
			i = n
		case c == '/' && (len(out) == 0 || out[len(out)-1].kind == 'p' && strings.IndexByte(")]$", out[len(out)-1].text[0]) < 0):
			end := sedPart(t, i+1, '/')
			if end >= len(t) {
				return []token{{kind: 'p', text: "?"}}
			}
			out = append(out, token{kind: 'r', text: strings.ReplaceAll(t[i+1:end], `\/`, "/")})
			i = end + 1
		default:
			n := 1
			for _, op := range []string{"==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "!~", ">>"} {
				if strings.HasPrefix(t[i:], op) {
					n = 2
				}
			}
			out = append(out, token{kind: 'p', text: t[i : i+n]})
			i += n
		}
	}
	return out
}

func (m *awkMachine) is(text string) bool {
	return m.i < len(m.toks) && m.toks[m.i].kind == 'p' && m.toks[m.i].text == text
}

func (m *awkMachine) take(text string) bool {
	if m.is(text) {
		m.i++
		return true
	}
	return false
}

// closing is the index of the bracket that closes the one at i.
func (m *awkMachine) closing(i int) int {
	depth := 0
	for ; i < len(m.toks); i++ {
		if m.toks[i].kind != 'p' {
			continue
		}
		switch m.toks[i].text {
		case "(", "{", "[":
			depth++
		case ")", "}", "]":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	m.bad = true
	return len(m.toks)
}

func (m *awkMachine) rules() []awkRule {
	var out []awkRule
	for i := 0; i < len(m.toks) && !m.bad && len(out) < 64; {
		t := m.toks[i]
		if t.kind == 'p' && t.text == ";" {
			i++
			continue
		}
		var r awkRule
		if t.kind == 'i' && (t.text == "BEGIN" || t.text == "END") {
			r.begin, r.end = t.text == "BEGIN", t.text == "END"
			i++
		} else if t.kind == 'i' && (t.text == "function" || t.text == "func") {
			m.bad = true
			return nil
		}
		r.pattern[0] = i
		for i < len(m.toks) && !(m.toks[i].kind == 'p' && (m.toks[i].text == "{" || m.toks[i].text == ";")) {
			i++
		}
		r.pattern[1] = i
		if i < len(m.toks) && m.toks[i].text == "{" {
			end := m.closing(i)
			r.hasBody, r.body = true, [2]int{i + 1, end}
			i = end + 1
		}
		out = append(out, r)
	}
	return out
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

// expr reads ||, && and comparisons, down to concatenation and sums.
func (m *awkMachine) expr() string {
	if m.depth++; m.depth > 64 {
		m.bad = true
		return ""
	}
	defer func() { m.depth-- }()
	v := m.conjunction()
	for m.take("||") {
		w := m.conjunction()
		v = awkBool(truthy(v) || truthy(w))
	}
	return v
}

func awkBool(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (m *awkMachine) conjunction() string {
	v := m.comparison()
	for m.take("&&") {
		w := m.comparison()
		v = awkBool(truthy(v) && truthy(w))
	}
	return v
}

func (m *awkMachine) comparison() string {
	if m.take("!") {
		return awkBool(!truthy(m.comparison()))
	}
	v := m.concat()
	if m.i >= len(m.toks) || m.toks[m.i].kind != 'p' {
		return v
	}
	op := m.toks[m.i].text
	switch op {
	case "~", "!~":
		m.i++
		pat := ""
		if m.i < len(m.toks) && m.toks[m.i].kind == 'r' {
			pat = m.toks[m.i].text
			m.i++
		} else {
			pat = m.concat()
		}
		re, ok := posixRegex(pat, true, false)
		if !ok {
			m.bad = true
			return ""
		}
		return awkBool(re.MatchString(v) == (op == "~"))
	case "==", "!=", "<", "<=", ">", ">=":
		m.i++
		return awkBool(awkCompare(op, v, m.concat()))
	}
	return v
}

func awkCompare(op, v, w string) bool {
	c := strings.Compare(v, w)
	x, err := strconv.ParseFloat(v, 64)
	y, err2 := strconv.ParseFloat(w, 64)
	if err == nil && err2 == nil {
		c = 0
		if x < y {
			c = -1
		} else if x > y {
			c = 1
		}
	}
	switch op {
	case "==":
		return c == 0
	case "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// concat reads what stands side by side.
func (m *awkMachine) concat() string {
	v := m.sum()
	for m.i < len(m.toks) && !m.bad {
		t := m.toks[m.i]
		if t.kind == 'p' && t.text != "$" && t.text != "(" {
			break
		}
		if v += m.sum(); len(v) > maxText {
			m.bad = true
		}
	}
	return v
}

func (m *awkMachine) sum() string {
	v := m.primary()
	for m.is("+") || m.is("-") || m.is("*") || m.is("/") || m.is("%") {
		op := m.toks[m.i].text
		m.i++
		x, _ := strconv.ParseFloat(v, 64)
		y, _ := strconv.ParseFloat(m.primary(), 64)
		switch op {
		case "+":
			x += y
		case "-":
			x -= y
		case "*":
			x *= y
		default:
			m.bad = true
		}
		v = strconv.FormatFloat(x, 'g', 6, 64)
	}
	return v
}

func (m *awkMachine) primary() string {
	if m.i >= len(m.toks) || m.bad {
		m.bad = true
		return ""
	}
	t := m.toks[m.i]
	m.i++
	switch t.kind {
	case 's':
		if !t.val().known() {
			m.bad = true
		}
		return t.val().t
	case 'n':
		return t.text
	case 'r':
		re, ok := posixRegex(t.text, true, false)
		if !ok {
			m.bad = true
			return ""
		}
		return awkBool(re.MatchString(m.rec.t))
	case 'i':
		return m.name(t.text)
	}
	switch t.text {
	case "(":
		v := m.expr()
		if !m.take(")") {
			m.bad = true
		}
		return v
	case "$":
		n, ok := parseInt(m.primary())
		if !ok {
			m.bad = true
			return ""
		}
		if m.is("=") {
			m.i++
			v := m.concat()
			m.setField(int(n), v)
			return v
		}
		return m.field(int(n))
	case "-":
		return "-" + m.primary()
	}
	m.bad = true
	return ""
}

func (m *awkMachine) name(n string) string {
	switch n {
	case "NR", "FNR":
		return strconv.Itoa(m.nr)
	case "NF":
		return strconv.Itoa(len(m.parts))
	}
	if m.is("(") {
		return m.function(n)
	}
	switch {
	case m.take("="):
		v := m.concat()
		m.vars[n] = lit(v)
		return v
	case m.take("++"):
		x, _ := strconv.Atoi(m.vars[n].t)
		m.vars[n] = lit(strconv.Itoa(x + 1))
		return strconv.Itoa(x)
	case m.is("[") || m.is("+=") || m.is("-=") || m.is("--") || n == "ENVIRON" || n == "getline" || n == "in":
		m.bad = true
		return ""
	}
	v := m.vars[n]
	m.bad = m.bad || !v.known()
	m.src = join(m.src, v.src)
	return v.t
}

func (m *awkMachine) function(n string) string {
	m.i++
	var args []string
	for !m.bad && !m.is(")") {
		args = append(args, m.expr())
		if !m.take(",") {
			break
		}
	}
	if !m.take(")") {
		m.bad = true
		return ""
	}
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch n {
	case "system":
		m.runs = append(m.runs, lit(arg(0)))
		return "0"
	case "toupper":
		return strings.ToUpper(arg(0))
	case "tolower":
		return strings.ToLower(arg(0))
	case "length":
		if len(args) == 0 {
			return strconv.Itoa(len(m.rec.t))
		}
		return strconv.Itoa(len(arg(0)))
	case "sprintf":
		fields := make([]field, len(args))
		for i, x := range args {
			fields[i] = field{str: lit(x)}
		}
		if len(fields) > 0 {
			if s := format(fields); s.known() {
				return s.t
			}
		}
	case "index":
		return strconv.Itoa(strings.Index(arg(0), arg(1)) + 1)
	case "substr":
		s := arg(0)
		from, ok := parseInt(arg(1))
		if !ok || from < 1 {
			break
		}
		s = s[min(int(from)-1, len(s)):]
		if len(args) > 2 {
			k, ok := parseInt(arg(2))
			if !ok || k < 0 {
				break
			}
			s = s[:min(int(k), len(s))]
		}
		return s
	}
	m.bad = true
	return ""
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
		run := &command{st: a.exported(c.cmd.st), io: stdio{in: &fed, piped: m.pipes != "", out: c.cmd.io.out}, span: c.cmd.span, name: "sh"}
		a.inFileDo(c.cmd.span, func() { a.runText(run.st, r, POSIX, run.span, run.io) })
	}
	return str{t: m.out.String(), src: src}, true
}
