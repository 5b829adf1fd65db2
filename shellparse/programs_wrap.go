package shellparse

import (
	"strings"
)

// handlers are the programs whose arguments follow rules of their own, by the
// name that the table gives them.
var handlers map[string]func(*analyzer, *call)

func init() {
	handlers = map[string]func(*analyzer, *call){
		"copyremote": (*analyzer).copyRemote,
		"curl":       (*analyzer).curl,
		"wget":       (*analyzer).wget,
		"ssh":        (*analyzer).ssh,
		"socat":      (*analyzer).socat,
		"netcat":     (*analyzer).netcat,
		"assign":     (*analyzer).assignRun,
		"find":       (*analyzer).find,
		"xargs":      (*analyzer).xargs,
		"copy":       (*analyzer).copy,
		"link":       (*analyzer).link,
		"dd":         (*analyzer).dd,
		"applet":     (*analyzer).applet,
		"flock":      (*analyzer).flock,
		"joined":     (*analyzer).joined2,
		"su":         (*analyzer).su,
		"parallel":   (*analyzer).parallel,
		"tar":        (*analyzer).tar,
		"git":        (*analyzer).git,
		"awk":        (*analyzer).awk,
		"sed":        (*analyzer).sed,
		"interp":     (*analyzer).interpreter,
		"tee":        (*analyzer).tee,
		"vim":        (*analyzer).vim,
		"container":  (*analyzer).container,
		"packer":     (*analyzer).packer,
		"split":      (*analyzer).split,
		"gitrun":     (*analyzer).gitRun,
		"compiler":   (*analyzer).compiler,
		"cpio":       (*analyzer).cpio,
		"cmake":      (*analyzer).cmake,
		"gdb":        (*analyzer).gdb,
		"texts":      (*analyzer).texts,
		"make":       (*analyzer).make,
		"crontab":    (*analyzer).crontab,
		"tmux":       (*analyzer).tmux,
		"npm":        (*analyzer).npm,
		"cloud":      (*analyzer).cloud,
		"sevenzip":   (*analyzer).sevenzip,
		"smb":        (*analyzer).smb,
		"sqlite":     (*analyzer).sqlite,
		"capsh":      (*analyzer).afterDashes,
		"perl":       (*analyzer).interpreter,
		"gitclone":   (*analyzer).gitClone,
		"mount":      (*analyzer).mounts,
		"dockercp":   (*analyzer).dockerCopy,
	}
}

// assignRun is env and sudo: NAME=VALUE arguments before the command.
func (a *analyzer) assignRun(c *call) {
	st := c.cmd.st.fork()
	if c.on("clean") {
		st = a.cleared(st)
	}
	for i := range c.args {
		g := &c.args[i]
		switch g.role {
		case "split":
			a.splitRun(c, st, g.val)
		case "unset":
			if g.val.known() {
				st.assign(g.val.t, &variable{unset: true})
			}
		default:
			a.carry(c, g)
		}
	}
	cmd := *c.cmd
	cmd.st, cmd.assigns = st, nil
	if c.cmd.st.set[ownCwd] && c.cmd.st != st {
		st.cwds, st.set[ownCwd] = c.cmd.st.cwds, true
	}
	rest := c.rest
	if len(rest) > 0 && rest[0].known() && rest[0].t == "-" {
		for n := range st.vars { // env - is env -i
			st.vars[n] = &variable{unset: true}
		}
		rest = rest[1:]
	}
	for len(rest) > 0 {
		name, val, ok := rest[0].str.cut('=')
		if !ok || !name.known() {
			break
		}
		a.setEnv(st, name.t, val, cmd.span, true)
		st.assign(name.t, &variable{vals: []str{val}, export: true})
		rest = rest[1:]
	}
	if c.on("edit") {
		for _, f := range rest {
			a.readArg(c, f.str)
			a.writeArg(c, f.str)
		}
		return
	}
	if len(rest) == 0 {
		if c.on("shell") {
			rest = []field{{str: lit("sh")}}
		} else {
			a.finishCall(c)
			return
		}
	}
	cmd.argv = rest
	a.dispatchProgram(&cmd)
}

// cleared is a state without the inherited environment (env -i).
func (a *analyzer) cleared(st *state) *state {
	n := st.fork()
	n.vars = map[string]*variable{}
	for s := st; s != nil; s = s.parent {
		for name := range s.vars {
			n.vars[name] = &variable{unset: true}
		}
	}
	return n
}

