package shellparse

import (
	"strings"
)

// runCode looks through a program in another language for what its calls with
// literal arguments would do: run commands, open files, contact peers.
func (a *analyzer) runCode(cmd *command, lang string, code str) {
	if !code.known() {
		a.unknownCode(code, cmd.span)
		if code.opaque() {
			return
		}
	}
	text := code.t
	if code.glob {
		text = strings.ReplaceAll(unescape(code.t), hole, "")
	}
	if !a.enter() {
		return
	}
	defer a.leave()
	if !a.tick(1 + len(text)/16) {
		return
	}
	switch lang {
	case "":
		return
	case "ps":
		a.powershell(cmd, text)
		return
	case "shell":
		a.runText(a.exported(cmd.st), code, POSIX, cmd.span, cmd.io)
		return
	}
	if lang == "tcl" {
		a.tcl(cmd, text)
	}
	s := codeScan{a: a, cmd: cmd, lang: lang, toks: tokenize(text, lang), vars: map[string]str{}}
	s.scan()
}

// tcl finds the commands of Tcl and expect that start programs.
func (a *analyzer) tcl(cmd *command, text string) {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' || r == '[' || r == ']' || r == '{' || r == '}' }) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "exec" || word == "spawn" || word == "system" {
			a.shellArg(&call{cmd: cmd, p: &program{}}, lit(strings.TrimPrefix(strings.TrimSpace(rest), "-noecho ")))
		}
	}
}

// runInterpreted runs a script in a language that is no shell.
func (a *analyzer) runInterpreted(cmd *command, name string, text str) {
	p := lookupProgram(name)
	if p == nil {
		return
	}
	if lang, ok := p.trait("lang"); ok {
		a.runCode(cmd, lang, text)
	}
}

// runScriptArg runs the script that an interpreter is given by name.
func (a *analyzer) runScriptArg(c *call, lang string, s str) {
	cmd := c.cmd
	if s.known() && s.t == "-" {
		a.interpretStdin(c, lang)
		return
	}
	p, cert := a.resolve(cmd.st, s, true)
	if cert == Exact && isStdin(p) {
		a.interpretStdin(c, lang)
		return
	}
	if !strings.HasPrefix(p, "/dev/fd/") {
		a.emit(Effect{Kind: Read, Path: p, Certainty: cert, Span: cmd.span})
	}
	a.flowInto(cmd.name, s.src, cmd.span)
	if f := a.files[p]; f != nil && cert == Exact {
		for _, v := range f.vals {
			a.flowInto(cmd.name, v.src, cmd.span)
			a.inFileDo(cmd.span, func() { a.runCode(cmd, lang, v) })
		}
		return
	}
	a.ranFile(cmd.name, p, cert, cmd.span)
	if cert == Exact {
		if text, ok := a.readFile(p); ok {
			a.inFileDo(cmd.span, func() { a.runCode(cmd, lang, text) })
			return
		}
	}
	a.res.Unresolved = true
}

// interpretStdin is an interpreter that runs what it reads.
func (a *analyzer) interpretStdin(c *call, lang string) {
	cmd := c.cmd
	s := *cmd.io.in
	*cmd.io.in = str{}
	a.flowInto(cmd.name, s.src, cmd.span)
	switch {
	case s.known():
		a.runCode(cmd, lang, s)
	case onlyFile(s) != "":
		if text, ok := a.readFile(onlyFile(s)); ok {
			a.inFileDo(cmd.span, func() { a.runCode(cmd, lang, text) })
		} else {
			a.unknownCode(s, cmd.span)
		}
	case cmd.io.piped || s.src != nil:
		a.unknownCode(s, cmd.span)
	}
}

// interpreter is python, node and the like: code in an option, a script, or
// standard input when there is neither.
func (a *analyzer) interpreter(c *call) {
	lang, _ := c.p.trait("lang")
	has := c.on("stop") || c.on("given")
	for i := range c.args {
		g := &c.args[i]
		if g.role == "code" || g.role == "script" {
			has = true
		}
	}
	a.carryOut(c)
	if !has {
		a.interpretStdin(c, lang)
	}
}

// token is a piece of a program in another language.
type token struct {
	kind byte // 'i' identifier, 's' string, 'p' punctuation
	text string
	val  str // of a string
	exec bool
}

