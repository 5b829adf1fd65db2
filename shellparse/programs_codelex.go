package shellparse

import "strings"

// token is a piece of a program in another language.
type token struct {
	text string
	str  *literal // of a string
	col  int32    // where a line begins: its indentation; else -1
	kind byte     // 'i' name, 's' string, 'n' number, 'r' regular expression, 'p' punctuation
	exec bool     // a string that is run as a command
}

// literal is a string of a program.
type literal struct {
	val   str    // what is put in when it runs is unknown here
	parts []part // when there is code in it
}

func (t *token) val() str {
	if t.str == nil {
		return str{}
	}
	return t.str.val
}

func (t *token) parts() []part {
	if t.str == nil {
		return nil
	}
	return t.str.parts
}

// part is a stretch of a string: text, or code whose value stands there.
type part struct {
	lit  str
	code []token
}

// The languages by what they look like. Names are those of @lang.
const (
	hashComments  = " python perl ruby tcl r julia awk php elixir nim crystal raku other "
	slashComments = " js php java go scala groovy kotlin "
	dashComments  = " lua haskell "
	semiComments  = " lisp asm "
	byLine        = " python js ruby lua go r julia elixir haskell nim crystal ocaml kotlin groovy scala swift " // a line feed ends a statement
)

func in(list, lang string) bool { return strings.Contains(list, " "+lang+" ") }

// operators of more than one byte, the longest first.
var operators = []string{"...", "**=", "||=", "&&=", "??=", "//=", "<=>", "===", "!==", "=~", "!~", "==", "!=", "<=", ">=", "=>", "->", "::", "?.", "??",
	"&&", "||", "+=", "-=", "*=", "/=", ".=", ":=", "|>", "<>", "++", "--", "..", "<<", ">>", "**", "<-"}

// lexer cuts a program into tokens. It knows the quotes of the common
// languages, and which of them may have code inside.
type lexer struct {
	t     string
	lang  string
	depth int // of code inside of strings
	out   []token
	open  []byte // brackets
	start bool   // nothing but blanks so far on this line
	line  int    // index where the line began
	docs  []heredoc
}

// tokenize cuts a program into names, literals and punctuation.
func tokenize(t, lang string) []token { return tokenizeIn(t, lang, 0) }

func tokenizeIn(t, lang string, depth int) []token {
	l := lexer{t: t, lang: lang, depth: depth, start: true, out: make([]token, 0, len(t)/3+8)}
	for i := 0; i < len(l.t); {
		i = max(l.next(i), i+1)
	}
	return l.out
}

func (l *lexer) add(k token) {
	k.col = -1
	if l.start {
		k.col, l.start = 0, false
		if n := len(l.t); l.line <= n {
			for j := l.line; j < n && (l.t[j] == ' ' || l.t[j] == '\t'); j++ {
				k.col++
			}
		}
	}
	l.out = append(l.out, k)
}

// value reports whether what came last can be the left side of an operator.
func (l *lexer) value() bool {
	if len(l.out) == 0 {
		return false
	}
	switch k := l.out[len(l.out)-1]; k.kind {
	case 's', 'n', 'r':
		return true
	case 'i':
		return !in(" return if unless and or not while until grep map split join print push when case in typeof x ", k.text)
	default:
		return k.text == ")" || k.text == "]" || k.text == "}"
	}
}