// splitRun is env -S: a command line in one argument.
func (a *analyzer) splitRun(c *call, st *state, s str) {
	if !s.known() {
		a.unknownCode(s, c.cmd.span)
		return
	}
	var b strings.Builder
	b.WriteString("env " + s.t)
	for _, f := range c.rest {
		b.WriteString(" '" + strings.ReplaceAll(f.prefix(), "'", `'\''`) + "'")
	}
	c.rest = nil
	a.runText(st, lit(b.String()), POSIX, c.cmd.span, c.cmd.io)
}

// applet is busybox and toybox: the first argument is the program.
func (a *analyzer) applet(c *call) {
	if len(c.rest) == 0 {
		return
	}
	cmd := *c.cmd
	cmd.argv = c.rest
	if f := cmd.argv[0]; f.known() {
		if d, ok := DialectOf(f.t); ok {
			cmd.name = f.t
			a.emit(Effect{Kind: Exec, Program: f.t, Argv: values(cmd.argv), Span: cmd.span, Certainty: cmd.doubt})
			a.runShell(&cmd, d)
			return
		}
	}
	a.dispatchProgram(&cmd)
}

// flock FILE -c TEXT, or FILE COMMAND.
func (a *analyzer) flock(c *call) {
	if len(c.rest) > 1 && c.rest[0].known() && (c.rest[0].t == "-c" || c.rest[0].t == "--command") {
		text := c.rest[1].str
		c.rest = nil
		a.runText(a.exported(c.cmd.st), text, POSIX, c.cmd.span, c.cmd.io)
	}
	a.carryOut(c)
}

// joined2 is watch and ssh-like: the arguments make up one shell text.
func (a *analyzer) joined2(c *call) {
	if c.on("exec") {
		a.carryOut(c)
		return
	}
	rest := c.rest
	c.rest = nil
	a.carryOut(c)
	if len(rest) > 0 {
		a.runText(a.exported(c.cmd.st), joinFields(rest), POSIX, c.cmd.span, c.cmd.io)
	}
}

func joinFields(fs []field) str {
	var b builder
	for i, f := range fs {
		if i > 0 {
			b.lit(" ")
		}
		b.add(f.str)
	}
	return b.str()
}

// su starts a shell: -c TEXT, wherever it stands, or what follows the user.
func (a *analyzer) su(c *call) {
	cmd := *c.cmd
	a.finishCall(&call{cmd: c.cmd, p: c.p})
	var words []field
	text := false
	argv := cmd.argv[1:]
	if c.on("user") && len(c.rest) > 0 { // runuser -u USER COMMAND
		cmd.argv, cmd.assigns = c.rest, nil
		a.dispatchProgram(&cmd)
		return
	}
	for i := 0; i < len(argv); i++ {
		p := argv[i].prefix()
		name, _, attached := strings.Cut(p, "=")
		switch {
		case name == "-c" || name == "--command" || name == "--session-command" || strings.HasPrefix(p, "-") && !strings.HasPrefix(p, "--") && strings.HasSuffix(p, "c"):
			s := str{}
			if attached {
				s = argv[i].cutPrefix(len(name) + 1)
			} else if i++; i < len(argv) {
				s = argv[i].str
			}
			text = true
			a.shellArg(c, s)
		case p == "-s" || p == "-g" || p == "-G" || p == "-w":
			i++
		case strings.HasPrefix(p, "-"):
		default:
			words = append(words, argv[i])
		}
	}
	if len(words) > 1 {
		cmd.argv = append([]field{{str: lit("sh")}}, words[1:]...)
		cmd.name = "sh"
		a.runShell(&cmd, POSIX)
	} else if !text {
		a.runStdin(&cmd, POSIX)
	}
}

// dd takes its files as if= and of=.
func (a *analyzer) dd(c *call) {
	for _, f := range c.cmd.argv[1:] {
		name, val, ok := f.str.cut('=')
		if !ok {
			continue
		}
		switch name.prefix() {
		case "if":
			a.readArg(c, val)
		case "of":
			c.out = append(c.out, val)
			a.writeArg(c, val)
		}
	}
	a.finishCall(c)
}

// tee writes what it reads to its files.
func (a *analyzer) tee(c *call) {
	in := *c.cmd.io.in
	for i := range c.args {
		g := &c.args[i]
		if g.role != "w" {
			continue
		}
		a.writeArg(c, g.val)
		if p, cert := a.resolve(c.cmd.st, g.val, true); cert == Exact {
			a.store(p, in, c.on("append"))
		}
	}
	c.cmd.io.write(in)
}

