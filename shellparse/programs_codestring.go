package shellparse

import "strings"

type heredoc struct {
	at     int // token
	end    string
	indent bool
	plain  bool
}

func quotedChar(t string) bool { return len(t) > 2 && (t[2] == '\'' || t[1] == '\\') }

// readString reads a string literal and returns its length.
func readString(t, lang string) (int, token) {
	l := lexer{t: t, lang: lang}
	n := l.stringAt(0, "")
	return n, l.out[0]
}

// interpolates says how code stands in a string with these quotes: by which
// signs it begins, or "".
func (l *lexer) interpolates(q, prefix string) string {
	switch l.lang {
	case "python":
		if strings.Contains(prefix, "f") {
			return "{"
		}
	case "js":
		if q == "`" {
			return "${"
		}
	case "ruby", "crystal", "elixir":
		if q != "'" {
			return "#{"
		}
	case "perl", "php":
		if q != "'" {
			return "$"
		}
	case "groovy", "kotlin", "julia", "scala":
		if q != "'" || l.lang == "groovy" {
			return "$"
		}
	}
	return ""
}

// codeEnd is the length of the code in braces that t begins with.
func codeEnd(t string) int {
	depth := 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth <= 0 {
				return i + 1
			}
		case '\\':
			i++
		}
	}
	return len(t)
}

// addString adds a literal: escapes resolved, the code in it cut out.
func (l *lexer) addString(body string, escapes bool, mark string, exec bool) {
	k := token{kind: 's', exec: exec, str: &literal{}}
	if strings.IndexByte(body, '\\') < 0 && (mark == "" || !strings.Contains(body, mark)) {
		k.str.val = lit(body)
		l.add(k)
		return
	}
	var b, whole builder
	flush := func() {
		if len(b.b) > 0 {
			k.str.parts = append(k.str.parts, part{lit: b.str()})
			b = builder{}
		}
	}
	put := func(s string) { b.lit(s); whole.lit(s) }
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c == '\\' && i+1 < len(body):
			if !escapes {
				if body[i+1] == '\'' || body[i+1] == '\\' && l.lang != "python" {
					i++
				}
				put(body[i : i+1])
				continue
			}
			n := min(escapeLength(body[i:]), len(body)-i)
			switch e := body[i : i+n]; {
			case e[1] == '\n':
			case strings.IndexByte("ntrabfve\\'\"x01234567u", e[1]) >= 0:
				put(ansiC(e))
			default:
				put(e[1:])
			}
			i += n - 1
		case mark != "" && strings.HasPrefix(body[i:], mark):
			code, n := l.embedded(body[i:], mark)
			if n == 0 {
				put(body[i : i+1])
				continue
			}
			flush()
			whole.add(unknown(nil))
			p := part{}
			if l.depth < 4 {
				p.code = tokenizeIn(code, l.lang, l.depth+1)
			}
			k.str.parts = append(k.str.parts, p)
			i += n - 1
		default:
			put(body[i : i+1])
		}
	}
	k.str.val = whole.str()
	if len(k.str.parts) > 0 {
		flush()
	}
	l.add(k)
}

// embedded cuts the code that t begins with out of a string: {x}, ${x}, #{x},
// $x, @{[x]}.
func (l *lexer) embedded(t, mark string) (code string, n int) {
	switch mark {
	case "{":
		if strings.HasPrefix(t, "{{") {
			return "", 0
		}
		n = codeEnd(t)
		code = strings.TrimSuffix(t[1:n], "}")
		if k := strings.LastIndexAny(code, ":!"); k > 0 && !strings.ContainsAny(code[k:], `)]"'`) {
			code = code[:k] // a format
		}
		return code, n
	case "${", "#{":
		n = 1 + codeEnd(t[1:])
		return strings.TrimSuffix(t[2:n], "}"), n
	}
	if len(t) < 2 {
		return "", 0
	}
	switch {
	case t[1] == '{':
		n = 1 + codeEnd(t[1:])
		code = strings.TrimSuffix(t[2:n], "}")
		if (l.lang == "perl" || l.lang == "php") && !strings.HasPrefix(code, "$") && !strings.HasPrefix(code, "\\") {
			code = "$" + code
		}
		return strings.TrimPrefix(code, "\\"), n
	case t[1] == '(' && l.lang == "julia":
		end := strings.IndexByte(t, ')')
		if end < 0 {
			return "", 0
		}
		return t[2:end], end + 1
	case !isIdent(t[1]):
		return "", 0
	}
	n = 1
	for n < len(t) && isIdent(t[n]) {
		n++
	}
	if n < len(t) && (t[n] == '{' || t[n] == '[') && in(" perl php ", l.lang) {
		if end := strings.IndexAny(t[n:], "}]"); end > 0 {
			n += end + 1
		}
	}
	if l.lang == "perl" || l.lang == "php" {
		return t[:n], n
	}
	return t[1:n], n
}

// closer returns the delimiter that ends what c begins.
func closer(c byte) byte {
	if k := strings.IndexByte("([{<", c); k >= 0 {
		return ")]}>"[k]
	}
	return c
}

