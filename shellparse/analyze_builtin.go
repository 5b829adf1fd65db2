package shellparse

import (
	"strings"
)

// builtin is a command that the shell carries out itself.
type builtin struct {
	run func(*analyzer, *command)
	zsh bool // only in zsh

	bash bool // in no other shell but perhaps zsh, though sh may be a bash
	both bool // with bash: in zsh as well
}

var builtins map[string]builtin

func init() {
	nothing := func(a *analyzer, c *command) {}
	builtins = map[string]builtin{
		"cd": {run: (*analyzer).cd}, "chdir": {run: (*analyzer).cd}, "pushd": {run: (*analyzer).pushd}, "popd": {run: (*analyzer).popd},
		"eval": {run: (*analyzer).eval}, "source": {run: (*analyzer).source}, ".": {run: (*analyzer).source},
		"exec": {run: (*analyzer).exec}, "command": {run: (*analyzer).commandBuiltin}, "builtin": {run: (*analyzer).builtinBuiltin},
		"export": {run: (*analyzer).export}, "readonly": {run: (*analyzer).export}, "declare": {run: (*analyzer).export},
		"typeset": {run: (*analyzer).export}, "local": {run: (*analyzer).export}, "unset": {run: (*analyzer).unset},
		"read": {run: (*analyzer).read}, "mapfile": {run: (*analyzer).mapfile}, "readarray": {run: (*analyzer).mapfile},
		"echo": {run: succeeds((*analyzer).echo)}, "printf": {run: succeeds((*analyzer).printf)}, "print": {run: (*analyzer).echo, zsh: true},
		"set": {run: (*analyzer).setBuiltin}, "shift": {run: (*analyzer).shift}, "alias": {run: (*analyzer).aliasBuiltin},
		"trap": {run: (*analyzer).trapBuiltin}, "kill": {run: (*analyzer).kill}, "let": {run: (*analyzer).let}, "test": {run: (*analyzer).testBuiltin}, "[": {run: (*analyzer).testBuiltin},
		"exit": {run: (*analyzer).exit}, "logout": {run: (*analyzer).exit}, "return": {run: (*analyzer).returnBuiltin},
		"shopt": {run: (*analyzer).shopt}, "setopt": {run: (*analyzer).setopt, zsh: true}, "emulate": {run: (*analyzer).emulate, zsh: true},
		"pwd": {run: (*analyzer).pwd}, "hash": {run: (*analyzer).hash}, "getopts": {run: (*analyzer).getopts}, "history": {run: (*analyzer).history}, "fc": {run: (*analyzer).fc},
		"enable": {run: (*analyzer).enable}, "noglob": {run: (*analyzer).precommand, zsh: true}, "nocorrect": {run: (*analyzer).precommand, zsh: true},
		"-": {run: (*analyzer).precommand, zsh: true}, "complete": {run: (*analyzer).complete}, "compgen": {run: (*analyzer).complete}, "bind": {run: (*analyzer).bind},
	}
	builtins["type"] = builtin{run: (*analyzer).typed}
	builtins["whence"], builtins["where"] = builtin{run: (*analyzer).typed, zsh: true}, builtin{run: (*analyzer).typed, zsh: true}
	builtins["dirs"] = builtin{run: (*analyzer).dirs}
	builtins["ztcp"] = builtin{run: (*analyzer).ztcp, zsh: true}
	builtins["true"], builtins["false"] = builtin{run: setsStatus(success)}, builtin{run: setsStatus(failure)}
	builtins[":"] = builtins["true"]
	builtins["break"], builtins["continue"] = builtin{run: (*analyzer).breakBuiltin}, builtin{run: (*analyzer).breakBuiltin}
	for _, n := range []string{"disown", "unalias", "suspend", "compopt", "wait"} {
		builtins[n] = builtin{run: nothing}
	}
	for _, n := range []string{"jobs", "fg", "bg", "umask", "ulimit", "times", "caller", "help"} {
		builtins[n] = builtin{run: (*analyzer).prints}
	}
	builtins["unsetopt"] = builtin{run: (*analyzer).setopt, zsh: true}
	builtins["unfunction"] = builtin{run: (*analyzer).unfunction, zsh: true}
	builtins["autoload"] = builtin{run: (*analyzer).autoload, zsh: true}
	for _, n := range []string{"zle", "compdef", "rehash", "vared"} {
		builtins[n] = builtin{run: nothing, zsh: true}
	}
	builtins["bindkey"] = builtin{run: (*analyzer).prints, zsh: true}
	builtins["functions"] = builtin{run: (*analyzer).functions, zsh: true}
	builtins["zstyle"] = builtin{run: (*analyzer).zstyle, zsh: true}
	builtins["zmodload"] = builtin{run: (*analyzer).zmodload, zsh: true}
	for _, n := range strings.Fields("disable zcompile zparseopts zformat zregexparse private zftp ztie zcurses") {
		builtins[n] = builtin{run: (*analyzer).strange, zsh: true}
	}
	builtins["zpty"], builtins["sched"] = builtin{run: (*analyzer).defers, zsh: true}, builtin{run: (*analyzer).defers, zsh: true}
	for _, n := range []string{"mapfile", "readarray", "shopt", "compgen", "complete", "bind", "caller", "compopt"} {
		b := builtins[n]
		b.bash = true
		builtins[n] = b
	}
	for _, n := range []string{"pushd", "popd", "dirs", "source", "let", "declare", "typeset", "disown", "history", "suspend", "enable"} {
		b := builtins[n]
		b.bash, b.both = true, true
		builtins[n] = b
	}
}

