package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// emitReserved has the words that begin or end a construct in some shell, and
// so must not be the name of a command, by dialect.
var emitReserved = func() map[string]uint8 {
	const all = 1<<Bash | 1<<POSIX | 1<<Zsh | 1<<Korn
	m := map[string]uint8{}
	for _, w := range strings.Fields("if then else elif fi case esac for while until do done { } ! select function coproc [[ ]] time nameref") {
		m[w] = all
	}
	for _, w := range strings.Fields("repeat foreach end nocorrect always - integer float") {
		m[w] = 1 << Zsh
	}
	return m
}()

// emitCodeWords run text that they are given, or run another command that may.
var emitCodeWords = map[string]bool{"set": true, "shopt": true, "setopt": true, "emulate": true, "eval": true, "trap": true, "exec": true, "command": true, "builtin": true, "env": true, "nohup": true, "sudo": true, "time": true, "": true}

// emitSpecialWord reports whether a command of this name needs more than
// being copied.
func emitSpecialWord(name string) bool {
	return emitReserved[name] != 0 || emitCodeWords[name] || strings.IndexByte(name, '=') >= 0
}

// call writes a simple command: assignments, words and redirections in the
// order of the source.
func (e *emitter) call(c *syntax.CallExpr, redirs []*syntax.Redirect) {
	if len(c.Args) > 0 {
		e.checkName(c)
		e.code(c)
	}
	assigns, args := c.Assigns, c.Args
	offset := func(p syntax.Pos) uint { return p.Offset() }
	for len(assigns) > 0 || len(args) > 0 || len(redirs) > 0 {
		const none = ^uint(0)
		a, w, r := none, none, none
		if len(assigns) > 0 {
			a = offset(assigns[0].Pos())
		}
		if len(args) > 0 {
			w = offset(args[0].Pos())
		}
		if len(redirs) > 0 {
			r = offset(redirs[0].Pos())
		}
		switch {
		case a < w && a < r:
			e.assign(assigns[0])
			assigns = assigns[1:]
		case w < r:
			e.argument(args[0])
			args = args[1:]
		default:
			e.redirect(redirs[0])
			redirs = redirs[1:]
		}
	}
}

// argument writes a word, or the text that takes its place.
func (e *emitter) argument(w *syntax.Word) {
	text, ok := e.rewritten[w]
	if !ok {
		e.operand(w)
		return
	}
	e.gap()
	e.apart()
	if e.at != int(w.Pos().Offset()) {
		e.misread(e.at)
	}
	e.newlineInQuotes(text, e.at)
	e.space()
	e.replace(int(w.End().Offset()), "'"+strings.ReplaceAll(text, "'", `'\''`)+"'")
	e.wordEnd = e.at
}

// checkName refuses names of commands that some shell takes for something else.
func (e *emitter) checkName(c *syntax.CallExpr) {
	w := c.Args[0]
	from, to := int(w.Pos().Offset()), int(w.End().Offset())
	switch p := w.Parts[0].(type) {
	case *syntax.ExtGlob:
		// Without extglob !(a) is the negation of a subshell.
		e.refuse(from, to, "a pattern for the name of a command is read differently by different shells; write the name")
	case *syntax.Lit:
		name := w.Lit()
		if emitReserved[name]&(1<<e.dialect) != 0 && !(name == "time" && e.posixTime(c)) {
			e.refuse(from, to, "\""+name+"\" here is read differently by different shells; quote it if it is the name of a command")
		}
		if e.dialect == Zsh && p.Value[0] == '{' {
			e.refuse(from, to, "zsh takes this brace for the start of a block; quote it")
		}
		if i := strings.IndexByte(p.Value, '='); i > 0 && strings.Trim(p.Value[:1], "./-~%") != "" {
			e.refuse(from, to, "this is an assignment to some shells and a command to others; quote it, or assign to a plain name")
		}
	}
}

// posixTime reports whether `time` means the same as a program and as bash's
// reserved word.
func (e *emitter) posixTime(c *syntax.CallExpr) bool {
	if e.dialect != POSIX || len(c.Args) < 2 {
		return false
	}
	for _, w := range c.Args[1:] {
		name := w.Lit()
		if name == "-p" {
			continue
		}
		lit, ok := w.Parts[0].(*syntax.Lit)
		return !ok || emitReserved[name] == 0 && strings.IndexByte(lit.Value, '=') < 0 && lit.Value[0] != '-'
	}
	return false
}

