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
	e := Effect{Kind: Exec, Argv: values(cmd.argv), Span: cmd.span, Certainty: cmd.doubt}
	if strings.IndexByte(first.t, '/') >= 0 {
		p, c := a.resolve(cmd.st, first, true)
		if c == Exact {
			e.Path = p
			cmd.name = a.programAt(cmd.st, first, p)
		} else if lookupProgram(cmd.name) == nil {
			a.anySplit() // it may be a script
		}
	} else if p := a.inPath(cmd); p != "" {
		e.Path = p
	}
	e.Program = cmd.name
	a.emit(e)
	defer a.namedOutputs(cmd, join(a.argSources(cmd), cmd.io.in.src))
	if !spreads(cmd.argv) {
		a.started(cmd, &e)
		return
	}
	in, out := *cmd.io.in, cmd.io.out
	if out != nil {
		cmd.io.out = &output{}
	}
	a.started(cmd, &e)
	if out != nil { // what it makes of one word is not what it makes of several
		s := unknown(cmd.io.out.src)
		cmd.io.out = out
		cmd.io.write(s)
	}
	a.ifSplit(cmd, &in, func(c *command) { a.started(c, &e) })
}

// started follows a program that has begun.
func (a *analyzer) started(cmd *command, e *Effect) {
	p := lookupProgram(cmd.name)
	if p == nil || e.Path != "" && a.isOwnFile(e.Path) && cmd.name == path0(e.Path) {
		if e.Path != "" && a.runOwn(cmd, e.Path) {
			return
		}
		if p == nil {
			a.passThrough(cmd)
			return
		}
	}
	if e.Path != "" && a.isAtHand(cmd, e.Path) {
		a.runOwn(cmd, e.Path) // whatever its name promises
	}
	a.runProgram(cmd, p)
}

// isAtHand reports whether a program is named by its path, or lies where anybody
// may put one: then it may be a script that only bears a known name.
func (a *analyzer) isAtHand(cmd *command, p string) bool {
	if systemDir(p) || p == "" {
		return false
	}
	if len(cmd.argv) > 0 && strings.Contains(cmd.argv[0].t, "/") {
		return true
	}
	cwd, cert := a.resolve(cmd.st, lit("."), true)
	for _, dir := range []string{cwd, "/tmp", "/var/tmp", "/dev/shm"} {
		if cert == Exact && holdsPath(dir, p) {
			return true
		}
	}
	return false
}

// programAt names the program that a path leads to: not what a link or a copy
// is called that somebody may have put there, but what it is of. A name that a
// system gives (vi for vim.basic), or that a multi-call program goes by, stands.
func (a *analyzer) programAt(st *state, first str, p string) string {
	name := path0(first.t)
	real := path0(p)
	if f := a.files[p]; f != nil {
		for _, v := range f.vals {
			if v.known() || v.src == nil || v.src.next != nil || v.src.from != File || v.src.cert != Exact {
				continue // not the copy of one file
			}
			real = path0(v.src.path)
		}
	}
	if real == name {
		return name
	}
	prog := lookupProgram(real)
	if lookupProgram(name) == nil {
		return real
	}
	if at, _ := a.resolve(st, first, false); systemDir(at) || prog == nil || isMultiCall(prog) {
		return name
	}
	return real
}

// isOwnFile reports whether the text itself has written the file, or one before
// it, with content of note.
func (a *analyzer) isOwnFile(p string) bool { return a.files[p] != nil || a.origins(p, false) != nil }

