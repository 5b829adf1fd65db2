package shellparse

import "strings"

// shellHooks are the functions that a shell calls by itself, on certain events.
// Which of them come is not known; that they may is reason to judge them.
var shellHooks = []string{"command_not_found_handle", "command_not_found_handler", "precmd", "preexec", "periodic", "zshexit", "zshaddhistory"}

// hooks reports whether a function is there for the shell to call on an event.
func (a *analyzer) hooks(st *state, event string) bool {
	return st.function(event) != nil || a.dialect == Zsh && st.lookup(event+"_functions") != nil
}

// runHook calls the functions of an event.
func (a *analyzer) runHook(st *state, event string, sp Span) {
	in := unknown(nil)
	run := func(name string) {
		if f := st.function(name); f != nil && a.calling[f] == 0 {
			c := &command{st: st, io: stdio{in: &in}, span: sp, argv: []field{{str: lit(name)}, {str: unknown(nil), loose: true}}}
			a.callFunction(c, f)
		}
	}
	run(event)
	if a.dialect != Zsh {
		return
	}
	if v := st.lookup(event + "_functions"); v != nil {
		for _, e := range v.elems {
			run(e.val.prefix())
		}
	}
}

// runHooks calls what the shell may call before it ends.
func (a *analyzer) runHooks(st *state) {
	var sp Span
	if a.unit != nil {
		sp = Span{0, len(a.in.Text)}
	}
	a.branches++
	defer func() { a.branches-- }()
	for _, e := range shellHooks {
		if a.hooks(st, e) {
			a.runHook(st.fork(), e, sp)
		}
	}
	if a.dialect == Zsh {
		for s := st; s != nil; s = s.parent {
			for name := range s.funcs {
				if strings.HasPrefix(name, "TRAP") {
					a.runHook(st.fork(), name, sp)
				}
			}
		}
	}
}

// ownHooks calls what the shell may call by itself in a process or a trap alone.
func (a *analyzer) ownHooks(st *state) {
	for _, e := range shellHooks {
		if st.funcs[e] != nil {
			a.branches++
			a.runHook(st.fork(), e, Span{0, len(a.in.Text)})
			a.branches--
		}
	}
}

// called runs a function that a builtin is told to call later, by its name.
func (a *analyzer) called(c *command, name str) {
	if !name.known() {
		return
	}
	if f := c.st.function(name.t); f != nil && a.calling[f] == 0 {
		sub := *c
		sub.argv = []field{{str: name}, {str: unknown(nil), loose: true}}
		sub.assigns = nil
		a.callFunction(&sub, f)
	}
}

// optionValues are the values of one of the options of a builtin.
func optionValues(argv []field, letter string) []str {
	var out []str
	for i := 1; i < len(argv); i++ {
		p := argv[i].prefix()
		if len(p) < 2 || p[0] != '-' {
			continue
		}
		k := strings.Index(p, letter)
		if k < 1 {
			continue
		}
		if v := argv[i].cutPrefix(k + 1); v.t != "" {
			out = append(out, v)
		} else if i+1 < len(argv) {
			i++
			out = append(out, argv[i].str)
		}
	}
	return out
}

// complete says what fills in words: a command, a function, a list in which
// substitutions run. compgen does so at once.
func (a *analyzer) complete(c *command) {
	for _, s := range optionValues(c.argv, "C") {
		a.runText(c.st.fork(), s, a.dialect, c.span, c.io)
	}
	for _, s := range optionValues(c.argv, "F") {
		a.called(c, s)
	}
	for _, s := range optionValues(c.argv, "W") {
		words := a.evalDocument(c.st, s)
		if c.argv[0].t == "compgen" && words.known() {
			words.t = strings.Join(strings.Fields(words.t), "\n") + "\n"
		}
		c.io.write(words)
	}
	for _, f := range c.argv[1:] {
		if f.known() && f.t == "-e" {
			c.io.write(unknown(&source{from: Environment}))
		}
	}
}

// bind -x ties a command to keys that the user will press.
func (a *analyzer) bind(c *command) {
	for _, s := range optionValues(c.argv, "x") {
		if _, text, ok := s.cut(':'); ok {
			a.runText(c.st.fork(), text, a.dialect, c.span, c.io)
		}
	}
	for _, s := range optionValues(c.argv, "f") {
		a.readPath(c.st, s, false, c.span)
	}
}

// history -s puts a line there for fc -s to run; others read and write files.
func (a *analyzer) history(c *command) {
	for i, f := range c.argv {
		if !f.known() {
			continue
		}
		file := str{}
		if i+1 < len(c.argv) {
			file = c.argv[i+1].str
		} else if v := c.st.lookup("HISTFILE"); v != nil {
			file = a.scalar(c.st, "HISTFILE")
		}
		switch f.t {
		case "-s":
			a.remember(joinFields(c.argv[i+1:]))
			return
		case "-p":
			c.io.write(unknown(nil))
			return
		case "-w", "-a":
			if file.t != "" {
				a.writeTarget(c.st, file, c.span)
			}
		case "-r", "-n":
			if file.t != "" {
				a.readPath(c.st, file, false, c.span)
			}
		}
	}
}

// remember adds a line to the history.
func (a *analyzer) remember(s str) {
	if len(a.past) < 64 {
		a.past = append(a.past, s)
	}
}

// fc runs lines of the history again, or has an editor go over them.
func (a *analyzer) fc(c *command) {
	again := false
	for i := 1; i < len(c.argv); i++ {
		f := c.argv[i]
		if !f.known() || len(f.t) < 2 || f.t[0] != '-' {
			continue
		}
		var next str
		if i+1 < len(c.argv) {
			next = c.argv[i+1].str
		}
		switch {
		case f.t == "-l" || strings.HasPrefix(f.t, "-l") || strings.HasPrefix(f.t, "-n"):
			return
		case f.t == "-s":
			again = true
		case f.t == "-e":
			i++
			again = true
			if next.prefix() != "-" && next.t != "" {
				a.runText(c.st.fork(), next, a.dialect, c.span, c.io)
			}
		case a.dialect == Zsh && strings.ContainsAny(f.t, "R"):
			a.readPath(c.st, next, false, c.span)
			return
		case a.dialect == Zsh && strings.ContainsAny(f.t, "WA"):
			a.writeTarget(c.st, next, c.span)
			return
		case a.dialect == Zsh && strings.ContainsAny(f.t, "p"):
			if next.t != "" {
				a.readPath(c.st, next, false, c.span)
				a.writeTarget(c.st, next, c.span)
			}
			return
		}
	}
	if !again && len(a.past) == 0 {
		return
	}
	want := ""
	for _, f := range operandsOf(c.argv) {
		want = f.prefix()
	}
	var hit *str
	for i := range a.past {
		if strings.HasPrefix(a.past[i].prefix(), want) || isNumber(strings.TrimPrefix(want, "-")) || want == "-" {
			hit = &a.past[i]
		}
	}
	if hit == nil && len(a.past) > 0 {
		hit = &a.past[len(a.past)-1]
	}
	if hit != nil {
		a.flowInto("fc", hit.src, c.span)
		a.runText(c.st, *hit, a.dialect, c.span, c.io)
	}
}
