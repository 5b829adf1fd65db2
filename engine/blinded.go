package engine

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"rampart/policy"
)

// injection is what has strace(1) change system calls: `-e inject=`, `-e fault=`
// and their long forms, which may be cut short.
var injection = regexp.MustCompile(`^(-\w*e)?(inject|fault)=|^--(inj|fau)`)

// leavesLibrary says why the dynamic linker would run code that no layer sees, or
// leave the library out; "" if it does neither.
func leavesLibrary(c *policy.Call) string {
	if v, ok := c.Env("LD_AUDIT"); ok && v != "" {
		return "LD_AUDIT has the dynamic linker run code that no layer sees"
	}
	if v, ok := c.Env("GLIBC_TUNABLES"); ok && strings.Contains(v, "rtld.enable_secure") {
		return "GLIBC_TUNABLES has the dynamic linker leave out the library that guards this session (glibc.rtld.enable_secure)"
	}
	if path.Base(c.Path) == "strace" || len(c.Argv) > 0 && path.Base(c.Argv[0]) == "strace" {
		if slices.ContainsFunc(c.Argv, injection.MatchString) {
			return "strace would have system calls of the program fail, those too by which it gets the library that guards it"
		}
	}
	return ""
}
