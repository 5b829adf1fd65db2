package shellparse

import (
	"regexp"
	"strings"
	"sync"
)

// This file knows code that runs what it is given to read: a pipe into it is one
// into an interpreter. What it does with a value on the way is not followed, so
// code that reads its input and has nothing but calls that run text is enough.

// inputRunner is how a language reads its standard input, how it runs text of its
// own and of a shell.
type inputRunner struct{ reads, runs, shells *regexp.Regexp }

var inputRunners = sync.OnceValue(func() map[string]inputRunner {
	const file = `/dev/stdin|/dev/fd/0|/proc/self/fd/0|`
	of := func(reads, runs, shells string) inputRunner {
		return inputRunner{regexp.MustCompile(file + reads), regexp.MustCompile(runs), regexp.MustCompile(shells)}
	}
	return map[string]inputRunner{
		"python": of(`\bstdin\b|\binput\s*\(|\bopen\s*\(\s*0\b|\bfileinput\b|\bread\s*\(\s*0\b`, `(^|[^.\w])(exec|eval)\s*\(`, `\bos\.(system|popen)\s*\(|\bshell\s*=\s*True|\bget(status)?output\s*\(`),
		"perl":   of(`\bSTDIN\b|<>|<<>>|<\$?ARGV>`, `\beval\b\s*([^\s{]|$)`, "\\b(system|exec|qx)\\b|`"),
		"ruby":   of(`\bSTDIN\b|\$stdin\b|\$<|\bARGF\b|\bgets\b|\breadlines?\b`, `(^|[^\w])(instance_|class_|module_)?eval\b`, "(^|[^.\\w])(system|exec|spawn)\\b|%x|`"),
		"js":     of(`\bstdin\b|readFileSync\s*\(\s*0\b`, `(^|[^.\w])eval\s*\(|\bFunction\s*\(|\b(runInThisContext|runInNewContext)\s*\(`, `\b(execSync|child_process)\b|(^|[^.\w])exec\s*\(`),
		"php":    of(`php://stdin|\bSTDIN\b`, `\beval\s*\(`, "\\b(system|exec|passthru|shell_exec|popen)\\s*\\(|`"),
		"lua":    of(`\bio\.(read|lines|stdin)\b`, `\b(load|loadstring|dofile)\s*\(`, `\bos\.execute\s*\(|\bio\.popen\s*\(`),
	}
})

// runsInput follows what comes in into code that runs it. What is known of it runs
// as it is, as far as can be told.
func (a *analyzer) runsInput(cmd *command, lang, text string) {
	in := *cmd.io.in
	far := false
	for src := in.src; src != nil; src = src.next {
		far = far || src.from == Network || src.from == Decoded
	}
	known := in.t != "" && !in.opaque()
	r, ok := inputRunners()[lang]
	if !ok || !far && !known || !r.reads.MatchString(text) && !readsLines(cmd, lang) {
		return
	}
	code, shell := r.runs.MatchString(text), r.shells.MatchString(text)
	if !code && !shell {
		return
	}
	a.flowInto(cmd.name, in.src, cmd.span)
	if !known {
		return
	}
	saved := a.doubt
	a.doubt = max(a.doubt, Pattern)
	run := *cmd
	run.io = stdio{in: &str{}, out: cmd.io.out, piped: true}
	run.st = a.exported(cmd.st)
	a.inFileDo(cmd.span, func() {
		if shell {
			a.runPartText(&run, in, POSIX)
		}
		if code {
			a.runCode(&run, lang, in)
		}
	})
	a.doubt = saved
}

// readsLines reports whether an option has code run for each line that comes in.
func readsLines(cmd *command, lang string) bool {
	if lang != "perl" && lang != "ruby" {
		return false
	}
	for _, f := range cmd.argv[1:] {
		if p := f.prefix(); lineLoop.MatchString(p) {
			return true
		} else if p == "--" {
			break
		}
	}
	return false
}

var lineLoop = regexp.MustCompile(`^-[alswW0-7]*[np]`)

// isInput reports whether a file is the standard input by one of its names.
func isInput(s str) bool {
	return s.known() && strings.Contains(" - /dev/stdin /dev/fd/0 /proc/self/fd/0 ", " "+s.t+" ")
}
