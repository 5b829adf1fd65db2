package engine

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"rampart/platform"
)

// psPersonality has ps read its command line otherwise.
var psPersonality = []string{"PS_PERSONALITY", "I_WANT_A_BROKEN_PS", "CMD_ENV"}

// listsProcesses reports whether a program that opens a process's environment is
// ps, which does so for every process, and was not told to show any.
func listsProcesses(o *opener, file string) bool {
	matched, _ := path.Match("/proc/*/environ", file)
	return matched && path.Base(o.program.Path) == "ps" && showsNoEnvironment(platform.CommandLine(o.pid)) &&
		!slices.ContainsFunc(psPersonality, func(name string) bool { return platform.HasVariable(o.pid, name) })
}

// Command lines of ps that are known to show no environment. It takes one that it does
// not understand for one of another system's, where -e shows them, so all others may.
var (
	psOld    = regexp.MustCompile(`^[afghjlmnrsuvwxTXSH]+$`) // ps aux
	psPlain  = regexp.MustCompile(`^(-[AadefFHjlLTwy]+|--(no-headers|forest|sort=[-+,a-z]+))$`)
	psValued = regexp.MustCompile(`^-[AadefFHjlLTwy]*[opC]$`)
	psValue  = map[byte]*regexp.Regexp{'o': regexp.MustCompile(`^[a-z,:0-9=%_]+$`), 'p': regexp.MustCompile(`^[0-9,]+$`), 'C': regexp.MustCompile(`^[^-]`)}
)

func showsNoEnvironment(argv []string) bool {
	if len(argv) == 2 && psOld.MatchString(argv[1]) {
		return true
	}
	for i := 1; i < len(argv); i++ {
		switch w := argv[i]; {
		case psPlain.MatchString(w):
		case psValued.MatchString(w) && i+1 < len(argv) && psValue[w[len(w)-1]].MatchString(argv[i+1]) &&
			!strings.Contains(argv[i+1], "environ"): // a column of newer ones
			i++
		default:
			return false
		}
	}
	return len(argv) > 0
}