// tokenize cuts a program into identifiers with their dots, string literals
// and punctuation. It knows the quotes of the common languages.
func tokenize(t, lang string) []token {
	var out []token
	for i := 0; i < len(t); {
		c := t[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if c == '\n' {
				out = append(out, token{kind: 'p', text: "\n"})
			}
			i++
		case c == '#' && (lang == "python" || lang == "perl" || lang == "ruby" || lang == "tcl"):
			n := strings.IndexByte(t[i:], '\n')
			if n < 0 {
				return out
			}
			i += n
		case c == '/' && i+1 < len(t) && t[i+1] == '/' && (lang == "js" || lang == "php" || lang == "java"):
			n := strings.IndexByte(t[i:], '\n')
			if n < 0 {
				return out
			}
			i += n
		case c == '"' || c == '\'' || (c == '`' && lang != "python"):
			n, tok := readString(t[i:], lang)
			out = append(out, tok)
			i += n
		case isIdent(c) || c == '$' || c == '@':
			n := i + 1
			for n < len(t) && (isIdent(t[n]) || t[n] == '-' && lang == "elisp" || t[n] == '.' && n+1 < len(t) && isIdent(t[n+1]) || t[n] == ':' && n+1 < len(t) && t[n+1] == ':' || t[n] == ':' && t[n-1] == ':' || t[n] == '-' && strings.HasPrefix(t[n:], "->") || t[n] == '>' && t[n-1] == '-') {
				n++
			}
			word := t[i:n]
			if m, tok, ok := quoteOperator(t[i:], word, lang); ok {
				out = append(out, tok)
				i += m
				break
			}
			out = append(out, token{kind: 'i', text: word})
			i = n
		case c == '%' && lang == "ruby" && strings.HasPrefix(t[i:], "%x"):
			if m, tok, ok := quoteOperator(t[i+1:], "x", lang); ok {
				out = append(out, tok)
				i += m + 1
				break
			}
			i++
		default:
			out = append(out, token{kind: 'p', text: t[i : i+1]})
			i++
		}
	}
	return out
}

func isIdent(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// quoteOperator reads perl's q(), qq{}, qx//, qw() and ruby's %x().
func quoteOperator(t, word, lang string) (int, token, bool) {
	if (lang != "perl" && lang != "ruby") || len(t) <= len(word)+1 {
		return 0, token{}, false
	}
	switch word {
	case "q", "qq", "qx", "qw", "x":
		if word == "x" && lang != "ruby" {
			return 0, token{}, false
		}
	default:
		return 0, token{}, false
	}
	open := t[len(word)]
	if isIdent(open) || open == ' ' || open == ',' || open == ';' || open == '=' {
		return 0, token{}, false
	}
	closing := open
	if k := strings.IndexByte("([{<", open); k >= 0 {
		closing = ")]}>"[k]
	}
	depth := 0
	for i := len(word) + 1; i < len(t); i++ {
		switch {
		case t[i] == '\\':
			i++
		case t[i] == closing && depth == 0:
			body := t[len(word)+1 : i]
			return i + 1, token{kind: 's', val: interpolated(body, lang, word != "q"), exec: word == "qx" || word == "x"}, true
		case t[i] == closing:
			depth--
		case t[i] == open:
			depth++
		}
	}
	return 0, token{}, false
}

// readString reads a string literal and returns its length.
func readString(t, lang string) (int, token) {
	q := t[:1]
	if lang == "python" && (strings.HasPrefix(t, `"""`) || strings.HasPrefix(t, `'''`)) {
		q = t[:3]
		if end := strings.Index(t[3:], q); end >= 0 {
			return end + 6, token{kind: 's', val: lit(t[3 : 3+end])}
		}
	}
	i := len(q)
	for i < len(t) && t[i] != q[0] {
		if t[i] == '\\' {
			i++
		}
		i++
	}
	end := min(i, len(t))
	body := t[len(q):max(end, len(q))]
	tok := token{kind: 's', val: interpolated(body, lang, q != "'" || lang == "python" || lang == "js" || lang == "lua")}
	tok.exec = q == "`" && lang != "js" && lang != "go"
	return min(end+1, len(t)), tok
}

// interpolated is the value of a literal: escapes resolved, and what the
// language puts in place of variables left open.
func interpolated(body, lang string, escapes bool) str {
	var b builder
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case c == '\\' && i+1 < len(body):
			if !escapes {
				if body[i+1] == '\'' || body[i+1] == '\\' {
					i++
				}
				b.lit(body[i : i+1])
				continue
			}
			n := min(escapeLength(body[i:]), len(body)-i)
			if e := body[i : i+n]; strings.IndexByte("ntrabfve\\'\"x01234567u", e[1]) >= 0 {
				b.lit(ansiC(e))
			} else {
				b.lit(e[1:])
			}
			i += n - 1
		case c == '{' && lang == "python" || c == '$' && lang == "js" && strings.HasPrefix(body[i:], "${") || c == '#' && lang == "ruby" && strings.HasPrefix(body[i:], "#{"):
			end := strings.IndexByte(body[i:], '}')
			if end < 0 {
				b.lit(body[i : i+1])
				continue
			}
			if lang == "python" && !plainName(body[i+1:i+end]) {
				b.lit(body[i : i+1])
				continue
			}
			b.add(unknown(nil))
			i += end
		case c == '$' && escapes && (lang == "perl" || lang == "php") && i+1 < len(body) && isIdent(body[i+1]):
			n := i + 1
			for n < len(body) && isIdent(body[n]) {
				n++
			}
			b.add(unknown(nil))
			i = n - 1
		default:
			b.lit(body[i : i+1])
		}
	}
	return b.str()
}