// checkWord refuses words that the shells of the dialect expand differently.
func (e *emitter) checkWord(w *syntax.Word) {
	from, to := int(w.Pos().Offset()), int(w.End().Offset())
	if e.dialect == Bash || e.dialect == POSIX {
		if text := e.src[from:to]; strings.Contains(text, "BASH_CMDS[") || strings.Contains(text, "BASH_ALIASES[") {
			e.refuse(from, to, "this names a table of bash that says which program a name runs; use another name")
		}
	}
	switch e.dialect {
	case POSIX:
		if open := strings.IndexByte(e.src[from:to], '{'); open >= 0 && emitBraces(w) {
			e.refuse(from, to, "{a,b} is expanded by some shells called sh and not by others; write the words out")
		}
		for i, p := range w.Parts {
			if l, ok := p.(*syntax.Lit); ok && l.Value == "$" && i+1 < len(w.Parts) {
				e.refuse(from, to, "$'...' and $\"...\" are not read by every shell called sh; use plain quotes or printf")
			}
		}
	case Korn:
		if open := strings.IndexByte(e.src[from:to], '{'); open >= 0 && strings.Contains(e.src[from:to], "..") && emitBraces(w) {
			e.refuse(from, to, "{1..3} is expanded by some Korn shells and not by others; write the words out")
		}
	case Zsh:
		l, ok := w.Parts[0].(*syntax.Lit)
		if !ok {
			return
		}
		if strings.HasPrefix(l.Value, "=") && w.Lit() != "=" || strings.HasPrefix(l.Value, "~[") {
			e.refuse(from, to, "zsh runs or looks up what stands behind this character; quote the word")
		}
		if name := w.Lit(); len(name) > 2 && name[0] == '{' && name[len(name)-1] == '}' && syntax.ValidName(name[1:len(name)-1]) {
			e.refuse(from, to, "zsh takes this for the name of a descriptor when a redirection follows; quote it")
		}
		if name := w.Lit(); name == "{" || name == "}" || strings.Count(l.Value, "{") < strings.Count(l.Value, "}") {
			e.refuse(from, to, "a brace here is read differently by different shells; quote it")
		}
	}
}

// emitBraces reports whether a shell with brace expansion would expand w.
func emitBraces(w *syntax.Word) bool {
	var b strings.Builder
	for _, p := range w.Parts {
		if l, ok := p.(*syntax.Lit); ok {
			b.WriteString(l.Value)
		} else {
			b.WriteByte('x')
		}
	}
	s := b.String()
	i := strings.IndexByte(s, '{')
	if i < 0 {
		return false
	}
	s = s[i:]
	j := strings.LastIndexByte(s, '}')
	return j > 0 && (strings.IndexByte(s[:j], ',') > 0 || strings.Contains(s[:j], ".."))
}

// assign writes name=value, name+=value, name[i]=value and name=(...).
func (e *emitter) assign(a *syntax.Assign) {
	e.next()
	e.apart()
	if a.Name == nil {
		e.wordIn(a.Value, inWord)
		return
	}
	e.table(a.Name)
	e.name(a.Name)
	if a.Index != nil {
		e.operators(int(a.Index.Pos().Offset()), "[ \t")
		e.subscript(a.Index)
		e.operators(e.at+1, "]")
	}
	if a.Naked {
		return
	}
	if a.Append {
		e.operators(e.at+1, "+")
	}
	e.operators(e.at+1, "=")
	switch {
	case a.Array != nil:
		e.array(a.Array)
	case a.Value != nil:
		if rest := e.src[e.at:a.Value.End().Offset()]; e.dialect == Zsh && (rest[0] == '=' || strings.Contains(rest, ":=")) {
			e.refuse(e.at, e.at+1, "zsh looks up a command for what stands behind = here; quote the value")
		}
		e.wordIn(a.Value, inWord)
	}
	e.wordEnd = e.at
}