// find deletes, or runs programs on what it finds.
func (a *analyzer) find(c *call) {
	cmd := c.cmd
	argv := cmd.argv
	i := 1
	for i < len(argv) && argv[i].known() {
		switch argv[i].t {
		case "-H", "-L", "-P", "-E", "-X", "-d", "-s", "-x":
			i++
			continue
		case "-D", "-f":
			i += 2
			continue
		}
		if strings.HasPrefix(argv[i].t, "-O") {
			i++
			continue
		}
		break
	}
	var roots []str
	for ; i < len(argv); i++ {
		if p := argv[i].prefix(); argv[i].known() && (strings.HasPrefix(p, "-") || p == "(" || p == ")" || p == "!" || p == ",") {
			break
		}
		roots = append(roots, argv[i].str)
	}
	if len(roots) == 0 {
		roots = []str{lit(".")}
	}
	narrow, below := false, false
	name := ""
	for ; i < len(argv); i++ {
		if !argv[i].known() {
			continue
		}
		arg := func() str {
			if i+1 < len(argv) {
				i++
				return argv[i].str
			}
			return str{}
		}
		switch t := argv[i].t; t {
		case "-name", "-path", "-iname", "-ipath", "-wholename", "-lname":
			v := arg()
			narrow = true
			if t == "-name" && v.known() {
				name = v.t
			}
		case "-type", "-xtype":
			arg()
			below = true
		case "-regex", "-size", "-mtime", "-atime", "-ctime", "-mmin", "-amin", "-cmin", "-perm", "-user", "-group", "-empty", "-newer", "-inum", "-links":
			narrow = true
			if t != "-empty" {
				arg()
			}
		case "-fprint", "-fprint0", "-fls", "-fprintf":
			a.writeArg(c, arg())
		case "-files0-from":
			a.readArg(c, arg())
		case "-delete":
			for _, r := range roots {
				a.foundEffect(c, Delete, r, name, narrow)
			}
		case "-exec", "-execdir", "-ok", "-okdir":
			from := i + 1
			for i++; i < len(argv); i++ {
				if argv[i].known() && (argv[i].t == ";" || argv[i].t == "+" && i > from && argv[i-1].prefix() == "{}") {
					break
				}
			}
			a.findExec(c, argv[from:min(i, len(argv))], roots, name, narrow, below)
		}
	}
	var b builder
	for _, r := range roots {
		b.add(found(r, name))
		b.lit("\n")
	}
	c.cmd.io.write(str{t: b.str().globText(), glob: true})
}

// found is the name of something that find prints.
func found(root str, name string) str {
	r := strings.TrimSuffix(root.globText(), "/")
	if name != "" {
		return str{t: r + "/" + hole + strings.TrimPrefix(name, "*"), glob: true}
	}
	return str{t: r + "/" + hole, glob: true}
}