// next reads the token at i and returns where it ends.
func (l *lexer) next(i int) int {
	t, c := l.t, l.t[i]
	rest := t[i:]
	switch {
	case c == '\n':
		return l.newline(i)
	case c == ' ' || c == '\t' || c == '\r' || c == '\f':
		return i + 1
	case c == '\\' && strings.HasPrefix(rest, "\\\n"):
		return i + 2
	case l.comment(i):
		return l.skipComment(i)
	case c == '"' || c == '\'' && !(l.lang == "lisp" || l.lang == "haskell" && !quotedChar(rest)) || c == '`' && l.lang != "python" && l.lang != "lisp":
		n := l.stringAt(i, "")
		return i + n
	case isIdent(c) || (c == '$' || c == '@' && l.lang != "js") && i+1 < len(t) && (isIdent(t[i+1]) || t[i+1] == '_'):
		return l.word(i)
	case l.lang == "lua" && (strings.HasPrefix(rest, "[[") || strings.HasPrefix(rest, "[=[")):
		closing := strings.Replace(rest[:strings.Index(rest[1:], "[")+2], "[", "]", 2)
		if end := strings.Index(rest, closing); end > 0 {
			l.add(token{kind: 's', str: &literal{val: lit(rest[len(closing):end])}})
			return i + end + len(closing)
		}
	case c == '%' && l.lang == "ruby" && len(rest) > 2 && (!l.value() || t[i-1] == ' ' && rest[1] != ' '):
		if n := l.percent(i); n > 0 {
			return i + n
		}
	case c == '/' && !l.value() && in(" js perl ruby awk php ", l.lang) && l.lang != "php":
		if n := regexEnd(rest); n > 0 {
			l.add(token{kind: 'r', text: rest[:n]})
			return i + n
		}
	case c == '<' && strings.HasPrefix(rest, "<<") && in(" perl ruby php ", l.lang):
		if n := l.heredoc(i); n > 0 {
			return i + n
		}
	case c == '<' && l.lang == "perl":
		if end := strings.IndexAny(rest, ">\n \t;="); end > 1 && rest[end] == '>' && strings.ContainsAny(rest[:end], "*.?/") {
			l.add(token{kind: 'i', text: "glob"}) // <*.o>
			l.add(token{kind: 's', str: &literal{val: lit(rest[1:end])}})
			return i + end + 1
		}
	}
	return l.punctuation(i)
}

func (l *lexer) punctuation(i int) int {
	rest := l.t[i:]
	switch c := rest[0]; c {
	case '(', '[', '{':
		l.open = append(l.open, c)
	case ')', ']', '}':
		if n := len(l.open); n > 0 {
			l.open = l.open[:n-1]
		}
	}
	n := 1
	if l.lang != "awk" && len(rest) > 1 && strings.IndexByte("=&|?.>:-+<*/~", rest[1]) >= 0 {
		for _, op := range operators {
			if strings.HasPrefix(rest, op) {
				n = len(op)
				break
			}
		}
	}
	l.add(token{kind: 'p', text: rest[:n]})
	return i + n
}

func (l *lexer) newline(i int) int {
	l.line = i + 1
	quiet := false
	if n := len(l.open); n > 0 {
		quiet = l.open[n-1] != '{' || l.lang == "python"
	}
	l.start = !quiet
	if !quiet && (in(byLine, l.lang) || l.lang == "awk" || l.lang == "vim") {
		l.out = append(l.out, token{kind: 'p', text: "\n", col: -1})
	}
	next := i + 1
	for _, d := range l.docs {
		next = l.readHeredoc(d, next)
	}
	l.docs = nil
	l.line = next
	return next
}

func (l *lexer) comment(i int) bool {
	t, c := l.t, l.t[i]
	two := t[i:min(i+2, len(t))]
	switch {
	case c == '#':
		return in(hashComments, l.lang) && (i == 0 || l.lang == "python" || strings.IndexByte(" \t\n;{})", t[i-1]) >= 0)
	case two == "//" || two == "/*":
		return in(slashComments, l.lang) || two == "/*" && l.lang == "other"
	case two == "--":
		return in(dashComments, l.lang)
	case c == ';':
		return in(semiComments, l.lang)
	}
	return false
}

func (l *lexer) skipComment(i int) int {
	rest := l.t[i:]
	end := "\n"
	switch {
	case strings.HasPrefix(rest, "/*"):
		end = "*/"
	case strings.HasPrefix(rest, "--[["):
		end = "]]"
	}
	n := strings.Index(rest, end)
	if n < 0 {
		return len(l.t)
	}
	if end == "\n" {
		return i + n
	}
	return i + n + len(end)
}

