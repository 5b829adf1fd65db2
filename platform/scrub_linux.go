package platform

import (
	"os"
	"strings"
)

// MayScrub reports whether a security module may have the dynamic linker drop
// what a process wants preloaded into the programs that it starts (AT_SECURE, see
// ld.so(8)). One that does not confine this process does not.
func MayScrub() bool {
	label, err := os.ReadFile("/proc/self/attr/current")
	return err == nil && strings.TrimRight(string(label), "\x00\n") != "unconfined"
}
