package audit

import (
	"io"
	"io/fs"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A record is written by four system calls. Where they never wait they are made past
// Go's scheduler, which else wakes a thread for each record to watch over this one.
// On a file system of the network, or of a program's, any of them may wait long, and
// so must not keep the scheduler's processor.

// isAtHand reports whether a segment lies on a file system of the machine's own.
func (s *segment) isAtHand() bool {
	var st unix.Statfs_t
	if unix.Fstatfs(int(s.f.Fd()), &st) != nil {
		return false
	}
	switch int64(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC:
		return true
	}
	return false
}

// lock takes the segment for this process, and waits for at most timeout.
func (s *segment) lock(timeout time.Duration) error {
	if s.atHand {
		if _, _, errno := syscall.RawSyscall(unix.SYS_FLOCK, s.f.Fd(), unix.LOCK_EX|unix.LOCK_NB, 0); errno == 0 {
			return nil
		}
	}
	return lock(s.f, timeout)
}

func (s *segment) unlock() {
	if s.atHand {
		syscall.RawSyscall(unix.SYS_FLOCK, s.f.Fd(), unix.LOCK_UN, 0)
		return
	}
	unlock(s.f)
}

// look returns which file is at the segment's path now, and its size.
func (s *segment) look() (fileID, int64, error) {
	if path, err := unix.BytePtrFromString(s.path); s.atHand && err == nil {
		var x unix.Statx_t
		_, _, errno := syscall.RawSyscall6(unix.SYS_STATX, 0, uintptr(unsafe.Pointer(path)), // absolute
			unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, uintptr(unsafe.Pointer(&x)), 0)
		if errno == 0 {
			return fileID{unix.Mkdev(x.Dev_major, x.Dev_minor), x.Ino}, int64(x.Size), nil
		}
	}
	return statPath(s.path)
}

// write appends to the segment, all or, with an error, as much as it says.
func (s *segment) write(b []byte) (n int, err error) {
	if !s.atHand {
		return s.f.Write(b)
	}
	for n < len(b) {
		m, _, errno := syscall.RawSyscall(unix.SYS_WRITE, s.f.Fd(), uintptr(unsafe.Pointer(&b[n])), uintptr(len(b)-n))
		switch {
		case errno == unix.EINTR:
		case errno != 0:
			return n, &fs.PathError{Op: "write", Path: s.path, Err: errno}
		case m == 0:
			return n, io.ErrUnexpectedEOF
		default:
			n += int(m)
		}
	}
	return n, nil
}