// word reads a name, or what a name before a quote makes of it.
func (l *lexer) word(i int) int {
	t := l.t
	n := i + 1
	for n < len(t) && (isIdent(t[n]) || l.lang == "lisp" && strings.IndexByte("-*?!/<>=+.:", t[n]) >= 0) {
		n++
	}
	name := t[i:n]
	if (l.lang == "ruby" || l.lang == "elixir" || l.lang == "other") && n < len(t) && (t[n] == '?' || t[n] == '!') && (n+1 == len(t) || t[n+1] != '=') {
		n++
		name = t[i:n]
	}
	if c := name[0]; c >= '0' && c <= '9' {
		for n < len(t) && (isIdent(t[n]) || t[n] == '.' && n+1 < len(t) && t[n+1] >= '0' && t[n+1] <= '9') {
			n++
		}
		l.add(token{kind: 'n', text: t[i:n]})
		return n
	}
	if n < len(t) && (t[n] == '"' || t[n] == '\'') {
		switch p := lower(name); {
		case l.lang == "python" && len(p) < 3 && strings.Trim(p, "rbfut") == "",
			l.lang == "r" && (p == "r") || l.lang == "scala" && (p == "s" || p == "f") || l.lang == "julia" && p == "raw":
			return n + l.stringAt(n, p)
		}
	}
	if l.lang == "perl" || l.lang == "ruby" {
		if m := l.quoteOperator(i, n, name); m > 0 {
			return m
		}
	}
	l.add(token{kind: 'i', text: name})
	return n
}

// stringAt reads the string literal at i and returns its length.
func (l *lexer) stringAt(i int, prefix string) int {
	t := l.t[i:]
	q := t[:1]
	long := ""
	if len(t) >= 3 && t[1] == q[0] && t[2] == q[0] && in(" python julia scala groovy kotlin elixir java other ", l.lang) {
		long = t[:3]
	}
	if long != "" {
		end := strings.Index(t[3:], long)
		if end < 0 {
			end = len(t) - 3
		}
		l.addString(t[3:3+end], !strings.Contains(prefix, "r"), l.interpolates(q, prefix), false)
		return min(end+6, len(t))
	}
	end := 1
	for end < len(t) && t[end] != q[0] {
		if t[end] == '\\' && !(l.lang == "go" && q == "`") {
			end++
		} else if q == "`" && l.lang == "js" && strings.HasPrefix(t[end:], "${") {
			end += codeEnd(t[end+1:]) // may hold quotes of its own
		}
		end++
	}
	end = min(end, len(t))
	escapes := !strings.Contains(prefix, "r") && (q != "'" || in(" python js lua other java awk r octave ", l.lang)) && !(l.lang == "go" && q == "`")
	l.addString(t[min(1, end):end], escapes, l.interpolates(q, prefix), q == "`" && in(" perl ruby php crystal ", l.lang))
	return min(end+1, len(t))
}

// heredoc takes note of <<"EOF", <<~EOF and <<<EOT, whose text begins on the
// next line.
func (l *lexer) heredoc(i int) int {
	t := l.t[i:]
	n := 2
	d := heredoc{}
	if l.lang == "php" {
		if !strings.HasPrefix(t, "<<<") {
			return 0
		}
		n = 3
	}
	if n < len(t) && (t[n] == '~' || t[n] == '-') {
		d.indent = true
		n++
	}
	quote := byte(0)
	if n < len(t) && (t[n] == '"' || t[n] == '\'' || t[n] == '`') {
		quote = t[n]
		n++
	}
	from := n
	for n < len(t) && isIdent(t[n]) {
		n++
	}
	d.end = t[from:n]
	if d.end == "" || quote == 0 && (d.end[0] < 'A' || d.end[0] > 'Z') || quote == 0 && l.value() && !d.indent {
		return 0
	}
	if quote != 0 {
		n++
	}
	d.plain = quote == '\''
	l.add(token{kind: 's', exec: quote == '`'})
	d.at = len(l.out) - 1
	d.indent = d.indent || l.lang == "php"
	l.docs = append(l.docs, d)
	return n
}

func isIdent(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}
