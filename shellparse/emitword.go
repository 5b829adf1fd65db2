package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// place is where a part of a word stands: it decides which bytes mean themselves.
type place uint16

const (
	inWord    place = 1 << iota // a word of a command
	inQuotes                    // "..."
	inHeredoc                   // the body of a here-document
	inParam                     // the word of ${x:-word}
	inParamQ                    // the same within quotes or a here-document
	inPattern                   // the patterns of ${x#a}, ${x/a/b} within them
	inArith                     // a name or number of arithmetic
	inRegex                     // behind =~
	inGlob                      // the pattern of @(...)
)

// places has, for each byte, the places where it means itself unescaped.
// What is not here is a token of its own or refused.
var places = func() (t [256]place) {
	all := inWord | inQuotes | inHeredoc | inParam | inParamQ | inPattern | inRegex | inGlob
	for c := 0; c < 256; c++ {
		switch {
		case scanNameByte(byte(c)):
			t[c] = all | inArith
		case c >= 0x80:
			t[c] = all
		case c < ' ' && c != '\n' && c != '\t' || c == 0x7f:
			t[c] = inQuotes | inHeredoc
		}
	}
	set := func(chars string, p place) {
		for i := 0; i < len(chars); i++ {
			t[chars[i]] |= p
		}
	}
	set("-./,:@%+=~*?[]^!", all)
	set("#", all|inArith)
	set("@.", inArith)
	set("{}", inWord|inRegex|inQuotes|inHeredoc)
	set(" \t", inQuotes|inHeredoc|inParam|inParamQ|inPattern)
	set("\n", inQuotes|inHeredoc)
	set("'", inQuotes|inHeredoc)
	set("\"", inHeredoc)
	set("()", inQuotes|inHeredoc|inParam|inParamQ|inPattern|inRegex|inGlob)
	set("|", inQuotes|inHeredoc|inParamQ|inPattern|inRegex|inGlob)
	set(";&<>", inQuotes|inHeredoc|inParamQ|inPattern)
	return t
}()

// operand writes a word behind the gap before it.
func (e *emitter) operand(w *syntax.Word) {
	e.next()
	e.apart()
	e.wordIn(w, inWord)
}

// wordIn writes a word that begins at e.at.
func (e *emitter) wordIn(w *syntax.Word, in place) {
	if in == inWord {
		e.checkWord(w)
	}
	for _, p := range w.Parts {
		e.part(p, in)
	}
	e.wordEnd = e.at
}

func (e *emitter) part(p syntax.WordPart, in place) {
	from := int(p.Pos().Offset())
	if e.at != from {
		e.misread(e.at)
	}
	switch p := p.(type) {
	case *syntax.Lit:
		if e.dialect == Zsh && in == inWord && e.src[from] == '(' {
			e.zshGroup(int(p.ValueEnd.Offset()))
			return
		}
		e.literal(int(p.ValueEnd.Offset()), in)
	case *syntax.SglQuoted:
		e.single(p, in)
	case *syntax.DblQuoted:
		e.double(p, in)
	case *syntax.ParamExp:
		e.enter(p)
		e.param(p, in)
		e.leave()
	case *syntax.CmdSubst:
		e.enter(p)
		e.substitution(p, in)
		e.leave()
	case *syntax.ArithmExp:
		e.enter(p)
		if p.Unsigned {
			e.refuse(from, from+3, "unsigned arithmetic is read differently by different shells")
		}
		open, shut := "$((", "))"
		if p.Bracket {
			open, shut = "$[", "]"
		}
		e.arithmetic(p.Left, open, p.Right, shut, "", p.X)
		e.leave()
	case *syntax.ProcSubst:
		e.enter(p)
		if p.Op == syntax.CmdInTemp {
			e.refuse(from, from+2, "=(...) is read by zsh alone; write to a file from mktemp")
		}
		e.within(p.OpPos, p.Op.String(), p.Stmts, p.Rparen)
		e.leave()
	case *syntax.ExtGlob:
		e.copyTo(from + 2)
		e.literal(int(p.Pattern.ValueEnd.Offset()), inGlob)
		e.shut(")")
	default:
		e.misread(from)
	}
}

