package shellparse

import "strings"

// dbus calls services. That which starts programs for anybody who asks is
// systemd: what it is told to start runs outside of everything seen here.
func (a *analyzer) dbus(c *call) {
	a.finishCall(c)
	argv := c.cmd.argv
	all := ""
	for _, f := range argv {
		all += f.prefix() + " "
	}
	if !strings.Contains(all, "systemd1") && !strings.Contains(all, "StartTransientUnit") {
		return
	}
	switch {
	case strings.Contains(all, "StartTransientUnit"):
	case strings.Contains(all, "StartUnit"), strings.Contains(all, "RestartUnit"), strings.Contains(all, "EnableUnitFiles"):
		a.unknownCode(unknown(nil), c.cmd.span)
		return
	default:
		return
	}
	sub := *c.cmd
	sub.assigns = nil
	sub.argv = unitCommand(argv)
	if len(sub.argv) == 0 {
		a.unknownCode(unknown(nil), c.cmd.span)
		return
	}
	a.dispatchProgram(&sub)
}

// unitCommand is the command of a transient unit: busctl's arguments after
// "ExecStart TYPE COUNT PATH N", or gdbus's text with it in brackets.
func unitCommand(argv []field) []field {
	for i, f := range argv {
		if f.prefix() == "ExecStart" && i+5 < len(argv) {
			n, ok := parseInt(argv[i+4].prefix())
			if from := i + 5; ok && n > 0 && from+int(n) <= len(argv) {
				return argv[from : from+int(n)]
			}
		}
		_, text, ok := strings.Cut(f.prefix(), "ExecStart")
		if !ok || text == "" {
			continue
		}
		if k := strings.Index(text, "['"); k >= 0 {
			text = text[k+1:]
			var out []field
			for strings.HasPrefix(text, "'") {
				end := strings.IndexByte(text[1:], '\'')
				if end < 0 {
					break
				}
				out = append(out, field{str: lit(text[1 : 1+end])})
				text = strings.TrimLeft(text[end+2:], ", ")
			}
			return out
		}
	}
	return nil
}

// runner is a tool of which one subcommand runs a program: uv run, poetry run,
// bundle exec, op run, aws-vault exec. The table names it and says how many
// arguments come before the program.
func (a *analyzer) runner(c *call) {
	verbs, _ := c.p.trait("run")
	argv := c.cmd.argv
	a.finishCall(&call{cmd: c.cmd, p: &program{}})
	for spec := range strings.SplitSeq(verbs, ",") {
		verb, skip, _ := strings.Cut(spec, "+")
		i := 1
		for i < len(argv) && argv[i].prefix() != verb {
			i++
		}
		if i >= len(argv) {
			continue
		}
		rest := *c.cmd
		rest.argv = argv[i:]
		if p := lookupProgram(c.p.name + " " + verb); p != nil {
			a.runProgram(&rest, p)
			return
		}
		p := &program{name: c.p.name, options: runnerOptions, operands: []operand{{role: "cmd"}}}
		for range len(skip) {
			p.operands = append([]operand{{role: "_"}}, p.operands...)
		}
		c2 := parseArgs(&rest, p)
		if len(c2.rest) > 0 {
			sub := *c.cmd
			sub.argv, sub.assigns = c2.rest, nil
			a.dispatchProgram(&sub)
		}
		return
	}
}

// runnerOptions take a value, in most of these tools.
var runnerOptions = map[string]option{
	"-p": {value: true}, "--project": {value: true}, "-c": {value: true}, "--config": {value: true}, "-e": {value: true}, "--env": {value: true},
	"-n": {value: true}, "--name": {value: true}, "--with": {value: true}, "--python": {value: true}, "--extra": {value: true}, "--group": {value: true},
	"--env-file": {value: true}, "--account": {value: true}, "--profile": {value: true}, "--region": {value: true}, "-f": {value: true}, "--file": {value: true},
	"--directory": {value: true}, "--with-requirements": {value: true}, "-d": {value: true}, "--duration": {value: true}, "--command": {value: true, role: "sh"},
}