// foundEffect is what happens to the things below root: to all of them, when
// nothing narrows the search.
func (a *analyzer) foundEffect(c *call, k Kind, root str, name string, narrow bool) {
	p, cert := a.resolve(c.cmd.st, root, true)
	if narrow {
		cert = max(cert, Pattern)
		if cert == Pattern {
			p = strings.TrimSuffix(p, "/") + "/*"
			if name != "" {
				p = strings.TrimSuffix(p, "/*") + "/" + name
			}
		}
	}
	a.touched = true
	a.emit(Effect{Kind: k, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
}

// findExec runs the command of an -exec: on what is below the roots, and on
// the roots themselves when nothing narrows the search.
func (a *analyzer) findExec(c *call, argv []field, roots []str, name string, narrow, below bool) {
	if len(argv) == 0 {
		return
	}
	for _, r := range roots {
		names := []str{r, found(r, "")}
		if narrow {
			names = []str{found(r, name)}
		} else if below {
			names = names[1:]
		}
		if !mentions(argv, "{}") {
			names = names[:1]
		}
		for _, n := range names {
			sub := *c.cmd
			sub.argv = make([]field, len(argv))
			for i, f := range argv {
				sub.argv[i] = substitute(f, "{}", n)
			}
			sub.assigns, sub.noFunc = nil, true
			a.dispatchProgram(&sub)
		}
	}
}

// substitute replaces a placeholder in an argument.
func substitute(f field, mark string, with str) field {
	if !f.known() || !strings.Contains(f.t, mark) {
		return f
	}
	parts := strings.Split(f.t, mark)
	var b builder
	for i, p := range parts {
		if i > 0 {
			b.add(with)
		}
		b.lit(p)
	}
	b.src = join(b.src, f.src)
	return field{str: b.str()}
}

// xargs runs a command with what it reads.
func (a *analyzer) xargs(c *call) {
	for i := range c.args {
		if c.args[i].role != "replace" {
			a.carry(c, &c.args[i])
		}
	}
	in := *c.cmd.io.in
	if files := c.all("r"); len(files) > 0 && files[0].t != "/dev/stdin" && files[0].t != "-" {
		in = a.contentOf(c.cmd.st, files[0])
	}
	sub := *c.cmd
	sub.assigns, sub.noFunc = nil, true
	sub.argv = append([]field(nil), c.rest...)
	if len(sub.argv) == 0 {
		sub.argv = []field{{str: lit("echo")}}
	}
	mark := ""
	if r := c.all("replace"); len(r) > 0 {
		mark = r[len(r)-1].prefix()
	}
	if c.on("replace") && mark == "" {
		mark = "{}"
	}
	items := a.inputItems(in, mark != "", c.on("null"))
	if mark != "" && !mentions(sub.argv, mark) {
		// It runs as it stands. Whoever wrote that may have meant otherwise.
		plain := sub
		a.xargsRun(&plain)
		saved := a.doubt
		a.doubt = max(a.doubt, Pattern)
		sub.argv = append(sub.argv, items...)
		a.xargsRun(&sub)
		a.doubt = saved
		return
	}
	if mark == "" {
		sub.argv = append(sub.argv, items...)
		a.xargsRun(&sub)
		return
	}
	for i, it := range items {
		if i >= maxLoops {
			return
		}
		one := sub
		one.argv = make([]field, len(sub.argv))
		for k, f := range sub.argv {
			one.argv[k] = substitute(f, mark, it.str)
		}
		a.xargsRun(&one)
	}
}

func mentions(argv []field, mark string) bool {
	for _, f := range argv {
		if strings.Contains(f.t, mark) {
			return true
		}
	}
	return false
}

func (a *analyzer) xargsRun(cmd *command) {
	none := str{}
	cmd.io.in = &none
	a.dispatchProgram(cmd)
}

// inputItems splits what is read into arguments.
func (a *analyzer) inputItems(in str, lines, null bool) []field {
	if in.opaque() {
		return []field{{str: in, loose: true}}
	}
	t := in.globText()
	var parts []string
	switch {
	case lines || null:
		parts = strings.FieldsFunc(t, func(r rune) bool { return r == '\n' })
	default:
		parts = strings.Fields(t)
	}
	var out []field
	for _, p := range parts {
		if !in.glob && !lines && !null {
			p = strings.NewReplacer("'", "", `"`, "", `\`, "").Replace(unescape(p))
			p = escape(p)
		}
		s := rawGlob(strings.TrimLeft(p, " \t"), in.src)
		out = append(out, field{str: s, loose: s.opaque()})
	}
	return out
}

// parallel COMMAND ::: ARGS, or commands on standard input.
func (a *analyzer) parallel(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	var words, args []field
	given := false
	for i, f := range c.rest {
		if f.known() && strings.HasPrefix(f.t, ":::") {
			for _, g := range c.rest[i+1:] {
				if !g.known() || !strings.HasPrefix(g.t, ":::") {
					args = append(args, g)
				}
			}
			given = true
			break
		}
		words = append(words, f)
	}
	if !given {
		args = a.inputItems(*c.cmd.io.in, true, c.on("null"))
	}
	if len(words) == 0 {
		for _, g := range args {
			a.flowInto("parallel", g.src, c.cmd.span)
			a.runText(a.exported(c.cmd.st), g.str, POSIX, c.cmd.span, c.cmd.io)
		}
		return
	}
	text := joinFields(words)
	for i, g := range args {
		if i >= maxLoops {
			return
		}
		arg := concat(lit("'"), g.str, lit("'")) // parallel quotes what it fills in
		one := concat(text, lit(" "), arg)
		if text.known() && strings.Contains(text.t, "{}") {
			one = substitute(field{str: text}, "{}", arg).str
		}
		a.flowInto("parallel", one.src, c.cmd.span)
		sub := *c.cmd
		sub.st = a.exported(c.cmd.st)
		a.runPartText(&sub, one, POSIX)
	}
}
