package preload

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// maxAncestors bounds the walk; a process tree is not that deep.
const maxAncestors = 256

// InSession reports whether this process is, or comes from, one that runs in a
// guarded session. A process that has taken the library out of its environment
// still has ancestors that had it in theirs.
func InSession() bool {
	if Inside() != "" {
		return true
	}
	for pid, n := os.Getppid(), 0; pid > 1 && n < maxAncestors; n++ {
		if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil && hasLibrary(env) {
			return true
		}
		pid = parentOf(pid)
	}
	return false
}

func hasLibrary(environ []byte) bool {
	for kv := range bytes.SplitSeq(environ, []byte{0}) {
		if value, ok := bytes.CutPrefix(kv, []byte("LD_PRELOAD=")); ok && sessionOf(string(value)) != "" {
			return true
		}
	}
	return false
}

// parentOf returns 0 if it can't be told.
func parentOf(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name, in parentheses, may hold anything; state and parent follow it.
	rest := string(stat[bytes.LastIndexByte(stat, ')')+1:])
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}
