package shellparse

import (
	"strings"
)

// vim runs commands given by option: :!cmd is a shell, and so are its kin in
// the embedded languages.
func (a *analyzer) vim(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "ex" {
			a.carry(c, g)
			continue
		}
		a.exCommand(c, g.val)
	}
	for _, f := range c.cmd.argv[1:] {
		if strings.HasPrefix(f.prefix(), "+") && f.known() {
			a.exCommand(c, lit(f.t[1:]))
		}
	}
	a.finishCall(c)
}

func (a *analyzer) exCommand(c *call, s str) {
	if !s.known() {
		a.unknownCode(s, c.cmd.span)
		return
	}
	t := strings.TrimLeft(s.t, ": \t")
	if i := strings.IndexByte(t, '!'); i >= 0 && i < 12 && len(t) > i+1 && t[:i] != "q" && t[:i] != "wq" && t[:i] != "w" && t[:i] != "x" && t[:i] != "qa" {
		a.runText(a.exported(c.cmd.st), lit(t[i+1:]), POSIX, c.cmd.span, c.cmd.io)
		return
	}
	word, rest, _ := strings.Cut(t, " ")
	switch word {
	case "w", "write", "w!", "saveas", "sav", "wq":
		if rest = strings.TrimSpace(rest); rest != "" {
			a.writeArg(c, lit(rest))
		}
	case "r", "read", "e", "edit", "so", "source", "sp", "split", "tabe", "view":
		if rest = strings.TrimSpace(rest); rest != "" {
			a.readArg(c, lit(rest))
		}
	case "py", "python", "py3", "python3", "pyx":
		a.runCode(c.cmd, "python", lit(strings.TrimSpace(rest)))
	case "lua":
		a.runCode(c.cmd, "lua", lit(rest))
	case "perl":
		a.runCode(c.cmd, "perl", lit(rest))
	case "ruby":
		a.runCode(c.cmd, "ruby", lit(rest))
	case "call", "let", "echo", "echom", "echon", "put", "silent", "sil", "silent!", "sil!", "exe", "exec", "execute", "eval", "if", "for", "cal":
		switch word {
		case "echo", "echom", "echon", "eval", "put", "cal", "call":
			t = rest // as if it were an expression by itself
		}
		a.scanCode(c.cmd, "vim", t, s.src)
	}
}
