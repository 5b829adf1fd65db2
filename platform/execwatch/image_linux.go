//go:build amd64 || arm64

package execwatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"rampart/platform"
)

// maxImage bounds the arguments and the environment, in bytes each: the kernel
// allows 6 MiB for both.
const maxImage = 8 << 20

// look reads what a task at its exec event has become. The task can't change
// it, as it has not begun to run.
func look(pid int) (*Exec, error) {
	dir, err := unix.Open("/proc/"+strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("look at process %d: %w", pid, err)
	}
	defer unix.Close(dir)
	x := &Exec{PID: pid}
	fail := func(what string, err error) (*Exec, error) {
		return nil, fmt.Errorf("read the %s of process %d: %w", what, pid, err)
	}
	var st unix.Stat_t
	if err := unix.Fstatat(dir, "exe", &st, 0); err != nil {
		return fail("program", err)
	}
	x.Device, x.Inode, x.Changed = uint64(st.Dev), st.Ino, st.Ctim.Nano()
	if x.Path, err = readLink(dir, "exe"); err != nil {
		return fail("program", err)
	}
	if err := unix.Fstatat(dir, "", &st, unix.AT_EMPTY_PATH); err == nil {
		x.UID = int(st.Uid)
	}
	if x.Cwd, err = readLink(dir, "cwd"); err != nil || !strings.HasPrefix(x.Cwd, "/") || strings.HasSuffix(x.Cwd, " (deleted)") {
		x.Cwd = ""
	}
	if x.Argv, err = readStrings(dir, "cmdline"); err != nil {
		return fail("arguments", err)
	}
	if x.Environ, err = readStrings(dir, "environ"); err != nil {
		return fail("environment", err)
	}
	if stat, err := readFile(dir, "stat"); err == nil {
		x.PPID = platform.ParentIn(stat)
	}
	return x, nil
}

// Preloads reports whether a dynamic linker will load LD_PRELOAD's libraries
// into the program before it begins. Call it while the program is held.
func (x *Exec) Preloads() bool {
	dir, err := unix.Open("/proc/"+strconv.Itoa(x.PID), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(dir)
	b, err := readFile(dir, "auxv")
	if err != nil || len(b)%16 != 0 {
		return false // of a 32-bit program, too: there is no library for these
	}
	linker, secure := uint64(0), uint64(1)
	for ; len(b) > 0; b = b[16:] {
		switch value := binary.NativeEndian.Uint64(b[8:]); binary.NativeEndian.Uint64(b) {
		case atBase:
			linker = value
		case atSecure:
			secure = value
		}
	}
	return linker != 0 && secure == 0
}

// Keys of the auxiliary vector: getauxval(3).
const (
	atBase   = 7
	atSecure = 23
)

func readLink(dir int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// readStrings reads strings that each end in a NUL.
func readStrings(dir int, name string) ([]string, error) {
	b, err := readFile(dir, name)
	if err != nil || len(b) == 0 {
		return nil, err
	}
	return strings.Split(string(bytes.TrimSuffix(b, []byte{0})), "\x00"), nil
}

var errTooLong = errors.New("too long")

func readFile(dir int, name string) ([]byte, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	buf := make([]byte, 0, 16<<10)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := unix.Read(fd, buf[len(buf):cap(buf)])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, err
		case n == 0:
			return buf, nil
		default:
			if buf = buf[:len(buf)+n]; len(buf) > maxImage {
				return nil, errTooLong
			}
		}
	}
}

// tell writes a message to a task's standard error, if that takes it at once.
func tell(pid int, message string) {
	p, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(p)
	fd, err := unix.PidfdGetfd(p, 2, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	if n, err := unix.Poll(ready, 200); err == nil && n == 1 {
		unix.Write(fd, []byte(message+"\n"))
	}
}
