package shellparse

import (
	"regexp"
	"strings"
	"sync"
)

// This file knows code that runs what it is given to read: a pipe into it is one
// into an interpreter. What it does with a value on the way is not followed, so
// code that reads its input and has nothing but calls that run text is enough.

// inputRunner is how a language reads its standard input, and how it runs text.
type inputRunner struct{ reads, runs *regexp.Regexp }

var inputRunners = sync.OnceValue(func() map[string]inputRunner {
	const file = `/dev/stdin|/dev/fd/0|/proc/self/fd/0|`
	of := func(reads, runs string) inputRunner {
		return inputRunner{regexp.MustCompile(file + reads), regexp.MustCompile(runs)}
	}
	return map[string]inputRunner{
		"python": of(`\bstdin\b|\binput\s*\(|\bopen\s*\(\s*0\b|\bfileinput\b|\bread\s*\(\s*0\b`, `(^|[^.\w])(exec|eval)\s*\(|\bos\.(system|popen)\s*\(`),
		"perl":   of(`\bSTDIN\b|<>|<<>>|<\$?ARGV>`, `\beval\b\s*([^\s{]|$)|\bsystem\b|\bqx\b`),
		"ruby":   of(`\bSTDIN\b|\$stdin\b|\$<|\bARGF\b|\bgets\b|\breadlines?\b`, `(^|[^\w])(instance_|class_|module_)?eval\b|(^|[^.\w])system\b`),
		"js":     of(`\bstdin\b|readFileSync\s*\(\s*0\b`, `(^|[^.\w])eval\s*\(|\bFunction\s*\(|\b(runInThisContext|runInNewContext|execSync)\s*\(`),
		"php":    of(`php://stdin|\bSTDIN\b`, `\beval\s*\(|\b(system|exec|passthru|shell_exec)\s*\(`),
		"lua":    of(`\bio\.(read|lines|stdin)\b`, `\b(load|loadstring|dofile)\s*\(|\bos\.execute\s*\(`),
	}
})

// runsInput records that code runs what comes in, if that is so and it comes
// from afar.
func (a *analyzer) runsInput(cmd *command, lang, text string) {
	far := false
	for src := cmd.io.in.src; src != nil; src = src.next {
		far = far || src.from == Network || src.from == Decoded
	}
	if !far {
		return
	}
	if r, ok := inputRunners()[lang]; ok && r.reads.MatchString(text) && r.runs.MatchString(text) {
		a.flowInto(cmd.name, cmd.io.in.src, cmd.span)
	}
}

// isInput reports whether a file is the standard input by one of its names.
func isInput(s str) bool {
	return s.known() && strings.Contains(" - /dev/stdin /dev/fd/0 /proc/self/fd/0 ", " "+s.t+" ")
}
