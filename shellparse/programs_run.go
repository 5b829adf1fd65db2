package shellparse

import (
	"strings"
)

// external analyses the start of a program that is not part of the shell.
func (a *analyzer) external(cmd *command) {
	first := cmd.argv[0].str
	cmd.name = path0(first.t)
	a.prefix(cmd)
	if len(cmd.assigns) > 0 {
		st := cmd.st.fork()
		for _, as := range cmd.assigns {
			st.assign(as.name, &variable{vals: []str{as.val}, export: true})
		}
		cmd.st, cmd.assigns = st, nil
	}
	e := Effect{Kind: Exec, Program: cmd.name, Argv: values(cmd.argv), Span: cmd.span, Certainty: cmd.doubt}
	if strings.IndexByte(first.t, '/') >= 0 {
		p, c := a.resolve(cmd.st, first, true)
		if c == Exact {
			e.Path = p
			if base := path0(p); base != cmd.name && lookupProgram(cmd.name) == nil {
				cmd.name = base // a link of another name: what it leads to counts
			}
		}
	}
	a.emit(e)
	p := lookupProgram(cmd.name)
	if p == nil || (e.Path != "" && a.isOwnFile(e.Path)) {
		if e.Path != "" && a.runOwn(cmd, e.Path) {
			return
		}
		if p == nil {
			a.passThrough(cmd)
			return
		}
	}
	a.runProgram(cmd, p)
}

// passThrough is a program of which nothing is known: what goes in may come
// out, and a path among the arguments may be read, or written if the option
// before it says output.
func (a *analyzer) passThrough(cmd *command) {
	c := call{cmd: cmd, p: &program{}}
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	for i := 1; i < len(cmd.argv); i++ {
		s := cmd.argv[i].str
		option := cmd.argv[i-1].prefix()
		if p := s.prefix(); strings.HasPrefix(p, "-") || strings.HasPrefix(p, "+") {
			name, val, ok := s.cut('=')
			if !ok {
				continue
			}
			option, s = name.prefix(), val
		}
		s = trimAt(s)
		if !looksLikePath(s) {
			continue
		}
		if outputOption(option) {
			a.writeArg(&c, s)
		} else {
			a.readArg(&c, s)
		}
	}
	a.doubt = saved
	src := join(c.src, join(a.argSources(cmd), cmd.io.in.src))
	cmd.io.write(unknown(src))
}

// trimAt takes the mark off @FILE and file://FILE.
func trimAt(s str) str {
	p := s.prefix()
	switch {
	case strings.HasPrefix(p, "@"):
		return s.cutPrefix(1)
	case strings.HasPrefix(p, "file://"):
		return s.cutPrefix(len("file://"))
	}
	if scheme, rest, ok := strings.Cut(p, ":"); ok && plainName(scheme) && strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//") {
		return s.cutPrefix(len(scheme) + 1) // man:/path
	}
	return s
}

