package shellparse

import (
	"strings"
)

// gdb runs commands of its own language: shell, python, dump.
func (a *analyzer) gdb(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "gdbcmd" {
			a.carry(c, g)
			continue
		}
		a.gdbCommand(c, g.val)
	}
	if len(c.rest) > 0 {
		sub := *c.cmd
		sub.argv, sub.assigns = c.rest, nil
		a.dispatchProgram(&sub)
		return
	}
	a.finishCall(c)
}

// shellArg is shell text among a program's arguments.
func (a *analyzer) shellArg(c *call, s str) {
	sub := *c.cmd
	sub.st = a.exported(c.cmd.st)
	a.flowInto(c.cmd.name, s.src, c.cmd.span)
	// What can't be parsed is as likely that language as shell: no refusal.
	a.inFileDo(c.cmd.span, func() { a.runPartText(&sub, s, POSIX) })
}

// pathsIn finds the absolute paths that stand in an argument of another
// language.
func (a *analyzer) pathsIn(c *call, s str, act func(*call, str)) {
	t := s.prefix()
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	for i := 0; i < len(t); i++ {
		if t[i] != '/' || i > 0 && (isIdent(t[i-1]) || strings.IndexByte("./:~-", t[i-1]) >= 0) {
			continue
		}
		end := i
		for end < len(t) && (isIdent(t[end]) || strings.IndexByte("./-+@%~", t[end]) >= 0) {
			end++
		}
		if end-i > 3 {
			act(c, lit(strings.TrimRight(t[i:end], ".@%")))
		}
		i = end
	}
	a.doubt = saved
}

// texts are programs that may be given text in a language of their own, which
// can name files.
func (a *analyzer) texts(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "data" {
			g.val = trimAt(g.val)
		}
		t := g.val.prefix()
		switch {
		case strings.ContainsAny(t, " {") && (g.role == "rpath" || g.role == "latex"):
			a.pathsIn(c, g.val, a.readArg)
		case g.role == "wpath":
			if looksLikePath(g.val) {
				c.out = append(c.out, g.val)
				a.writeArg(c, g.val)
			}
		case g.role == "rpath" || g.role == "latex":
			if looksLikePath(g.val) || strings.ContainsAny(t, "./") && !strings.ContainsAny(t, " \n:") {
				a.readArg(c, g.val)
			}
		default:
			a.carry(c, g)
		}
	}
	for _, g := range c.args {
		if g.role != "rpath" {
			continue
		}
		if p, cert := a.resolve(c.cmd.st, g.val, true); cert == Exact && a.files[p] != nil {
			a.pathsIn(c, a.files[p].content(), a.readArg)
		}
	}
	a.finishCall(c)
}

// compiler makes a program out of what it reads: a.out, unless told otherwise.
func (a *analyzer) compiler(c *call) {
	for i := range c.args {
		if g := &c.args[i]; g.role == "wrapper" { // PROGRAM,ARGUMENT,..
			sub := *c.cmd
			sub.argv, sub.assigns = nil, nil
			for _, w := range strings.Split(g.val.prefix(), ",") {
				sub.argv = append(sub.argv, field{str: lit(w)})
			}
			a.dispatchProgram(&sub)
			continue
		}
		a.carry(c, &c.args[i])
	}
	a.included(c)
	if !c.on("object") && !c.on("named") && len(c.all("r")) > 0 {
		c.out = append(c.out, lit("a.out"))
		a.writeArg(c, lit("a.out"))
	}
	a.finishCall(c)
}

// includes are programs whose input names more files to read.
func (a *analyzer) includes(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	a.included(c)
	a.finishCall(c)
}

// gdbCommand is a command of gdb's own.
func (a *analyzer) gdbCommand(c *call, s str) {
	word, rest, _ := s.cut(' ')
	switch w := word.prefix(); {
	case w == "shell" || w == "make" || w == "pipe":
		a.shellArg(c, rest)
	case strings.HasPrefix(w, "!"):
		a.shellArg(c, s.cutPrefix(1))
	case w == "python" || w == "py" || w == "pi":
		a.runCode(c.cmd, "python", rest)
	case w == "dump" || w == "append" || w == "save":
		a.pathsIn(c, rest, a.writeArg)
	case w == "source" || w == "file" || w == "restore":
		a.readArg(c, rest)
	}
}

// included reads what the text of this command that a compiler gets names.
func (a *analyzer) included(c *call) {
	texts := []str{*c.cmd.io.in}
	for _, s := range c.all("r") {
		if p, cert := a.resolve(c.cmd.st, s, true); cert == Exact && a.files[p] != nil {
			texts = append(texts, a.files[p].content())
		}
	}
	for _, t := range texts {
		if strings.Contains(t.prefix(), "inc") && a.tick(len(t.t)/16) {
			a.pathsIn(c, t, a.readArg)
		}
	}
}

// cpio packs the files that it reads the names of.
func (a *analyzer) cpio(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	if c.on("create") || c.on("pass") {
		for _, f := range a.inputItems(*c.cmd.io.in, true, true) {
			if !f.opaque() {
				a.readArg(c, f.str)
			}
		}
	}
	if !c.on("create") && !c.on("list") {
		// It unpacks here, or to the directory it is given.
		dirs := []str{lit(".")}
		if c.on("pass") {
			dirs = c.all("_")
		}
		for _, d := range dirs {
			p, cert := a.resolve(c.cmd.st, d, true)
			a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Span: c.cmd.span})
		}
	}
	a.finishCall(c)
}

