//go:build amd64 || arm64

package execwatch

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's structures: linux/seccomp.h.
type notification struct {
	id         uint64
	pid, flags uint32
	nr         int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type response struct {
	id    uint64
	val   int64
	error int32
	flags uint32
}

const (
	ioctlReceive  = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	ioctlSend     = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
	ioctlSetFlags = 0x40082104 // SECCOMP_IOCTL_NOTIF_SET_FLAGS
	sameCPU       = 1          // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
	goOn          = 1          // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

// ioctl tries again after a signal: each of these waits for the filter's lock,
// and an answer that is not given leaves its caller waiting for ever.
func (w *Watcher) ioctl(request, arg uintptr) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(w.fd), request, arg)
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// shareCPU has callers and us wake each other on one CPU: while one works, the
// other has nothing to do. Linux 6.6 has it; that kernel also lets nothing but
// death end the wait for an answer.
func (w *Watcher) shareCPU() bool { return w.ioctl(ioctlSetFlags, sameCPU) == nil }

// receive waits for the next exec; false after Close, or when nobody is left
// who has the filter.
func (w *Watcher) receive(n *notification) bool {
	for {
		fds := [2]unix.PollFd{
			{Fd: int32(w.fd), Events: unix.POLLIN},
			{Fd: int32(w.stopFD), Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds[:], -1); err != nil && !errors.Is(err, unix.EINTR) {
			w.opts.Trouble(0, fmt.Errorf("wait for the kernel: %w", err))
			return false
		}
		switch {
		case fds[1].Revents != 0:
			return false
		case fds[0].Revents&unix.POLLIN != 0:
			*n = notification{}
			if w.ioctl(ioctlReceive, uintptr(unsafe.Pointer(n))) == nil {
				return true
			} // ENOENT: the caller was killed meanwhile
		case fds[0].Revents != 0: // POLLHUP
			return false
		}
	}
}

// more reports whether another exec waits.
func (w *Watcher) more() bool {
	fds := [1]unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds[:], 0)
	return err == nil && n == 1 && fds[0].Revents&unix.POLLIN != 0
}

func (w *Watcher) send(r *response) error {
	return w.ioctl(ioctlSend, uintptr(unsafe.Pointer(r)))
}
