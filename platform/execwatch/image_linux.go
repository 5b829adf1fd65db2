//go:build amd64 || arm64

package execwatch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"rampart/platform"
)

// look reads what a task at its exec event has become. The task can't change
// it, as it has not begun to run.
func look(r *report) (*Exec, error) {
	x := &Exec{
		PID: int(r.pid), UID: int(r.uid), Device: r.device, Inode: r.inode, Changed: int64(r.changed),
		proc: "/proc/" + strconv.Itoa(int(r.pid)),
	}
	fail := func(what string, err error) (*Exec, error) {
		return nil, fmt.Errorf("read the %s of process %d: %w", what, r.pid, err)
	}
	if r.inode == 0 {
		_, err := os.Stat(x.proc + "/exe")
		if err == nil {
			err = os.ErrPermission
		}
		return fail("program", err)
	}
	if cwd, err := os.Readlink(x.proc + "/cwd"); err == nil && strings.HasPrefix(cwd, "/") && !strings.HasSuffix(cwd, " (deleted)") {
		x.Cwd = cwd
	}
	if r.stack != 0 && x.readStack(r.stack) {
		return x, nil
	}
	var err error
	if x.Argv, err = readStrings(x.proc + "/cmdline"); err != nil {
		return fail("arguments", err)
	}
	if x.Environ, err = readStrings(x.proc + "/environ"); err != nil {
		return fail("environment", err)
	}
	return x, nil
}

// stackRoom is how much of a new program's stack is read at once. Longer
// arguments and environments are read from /proc.
const stackRoom = 64 << 10

// readStack takes arguments and environment from where the kernel has put them
// on the new stack, in one go; false if it can't, as for a 32-bit program.
//
//	sp: argc, argv[argc], 0, envp[], 0, auxv[] of pairs, 0, 0, ... the strings
func (x *Exec) readStack(sp uint64) bool {
	page := uint64(os.Getpagesize())
	for size := 2 * page; ; size = stackRoom {
		buf := make([]byte, size-sp%page)
		local := []unix.Iovec{{Base: &buf[0]}}
		local[0].SetLen(len(buf))
		n, err := unix.ProcessVMReadv(x.PID, local, []unix.RemoteIovec{{Base: uintptr(sp), Len: len(buf)}}, 0)
		if err != nil || n == 0 {
			return false
		}
		top := image{text: unsafe.String(&buf[0], n), at: sp}
		if top.parse(x) {
			return true
		}
		if n < len(buf) || size >= stackRoom { // there is no more of it, or too much
			return false
		}
	}
}

// image is the top of a new program's stack.
type image struct {
	text string
	at   uint64 // its address
	pos  int
}

// parse takes arguments, environment and what else is of interest.
func (m *image) parse(x *Exec) bool {
	argc, ok := m.word()
	if !ok || argc > uint64(len(m.text)) {
		return false
	}
	argv, ok := m.strings(int(argc))
	if !ok {
		return false
	}
	environ, ok := m.strings(16)
	if !ok {
		return false
	}
	linker, secure := uint64(0), uint64(1)
	for {
		key, _ := m.word()
		value, ok := m.word()
		switch {
		case !ok:
			return false
		case key == atBase:
			linker = value
		case key == atSecure:
			secure = value
		case key == 0:
			x.Argv, x.Environ = argv, environ
			x.preloads, x.preloadsKnown = linker != 0 && secure == 0, true
			return true
		}
	}
}

// word takes the next one of the stack's words.
func (m *image) word() (uint64, bool) {
	if len(m.text)-m.pos < 8 {
		return 0, false
	}
	v := binary.NativeEndian.Uint64([]byte(m.text[m.pos : m.pos+8]))
	m.pos += 8
	return v, true
}

// strings takes pointers up to a null, and what they point to.
func (m *image) strings(expected int) ([]string, bool) {
	list := make([]string, 0, expected)
	for {
		p, ok := m.word()
		switch {
		case !ok:
			return nil, false
		case p == 0:
			return list, true
		case p < m.at || p-m.at >= uint64(len(m.text)):
			return nil, false
		}
		s := m.text[p-m.at:]
		end := strings.IndexByte(s, 0)
		if end < 0 {
			return nil, false
		}
		list = append(list, s[:end])
	}
}

// Path is the name of the file that runs, as the kernel has it now. Call it while the program is held.
func (x *Exec) Path() (string, error) { return os.Readlink(x.proc + "/exe") }

// Parent is the program's parent. Call it while the program is held.
func (x *Exec) Parent() int {
	stat, err := os.ReadFile(x.proc + "/stat")
	if err != nil {
		return 0
	}
	return platform.ParentIn(stat)
}

// Preloads reports whether a dynamic linker will load LD_PRELOAD's libraries
// into the program before it begins. Call it while the program is held.
func (x *Exec) Preloads() bool {
	if x.preloadsKnown {
		return x.preloads
	}
	b, err := os.ReadFile(x.proc + "/auxv")
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

// readStrings reads strings that each end in a NUL.
func readStrings(file string) ([]string, error) {
	b, err := os.ReadFile(file)
	if err != nil || len(b) == 0 {
		return nil, err
	}
	return strings.Split(string(bytes.TrimSuffix(b, []byte{0})), "\x00"), nil
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