// shut copies a token that must stand at e.at.
func (e *emitter) shut(s string) {
	if !strings.HasPrefix(e.src[e.at:], s) {
		e.misread(e.at)
	}
	e.copyTo(e.at + len(s))
}

// literal copies src[e.at:to] if each byte of it means itself to every shell.
func (e *emitter) literal(to int, in place) {
	if to < e.at || to > len(e.src) {
		e.misread(e.at)
	}
	for i := e.at; i < to; i++ {
		c := e.src[i]
		switch {
		case c == '\\':
			if i+1 >= len(e.src) {
				e.refuse(i, i+1, "a backslash at the very end is read differently by different shells; remove it")
			}
			if e.src[i+1] == '\n' && in&(inQuotes|inHeredoc) == 0 {
				if in == inWord && strings.Trim(e.src[i:to], "\\\n") == "" && i > e.at {
					// The word ends here: its continued line belongs to the gap.
					e.copyTo(i)
					return
				}
				if in != inWord || i == e.at || i+2 >= to || !scanNameByte(e.src[i-1]) || !scanNameByte(e.src[i+2]) {
					e.refuse(i, i+2, "a word is split by a continued line; write it in one piece")
				}
			}
			if i+1 >= to && in&inHeredoc == 0 {
				e.misread(i)
			}
			if e.src[i+1] < ' ' && e.src[i+1] != '\n' && e.src[i+1] != '\t' {
				e.misread(i + 1)
			}
			i++
		case c == '$':
			if !e.dollarIsPlain(i, in) {
				e.refuse(i, i+2, "a $ that is no expansion is read differently by different shells here; escape it with a backslash")
			}
		case places[c]&in == 0:
			e.misread(i)
		case c == '#' && in == inArith && i == e.at:
			e.misread(i)
		case c == '(' && in&(inParam|inRegex) != 0 && i > e.at && strings.IndexByte("<>=", e.src[i-1]) >= 0:
			e.misread(i)
		}
	}
	e.copyTo(to)
}

// dollarIsPlain reports whether every shell takes the '$' at i for itself.
func (e *emitter) dollarIsPlain(i int, in place) bool {
	if i+1 >= len(e.src) {
		return true
	}
	next := " \t\n;)|&/.,"
	if e.dialect != Zsh {
		next += ":"
	}
	switch in {
	case inQuotes:
		next += "\"%]}\\<>"
	case inHeredoc:
		next += "%]}\\<>\""
	case inWord, inRegex:
	default:
		return false
	}
	return strings.IndexByte(next, e.src[i+1]) >= 0
}

func (e *emitter) single(q *syntax.SglQuoted, in place) {
	from, to := int(q.Left.Offset()), int(q.Right.Offset())+1
	open := "'"
	if q.Dollar {
		open = "$'"
	}
	body := from + len(open)
	if to > len(e.src) || body >= to || e.src[from:body] != open || e.src[to-1] != '\'' {
		e.misread(from)
	}
	if in != inWord && in != inRegex {
		// Not every shell takes these for quotes everywhere within ${...} or
		// arithmetic: only what would mean the same without them passes.
		text := e.src[body : to-1]
		if q.Dollar {
			text = strings.ReplaceAll(text, "\\", "")
		}
		if in == inArith || in == inParamQ || !emitInert(text) {
			e.refuse(from, to, "single quotes within an expansion are read differently by different shells; use a variable for this text")
		}
	}
	e.newlineInQuotes(e.src[body:to-1], from)
	e.copyTo(to)
}

// emitInert reports whether text means itself whether it is quoted or not.
func emitInert(text string) bool {
	return !strings.ContainsAny(text, "$`\\\"'{}<>\n")
}

// newlineInQuotes refuses a quoted newline on a line that a here-document
// follows: shells look for its body in different places.
func (e *emitter) newlineInQuotes(text string, at int) {
	if len(e.heredocs) > 0 && strings.IndexByte(text, '\n') >= 0 {
		e.refuse(at, at+1, "a quoted text runs over the line behind which a here-document begins; put it before the << or in a variable")
	}
}

