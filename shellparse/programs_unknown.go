package shellparse

import (
	"strings"
)

// passThrough is a program of which nothing is known: what goes in may come
// out, and a path among the arguments may be read, or written if the option
// before it says output.
func (a *analyzer) passThrough(cmd *command) {
	c := call{cmd: cmd, p: &program{}}
	a.readNamed(&c, cmd)
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	a.wrapped(cmd)
	a.doubt = saved
	src := join(c.src, join(a.argSources(cmd), cmd.io.in.src))
	cmd.io.write(unknown(src))
}

// readNamed has c read, or write, what can hardly be anything but a path among
// arguments of which nothing else is known.
func (a *analyzer) readNamed(c *call, cmd *command) {
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	defer func() { a.doubt = saved }()
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
			a.writeArg(c, s)
		} else {
			a.readArg(c, s)
		}
	}
}

// wrapped follows the command that an unknown program is likely given to run:
// a first operand that names a shell or another program that runs things.
func (a *analyzer) wrapped(cmd *command) {
	for i := 1; i < len(cmd.argv); i++ {
		f := cmd.argv[i]
		p := f.prefix()
		if !f.known() || p == "" || p[0] == '-' || strings.IndexByte(p, '=') > 0 {
			continue
		}
		name := path0(p)
		if _, shell := DialectOf(name); !shell && (i > 1 || !runsThings(name) || i+1 == len(cmd.argv)) {
			return
		}
		sub := *cmd
		sub.argv, sub.assigns, sub.noFunc = cmd.argv[i:], nil, true
		sub.io.out = nil
		sub.doubt = Pattern
		a.dispatchProgram(&sub)
		return
	}
}

// runsThings reports whether a program is one that runs, removes or reads what
// it is given: one that wrappers are wrapped around.
func runsThings(name string) bool {
	switch name {
	case "env", "sudo", "nohup", "timeout", "xargs", "rm", "cat", "cp", "mv", "curl", "wget", "python", "python3", "node", "perl", "ruby", "tar", "scp", "dd", "tee":
		return true
	}
	return false
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