// cmake -E is a set of tools named much like those of the shell.
func (a *analyzer) cmake(c *call) {
	rest := c.rest
	c.rest = nil
	a.carryOut(c)
	if !c.on("tool") {
		return
	}
	for i, f := range c.cmd.argv {
		if f.prefix() == "-E" {
			rest = append([]field(nil), c.cmd.argv[i+1:]...)
			break
		}
	}
	if len(rest) == 0 {
		return
	}
	switch rest[0].prefix() {
	case "remove", "rm":
		rest[0].str = lit("rm")
	case "remove_directory":
		rest = append([]field{{str: lit("rm")}, {str: lit("-r")}}, rest[1:]...)
	case "copy", "copy_if_different", "copy_directory":
		rest[0].str = lit("cp")
	case "rename":
		rest[0].str = lit("mv")
	case "make_directory":
		rest[0].str = lit("mkdir")
	case "create_symlink":
		rest = append([]field{{str: lit("ln")}, {str: lit("-s")}}, rest[1:]...)
	case "time":
		rest = rest[1:]
	}
	sub := *c.cmd
	sub.argv, sub.assigns = rest, nil
	a.dispatchProgram(&sub)
}

// crontab installs a table of commands, from a file or standard input.
func (a *analyzer) crontab(c *call) {
	if c.on("list") {
		a.finishCall(c)
		return
	}
	src := *c.cmd.io.in
	for _, f := range operandsOf(c.cmd.argv) {
		if f.prefix() != "-" {
			a.readArg(c, f.str)
			src = a.fileText(c.cmd.st, f.str)
		}
	}
	a.flowInto("crontab", src.src, c.cmd.span)
	if !src.known() {
		return
	}
	for line := range strings.SplitSeq(src.t, "\n") {
		fields := strings.Fields(line)
		n := 5
		if strings.HasPrefix(line, "@") {
			n = 1
		}
		if len(fields) > n && !strings.HasPrefix(line, "#") {
			a.shellArg(c, lit(strings.Join(fields[n:], " ")))
		}
	}
}

// tmux and screen run what follows their own arguments.
func (a *analyzer) tmux(c *call) {
	argv := c.cmd.argv[1:]
	for i := 0; i < len(argv); i++ {
		p := argv[i].prefix()
		switch {
		case p == "-Logfile" && i+1 < len(argv):
			i++
			a.writeArg(c, argv[i].str)
		case p == "-L" && c.cmd.name == "screen" && i+1 < len(argv) && looksLikePath(argv[i+1].str):
			i++
			a.writeArg(c, argv[i].str)
		case p == "-f" && i+1 < len(argv):
			i++
			a.readArg(c, argv[i].str)
		case p == "-L" && c.cmd.name == "screen":
		case strings.HasPrefix(p, "-"):
			if strings.IndexByte("cefnpstxySL", p[len(p)-1]) >= 0 && i+1 < len(argv) && p != "-dm" {
				i++
			}
		case strings.Contains(p, " "):
			a.shellArg(c, argv[i].str)
		case c.cmd.name == "tmux" && isTmuxCommand(p):
			act := a.readArg
			switch p {
			case "load-buffer", "loadb", "source-file", "source":
			case "save-buffer", "saveb":
				act = a.writeArg
			default:
				continue
			}
			for i++; i < len(argv) && argv[i].prefix() != ";"; i++ {
				switch p := argv[i].prefix(); {
				case strings.HasPrefix(p, "-b") || p == "-t":
					if len(p) == 2 {
						i++
					}
				case p != "-" && strings.HasPrefix(p, "-"):
				default:
					act(c, argv[i].str)
				}
			}
		default:
			sub := *c.cmd
			sub.argv, sub.assigns = argv[i:], nil
			if lookupProgram(path0(p)) != nil {
				a.dispatchProgram(&sub)
				return
			}
		}
	}
	a.finishCall(c)
}

func isTmuxCommand(s string) bool {
	switch s {
	case "new", "new-session", "new-window", "neww", "split-window", "splitw", "send-keys", "send", "run-shell", "run", "respawn-pane",
		"attach", "ls", "list-sessions", "kill-session", "kill-server", "Enter", "C-m", "has-session", "set", "bind", "source-file", "pipe-pane", "if-shell",
		"load-buffer", "loadb", "save-buffer", "saveb", "source", "show-buffer", "showb", "set-buffer", "setb", "paste-buffer", "pasteb":
		return true
	}
	return false
}

// capsh and bwrap run what follows their last option.
func (a *analyzer) afterDashes(c *call) {
	for i, f := range c.cmd.argv {
		if i == 0 || !f.known() {
			continue
		}
		if f.t == "--" && c.cmd.name == "capsh" {
			sub := *c.cmd
			sub.argv = append([]field{{str: lit("bash")}}, c.cmd.argv[i+1:]...)
			sub.name = "bash"
			a.runShell(&sub, Bash)
			return
		}
	}
	a.carryOut(c)
}
