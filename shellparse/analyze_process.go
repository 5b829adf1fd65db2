package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// startProcess analyses a process about to start, as its argv shows it.
func (a *analyzer) startProcess(st *state) {
	argv := make([]field, len(a.in.Argv))
	for i, s := range a.in.Argv {
		argv[i] = field{str: lit(s), quoted: true}
	}
	stdin, out := unknown(a.origins(a.in.Stdin, false)), &output{}
	cmd := &command{st: st, argv: argv, io: stdio{in: &stdin}, noFunc: true}
	if p := a.in.Path; p != "" {
		// argv[0] is the caller's say; the file that runs is not.
		if prog := lookupProgram(path0(p)); prog == nil || !isMultiCall(prog) {
			argv[0].str = lit(p)
		}
	}
	a.rewriteShell(cmd)
	if a.res.TextIndex == 0 {
		cmd.io.out = out
	}
	if !a.over {
		a.external(cmd)
	}
	a.res.Prints = originsOf(out.src)
	if len(a.res.Effects) > 0 && a.res.Effects[0].Kind == Exec && a.in.Path != "" {
		a.res.Effects[0].Path = a.in.Path
		a.res.Effects[0].Argv[0] = Value{Text: a.in.Argv[0]}
	}
}

func isMultiCall(p *program) bool {
	h, _ := p.trait("go")
	return h == "applet"
}

// rewriteShell finds the canonical form of the text that a shell is given.
func (a *analyzer) rewriteShell(cmd *command) {
	inv, ok := parseInvocation(values(cmd.argv))
	if !ok || inv.mode != invocationText || inv.dialect == Foreign {
		return
	}
	a.res.TextIndex = inv.index
	text := cmd.argv[inv.index].t
	c, ref := a.known.canonicalize(textKey{text: text, dialect: inv.dialect}, 0)
	if ref != nil && ref.incomplete {
		a.res.SyntaxError = ref.reason
		a.res.Rewrites = append(a.res.Rewrites, Rewrite{Index: inv.index, Text: syntaxErrorText(ref)})
		cmd.argv[inv.index].str = lit("")
		if c := completed(text, inv.dialect, ref); c != nil {
			cmd.argv[inv.index].str = lit(c.text)
		}
		return
	}
	if ref != nil {
		a.refuse(ref.reason)
		return
	}
	if c.text != text {
		a.res.Rewrites = append(a.res.Rewrites, Rewrite{Index: inv.index, Text: c.text})
	}
}

// shellName is $0 where nothing else is known.
func (a *analyzer) shellName() string {
	switch a.dialect {
	case Bash:
		return "bash"
	case Zsh:
		return "zsh"
	case Korn:
		return "mksh"
	}
	return "sh"
}

// substitutionsIn expands text as if it stood in double quotes.
func (a *analyzer) substitutionsIn(st *state, text string) str {
	c, ref := a.canonical(`: "`+escapeQuotes(text)+`"`, a.dialect)
	if ref != nil && strings.ContainsAny(text, "(`") {
		a.unknownCode(unknown(nil), Span{}) // a shell may run what comes before the error
	}
	if c == nil || ref != nil || len(c.file.Stmts) != 1 {
		return unknown(nil)
	}
	call, ok := c.file.Stmts[0].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) != 2 || !a.enter() {
		return unknown(nil)
	}
	defer a.leave()
	saved := a.unit
	var sp Span
	if saved != nil && saved.fixed != nil {
		sp = *saved.fixed
	}
	a.unit = &unit{c: c, fixed: &sp}
	s := a.text(st, call.Args[1])
	a.unit = saved
	return s
}

// escapeQuotes escapes the double quotes outside of substitutions.
func escapeQuotes(s string) string {
	b := make([]byte, 0, len(s)+8)
	depth, tick := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b = append(b, s[i])
			i++
		case s[i] == '$' && i+1 < len(s) && s[i+1] == '(':
			depth++
		case s[i] == ')' && depth > 0:
			depth--
		case s[i] == '`':
			tick = !tick
		case s[i] == '"' && depth == 0 && !tick:
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return string(b)
}
