package shellparse

import "strings"

// zshModules are those of zsh's modules that give it nothing but what is known
// of otherwise, or what changes nothing.
var zshModules = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields("compctl complete complist computil datetime deltochar files langinfo main mathfunc nearcolor net/socket net/tcp parameter pcre regex rlimits stat system termcap terminfo watch zle zleparameter zprof zselect zutil") {
		m["zsh/"+name] = true
	}
	return m
}()

// zmodload loads modules. Behind others than those, files are parameters, or
// programs are started in ways of their own.
func (a *analyzer) zmodload(c *command) {
	a.prints(c)
	features := false
	for _, f := range c.argv[1:] {
		p := f.prefix()
		features = features || strings.HasPrefix(p, "-") && strings.Contains(p, "F")
		switch {
		case f.known() && (strings.HasPrefix(p, "-") || zshModules[p]):
		case f.known() && features && len(strings.TrimLeft(p, "+-")) > 2 && strings.TrimLeft(p, "+-")[1] == ':':
		default:
			a.unknownCode(f.str, c.span)
			return
		}
	}
}

// strange is a builtin that may assign to variables, run what it is given, or
// have other commands mean something else, in ways that are not followed.
func (a *analyzer) strange(c *command) {
	if p := lookupProgram(c.argv[0].t); p != nil { // what it does to files is known
		a.runProgram(c, p)
	}
	a.prints(c)
	a.unknownCode(unknown(a.argSources(c)), c.span)
}

// defers is a builtin that has its words run as code behind a name or a time, in
// another process or later; or gives them to such a process as its input.
func (a *analyzer) defers(c *command) {
	if ops := operandsOf(c.argv); len(ops) > 1 {
		code := joinFields(ops[1:])
		if _, refused := a.canonical(code.t, Zsh); code.known() && refused == nil {
			a.runText(c.st.fork(), code, Zsh, c.span, c.io)
		}
	}
	a.strange(c)
}

// zstyle keeps settings for others, and assigns them to variables.
func (a *analyzer) zstyle(c *command) {
	if len(c.argv) > 1 && (!c.argv[1].known() || strings.HasPrefix(c.argv[1].t, "-") && strings.ContainsAny(c.argv[1].t, "sbae")) {
		a.strange(c)
		return
	}
	a.prints(c)
}

// functions shows functions; with an option it copies them, or more.
func (a *analyzer) functions(c *command) {
	for _, f := range c.argv[1:] {
		if p := f.prefix(); !f.known() || strings.HasPrefix(p, "-") || strings.HasPrefix(p, "+") {
			a.strange(c)
			return
		}
	}
	a.prints(c)
}

// ofModule reports whether a command is a builtin of a module of zsh's, or may
// be, that assigns to variables or opens descriptors.
func ofModule(name string, argv []field) bool {
	switch name {
	case "sysread", "sysopen", "syswrite", "sysseek", "zsystem", "zsocket", "zselect", "pcre_match", "getln", "zgetattr", "clone":
		return true
	case "stat", "zstat", "strftime":
		for _, f := range argv {
			if p := f.prefix(); strings.HasPrefix(p, "-") && !strings.HasPrefix(p, "--") && strings.ContainsAny(p, "AHs") {
				return true
			}
		}
	}
	return false
}
