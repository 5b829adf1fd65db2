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
		word, rest, _ := g.val.cut(' ')
		switch w := word.prefix(); {
		case w == "shell" || w == "make" || w == "pipe":
			a.shellArg(c, rest)
		case strings.HasPrefix(w, "!"):
			a.shellArg(c, g.val.cutPrefix(1))
		case w == "python" || w == "py" || w == "pi":
			a.runCode(c.cmd, "python", rest)
		case w == "dump" || w == "append" || w == "save":
			a.pathsIn(c, rest, a.writeArg)
		case w == "source" || w == "file" || w == "restore":
			a.readArg(c, rest)
		}
	}
	a.finishCall(c)
}

// shellArg is shell text among a program's arguments.
func (a *analyzer) shellArg(c *call, s str) {
	sub := *c.cmd
	sub.st = a.exported(c.cmd.st)
	a.flowInto(c.cmd.name, s.src, c.cmd.span)
	a.runPartText(&sub, s, POSIX)
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
		a.carry(c, &c.args[i])
	}
	if !c.on("object") && !c.on("named") && len(c.all("r")) > 0 {
		c.out = append(c.out, lit("a.out"))
		a.writeArg(c, lit("a.out"))
	}
	a.finishCall(c)
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
	case "remove", "rm", "remove_directory":
		rest[0].str = lit("rm")
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

// make runs recipes. The makefile is read when it is there.
func (a *analyzer) make(c *call) {
	file := str{}
	for i := range c.args {
		switch g := &c.args[i]; g.role {
		case "makecode":
			a.makeText(c, g.val)
		case "makefile":
			file = g.val
			a.readArg(c, g.val)
		case "target":
			if name, val, ok := g.val.cut('='); ok && name.known() {
				if name.t == "SHELL" || name.t == "MAKEFLAGS" || codeKind(name.t) == codeText {
					a.emit(Effect{Kind: SetEnv, Name: name.t, Value: val.value(), Span: c.cmd.span})
				}
				a.makeText(c, val)
			}
		default:
			a.carry(c, g)
		}
	}
	if file.known() && file.t == "-" {
		in := *c.cmd.io.in
		a.flowInto("make", in.src, c.cmd.span)
		if in.known() {
			a.makeFile(c, in)
		}
	} else if file.t == "" {
		a.defaultMakefile(c)
	} else if f := a.fileText(c.cmd.st, file); f.known() && f.t != "" {
		a.inFileDo(c.cmd.span, func() { a.makeFile(c, f) })
	}
	a.finishCall(c)
}

func (a *analyzer) defaultMakefile(c *call) {
	for _, n := range []string{"GNUmakefile", "makefile", "Makefile"} {
		if f := a.fileText(c.cmd.st, lit(n)); f.known() && f.t != "" {
			a.inFileDo(c.cmd.span, func() { a.makeFile(c, f) })
			return
		}
	}
}

// fileText is the content of a file, written by the text or on disk.
func (a *analyzer) fileText(st *state, name str) str {
	p, cert := a.resolve(st, name, true)
	if cert != Exact {
		return unknown(nil)
	}
	if f := a.files[p]; f != nil {
		return f.content()
	}
	if s, ok := a.readFile(p); ok {
		return s
	}
	return str{}
}

// makeText looks through make's own language for functions that run commands
// and touch files.
func (a *analyzer) makeText(c *call, s str) {
	t := s.prefix()
	for i := 0; i+2 < len(t); i++ {
		if t[i] != '$' || t[i+1] != '(' && t[i+1] != '{' {
			continue
		}
		body := balanced(t[i+1:])
		switch word, rest, _ := strings.Cut(body, " "); word {
		case "shell":
			a.shellArg(c, makeShell(rest, nil))
		case "file":
			rest = strings.TrimSpace(rest)
			name, _, _ := strings.Cut(strings.TrimLeft(rest, "<> "), ",")
			if strings.HasPrefix(rest, "<") {
				a.readArg(c, lit(strings.TrimSpace(name)))
			} else {
				a.writeArg(c, lit(strings.TrimSpace(name)))
			}
		}
	}
	if name, rest, ok := strings.Cut(t, "!="); ok && plainName(strings.TrimSpace(name)) {
		a.shellArg(c, makeShell(rest, nil))
	}
	for line := range strings.SplitSeq(t, "\n") {
		if recipe, ok := strings.CutPrefix(line, "\t"); ok {
			a.shellArg(c, makeShell(recipe, nil))
		} else if _, recipe, ok := strings.Cut(line, ";"); ok && strings.Contains(line, ":") {
			a.shellArg(c, makeShell(recipe, nil))
		}
	}
}

