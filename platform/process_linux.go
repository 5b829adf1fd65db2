package platform

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ProgramOf returns the file that a process runs, as the kernel names it; "" if
// that can't be told or the file is gone.
func ProgramOf(pid int) string {
	file, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	if err != nil || strings.HasSuffix(file, " (deleted)") {
		return ""
	}
	return file
}

// CommandLine returns a process's arguments, as the process has them now.
func CommandLine(pid int) []string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil || len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// HasVariable reports whether a process was started with a variable, or whether
// that can't be told.
func HasVariable(pid int, name string) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err != nil || strings.Contains("\x00"+string(b), "\x00"+name+"=")
}

// SystemsOwn reports whether a file is a program of the system: its superuser's,
// which nobody else may change, and so are the directories above it.
func SystemsOwn(file string) bool {
	if !strings.HasPrefix(file, "/") {
		return false
	}
	for first := true; ; first = false {
		var st unix.Stat_t
		if err := unix.Stat(file, &st); err != nil || st.Uid != 0 || st.Mode&0o022 != 0 {
			return false
		}
		if first && st.Mode&unix.S_IFMT != unix.S_IFREG {
			return false
		}
		if file == "/" {
			return true
		}
		if i := strings.LastIndexByte(file, '/'); i > 0 {
			file = file[:i]
		} else {
			file = "/"
		}
	}
}