func (e *emitter) array(a *syntax.ArrayExpr) {
	if e.at != int(a.Lparen.Offset()) {
		e.misread(e.at)
	}
	e.shut("(")
	e.glue = true
	e.nested(func() {
		for _, el := range a.Elems {
			if el.Index == nil {
				e.operand(el.Value)
				continue
			}
			e.next()
			e.operators(int(el.Index.Pos().Offset()), "[ \t")
			e.subscript(el.Index)
			e.operators(e.at+1, "]")
			e.operators(e.at+1, "=")
			if el.Value != nil {
				e.wordIn(el.Value, inWord)
			}
		}
		e.gap()
	})
	e.glue = true
	e.token(a.Rparen, ")")
}

// declare writes export, local and the like.
func (e *emitter) declare(d *syntax.DeclClause) {
	if d.Variant.Value == "nameref" {
		e.refuse(int(d.Pos().Offset()), int(d.End().Offset()), "\"nameref\" is read differently by different shells; use declare -n")
	}
	e.token(d.Variant.ValuePos, d.Variant.Value)
	e.wordEnd = e.at
	for _, a := range d.Args {
		e.assign(a)
	}
}

// redirect writes one redirection: its operator glued to the descriptor and
// apart from the word.
func (e *emitter) redirect(r *syntax.Redirect) {
	e.gap()
	from := e.at
	if e.at != int(r.Pos().Offset()) {
		e.misread(e.at)
	}
	e.space()
	if r.N != nil {
		e.apart()
		e.descriptor(r.N)
	}
	if e.at != int(r.OpPos.Offset()) {
		e.misread(e.at)
	}
	e.shut(r.Op.String())
	lit := r.Word.Lit()
	if r.Op == syntax.DplIn || r.Op == syntax.DplOut {
		if first, ok := r.Word.Parts[0].(*syntax.Lit); ok && lit == "" && strings.IndexByte("-p", first.Value[0]) >= 0 {
			lit = first.Value // >&-$x closes, and $x is a word
		}
		switch {
		case lit == "-" && len(r.Word.Parts) == 1 || strings.Trim(lit, "0123456789") == "" && lit != "":
			e.glue = true
		case lit == "-":
			e.refuse(from, int(r.Word.End().Offset()), redirectMisread)
		case lit == "" || lit[0] == '\\':
		case e.dialect == Bash && strings.TrimRight(strings.TrimRight(lit, "-"), "0123456789") == "":
			e.glue = true // 3>&1-
		default:
			if strings.IndexByte("-0123456789p", lit[0]) >= 0 || r.Op == syntax.DplIn || e.dialect != Bash && e.dialect != Zsh {
				e.refuse(from, int(r.Word.End().Offset()), redirectMisread)
			}
		}
	}
	if r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc {
		e.delimiter(r)
		e.heredocs = append(e.heredocs, r)
		e.gap()
		e.copyTo(int(r.Word.End().Offset()))
		e.wordEnd = e.at
		return
	}
	if touches(r.Op, e.src[e.at:]) {
		e.glue = true
	}
	e.operand(r.Word)
}

// touches says that the file of a redirection stands against its operator, in
// a way that no shell reads as another operator: as most people write it, so
// that most texts stay as they are.
func touches(op syntax.RedirOperator, rest string) bool {
	if op != syntax.RdrOut && op != syntax.AppOut && op != syntax.RdrIn || rest == "" {
		return false
	}
	c := rest[0]
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("/._~\"$", c) >= 0
}

const redirectMisread = "what follows this redirection is read differently by different shells; put a blank behind >&- or write > file 2>&1"

// descriptor writes the N of N>file. Only bash reads more than one digit.
func (e *emitter) descriptor(n *syntax.Lit) {
	v := n.Value
	ok := len(v) == 1 || e.dialect == Bash && len(v) <= 4
	if v[0] == '{' {
		ok = (e.dialect == Bash || e.dialect == Zsh) && syntax.ValidName(strings.Trim(v, "{}"))
	}
	if !ok || e.src[e.at:n.ValueEnd.Offset()] != v {
		e.refuse(e.at, int(n.ValueEnd.Offset()), "this number before a redirection is a descriptor to some shells and a word to others; put a blank behind it or use one digit")
	}
	e.copyTo(int(n.ValueEnd.Offset()))
}
