package shellparse

import "strings"

// elsewhere judges a text that runs on another machine or in a container. Of
// its files nothing is here, so only what would be as bad there counts: which
// programs it runs, what it deletes, what it writes to devices, and what comes
// to be code.
func (a *analyzer) elsewhere(c *call, text str, host string) {
	a.elsewhereWith(c, text, host, unknown(nil))
}

// elsewhereWith is elsewhere for a text that reads what is known.
func (a *analyzer) elsewhereWith(c *call, text str, host string, stdin str) {
	if t := text.prefix(); strings.TrimSpace(t) == "" || len(t) > 8<<10 || !a.enter() {
		return
	}
	defer a.leave()
	there := &analyzer{
		in:      &Input{Dialect: POSIX, Home: a.in.Home, User: a.in.User},
		dialect: POSIX, steps: a.steps, depth: a.depth, inFile: 1,
	}
	st := there.start()
	there.inFileDo(Span{}, func() { there.runText(st, text, POSIX, Span{}, stdio{in: &stdin, piped: stdin.known()}) })
	if a.steps = there.steps; !a.tick(1 + len(there.res.Effects)) {
		return
	}
	for _, e := range there.res.Effects {
		if e.Certainty != Exact && (e.Kind != Delete || !strings.HasPrefix(e.Path, "/")) {
			continue
		}
		switch e.Kind {
		case Exec:
			if e.Builtin && e.Program != "sql" || in(" sudo su doas pkexec run0 env sh bash dash zsh ", e.Program) {
				continue // who one is there is not who one is here
			}
		case Delete:
		case Write:
			if !strings.HasPrefix(e.Path, "/dev/") {
				continue
			}
		case Flow:
			if e.To != Interpreter || e.From == File {
				continue
			}
		default:
			continue
		}
		e.Span, e.Host = c.cmd.span, firstOf(e.Host, host)
		a.emit(e)
	}
}

func firstOf(s, or string) string {
	if s != "" {
		return s
	}
	return or
}

// farCommand is what docker exec and its kin run: what follows the name of the
// container, or --.
func (a *analyzer) farCommand(c *call) {
	rest := c.rest
	c.rest = nil
	for i, f := range c.cmd.argv {
		if f.known() && f.t == "--" {
			rest = c.cmd.argv[i+1:]
			break
		}
	}
	for i := range c.args {
		if c.args[i].role != "cmd" {
			a.carry(c, &c.args[i])
		}
	}
	a.finishCall(c)
	a.elsewhere(c, quotedFields(rest), "")
}

// composeCommand is docker compose, of which exec runs a command in a service.
func (a *analyzer) composeCommand(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	a.finishCall(c)
	argv := c.cmd.argv
	for i := 1; i < len(argv); i++ {
		if argv[i].prefix() != "exec" {
			continue
		}
		for i++; i < len(argv) && strings.HasPrefix(argv[i].prefix(), "-"); i++ {
			if in(" -u --user -e --env -w --workdir --index ", argv[i].prefix()) {
				i++
			}
		}
		if i+1 < len(argv) {
			a.elsewhere(c, quotedFields(argv[i+1:]), "")
		}
		return
	}
}
