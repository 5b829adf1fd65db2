package shellparse

import (
	"strings"
)

// pager is less: +!command runs a shell.
func (a *analyzer) pager(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if p := g.val.prefix(); g.role == "r" && strings.HasPrefix(p, "+") {
			if k := strings.IndexByte(p, '!'); k >= 0 {
				a.shellArg(c, g.val.cutPrefix(k+1))
			}
			continue
		}
		a.carry(c, g)
	}
	a.finishCall(c)
}

// editor is ed: its commands come from standard input.
func (a *analyzer) editor(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	if in := *c.cmd.io.in; in.known() {
		for line := range strings.SplitSeq(in.t, "\n") {
			word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch {
			case strings.HasPrefix(line, "!"):
				a.shellArg(c, lit(line[1:]))
			case (word == "r" || word == "e" || word == "w") && strings.HasPrefix(rest, "!"):
				a.shellArg(c, lit(rest[1:]))
			case (word == "r" || word == "e" || word == "E") && rest != "":
				a.readArg(c, lit(rest))
			case (word == "w" || word == "W" || word == "wq") && rest != "":
				a.writeArg(c, lit(rest))
			}
		}
	}
	a.finishCall(c)
}

// sqlite takes dot commands that touch files and run programs.
func (a *analyzer) sqlite(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role == "dot" {
			a.dotCommand(c, g.val.prefix())
			continue
		}
		a.carry(c, g)
		if g.role == "_" {
			a.dotCommand(c, g.val.prefix())
			a.statements(c, g.val)
		}
	}
	if in := *c.cmd.io.in; in.known() {
		a.statements(c, in)
		for line := range strings.SplitSeq(in.t, "\n") {
			a.dotCommand(c, line)
		}
	}
	a.finishCall(c)
}

func (a *analyzer) dotCommand(c *call, line string) {
	w := strings.Fields(line)
	if len(w) < 2 || !strings.HasPrefix(w[0], ".") {
		return
	}
	switch w[0] {
	case ".shell", ".system":
		a.shellArg(c, lit(strings.Join(w[1:], " ")))
	case ".import", ".read", ".load", ".restore", ".open":
		a.readArg(c, lit(strings.Trim(w[1], `'"`)))
	case ".output", ".once", ".backup", ".save", ".dump", ".log":
		if strings.HasPrefix(w[1], "|") {
			a.shellArg(c, lit(strings.TrimPrefix(strings.Join(w[1:], " "), "|")))
			return
		}
		a.writeArg(c, lit(strings.Trim(w[1], `'"`)))
	}
}
