package engine

import (
	"os"
	"strconv"
	"strings"

	"rampart/shellparse"
)

// openedBy returns the file that a descriptor of a process leads to, "" if it
// leads to none that has a name.
func openedBy(pid, fd int) string {
	if pid <= 0 {
		return ""
	}
	to, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(fd))
	if err != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "/dev/") || strings.HasPrefix(to, "/memfd:") || strings.HasSuffix(to, " (deleted)") {
		return ""
	}
	return to
}

// printed is what a process that is about to start leaves in the file that its
// standard output is: redirections that a running shell makes are seen by no
// other way.
func printed(pid int, prints []shellparse.Origin) []shellparse.FileState {
	var far []shellparse.Origin
	for _, o := range prints {
		if o.From == shellparse.Network || o.From == shellparse.Decoded {
			far = append(far, o)
		}
	}
	if len(far) == 0 {
		return nil
	}
	if file := openedBy(pid, 1); file != "" {
		return []shellparse.FileState{{Path: file, Origins: far}}
	}
	return nil
}
