package platform

import (
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the kernel knows of a path without asking a disk, a network or another program
// is asked for past Go's scheduler, which else wakes a thread for each call to watch
// over this one.

// noCached is set where the kernel can't say what it has at hand: before Linux 5.12.
var noCached atomic.Bool

const (
	anyDir  = ^uintptr(0) // of an absolute path
	maxPath = 4096
	cached  = 0x20 // RESOLVE_CACHED
)

// openAtHand opens what is at an absolute path, to be looked at only, if that is at
// hand: else the error is EAGAIN, or what it would be in any case.
func openAtHand(path string, flags uint64) (fd uintptr, errno syscall.Errno) {
	name, err := unix.BytePtrFromString(path)
	if err != nil || noCached.Load() || !strings.HasPrefix(path, "/") {
		return 0, unix.EAGAIN
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC | flags, Resolve: cached | unix.RESOLVE_NO_MAGICLINKS}
	fd, _, errno = syscall.RawSyscall6(unix.SYS_OPENAT2, anyDir, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&how)), unix.SizeofOpenHow, 0, 0)
	if errno == unix.ENOSYS || errno == unix.EINVAL || errno == unix.EPERM {
		noCached.Store(true)
	}
	return fd, errno
}

func closeAtHand(fd uintptr) { syscall.RawSyscall(unix.SYS_CLOSE, fd, 0, 0) }

// Resolve returns where an absolute path leads, through all links; ok is false if that
// is not at hand, or there is nothing, or it is a file of /proc, which is another one to
// each process.
func (HostFS) Resolve(path string) (real string, ok bool) {
	fd, errno := openAtHand(path, 0)
	if errno != 0 {
		return "", false
	}
	var buf [maxPath]byte
	link := append(strconv.AppendUint(append(make([]byte, 0, 32), "/proc/self/fd/"...), uint64(fd), 10), 0)
	n, _, errno := syscall.RawSyscall6(unix.SYS_READLINKAT, anyDir, uintptr(unsafe.Pointer(&link[0])), uintptr(unsafe.Pointer(&buf[0])), unsafe.Sizeof(buf), 0, 0)
	closeAtHand(fd)
	if errno != 0 || n == 0 || n == unsafe.Sizeof(buf) || buf[0] != '/' {
		return "", false
	}
	real = string(buf[:n])
	if strings.HasSuffix(real, " (deleted)") || real == "/proc" || strings.HasPrefix(real, "/proc/") {
		return "", false
	}
	return real, true
}

// isMissing reports whether it is known at once that there is nothing at a path.
func isMissing(path string) bool {
	fd, errno := openAtHand(path, unix.O_NOFOLLOW)
	if errno == 0 {
		closeAtHand(fd)
	}
	return errno == unix.ENOENT
}

// StatFile is stat(2) of an absolute path.
func StatFile(path string, st *unix.Statx_t) error {
	if fd, errno := openAtHand(path, 0); errno == 0 {
		empty := [1]byte{}
		_, _, errno := syscall.RawSyscall6(unix.SYS_STATX, fd, uintptr(unsafe.Pointer(&empty[0])), unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC,
			unix.STATX_BASIC_STATS, uintptr(unsafe.Pointer(st)), 0)
		closeAtHand(fd)
		if errno == 0 {
			return nil
		}
	}
	return unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BASIC_STATS, st)
}