// kill may send the shell itself a signal.
func (a *analyzer) kill(c *command) {
	a.mayEnd(c.st, c.io)
	a.prints(c)
}

// prints is a builtin of which nothing counts but that it prints something.
func (a *analyzer) prints(c *command) { c.io.write(unknown(nil)) }

// lists is a builtin that prints what is set when it is not told what to set.
func (a *analyzer) lists(c *command) {
	for _, f := range c.argv[1:] {
		if p := f.prefix(); !f.known() || strings.HasPrefix(p, "-p") || strings.HasPrefix(p, "-") && strings.ContainsAny(p, "pfFL") || !strings.HasPrefix(p, "-") && strings.IndexByte(p, '=') < 0 {
			a.prints(c)
			return
		}
	}
	if len(operandsOf(c.argv)) == 0 {
		a.prints(c)
	}
}

func setsStatus(s status) func(*analyzer, *command) {
	return func(a *analyzer, _ *command) { a.status = s }
}

// succeeds is a builtin that does, but for a number that is none.
func succeeds(run func(*analyzer, *command)) func(*analyzer, *command) {
	return func(a *analyzer, c *command) {
		run(a, c)
		if format := c.argv[min(1, len(c.argv)-1)]; c.argv[0].t == "echo" || format.known() && !strings.ContainsAny(strings.NewReplacer("%s", "", "%b", "", "%%", "").Replace(format.t), "%-") {
			a.status = success
		}
	}
}

// rest is argv without the first word and its leading options.
func operandsOf(argv []field) []field {
	i := 1
	for ; i < len(argv); i++ {
		p := argv[i].prefix()
		if argv[i].known() && p == "--" {
			i++
			break
		}
		if len(p) < 2 || p[0] != '-' {
			break
		}
	}
	return argv[i:]
}

func (a *analyzer) eval(c *command) {
	ops := c.argv[1:]
	if len(ops) > 0 && ops[0].known() && ops[0].t == "--" {
		ops = ops[1:]
	}
	s := joinFields(ops)
	a.flowInto("eval", s.src, c.span)
	if a.dialect != Zsh {
		a.evalText(c, c.st, s)
		return
	}
	a.within(evalRegion, c.st, c.io, func(st *state) { a.evalText(c, st, s) })
}

// evalText runs what eval was given. Of a text that is known in part the shell
// may make something that can't be parsed as it is known.
func (a *analyzer) evalText(c *command, st *state, s str) {
	if s.known() || s.opaque() {
		a.runText(st, s, a.dialect, c.span, c.io)
		return
	}
	if onlyEnvironment(s.src) {
		a.unknownCode(s, c.span)
	}
	c.io.write(unknown(s.src))
	run := *c
	run.st = st
	a.inFileDo(c.span, func() { a.runPartText(&run, s, a.dialect) })
}

func (a *analyzer) source(c *command) {
	ops := operandsOf(c.argv)
	if len(ops) == 0 {
		return
	}
	if ps, open := c.st.parameters(); len(ops) > 1 {
		defer func() { c.st.setParams(ps, open) }()
		next := []str{lit(a.shellName())}
		if len(ps) > 0 {
			next[0] = ps[0]
		}
		if a.dialect == POSIX {
			c.st.setParams(next, true) // some leave them as they are
		} else {
			c.st.setParams(append(next, fieldStrs(ops[1:])...), anySeveral(ops))
		}
	}
	sub := *c
	sub.name = c.argv[0].t
	a.sourced++
	a.within(routineRegion, c.st, c.io, func(st *state) {
		sub.st = st
		a.runFile(&sub, ops[0].str, a.dialect, true)
	})
	a.sourced--
}

