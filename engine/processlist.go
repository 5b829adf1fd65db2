package engine

import (
	"path"
	"slices"
	"strings"

	"rampart/platform"
)

// psValued are the options of ps(1) that take the next word as their value.
const psValued = "CDGNOUkgnopqstu"

// psPersonality has ps read its command line otherwise.
var psPersonality = []string{"PS_PERSONALITY", "I_WANT_A_BROKEN_PS", "CMD_ENV"}

// listsProcesses reports whether a program that opens a process's environment is
// ps, which does so for every process, and was not told to show any.
func listsProcesses(o *opener, file string) bool {
	matched, _ := path.Match("/proc/*/environ", file)
	return matched && path.Base(o.program.Path) == "ps" && !showsEnvironment(o.argv) &&
		!slices.ContainsFunc(psPersonality, func(name string) bool { return platform.HasVariable(o.pid, name) })
}

// showsEnvironment reports whether a command line of ps may ask for environments: by
// a word without a dash that has an e, or by the name of a column.
func showsEnvironment(argv []string) bool {
	if len(argv) == 0 {
		return true
	}
	valued := false
	for _, w := range argv[1:] {
		switch {
		case strings.Contains(strings.ToLower(w), "env"):
			return true
		case valued:
			valued = false
		case strings.HasPrefix(w, "--"):
			valued = !strings.Contains(w, "=") && w != "--forest" && w != "--no-headers"
		case strings.HasPrefix(w, "-") && len(w) > 1:
			i := strings.IndexAny(w[1:], psValued)
			valued = i >= 0 && i == len(w)-2 // else the value is in the same word
			if i < 0 && strings.Contains(w, "E") {
				return true // what ps of other systems does
			}
		case strings.Contains(w, "e"):
			return true
		}
	}
	return false
}