func (e *emitter) double(q *syntax.DblQuoted, in place) {
	if in&(inQuotes|inHeredoc) != 0 {
		e.misread(e.at)
	}
	from := e.at
	if q.Dollar {
		// $"..." asks for a translation, which is expanded anew by old shells.
		if !strings.HasPrefix(e.src[from:], "$\"") {
			e.misread(from)
		}
		e.replace(from+2, "\"")
	} else {
		e.shut("\"")
	}
	for _, p := range q.Parts {
		if l, ok := p.(*syntax.Lit); ok {
			if in == inParam && strings.ContainsAny(l.Value, "{}") || in&(inWord|inRegex|inParam) == 0 && !emitInert(l.Value) {
				e.refuse(from, int(q.Right.Offset())+1, "quotes within an expansion are read differently by different shells; use a variable for this text")
			}
			continue
		}
		e.literal(int(p.Pos().Offset()), inQuotes)
		e.part(p, inQuotes)
	}
	e.literal(int(q.Right.Offset()), inQuotes)
	e.newlineInQuotes(e.src[from:e.at], from)
	e.shut("\"")
}

// substitution writes $(...), also for backquotes.
func (e *emitter) substitution(c *syntax.CmdSubst, in place) {
	from := int(c.Left.Offset())
	switch {
	case c.TempFile || c.ReplyVar:
		e.refuse(from, from+2, "${ ...; } is read by some shells alone; use $(...)")
	case c.Backquotes:
		e.backquotes(c, in)
	default:
		e.within(c.Left, "$(", c.Stmts, c.Right)
	}
}

// within writes a list of statements between open and a closing parenthesis.
func (e *emitter) within(pos syntax.Pos, open string, list []*syntax.Stmt, end syntax.Pos) {
	if e.at != int(pos.Offset()) {
		e.misread(e.at)
	}
	e.shut(open)
	depth := len(e.out)
	if open == "$(" && len(list) == 1 && len(list[0].Redirs) == 1 && list[0].Redirs[0].Op == syntax.RdrIn {
		e.reading = list[0]
	}
	e.substituting++
	e.nested(func() {
		e.gap()
		// Not against a parenthesis: $((...)) is arithmetic.
		e.glue = len(e.out) == depth && !strings.HasPrefix(e.src[e.at:], "(")
		e.stmts(list, false)
		e.gap()
	})
	e.substituting--
	if e.at != int(end.Offset()) {
		e.misread(e.at)
	}
	e.glue = false
	e.shut(")")
}

// backquotes writes `...` as $(...). What is between them is a text of its
// own, with backslashes taken off, and is judged as one.
func (e *emitter) backquotes(c *syntax.CmdSubst, in place) {
	from, to := int(c.Left.Offset()), int(c.Right.Offset())
	if to <= from || to >= len(e.src) || e.src[from] != '`' || e.src[to] != '`' {
		e.misread(from)
	}
	raw := e.src[from+1 : to]
	var b strings.Builder
	quoted := false // within single quotes, or so it seems
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\'' {
			quoted = !quoted
		} else if raw[i] == '\\' && i+1 < len(raw) {
			switch next := raw[i+1]; {
			case next == '$' || next == '`' || next == '\\' || next == '"' && in == inQuotes:
				i++
			case next == '"' && in != inWord, next == '\n' && quoted:
				e.refuse(from, to+1, "a backslash within backquotes is read differently by different shells here; use $(...)")
			}
		} else if raw[i] == '`' {
			e.misread(from + 1 + i)
		}
		b.WriteByte(raw[i])
	}
	inner, r := e.inner(b.String(), e.dialect)
	if r != nil {
		e.refuse(from, to+1, r.reason)
	}
	if inner.first == nil || !(&comparer{}).stmts(c.Stmts, inner.first.Stmts) {
		e.refuse(from, to+1, "what is between these backquotes is read differently by different shells; use $(...)")
	}
	if (len(e.heredocs) > 0 || e.buried > 0) && strings.Contains(raw, "\n") {
		e.refuse(from, to+1, "a substitution runs over the line behind which a here-document begins; put it in a variable")
	}
	text := strings.TrimLeft(inner.text, " \t")
	if strings.HasPrefix(text, "(") {
		text = " " + text
	}
	e.replace(to+1, "$("+text+")")
}