func (a *analyzer) exec(c *command) {
	sub := *c
	i := 1
	for ; i < len(c.argv); i++ {
		p := c.argv[i].prefix()
		if p == "-a" {
			i++
			continue
		}
		if len(p) < 2 || p[0] != '-' {
			break
		}
		if p == "--" {
			i++
			break
		}
	}
	if plain := *c; a.dialect == POSIX && i > 1 && c.argv[1].prefix() != "--" { // which may have no options
		plain.argv, plain.assigns, plain.noFunc = c.argv[1:], nil, true
		a.dispatchProgram(&plain)
	}
	if i >= len(c.argv) {
		if ch, ok := a.fds["out"]; ok {
			a.stdout = &ch
		}
		if c.io.piped {
			in := *c.io.in
			a.stdin = &in
		}
		return
	}
	sub.argv, sub.assigns, sub.noFunc = c.argv[i:], nil, true
	a.mayEnd(c.st, c.io) // if there is no such program
	if (a.dialect == Zsh || a.dialect == Korn) && sub.argv[0].known() && builtins[sub.argv[0].t].run != nil {
		a.dispatch(&sub) // what is no program is run all the same, and is the last
		a.exit(&sub)
		return
	}
	a.dispatchProgram(&sub)
}

func (a *analyzer) commandBuiltin(c *command) {
	i := 1
	for ; i < len(c.argv) && c.argv[i].known() && strings.HasPrefix(c.argv[i].t, "-"); i++ {
		if c.argv[i].t == "--" {
			i++
			break
		}
		if a.dialect == Zsh && strings.Trim(c.argv[i].t, "-pvV") != "" {
			sub := *c
			sub.argv, sub.noFunc, sub.assigns = c.argv[i:], true, nil
			a.dispatch(&sub) // a program, there
		}
		if strings.ContainsAny(c.argv[i].t, "vV") {
			a.tellWhere(c, c.argv[i+1:])
			return
		}
	}
	sub := *c
	sub.argv, sub.noFunc, sub.assigns = c.argv[min(i, len(c.argv)):], true, nil
	if a.dialect == POSIX && len(sub.argv) > 0 && sub.argv[0].t == "local" { // which dash takes back at once
		is, not := c.st.fork(), c.st.fork()
		sub.st = is
		a.branches++
		a.dispatch(&sub)
		a.branches--
		c.st.merge(is, not)
		return
	}
	a.dispatch(&sub)
}

func (a *analyzer) builtinBuiltin(c *command) {
	sub := *c
	sub.argv, sub.noFunc, sub.assigns = operandsOf(c.argv), true, nil
	a.dispatch(&sub)
}

func (a *analyzer) precommand(c *command) {
	sub := *c
	sub.argv, sub.assigns = c.argv[1:], nil
	a.dispatch(&sub)
}

// ztcp opens a connection; $REPLY is its descriptor.
func (a *analyzer) ztcp(c *command) {
	ops := operandsOf(c.argv)
	host, cert := "", Exact
	if len(ops) > 0 {
		host, cert = hostOf(ops[0].str)
	}
	a.emit(Effect{Kind: Fetch, Host: host, Sends: true, Certainty: cert, Span: c.span})
	const fd = "12"
	a.setChannel(fd, channel{host: host, url: "tcp://" + host, in: unknown(&source{from: Network, host: host})}, true)
	a.setVar(c.st, "REPLY", lit(fd))
}

// hash -p FILE NAME makes NAME stand for FILE.
func (a *analyzer) hash(c *command) {
	a.lists(c)
	if a.dialect == Zsh && len(c.argv) > 2 && c.argv[1].prefix() == "-d" {
		for _, f := range c.argv[2:] {
			if name, dir, ok := f.str.cut('='); ok && name.known() {
				if a.homes == nil {
					a.homes = map[string]str{}
				}
				a.homes[name.t] = dir
			}
		}
	}
	if a.dialect == Zsh {
		for _, f := range operandsOf(c.argv) {
			if name, file, ok := f.str.cut('='); ok && name.known() {
				a.hashes(name.t, file)
			}
		}
	}
	for i, f := range c.argv {
		if f.known() && f.t == "-p" && i+2 < len(c.argv) && a.dialect != Zsh { // which has no such option
			a.hashes(c.argv[i+2].prefix(), c.argv[i+1].str)
		}
	}
}

// hashes makes a name stand for a file.
func (a *analyzer) hashes(name string, file str) {
	if a.hashed == nil {
		a.hashed = map[string]str{}
	}
	a.hashed[name] = file
}

func (a *analyzer) pwd(c *command) {
	dir := c.st.cwd()
	for _, f := range c.argv[1:] {
		switch {
		case f.known() && f.t == "-P":
			dir = a.physical(dir)
		case f.known() && f.t == "-L":
		default: // an error to some of them
			c.io.write(unknown(nil))
			return
		}
	}
	c.io.write(concat(dir, lit("\n")))
}

// physical is a directory without links in its path.
func (a *analyzer) physical(dir str) str {
	if !dir.known() || a.in.FS == nil && len(a.links) == 0 {
		return dir
	}
	return str{t: a.walk(dir.t, dir.t, true), src: dir.src}
}

func (a *analyzer) enable(c *command) {
	a.lists(c)
	a.disabled = true
	for i, f := range c.argv {
		if f.known() && f.t == "-f" && i+1 < len(c.argv) {
			a.readPath(c.st, c.argv[i+1].str, false, c.span)
			a.unknownCode(c.argv[i+1].str, c.span)
		}
	}
}