// balanced is what stands between the bracket that t starts with and its mate.
func balanced(t string) string {
	depth := 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '(', '{':
			depth++
		case ')', '}':
			if depth--; depth == 0 {
				return t[1:i]
			}
		}
	}
	return t[1:]
}

// makeShell turns a recipe into the shell text that make hands on: $$ is $,
// and make's own variables are what the makefile says, if it is that simple.
func makeShell(t string, vars map[string]string) str {
	var b strings.Builder
	expandMake(&b, strings.TrimLeft(t, "@-+ \t"), vars, 0)
	return lit(b.String())
}

func expandMake(b *strings.Builder, t string, vars map[string]string, depth int) {
	for i := 0; i < len(t) && b.Len() < maxText; i++ {
		if t[i] != '$' || i+1 == len(t) {
			b.WriteByte(t[i])
			continue
		}
		switch t[i+1] {
		case '$':
			b.WriteByte('$')
			i++
		case '(', '{':
			name := balanced(t[i+1:])
			i += len(name) + 2
			if v, ok := vars[name]; ok && depth < 8 {
				expandMake(b, v, vars, depth+1)
			} else if name == "MAKE" {
				b.WriteString("make")
			} else {
				b.WriteString("${" + unknownName + "}")
			}
		default:
			b.WriteString("${" + unknownName + "}")
			i++
		}
	}
}

// maxRecipes bounds the lines of a makefile that are judged.
const maxRecipes = 400

// makeFile judges the recipes of the targets asked for, and what they need.
func (a *analyzer) makeFile(c *call, text str) {
	rules, first, vars := parseMakefile(text.t)
	var want []string
	for _, t := range c.all("target") {
		if t.known() && !strings.Contains(t.t, "=") {
			want = append(want, t.t)
		}
	}
	if len(want) == 0 && first != "" {
		want = []string{first}
	}
	seen := map[string]bool{}
	for n := 0; len(want) > 0 && n < maxRecipes && a.tick(1); n++ {
		t := want[0]
		want = want[1:]
		r, ok := rules[t]
		if seen[t] || !ok {
			continue
		}
		seen[t] = true
		want = append(want, r.needs...)
		for _, line := range r.recipe {
			a.makeLine(c, line, vars)
		}
	}
	for _, line := range rules[""].recipe {
		a.makeText(c, lit(line))
	}
}

// makeLine judges one line of a recipe.
func (a *analyzer) makeLine(c *call, line string, vars map[string]string) {
	s := makeShell(line, vars)
	a.shellArg(c, s)
}

type makeRule struct {
	needs, recipe []string
}

// parseMakefile reads the rules of a makefile, simply. The rule "" holds the
// assignments and other lines that make expands by itself.
func parseMakefile(t string) (rules map[string]makeRule, first string, vars map[string]string) {
	rules, vars = map[string]makeRule{}, map[string]string{}
	var now []string
	for line := range strings.SplitSeq(strings.ReplaceAll(t, "\\\n", " "), "\n") {
		if strings.HasPrefix(line, "\t") {
			for _, n := range now {
				r := rules[n]
				r.recipe = append(r.recipe, line[1:])
				rules[n] = r
			}
			continue
		}
		if trimmed := strings.TrimSpace(line); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		head, tail, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(tail, "=") || strings.HasPrefix(tail, ":=") || strings.Contains(head, "=") {
			if strings.Contains(line, "$(shell") || strings.Contains(line, "$(file") || strings.Contains(line, "!=") {
				r := rules[""]
				r.recipe = append(r.recipe, line)
				rules[""] = r
			}
			if name, val, ok := strings.Cut(line, "="); ok {
				name = strings.TrimSpace(strings.TrimRight(name, ":?! "))
				if _, twice := vars[name]; twice || strings.HasSuffix(name, "+") || !plainName(name) {
					name = strings.TrimSpace(strings.TrimSuffix(name, "+"))
					val = "$(" + unknownName + ")" // depends on more than this line
				}
				vars[name] = strings.TrimSpace(val)
			}
			now = nil
			continue
		}
		now = strings.Fields(head)
		needs, inline, hasInline := strings.Cut(strings.TrimPrefix(tail, ":"), ";")
		for _, n := range now {
			r := rules[n]
			r.needs = append(r.needs, strings.Fields(needs)...)
			if hasInline {
				r.recipe = append(r.recipe, inline)
			}
			rules[n] = r
			if first == "" && !strings.HasPrefix(n, ".") {
				first = n
			}
		}
	}
	return rules, first, vars
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
		"attach", "ls", "list-sessions", "kill-session", "kill-server", "Enter", "C-m", "has-session", "set", "bind", "source-file", "pipe-pane", "if-shell":
		return true
	}
	return false
}

