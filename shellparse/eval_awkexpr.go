package shellparse

import (
	"strconv"
	"strings"
)

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
		awkChars(args, fields)
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

// awkChars makes characters of the numbers that a format of awk has a %c for.
func awkChars(args []string, fields []field) {
	if len(args) == 0 {
		return
	}
	n := 0
	for _, part := range strings.Split(strings.ReplaceAll(args[0], "%%", ""), "%")[1:] {
		n++
		if code, ok := parseInt(arg0(args, n)); ok && strings.HasPrefix(part, "c") && code > 31 && code < 0x110000 {
			fields[n].str = lit(string(rune(code)))
		}
	}
}

func arg0(args []string, n int) string {
	if n < len(args) {
		return args[n]
	}
	return ""
}
