package platform

import (
	"bytes"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ParentOf returns the parent of a process, 0 if that is gone. It never waits, and is
// made past Go's scheduler: it is asked for with nearly every exec.
func ParentOf(pid int) int {
	var buf [512]byte // the name is at most 64 bytes, all else numbers; what is asked for is the fourth word
	path := append(strconv.AppendInt(append(buf[:0], "/proc/"...), int64(pid), 10), "/stat\x00"...)
	const nowhere = ^uintptr(0) // it is absolute
	fd, _, errno := syscall.RawSyscall6(unix.SYS_OPENAT, nowhere, uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return 0
	}
	n, _, errno := syscall.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
	if errno != 0 {
		return 0
	}
	return ParentIn(buf[:n])
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
