package wire

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of a question that never wait are made past the scheduler, which else
// wakes its watch over threads in system calls for each: that woke up to look some ten
// times a question, and cost a quarter of it. What may wait, for a disk or a person,
// must not be called like this.

// acceptDirect takes a connection from a listener that does not block.
func acceptDirect(listener int) (int, error) {
	fd, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(listener), 0, 0, unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// receiveDirect reads what is there.
func receiveDirect(fd int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// sendDirect writes what there is room for.
func sendDirect(fd int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// receivePacket is recvmsg, without waiting.
func receivePacket(fd int, b, control []byte) (n, controls, flags int, err error) {
	iov := unix.Iovec{Base: unsafe.SliceData(b)}
	iov.SetLen(len(b))
	h := unix.Msghdr{Iov: &iov, Iovlen: 1, Control: unsafe.SliceData(control)}
	h.SetControllen(len(control))
	got, _, errno := syscall.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&h)), unix.MSG_DONTWAIT)
	runtime.KeepAlive(b)
	runtime.KeepAlive(control)
	if errno != 0 {
		return 0, 0, 0, errno
	}
	return int(got), int(h.Controllen), int(h.Flags), nil
}

// peerOf says who has connected.
func peerOf(fd int) (pid, uid int, err error) {
	var cred unix.Ucred
	size := uint32(unix.SizeofUcred)
	_, _, errno := syscall.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERCRED,
		uintptr(unsafe.Pointer(&cred)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0, 0, errno
	}
	return int(cred.Pid), int(cred.Uid), nil
}

// closeDirect closes a socket or a pipe.
func closeDirect(fd int) { syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

// hasArrived returns the events of the one that an epoll instance waits for, 0 if there are none.
func hasArrived(epoll int) (events uint32, err error) {
	var event unix.EpollEvent
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&event)), 1, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	if n == 0 {
		return 0, nil
	}
	return event.Events, nil
}

// hasCome reports whether there is something to read, or can't be any more, waiting for
// it for at most so many microseconds.
func hasCome(fd int, events int16, wait int64) (int16, error) {
	fds := unix.PollFd{Fd: int32(fd), Events: events}
	patience := unix.NsecToTimespec(wait * 1000)
	_, _, errno := syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fds)), 1, uintptr(unsafe.Pointer(&patience)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return fds.Revents, nil
}