// delimited returns the length of the text up to the delimiter that closes it.
func delimited(t string, open byte) int {
	closing, depth := closer(open), 0
	for i := 0; i < len(t); i++ {
		switch {
		case t[i] == '\\':
			i++
		case t[i] == closing && depth == 0:
			return i
		case t[i] == closing:
			depth--
		case t[i] == open:
			depth++
		}
	}
	return -1
}

// quoteOperator reads perl's q() qq{} qx// qw() m// s/// tr/// and ruby's
// shell-like heredocs are elsewhere. It returns where it ends, 0 if t has none.
func (l *lexer) quoteOperator(i, n int, word string) int {
	if l.lang != "perl" {
		return 0
	}
	switch word {
	case "q", "qq", "qx", "qw", "qr", "m", "s", "tr", "y":
	default:
		return 0
	}
	t := l.t
	for n < len(t) && t[n] == ' ' && n+1 < len(t) && strings.IndexByte("([{<", t[n+1]) >= 0 {
		n++
	}
	if n >= len(t) || isIdent(t[n]) || strings.IndexByte(" \t\n,;=)", t[n]) >= 0 || strings.HasPrefix(t[n:], "=>") || strings.HasPrefix(t[n:], "->") {
		return 0
	}
	if k := len(l.out); k > 0 && (l.out[k-1].text == "->" || l.out[k-1].text == "{") && strings.IndexByte("})", t[n]) >= 0 {
		return 0
	}
	open := t[n]
	end := delimited(t[n+1:], open)
	if end < 0 {
		return 0
	}
	body := t[n+1 : n+1+end]
	next := n + 1 + end + 1
	switch word {
	case "q":
		l.addString(body, false, "", false)
	case "qq":
		l.addString(body, true, "$", false)
	case "qx":
		l.addString(body, true, "$", true)
	case "qw":
		l.words(body)
	case "m", "qr":
		l.add(token{kind: 'r', text: body})
	default: // s, tr, y
		second := next - 1
		if closer(open) != open {
			for second = next; second < len(t) && (t[second] == ' ' || t[second] == '\n'); second++ {
			}
			if second == len(t) {
				return next
			}
			open = t[second]
		}
		end = delimited(t[second+1:], open)
		if end < 0 {
			return next
		}
		with := t[second+1 : second+1+end]
		next = second + 1 + end + 1
		flags := next
		for flags < len(t) && isIdent(t[flags]) {
			flags++
		}
		l.add(token{kind: 'r', text: body})
		if word == "s" && strings.Contains(t[next:flags], "e") && l.depth < 4 {
			l.out = append(l.out, tokenizeIn(with, l.lang, l.depth+1)...)
		}
		next = flags
	}
	return next
}

// words adds a list of words: perl's qw(), ruby's %w().
func (l *lexer) words(body string) {
	l.add(token{kind: 'p', text: "["})
	for k, w := range strings.Fields(body) {
		if k > 0 {
			l.add(token{kind: 'p', text: ","})
		}
		l.add(token{kind: 's', str: &literal{val: lit(w)}})
	}
	l.add(token{kind: 'p', text: "]"})
}

// percent reads ruby's %x() %w[] %q{} %() literals.
func (l *lexer) percent(i int) int {
	t := l.t[i:]
	kind, n := byte('Q'), 1
	if isIdent(t[1]) {
		kind, n = t[1], 2
	}
	if n >= len(t) || strings.IndexByte("([{</|!", t[n]) < 0 {
		return 0
	}
	end := delimited(t[n+1:], t[n])
	if end < 0 {
		return 0
	}
	body := t[n+1 : n+1+end]
	switch kind {
	case 'x', 'Q', 'q':
		mark := "#{"
		if kind == 'q' {
			mark = ""
		}
		l.addString(body, kind != 'q', mark, kind == 'x')
	case 'w', 'W', 'i', 'I':
		l.words(body)
	case 'r':
		l.add(token{kind: 'r', text: body})
	default:
		return 0
	}
	return n + 1 + end + 1
}

// regexEnd is the length of the regular expression literal that t begins with,
// 0 if it is none.
func regexEnd(t string) int {
	class := false
	for i := 1; i < len(t); i++ {
		switch t[i] {
		case '\n':
			return 0
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				for i++; i < len(t) && isIdent(t[i]); i++ {
				}
				return i
			}
		}
	}
	return 0
}

func (l *lexer) readHeredoc(d heredoc, i int) int {
	rest := l.t[i:]
	from := i
	for rest != "" {
		line, tail, _ := strings.Cut(rest, "\n")
		bare := line
		if d.indent {
			bare = strings.TrimLeft(line, " \t")
		}
		if strings.TrimRight(bare, ";,)") == d.end {
			body := l.t[from : len(l.t)-len(rest)]
			mark := "$"
			if l.lang == "ruby" {
				mark = "#{"
			}
			if d.plain {
				mark = ""
			}
			sub := lexer{lang: l.lang, depth: l.depth}
			sub.addString(body, !d.plain, mark, l.out[d.at].exec)
			col := l.out[d.at].col
			l.out[d.at] = sub.out[0]
			l.out[d.at].col = col
			return len(l.t) - len(rest) + len(line) - (len(bare) - len(d.end)) // what follows the delimiter is code
		}
		rest = tail
	}
	return i
}
