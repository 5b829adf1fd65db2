package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// code finds text within a command that a shell will run, and makes it
// canonical too: eval TEXT, trap TEXT SIGNAL, sh -c TEXT. Only what is known
// as it stands is written anew; the rest is for the analysis to judge.
func (e *emitter) code(c *syntax.CallExpr) {
	if e.asIs {
		return // it is judged when it is reached
	}
	name, ok := emitStatic(c.Args[0])
	if !ok {
		return
	}
	switch name {
	case "eval":
		args := emitOperands(c.Args[1:])
		if len(args) == 1 {
			e.rewriteCode(args[0], e.dialect, "eval")
		} else if len(args) > 1 {
			e.joinedCode(args)
		}
	case "trap":
		args := emitOperands(c.Args[1:])
		if len(args) < 2 {
			return
		}
		if text, ok := emitStatic(args[0]); !ok || text == "" || text == "-" || text[0] == '-' && e.dialect != Zsh || strings.Trim(text, "0123456789") == "" {
			return
		}
		e.rewriteCode(args[0], e.dialect, "trap")
	case "set", "shopt", "setopt", "emulate":
		e.option(name, c.Args[1:])
	case "exec", "command", "builtin", "env", "nohup", "sudo", "time":
		if len(c.Args) < 2 {
			return
		}
		switch next, _ := emitStatic(c.Args[1]); next {
		case "set", "shopt", "setopt", "emulate":
			e.option(next, c.Args[2:])
		}
		e.shellCode(c.Args[1:])
	default:
		e.shellCode(c.Args)
	}
}

// emitOperands passes over "--".
func emitOperands(args []*syntax.Word) []*syntax.Word {
	if len(args) > 0 && args[0].Lit() == "--" {
		return args[1:]
	}
	return args
}

// joinedCode looks at eval with several words, which it joins. They can't be
// replaced one by one, so the text must be canonical already.
func (e *emitter) joinedCode(args []*syntax.Word) {
	words := make([]string, len(args))
	for i, w := range args {
		text, ok := emitStatic(w)
		if !ok {
			return
		}
		words[i] = text
	}
	text := strings.Join(words, " ")
	c, r := e.inner(text, e.dialect)
	from, to := int(args[0].Pos().Offset()), int(args[len(args)-1].End().Offset())
	if r != nil {
		e.refuse(from, to, "in the text that eval is given: "+r.reason)
	}
	if c.text != text {
		e.refuse(from, to, "eval is given its text in several words; give it one quoted text")
	}
}

// shellCode looks for the text of sh -c.
func (e *emitter) shellCode(args []*syntax.Word) {
	name, ok := emitStatic(args[0])
	if !ok {
		return
	}
	if d, shell := DialectOf(name); (!shell || d == Foreign) && !strings.HasSuffix(name, "busybox") {
		return
	}
	argv := make([]Value, len(args))
	for i, w := range args {
		if text, ok := emitStatic(w); ok {
			argv[i] = Value{Text: text}
		} else {
			argv[i] = Value{Certainty: Unknown}
		}
	}
	inv, ok := parseInvocation(argv)
	if ok && inv.mode == invocationText && inv.dialect != Foreign && argv[inv.index].Certainty == Exact {
		e.rewriteCode(args[inv.index], inv.dialect, name+" -c")
	}
}

// inner makes a text within the text canonical.
func (e *emitter) inner(text string, d Dialect) (*canonical, *refusal) {
	return e.known.canonicalize(textKey{text, d, e.asIs}, e.nesting+1)
}

// rewriteCode makes the text in one word canonical.
func (e *emitter) rewriteCode(w *syntax.Word, d Dialect, by string) {
	text, ok := emitStatic(w)
	if !ok {
		return
	}
	c, r := e.inner(text, d)
	if r != nil {
		e.refuse(int(w.Pos().Offset()), int(w.End().Offset()), "in the text that "+by+" is given: "+r.reason)
	}
	if c.text == text {
		return
	}
	if e.rewritten == nil {
		e.rewritten = map[*syntax.Word]string{}
	}
	e.rewritten[w] = c.text
}

// emitStatic returns the value of a word that no shell expands.
func emitStatic(w *syntax.Word) (string, bool) {
	if len(w.Parts) == 1 {
		if q, ok := w.Parts[0].(*syntax.SglQuoted); ok && !q.Dollar {
			return q.Value, true
		}
	}
	var b strings.Builder
	for _, p := range w.Parts {
		switch p := p.(type) {
		case *syntax.Lit:
			for i := 0; i < len(p.Value); i++ {
				switch c := p.Value[i]; {
				case c == '\\' && i+1 < len(p.Value):
					i++
					b.WriteByte(p.Value[i])
				case strings.IndexByte("\\$~*?[{!^(", c) >= 0, c == '=' && i == 0:
					return "", false
				default:
					b.WriteByte(c)
				}
			}
		case *syntax.SglQuoted:
			if p.Dollar {
				return "", false
			}
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, q := range p.Parts {
				l, ok := q.(*syntax.Lit)
				if !ok {
					return "", false
				}
				emitUnquote(&b, l.Value)
			}
		default:
			return "", false
		}
	}
	return b.String(), true
}

// emitUnquote takes the backslashes off that double quotes take off.
func emitUnquote(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("$`\"\\\n", s[i+1]) >= 0 {
			if i++; s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
}