// npm runs scripts of the package, and programs with exec.
func (a *analyzer) npm(c *call) {
	a.finishCall(&call{cmd: c.cmd, p: &program{}})
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	rest := c.rest
	if len(rest) == 0 {
		return
	}
	switch c.sub {
	case "exec", "x", "dlx":
		sub := *c.cmd
		sub.argv = append([]field{{str: lit("npx")}}, rest[1:]...)
		if p := lookupProgram("npx"); p != nil {
			a.runProgram(&sub, p)
		}
		return
	case "run", "run-script", "start", "test", "t", "stop", "restart":
	default:
		if c.cmd.name == "npm" {
			return
		}
	}
	name := c.sub
	if name == "run" || name == "run-script" {
		if len(rest) < 2 {
			return
		}
		name = rest[1].prefix()
	}
	text := a.packageScript(c, name)
	if text == "" {
		return
	}
	sub := *c.cmd
	sub.st = a.exported(c.cmd.st)
	a.inFileDo(c.cmd.span, func() { a.runText(sub.st, lit(text), POSIX, c.cmd.span, c.cmd.io) })
}

// cloud are the command lines of stores on the network: what is copied there
// is sent.
func (a *analyzer) cloud(c *call) {
	var local []str
	remote := ""
	for i := range c.args {
		if c.args[i].role != "path" {
			a.carry(c, &c.args[i])
		}
	}
	last := false
	for _, s := range c.all("path") {
		p := s.prefix()
		scheme, rest, ok := strings.Cut(p, "://")
		switch {
		case scheme == "file" && ok || scheme == "fileb" && ok:
			a.readArg(c, s.cutPrefix(len(scheme)+3))
		case ok:
			remote, _, _ = strings.Cut(rest, "/")
			last = true
		case c.cmd.name == "rclone" && strings.Contains(p, ":"):
			remote, _, _ = strings.Cut(p, ":")
			last = true
		case looksLikePath(s) || strings.ContainsAny(p, "./"):
			local = append(local, s)
			last = false
		}
	}
	if remote != "" {
		for _, s := range local {
			if last {
				a.readArg(c, s)
				c.sent, c.sends = c.src, true
			} else {
				a.writeArg(c, s)
			}
		}
		c.peers = append(c.peers, peer{remote, c.cmd.name + "://" + remote, Exact})
	}
	a.finishCall(c)
}

// sevenzip reads what it packs and writes the archive, or the reverse.
func (a *analyzer) sevenzip(c *call) {
	ops := operandsOf(c.cmd.argv)
	if len(ops) == 0 {
		return
	}
	verb := ops[0].prefix()
	var names []field
	toStdout := false
	for _, f := range ops[1:] {
		switch p := f.prefix(); {
		case p == "-so" || p == "-an":
			toStdout = true
		case strings.HasPrefix(p, "-o") && len(p) > 2:
			a.writeArg(c, f.cutPrefix(2))
		case strings.HasPrefix(p, "-") || strings.HasPrefix(p, "@"):
		default:
			names = append(names, f)
		}
	}
	for i, f := range names {
		archive := i == 0 && !toStdout
		if verb == "a" || verb == "u" {
			if archive {
				a.writeArg(c, f.str)
			} else {
				a.readArg(c, f.str)
			}
		} else if archive || toStdout {
			a.readArg(c, f.str)
		}
	}
	a.finishCall(c)
}

// smb is smbclient and sftp: get and put in their commands.
func (a *analyzer) smb(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role != "smb" {
			a.carry(c, g)
			continue
		}
		a.transfers(c, g.val)
	}
	a.transfers(c, *c.cmd.io.in)
	a.finishCall(c)
}

// transfers are the commands of file transfer programs: get, put, !command.
func (a *analyzer) transfers(c *call, s str) {
	for part := range strings.FieldsFuncSeq(s.prefix(), func(r rune) bool { return r == ';' || r == '\n' }) {
		w := strings.Fields(part)
		switch {
		case len(w) > 1 && (w[0] == "put" || w[0] == "mput"):
			a.readArg(c, lit(w[1]))
			c.sent, c.sends = c.src, true
		case len(w) > 2 && w[0] == "get":
			a.writeArg(c, lit(w[2]))
		case strings.HasPrefix(strings.TrimSpace(part), "!"):
			a.shellArg(c, lit(strings.TrimSpace(part)[1:]))
		}
	}
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
		}
	}
	if in := *c.cmd.io.in; in.known() {
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
