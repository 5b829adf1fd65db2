package platform

import (
	"bytes"
	"os"
	"strconv"
)

// ParentOf returns the parent of a process, 0 if that is gone.
func ParentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	return ParentIn(stat)
}

// ParentIn is the fourth field of a /proc/PID/stat, 0 if there is none. The
// second, the name, may hold anything, blanks and brackets included.
func ParentIn(stat []byte) int {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(string(fields[1]))
	return n
}