// runOwn runs a program that is a script: one that the text has written, or
// one that can be read.
func (a *analyzer) runOwn(cmd *command, p string) bool {
	var vals []str
	if f := a.files[p]; f != nil {
		vals = f.vals
	} else if !systemDir(p) {
		a.ranFile(cmd.name, p, Exact, cmd.span)
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
	name, args, ok := shebang(text.t)
	if !ok {
		if isMachineCode([]byte(text.t[:min(len(text.t), 256)])) {
			return
		}
		name, args = "/bin/sh", nil // the kernel can't start it, so the shell does
	}
	env := path0(name) == "env"
	words := 0
	if len(args) > 0 {
		words = len(strings.Fields(args[0]))
	}
	of := name
	if env && words == 1 {
		of = args[0] // env NAME: as if NAME stood there
	}
	d, isShell := DialectOf(of)
	if !isShell || env && words > 1 {
		if p := lookupProgram(path0(of)); p != nil && words < 2 {
			if _, ok := p.trait("lang"); ok {
				a.runInterpreted(cmd, path0(of), text)
				return
			}
		}
		a.runInterpreter(cmd, p, name, args, text)
		return
	}
	sub := a.exported(cmd.st)
	zero := lit(p)
	if first := cmd.argv[0].str; strings.IndexByte(first.prefix(), '/') >= 0 {
		zero = first // the name that it was called by
	}
	sub.setParams(append([]str{zero}, fieldStrs(cmd.argv[1:])...), anySeveral(cmd.argv))
	sub.startOptions(append([]Value{{Text: name}}, values(fieldsOf(args))...), invocation{dialect: d})
	to := cmd.io.ofProcess()
	a.process(sub, to, func() { a.runText(sub, text, d, cmd.span, to) })
	cmd.io.out.choose(to.parts()...)
}

func fieldsOf(args []string) []field {
	out := make([]field, len(args))
	for i, s := range args {
		out[i] = field{str: lit(s)}
	}
	return out
}

// shebang is the interpreter that the kernel takes from a script's first line,
// and the one argument, or none, that it gives it; false if it takes none. What
// blanks are, where the line ends and how much of it counts is the kernel's word:
// a script that is read otherwise here is run by somebody else there.
func shebang(text string) (name string, args []string, ok bool) {
	const read = 255 // of the file; what is shorter ends in NULs
	line, ok := strings.CutPrefix(text[:min(len(text), read)], "#!")
	if !ok {
		return "", nil, false
	}
	line, _, whole := strings.Cut(line, "\n")
	if full := len(text) >= read; whole || full {
		line = strings.TrimRight(line, " \t")
		if full && !whole && !strings.ContainsAny(strings.TrimLeft(text[2:read], " \t"), " \t\x00") {
			return "", nil, false // there may be more of the name
		}
	} else {
		line += "\x00"
	}
	line = strings.TrimLeft(line, " \t")
	end := strings.IndexAny(line, " \t\x00")
	if end < 0 {
		return line, nil, line != ""
	}
	if name = line[:end]; line[end] != 0 {
		arg, _, _ := strings.Cut(strings.TrimLeft(line[end:], " \t"), "\x00")
		args = []string{arg}
	}
	return name, args, name != ""
}

// runInterpreter starts a script's interpreter as the kernel does: with the
// rest of the line as one argument, the script's name, and its arguments.
func (a *analyzer) runInterpreter(cmd *command, p, name string, args []string, text str) {
	sub := *cmd
	sub.argv = []field{{str: lit(name)}}
	sub.argv = append(append(append(sub.argv, fieldsOf(args)...), field{str: lit(p)}), cmd.argv[1:]...)
	sub.assigns = nil
	if a.files[p] == nil {
		if _, ok := a.code[p]; !ok {
			a.store(p, text, false)
		}
	}
	a.dispatchProgram(&sub)
}

// runProgram applies the table's entry to a command.
func (a *analyzer) runProgram(cmd *command, p *program) {
	if v, ok := p.trait("shell"); ok {
		d, _ := DialectOf(v)
		a.runShell(cmd, d)
		return
	}
	if !a.tick(len(cmd.argv)) {
		return
	}
	a.runsOwnFiles(cmd)
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
	for _, p := range c.peers {
		a.emit(Effect{Kind: Fetch, Host: p.host, URL: p.url, Certainty: p.cert, Span: c.cmd.span})
	}
	sub := lookupProgram(c.p.name + " " + c.sub)
	cmd := *c.cmd
	cmd.argv = c.rest
	if sub == nil {
		c2 := &call{cmd: c.cmd, p: c.p}
		a.readNamed(c2, &cmd)
		a.finishCall(c2)
		return
	}
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
	if len(cmd.argv) == 0 || !a.tick(len(cmd.argv)/8) || !a.enter() {
		return
	}
	defer a.leave()
	if !cmd.argv[0].known() {
		a.unknownProgram(cmd)
		return
	}
	a.external(cmd)
}