// looksLikePath tells an argument apart that can hardly be anything but a path.
func looksLikePath(s str) bool {
	p := s.prefix()
	if strings.ContainsAny(p, " \n") {
		return false
	}
	return len(p) > 1 && (p[0] == '/' && p[1] != '/' || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../"))
}

// outputOption reports whether an option's name says that it names an output.
func outputOption(name string) bool {
	switch name {
	case "-o", "-O", "-w", "-W", "--log", "-logfile", "-Logfile":
		return true
	}
	return strings.HasPrefix(name, "-") && (strings.Contains(lower(name), "out") || strings.Contains(lower(name), "dump") || strings.HasSuffix(name, "-xml") || strings.HasSuffix(name, "log-file"))
}

// isOwnFile reports whether the text itself has written the file.
func (a *analyzer) isOwnFile(p string) bool { return a.files[p] != nil }

// runOwn runs a program that is a script: one that the text has written, or
// one that can be read.
func (a *analyzer) runOwn(cmd *command, p string) bool {
	var vals []str
	if f := a.files[p]; f != nil {
		vals = f.vals
	} else if !systemDir(p) {
		if text, ok := a.readFile(p); ok {
			vals = []str{text}
		}
	}
	for _, v := range vals {
		a.flowInto(cmd.name, v.src, cmd.span)
		if !v.known() {
			a.unknownCode(v, cmd.span)
			continue
		}
		a.inFileDo(cmd.span, func() { a.runShebang(cmd, p, v) })
	}
	return len(vals) > 0
}

func systemDir(p string) bool {
	for _, d := range []string{"/bin/", "/usr/", "/sbin/", "/lib", "/opt/homebrew/"} {
		if strings.HasPrefix(p, d) {
			return true
		}
	}
	return false
}

// runShebang runs a script the way the kernel and the shell would.
func (a *analyzer) runShebang(cmd *command, p string, text str) {
	line := ""
	if strings.HasPrefix(text.t, "#!") {
		line, _, _ = strings.Cut(text.t[2:], "\n")
	} else if strings.HasPrefix(text.t, "\x7fELF") || strings.IndexByte(text.t[:min(len(text.t), 256)], 0) >= 0 {
		return
	} else {
		line = "/bin/sh"
	}
	words := strings.Fields(line)
	if len(words) == 0 {
		return
	}
	if path0(words[0]) == "env" {
		words = words[1:]
		for len(words) > 0 && (strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
			words = words[1:]
		}
		if len(words) == 0 {
			return
		}
	}
	d, isShell := DialectOf(words[0])
	if !isShell {
		a.runInterpreted(cmd, path0(words[0]), text)
		return
	}
	sub := a.exported(cmd.st)
	sub.setParams(append([]str{lit(p)}, fieldStrs(cmd.argv[1:])...), false)
	a.runText(sub, text, d, cmd.span, cmd.io)
}

// runProgram applies the table's entry to a command.
func (a *analyzer) runProgram(cmd *command, p *program) {
	if v, ok := p.trait("shell"); ok {
		d, _ := DialectOf(v)
		a.runShell(cmd, d)
		return
	}
	c := parseArgs(cmd, p)
	if h, ok := p.trait("go"); ok {
		if f := handlers[h]; f != nil {
			f(a, c)
			return
		}
	}
	if c.sub != "" {
		a.runSub(c)
		return
	}
	a.carryOut(c)
}

// runSub runs a subcommand by its own entry.
func (a *analyzer) runSub(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	sub := lookupProgram(c.p.name + " " + c.sub)
	if sub == nil {
		c2 := &call{cmd: c.cmd, p: c.p}
		a.finishCall(c2)
		return
	}
	cmd := *c.cmd
	cmd.argv = c.rest
	a.runProgram(&cmd, sub)
}

// carryOut turns the arguments into effects.
func (a *analyzer) carryOut(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	a.finishCall(c)
	if len(c.rest) > 0 {
		sub := *c.cmd
		sub.argv, sub.assigns, sub.noFunc = c.rest, nil, true
		a.dispatchProgram(&sub)
	}
}

// dispatchProgram runs argv as a process would start it: no functions, no
// builtins.
func (a *analyzer) dispatchProgram(cmd *command) {
	if len(cmd.argv) == 0 || !a.enter() {
		return
	}
	defer a.leave()
	if !cmd.argv[0].known() {
		a.unknownProgram(cmd)
		return
	}
	a.external(cmd)
}

// carry gives one argument its effect.
func (a *analyzer) carry(c *call, g *given) {
	st, sp := c.cmd.st, c.cmd.span
	switch g.role {
	case "", "_":
	case "r":
		a.readArg(c, g.val)
	case "rabs": // a file if it is named like one, else something of the program's own
		if looksLikePath(g.val) {
			a.readArg(c, g.val)
		}
	case "rsend":
		if looksLikePath(g.val) {
			a.readArg(c, g.val)
			c.sent, c.sends = c.src, true
		}
	case "rw":
		a.readArg(c, g.val)
		a.writeArg(c, g.val)
	case "w":
		c.out = append(c.out, g.val)
		a.writeArg(c, g.val)
	case "meta": // mode, owner, times: a write that keeps the content
		a.writeArg(c, g.val)
	case "dir":
		a.writeArg(c, g.val)
	case "d":
		a.touched = true
		p, cert := a.resolve(st, g.val, false)
		a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: c.on("rec"), Span: sp})
	case "cwd":
		sub := st.fork()
		a.changeDir(sub, g.val)
		c.cmd.st = sub
	case "u":
		a.peerArg(c, g.val)
	case "host":
		h := g.val
		if _, host, ok := h.cut('@'); ok {
			h = host
		}
		host, cert := hostOf(h)
		c.peers = append(c.peers, peer{host, "", cert})
	case "send":
		c.sends = true
		if g.val.known() && g.val.t == "-" {
			c.sent = join(c.sent, c.cmd.io.in.src)
			break
		}
		before := c.src
		c.src = nil
		a.readArg(c, g.val)
		c.sent = join(c.sent, c.src)
		c.src = before
	case "rawdata":
		c.sends = true
	case "data": // curl's @FILE
		c.sends = true
		a.dataArg(c, g.val)
	case "sh":
		a.flowInto(c.cmd.name, g.val.src, sp)
		a.runText(a.exported(st), g.val, POSIX, sp, c.cmd.io)
	case "code":
		lang, _ := c.p.trait("lang")
		a.flowInto(c.cmd.name, g.val.src, sp)
		a.runCode(c.cmd, lang, g.val)
	case "script":
		lang, _ := c.p.trait("lang")
		a.runScriptArg(c, lang, g.val)
	}
}

