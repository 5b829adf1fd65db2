package shellparse

import (
	"strings"
)

// runCode looks through a program in another language for what its calls with
// literal arguments would do: run commands, open files, contact peers.
func (a *analyzer) runCode(cmd *command, lang string, code str) {
	if !code.known() {
		a.unknownCode(code, cmd.span)
		if code.opaque() {
			return
		}
	}
	text := code.t
	if code.glob {
		text = strings.ReplaceAll(unescape(code.t), hole, "")
	}
	if !a.enter() {
		return
	}
	defer a.leave()
	if !a.tick(1 + len(text)/16) {
		return
	}
	a.runsInput(cmd, lang, text)
	switch lang {
	case "":
		return
	case "ps":
		a.powershell(cmd, text)
		return
	case "applescript":
		a.appleScript(cmd, text)
	case "shell":
		a.runText(a.exported(cmd.st), code, POSIX, cmd.span, cmd.io)
		return
	}
	if lang == "tcl" {
		a.tcl(cmd, text)
	}
	if lang == "python" { // IPython: no line of Python begins so
		for line := range strings.Lines(text) {
			if sh, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
				a.shellArg(&call{cmd: cmd, p: &program{}}, lit(strings.TrimPrefix(sh, "!")))
			}
		}
	}
	a.scanCode(cmd, lang, text, code.src)
}

// tcl finds the commands of Tcl and expect that start programs.
func (a *analyzer) tcl(cmd *command, text string) {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' || r == '[' || r == ']' || r == '{' || r == '}' }) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "exec" || word == "spawn" || word == "system" {
			a.shellArg(&call{cmd: cmd, p: &program{}}, lit(strings.TrimPrefix(strings.TrimSpace(rest), "-noecho ")))
		}
	}
}

// runInterpreted runs a script in a language that is no shell.
func (a *analyzer) runInterpreted(cmd *command, name string, text str) {
	p := lookupProgram(name)
	if p == nil {
		return
	}
	if lang, ok := p.trait("lang"); ok {
		sub := *cmd
		sub.argv = append([]field{{str: lit(name)}}, cmd.argv...)
		a.runCode(&sub, lang, text)
	}
}

// runScriptArg runs the script that an interpreter is given by name.
func (a *analyzer) runScriptArg(c *call, lang string, s str) {
	cmd := c.cmd
	if s.known() && s.t == "-" {
		a.interpretStdin(c, lang)
		return
	}
	p, cert := a.resolve(cmd.st, s, true)
	if cert == Exact && isStdin(p) {
		a.interpretStdin(c, lang)
		return
	}
	if !strings.HasPrefix(p, "/dev/fd/") {
		a.emit(Effect{Kind: Read, Path: p, Certainty: cert, Span: cmd.span})
	}
	a.flowInto(cmd.name, s.src, cmd.span)
	if t := s.prefix(); strings.HasPrefix(t, "https://") || strings.HasPrefix(t, "http://") {
		host, c := hostOf(s)
		a.flowInto(cmd.name, &source{from: Network, host: host, url: t, cert: c}, cmd.span)
		return
	}
	if f := a.files[p]; f != nil && cert == Exact {
		for _, v := range f.vals {
			a.flowInto(cmd.name, v.src, cmd.span)
			a.inFileDo(cmd.span, func() { a.runCode(cmd, lang, v) })
		}
		return
	}
	a.ranFile(cmd.name, p, cert, cmd.span)
	if cert == Exact {
		if text, ok := a.readFile(p); ok {
			a.inFileDo(cmd.span, func() { a.runCode(cmd, lang, text) })
			return
		}
	}
	a.res.Unresolved = true
}

// interpretStdin is an interpreter that runs what it reads.
func (a *analyzer) interpretStdin(c *call, lang string) {
	cmd := c.cmd
	s := *cmd.io.in
	if s.t != "" {
		*cmd.io.in = unknown(s.src) // how much of it it takes is its own matter
	}
	a.flowInto(cmd.name, s.src, cmd.span)
	switch {
	case s.known():
		a.runCode(cmd, lang, s)
	case onlyFile(s) != "":
		if text, ok := a.readFile(onlyFile(s)); ok {
			a.inFileDo(cmd.span, func() { a.runCode(cmd, lang, text) })
		} else {
			a.unknownCode(s, cmd.span)
		}
	case cmd.io.piped || s.src != nil:
		a.unknownCode(s, cmd.span)
	}
}

// interpreter is python, node and the like: code in an option, a script, or
// standard input when there is neither.
func (a *analyzer) interpreter(c *call) {
	lang, _ := c.p.trait("lang")
	if lang == "ruby" && a.rubyUn(c) {
		return
	}
	has := c.on("stop") || c.on("given")
	for i := range c.args {
		g := &c.args[i]
		if g.role == "code" || g.role == "script" {
			has = true
		}
	}
	a.carryOut(c)
	if !has {
		a.interpretStdin(c, lang)
	}
	if lang == "python" { // IPython: no line of Python begins so
		a.ranModule(c.cmd, lit("/nonexistent"), "sitecustomize")
		a.pythonModule(c)
	}
}

// pythonModule carries out python -m MODULE, where the table has the module as
// a subcommand of python-m.
func (a *analyzer) pythonModule(c *call) {
	for i, f := range c.cmd.argv {
		t := f.prefix()
		if i == 0 || !strings.HasPrefix(t, "-") || strings.HasPrefix(t, "--") || !f.known() {
			if i == 0 {
				continue
			}
			return // a script
		}
		at := strings.IndexByte(t, 'm')
		if at < 0 {
			continue
		}
		rest := c.cmd.argv[i+1:]
		name := t[at+1:]
		if name == "" && len(rest) > 0 {
			name, rest = rest[0].t, rest[1:]
		}
		if name == "pip" {
			cmd := *c.cmd
			cmd.argv, cmd.assigns = append([]field{{str: lit(name)}}, rest...), nil
			a.dispatchProgram(&cmd)
			return
		}
		if p := lookupProgram("python-m " + name); p != nil {
			cmd := *c.cmd
			cmd.argv = append([]field{{str: lit(name)}}, rest...)
			a.runProgram(&cmd, p)
		} else {
			a.ranModule(c.cmd, lit("."), name)
		}
		return
	}
}
