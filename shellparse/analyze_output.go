package shellparse

import (
	"slices"
	"strings"
)

// echo prints its arguments.
func (a *analyzer) echo(c *command) {
	if c.io.out == nil && c.argv[0].t == "echo" {
		return
	}
	argv := c.argv[1:]
	newline, escapes := true, a.dialect != Bash
	if a.dialect == POSIX && len(argv) > 0 && strings.HasPrefix(argv[0].prefix(), "-") && argv[0].prefix() != "-n" && (!argv[0].known() || strings.Trim(argv[0].t[1:], "neE") == "") {
		c.io.write(unknown(joinFields(argv).src)) // an option to some of them
		return
	}
	letters := "neE"
	if c.argv[0].t != "echo" {
		letters = "nr"
		for i, f := range argv {
			p := f.prefix()
			if len(p) < 2 || p[0] != '-' || p == "--" {
				break
			}
			if strings.Trim(p[1:], letters) != "" || !f.known() {
				a.printed(c, argv[i:]) // in columns, by a format, as a prompt, elsewhere
				return
			}
		}
	}
	if a.dialect == Zsh && len(argv) > 0 && argv[0].known() && argv[0].t == "-" {
		argv, letters = argv[1:], "" // no option behind it
	}
	for len(argv) > 0 && argv[0].known() && len(argv[0].t) > 1 && argv[0].t[0] == '-' && strings.Trim(argv[0].t[1:], letters) == "" {
		newline = newline && !strings.Contains(argv[0].t, "n")
		if strings.Contains(argv[0].t, "e") {
			escapes = true
		}
		if strings.ContainsAny(argv[0].t, "Er") {
			escapes = false
		}
		argv = argv[1:]
	}
	if ends := len(argv) > 0 && argv[0].known(); ends && (a.dialect == Zsh && letters != "" && argv[0].t == "-" || letters == "nr" && argv[0].t == "--") {
		argv = argv[1:]
	}
	s := joinFields(argv)
	s.src = join(s.src, c.argv[0].src) // of what came to nothing
	if s.glob && (escapes || a.dialect == POSIX) && strings.Contains(s.t, `\\`) {
		s = unknown(s.src.altered()) // escapes in what is known in part
	}
	if a.dialect == POSIX && s.known() && strings.IndexByte(s.t, '\\') >= 0 {
		s = unknown(s.src.altered()) // each sh makes something else of it
	}
	if a.dialect == Korn && s.known() && strings.Contains(s.t, `\c`) {
		s = unknown(s.src.altered()) // ksh ends there, mksh goes on
	}
	if escapes && oddInText.MatchString(s.t) && (s.known() || strings.Contains(s.t, `\\`)) {
		s = unknown(s.src.altered())
	}
	if escapes && s.known() {
		s.t = echoEscapes(s.t)
	}
	c.io.write(s)
	if newline {
		c.io.write(lit("\n"))
	}
}

// printed is print with options that are not followed: with v it assigns, and
// with P substitutions run, if such an option is set.
func (a *analyzer) printed(c *command, argv []field) {
	s := joinFields(argv)
	c.io.write(unknown(s.src))
	for i, f := range argv {
		p := f.prefix()
		k := strings.IndexByte(p, 'v')
		if k < 1 || p[0] != '-' {
			continue
		}
		if name := p[k+1:]; name != "" {
			a.setVar(c.st, name, unknown(s.src))
		} else if i+1 < len(argv) && argv[i+1].known() {
			a.setVar(c.st, argv[i+1].t, unknown(s.src))
		}
	}
}

// oddEscapes reports escapes of printf that are not in every shell.
func oddEscapes(argv []field) bool {
	for _, f := range argv {
		for _, e := range []string{`\x`, `\u`, `\U`, `\e`, `\E`, `\"`, `\'`} {
			if strings.Contains(f.t, e) {
				return true
			}
		}
	}
	return false
}

// printf prints, or assigns with -v.
func (a *analyzer) printf(c *command) {
	argv := c.argv[1:]
	name := ""
	if len(argv) > 1 && argv[0].known() && argv[0].t == "-v" {
		name = argv[1].prefix()
		argv = argv[2:]
	}
	ended := len(argv) > 0 && argv[0].known() && argv[0].t == "--"
	if ended {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		return
	}
	s := format(argv)
	if f := argv[0]; !ended && len(f.prefix()) > 1 && f.prefix()[0] == '-' {
		s = unknown(s.src.altered()) // no option that there is
	}
	if a.dialect == Zsh && slices.ContainsFunc(argv[1:], func(f field) bool { return oddInText.MatchString(f.t) }) {
		s = unknown(s.src.altered()) // octals without a nought
	}
	if a.dialect == POSIX && oddEscapes(argv) {
		s = unknown(s.src.altered()) // not every sh knows these
	}
	if a.dialect == Zsh && slices.ContainsFunc(argv[1:], func(f field) bool { return leadingZero(strings.TrimLeft(f.prefix(), "-+ ")) }) {
		s = unknown(s.src.altered()) // a number is none of base 8 there
	}
	if name != "" && (a.dialect == POSIX || a.dialect == Korn) {
		// one that knows no -v prints it
		c.io.write(unknown(nil))
		is, not := c.st.fork(), c.st.fork()
		a.branches++
		a.setVar(is, name, s)
		a.branches--
		c.st.merge(is, not)
		return
	}
	if name != "" {
		if i := strings.IndexByte(name, '['); i > 0 {
			a.arithWord(c.st, lit(name[i+1:len(name)-1]))
		}
		a.setVar(c.st, name, s)
		a.filled(c.st, name, c.span)
		return
	}
	c.io.write(s)
}