func (a *analyzer) readArg(c *call, s str) {
	if s.known() && s.t == "-" {
		c.src = join(c.src, c.cmd.io.in.src)
		return
	}
	v := a.readPath(c.cmd.st, s, c.on("rec"), c.cmd.span)
	c.src = join(c.src, v.src)
}

func (a *analyzer) writeArg(c *call, s str) {
	if s.known() && s.t == "-" {
		return
	}
	p, cert := a.resolve(c.cmd.st, s, true)
	if cert == Exact && deviceSink(p) {
		return
	}
	a.touched = true
	a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Recursive: c.on("rec"), Span: c.cmd.span})
}

// finishCall records the network side of a program and what it prints.
func (a *analyzer) finishCall(c *call) {
	cmd := c.cmd
	if _, ok := c.p.trait("net"); ok && len(c.peers) == 0 {
		c.peers = append(c.peers, peer{cert: Unknown})
	}
	stdin := cmd.io.in.src
	if v, ok := c.p.trait("stdin"); ok && v == "send" {
		c.sends = true
		c.sent = join(c.sent, stdin)
	}
	out := join(c.src, stdin)
	args := a.argSources(cmd)
	for _, p := range c.peers {
		cert := p.cert
		a.emit(Effect{Kind: Fetch, Host: p.host, URL: p.url, Sends: c.sends, Certainty: cert, Span: cmd.span})
		a.flowOut(cmd.name, c.sent, p.host, p.url, cmd.span)
		a.flowOut(cmd.name, args, p.host, p.url, cmd.span)
		out = join(out, &source{from: Network, host: p.host, url: p.url, cert: cert})
	}
	if _, ok := c.p.trait("decode"); ok || c.on("decode") {
		out = join(out, &source{from: Decoded})
	}
	if _, ok := c.p.trait("env"); ok {
		out = join(out, &source{from: Environment})
	}
	if c.on("quiet") {
		out = nil
	}
	for _, w := range c.out {
		if p, cert := a.resolve(cmd.st, w, true); cert == Exact {
			a.store(p, unknown(out), false)
		}
	}
	if len(c.rest) > 0 {
		return
	}
	if folded, ok := a.fold(c); ok {
		folded.src = join(folded.src, out)
		cmd.io.write(folded)
		return
	}
	cmd.io.write(unknown(join(out, args)))
}
