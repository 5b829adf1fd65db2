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
		"gitinit":    (*analyzer).gitInit,
		"zip":        (*analyzer).zip,
		"ar":         (*analyzer).archiver,
		"patch":      (*analyzer).patch,
		"serves":     (*analyzer).serves,
		"apt":        (*analyzer).apt,
		"sshkeygen":  (*analyzer).sshKeygen,
		"includes":   (*analyzer).includes,
		"jq":         (*analyzer).jq,
		"wget":       (*analyzer).wget,
		"ssh":        (*analyzer).ssh,
		"far":        (*analyzer).farCommand,
		"compose":    (*analyzer).composeCommand,
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
		"grep":       (*analyzer).grep,
		"vim":        (*analyzer).vim,
		"container":  (*analyzer).container,
		"packer":     (*analyzer).packer,
		"shred":      (*analyzer).shred,
		"pager":      (*analyzer).pager,
		"ed":         (*analyzer).editor,
		"bubble":     (*analyzer).bubble,
		"split":      (*analyzer).split,
		"sysctl":     (*analyzer).sysctl,
		"mktemp":     (*analyzer).mktemp,
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
		"sql":        (*analyzer).sql,
		"capsh":      (*analyzer).afterDashes,
		"perl":       (*analyzer).interpreter,
		"gitclone":   (*analyzer).gitClone,
		"dockercp":   (*analyzer).dockerCopy,
		"composer":   (*analyzer).composer,
		"bun":        (*analyzer).bun,
		"just":       (*analyzer).just,
		"task":       (*analyzer).task,
		"generate":   (*analyzer).generate,
		"pip":        (*analyzer).pip,
		"direnv":     (*analyzer).direnv,
		"dbus":       (*analyzer).dbus,
		"runner":     (*analyzer).runner,
		"gnuplot":    (*analyzer).gnuplot,
		"logrotate":  (*analyzer).logrotate,
		"pyrun":      (*analyzer).pyRun,
		"runsrest":   (*analyzer).runsRest,
		"daemon":     (*analyzer).daemon,
		"rails":      (*analyzer).rails,
		"windows":    (*analyzer).windows,
		"defaults":   (*analyzer).defaults,
		"keychain":   (*analyzer).keychain,
		"kube":       (*analyzer).kube,
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
			a.splitRun(c, st, g.val, c.cmd.argv[g.pos+1:])
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
func (a *analyzer) splitRun(c *call, st *state, s str, rest []field) {
	if !s.known() {
		a.unknownCode(s, c.cmd.span)
		return
	}
	var b strings.Builder
	b.WriteString("env " + s.t)
	for _, f := range rest {
		b.WriteString(" '" + strings.ReplaceAll(f.prefix(), "'", `'\''`) + "'")
	}
	c.rest = nil
	a.runText(a.exported(st), lit(b.String()), POSIX, c.cmd.span, c.cmd.io)
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
	in := *c.cmd.io.in
	var out []str
	for _, f := range c.cmd.argv[1:] {
		name, val, ok := f.str.cut('=')
		if !ok {
			continue
		}
		switch name.prefix() {
		case "if":
			a.readArg(c, val)
			in = a.contentOf(c.cmd.st, val)
		case "of":
			c.out = append(c.out, val)
			out = append(out, val)
			a.writeArg(c, val)
		}
	}
	fed := *c.cmd
	fed.io.in = &in
	c.cmd = &fed
	a.finishCall(c)
	if s, ok := foldDD(c, in.t); ok && in.known() {
		for _, w := range out {
			a.storeAt(fed.st, w, str{t: s, src: in.src})
		}
	}
}

// grep reads its files, or with -r and none of them all that is below the
// working directory.
func (a *analyzer) grep(c *call) {
	files := false
	for i := range c.args {
		g := &c.args[i]
		files = files || g.role == "r" && g.name == ""
		a.carry(c, g)
	}
	if c.on("rec") && !files {
		a.readArg(c, lit("."))
	}
	if c.on("silent") {
		quiet, of := *c.cmd, *c
		quiet.io.out, of.cmd = nil, &quiet
		a.finishCall(&of)
		return
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
		if g.val.known() && g.val.t == "-" {
			g.val.t = "./-" // a file's name like any other
		}
		a.writeArg(c, g.val)
		if p, cert := a.resolve(c.cmd.st, g.val, true); cert == Exact {
			a.store(p, in, c.on("append"))
		}
	}
	c.cmd.io.write(in)
}
