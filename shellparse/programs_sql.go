package shellparse

import "strings"

// sql is a client of a database: each statement that it is given, by option, as
// an operand or on standard input, runs as if it were a program named sql.
func (a *analyzer) sql(c *call) {
	given := false
	for i := range c.args {
		g := &c.args[i]
		switch g.role {
		case "sql":
			given = true
			a.statements(c, g.val)
		case "sqlwords":
			given = true
		case "sqlfile":
			given = true
			a.readArg(c, g.val)
			a.statements(c, a.contentOf(c.cmd.st, g.val))
		default:
			a.carry(c, g)
		}
	}
	if words := c.all("sqlwords"); len(words) > 0 { // redis-cli SET a b
		var b builder
		for i, w := range words {
			if i > 0 {
				b.lit(" ")
			}
			b.add(w)
		}
		a.statements(c, b.str())
	}
	if in := *c.cmd.io.in; !given && in.known() {
		a.statements(c, in)
	}
	a.finishCall(c)
}

// maxStatements bounds what is made of one text: what follows is one more.
const maxStatements = 64

// statements emits what a text of SQL, or of a language like it, would do.
func (a *analyzer) statements(c *call, text str) {
	if !text.known() {
		return
	}
	for line := range strings.SplitSeq(text.t, "\n") {
		a.sqlLine(c, strings.TrimSpace(line))
	}
	list := splitSQL(text.t)
	if len(list) > maxStatements {
		list = append(list[:maxStatements:maxStatements], strings.Join(list[maxStatements:], "; "))
	}
	for _, s := range list {
		a.emit(Effect{Kind: Exec, Program: "sql", Builtin: true, Argv: []Value{{Text: "sql"}, {Text: s}}, Span: c.cmd.span})
	}
}

// splitSQL splits a text into statements in one spelling: lower case, one blank
// between words, no comments, no condition that is always true.
func splitSQL(text string) []string {
	var out []string
	var b strings.Builder
	blank := func() {
		if s := b.String(); s != "" && s[len(s)-1] != ' ' {
			b.WriteByte(' ')
		}
	}
	flush := func() {
		s := strings.TrimSpace(b.String())
		for _, always := range [...]string{" where 1=1", " where 1 = 1", " where true", " where 1", " where not false"} {
			s = strings.TrimSuffix(s, always)
		}
		if s != "" {
			out = append(out, s)
		}
		b.Reset()
	}
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch ch := text[i]; {
		case ch == '\'' || ch == '"' || ch == '`':
			end := strings.IndexByte(rest[1:], ch)
			if end < 0 {
				end = len(rest) - 2
			}
			b.WriteString(lower(rest[:end+2]))
			i += end + 1
		case strings.HasPrefix(rest, "/*!"): // MySQL runs what is in it
			blank()
			for i += 2; i+1 < len(text) && '0' <= text[i+1] && text[i+1] <= '9'; i++ {
			}
		case strings.HasPrefix(rest, "*/"):
			blank()
			i++
		case strings.HasPrefix(rest, "/*"):
			blank()
			if end := strings.Index(rest, "*/"); end >= 0 {
				i += end + 1
			} else {
				i = len(text)
			}
		case strings.HasPrefix(rest, "--"):
			blank()
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				i += end
			} else {
				i = len(text)
			}
		case ch == ';':
			flush()
		case ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '\f' || ch == '\v':
			blank()
		default:
			b.WriteString(lower(string(ch)))
		}
	}
	flush()
	return out
}
