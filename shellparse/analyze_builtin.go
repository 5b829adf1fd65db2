package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// builtin is a command that the shell carries out itself.
type builtin struct {
	run func(*analyzer, *command)
	zsh bool // only in zsh
}

var builtins map[string]builtin

func init() {
	nothing := func(a *analyzer, c *command) {}
	builtins = map[string]builtin{
		"cd": {run: (*analyzer).cd}, "chdir": {run: (*analyzer).cd}, "pushd": {run: (*analyzer).cd}, "popd": {run: (*analyzer).popd},
		"eval": {run: (*analyzer).eval}, "source": {run: (*analyzer).source}, ".": {run: (*analyzer).source},
		"exec": {run: (*analyzer).exec}, "command": {run: (*analyzer).commandBuiltin}, "builtin": {run: (*analyzer).builtinBuiltin},
		"export": {run: (*analyzer).export}, "readonly": {run: (*analyzer).export}, "declare": {run: (*analyzer).export},
		"typeset": {run: (*analyzer).export}, "local": {run: (*analyzer).export}, "unset": {run: (*analyzer).unset},
		"read": {run: (*analyzer).read}, "mapfile": {run: (*analyzer).mapfile}, "readarray": {run: (*analyzer).mapfile},
		"echo": {run: (*analyzer).echo}, "printf": {run: (*analyzer).printf}, "print": {run: (*analyzer).echo, zsh: true},
		"set": {run: (*analyzer).setBuiltin}, "shift": {run: (*analyzer).shift}, "alias": {run: (*analyzer).aliasBuiltin},
		"trap": {run: (*analyzer).trapBuiltin}, "let": {run: (*analyzer).let}, "test": {run: (*analyzer).testBuiltin}, "[": {run: (*analyzer).testBuiltin},
		"exit": {run: (*analyzer).exit}, "logout": {run: (*analyzer).exit}, "return": {run: (*analyzer).returnBuiltin},
		"shopt": {run: (*analyzer).shopt}, "setopt": {run: (*analyzer).shopt, zsh: true}, "emulate": {run: (*analyzer).emulate, zsh: true},
		"pwd": {run: (*analyzer).pwd}, "hash": {run: (*analyzer).hash}, "getopts": {run: (*analyzer).getopts}, "history": {run: (*analyzer).history}, "fc": {run: nothing},
		"enable": {run: (*analyzer).enable}, "noglob": {run: (*analyzer).precommand, zsh: true}, "nocorrect": {run: (*analyzer).precommand, zsh: true},
		"-": {run: (*analyzer).precommand, zsh: true}, "complete": {run: nothing}, "compgen": {run: (*analyzer).compgen}, "bind": {run: nothing},
	}
	builtins["ztcp"] = builtin{run: (*analyzer).ztcp, zsh: true}
	for _, n := range []string{":", "true", "false", "break", "continue", "wait", "jobs", "fg", "bg", "disown", "kill", "umask", "ulimit", "times",
		"type", "unalias", "dirs", "suspend", "caller", "compopt", "help"} {
		builtins[n] = builtin{run: nothing}
	}
	for _, n := range []string{"zmodload", "autoload", "zle", "bindkey", "compdef", "zstyle", "unsetopt", "whence", "where", "rehash", "unfunction", "vared"} {
		builtins[n] = builtin{run: nothing, zsh: true}
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

func (a *analyzer) cd(c *command) {
	ops := operandsOf(c.argv)
	switch {
	case len(ops) == 0 && c.argv[0].t == "pushd":
		c.st.setCwd(unknown(nil))
	case len(ops) == 0:
		c.st.setCwd(a.homeOf(c.st, ""))
	case ops[0].known() && ops[0].t == "-":
		c.st.setCwd(a.scalar(c.st, "OLDPWD"))
	case ops[0].known() && strings.HasPrefix(ops[0].t, "+") && c.argv[0].t == "pushd":
		c.st.setCwd(unknown(nil))
	default:
		if c.argv[0].t == "pushd" {
			a.dirStack = append(a.dirStack, c.st.cwd())
		}
		a.changeDir(c.st, ops[0].str)
	}
}

func (a *analyzer) popd(c *command) {
	if n := len(a.dirStack); n > 0 {
		c.st.setCwd(a.dirStack[n-1])
		a.dirStack = a.dirStack[:n-1]
		return
	}
	c.st.setCwd(unknown(nil))
}

func (a *analyzer) eval(c *command) {
	ops := c.argv[1:]
	if len(ops) > 0 && ops[0].known() && ops[0].t == "--" {
		ops = ops[1:]
	}
	s := joinFields(ops)
	a.flowInto("eval", s.src, c.span)
	a.runText(c.st, s, a.dialect, c.span, c.io)
}

func (a *analyzer) source(c *command) {
	ops := operandsOf(c.argv)
	if len(ops) == 0 {
		return
	}
	if len(ops) > 1 {
		c.st.setParams(append([]str{ops[0].str}, fieldStrs(ops[1:])...), false)
	}
	sub := *c
	sub.name = c.argv[0].t
	a.runFile(&sub, ops[0].str, a.dialect, true)
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
	sub.argv, sub.assigns = c.argv[i:], nil
	a.dispatchProgram(&sub)
}

func (a *analyzer) commandBuiltin(c *command) {
	i := 1
	for ; i < len(c.argv) && c.argv[i].known() && strings.HasPrefix(c.argv[i].t, "-"); i++ {
		if c.argv[i].t == "--" {
			i++
			break
		}
		if strings.ContainsAny(c.argv[i].t, "vV") {
			c.io.write(unknown(nil))
			return
		}
	}
	sub := *c
	sub.argv, sub.noFunc, sub.assigns = c.argv[min(i, len(c.argv)):], true, nil
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

// declClause is export, declare and their kin as the parser sees them.
func (a *analyzer) declClause(st *state, d *syntax.DeclClause) {
	c := command{st: st, span: a.span(d.Pos(), d.End())}
	c.argv = []field{{str: lit(d.Variant.Value)}}
	flags := declFlags{local: d.Variant.Value == "local" || ((d.Variant.Value == "declare" || d.Variant.Value == "typeset") && st.inCall()), export: d.Variant.Value == "export"}
	var plain []*syntax.Assign
	for _, as := range d.Args {
		if as.Naked {
			w := as.Value
			if as.Name != nil {
				plain = append(plain, as)
				continue
			}
			for _, f := range a.fields(st, []*syntax.Word{w}) {
				c.argv = append(c.argv, f)
				if f.known() && len(f.t) > 1 && (f.t[0] == '-' || f.t[0] == '+') {
					flags.read(f.t)
				}
			}
			continue
		}
		plain = append(plain, as)
	}
	a.emitExec(&c, d.Variant.Value, true)
	for _, as := range plain {
		name := as.Name.Value
		flags.apply(st, name)
		switch {
		case as.Naked:
			a.declareName(st, name, flags, c.span)
		case as.Array != nil:
			a.assignArray(st, name, as)
		case as.Index != nil:
			a.setElement(st, name, a.subscript(st, name, as.Index), a.text(st, as.Value))
		default:
			a.declareValue(st, name, a.assignValue(st, as), flags, a.span(as.Pos(), as.End()))
		}
	}
	for _, f := range c.argv[1:] {
		if p := f.prefix(); p != "" && p[0] != '-' && p[0] != '+' {
			a.declareField(st, f, flags, c.span)
		}
	}
}

// declFlags are the attributes that a declaration gives.
type declFlags struct {
	local, export, array, assoc, lower, upper, number, ref, funcs bool
}

func (d *declFlags) read(s string) {
	on := s[0] == '-'
	for _, r := range s[1:] {
		switch r {
		case 'x':
			d.export = on
		case 'a':
			d.array = on
		case 'A':
			d.assoc = on
		case 'l':
			d.lower = on
		case 'u':
			d.upper = on
		case 'i':
			d.number = on
		case 'n':
			d.ref = on
		case 'f':
			d.funcs = on
		case 'g':
			d.local = false
		}
	}
}

// apply gives name its attributes, before it is assigned.
func (d *declFlags) apply(st *state, name string) {
	if d.local {
		st.local(name)
	}
	if !(d.array || d.assoc || d.lower || d.upper || d.number) {
		return
	}
	v := variable{unset: true}
	if old := st.lookup(name); old != nil && !d.local {
		v = *old
	}
	v.array, v.assoc = v.array || d.array || d.assoc, v.assoc || d.assoc
	v.lower, v.upper, v.number = d.lower, d.upper, d.number
	st.assign(name, &v)
}

func (a *analyzer) declareName(st *state, name string, d declFlags, sp Span) {
	if d.funcs && d.export {
		a.exportFunction(name)
		return
	}
	if !d.export {
		return
	}
	v := *a.variable(st, name)
	v.export = true
	st.assign(name, &v)
	a.setEnv(st, name, a.scalar(st, name), sp, false)
}

func (a *analyzer) exportFunction(name string) {
	if a.exportedFuncs == nil {
		a.exportedFuncs = map[string]bool{}
	}
	a.exportedFuncs[name] = true
}

func (a *analyzer) declareValue(st *state, name string, val str, d declFlags, sp Span) {
	if d.ref && val.known() {
		st.assign(name, &variable{nameTo: val.t})
		return
	}
	a.setVar(st, name, val)
	if v := st.lookup(name); v != nil && (d.export || v.export || a.wasExported(name)) {
		c := *v
		c.export = true
		st.assign(name, &c)
		a.setEnv(st, name, a.scalar(st, name), sp, false)
	}
}

// declareField is NAME or NAME=VALUE that only shows after expansion.
func (a *analyzer) declareField(st *state, f field, d declFlags, sp Span) {
	name, val, ok := f.str.cut('=')
	if !name.known() {
		a.res.Unresolved = true
		return
	}
	if i := strings.IndexByte(name.t, '['); i > 0 {
		if e, err := syntax.NewParser().Arithmetic(strings.NewReader(strings.TrimSuffix(name.t[i+1:], "]"))); err == nil {
			a.arith(st, e)
		}
	}
	name.t = strings.TrimSuffix(name.t, "+")
	d.apply(st, name.t)
	if !ok {
		a.declareName(st, name.t, d, sp)
		return
	}
	a.declareValue(st, name.t, val, d, sp)
}

// export is a declaration that reached us as a simple command, as in
// `command export X=1`.
func (a *analyzer) export(c *command) {
	name := c.argv[0].t
	d := declFlags{export: name == "export", local: name == "local"}
	for _, f := range c.argv[1:] {
		if f.known() && len(f.t) > 1 && (f.t[0] == '-' || f.t[0] == '+') {
			d.read(f.t)
			continue
		}
		a.declareField(c.st, f, d, c.span)
	}
}

func (a *analyzer) unset(c *command) {
	for _, f := range c.argv[1:] {
		if !f.known() || strings.HasPrefix(f.t, "-") {
			continue
		}
		if strings.IndexByte(f.t, '[') > 0 {
			a.arithWord(c.st, f.str)
			continue
		}
		if c.st.lookup(f.t) == nil && c.st.function(f.t) != nil {
			continue // what unset -f removes may have been kept: both stay in sight
		}
		c.st.assign(f.t, &variable{unset: true})
	}
}

func (a *analyzer) exit(c *command) { c.st.dead = true }

func (a *analyzer) returnBuiltin(c *command) {
	if c.st.inCall() {
		c.st.dead = true
	}
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
	for i, f := range c.argv {
		if f.known() && f.t == "-p" && i+2 < len(c.argv) {
			if a.hashed == nil {
				a.hashed = map[string]str{}
			}
			a.hashed[c.argv[i+2].prefix()] = c.argv[i+1].str
		}
	}
}

func (a *analyzer) pwd(c *command) { c.io.write(concat(c.st.cwd(), lit("\n"))) }

func (a *analyzer) compgen(c *command) {
	for i, f := range c.argv {
		if f.known() && (f.t == "-C" || f.t == "-W") && i+1 < len(c.argv) {
			if f.t == "-C" {
				a.runText(c.st.fork(), c.argv[i+1].str, a.dialect, c.span, c.io)
			} else {
				a.evalDocument(c.st, c.argv[i+1].str)
			}
		}
	}
}

func (a *analyzer) enable(c *command) {
	for i, f := range c.argv {
		if f.known() && f.t == "-f" && i+1 < len(c.argv) {
			a.readPath(c.st, c.argv[i+1].str, false, c.span)
			a.unknownCode(c.argv[i+1].str, c.span)
		}
	}
}

func (a *analyzer) history(c *command) {
	for i, f := range c.argv {
		if !f.known() || i+1 >= len(c.argv) {
			continue
		}
		switch f.t {
		case "-w", "-a":
			a.writeTarget(c.st, c.argv[i+1].str, c.span)
		case "-r", "-n":
			a.readPath(c.st, c.argv[i+1].str, false, c.span)
		}
	}
}
