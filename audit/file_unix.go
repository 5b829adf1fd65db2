//go:build unix

package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Nothing that was planted in place of a file is followed or waited for.
const openNoFollow = unix.O_NOFOLLOW | unix.O_NONBLOCK

// fileID tells files apart.
type fileID struct{ dev, ino uint64 }

// statPath returns which file is at path, and its size.
func statPath(path string) (id fileID, size int64, err error) {
	var st unix.Stat_t
	for {
		if err = unix.Lstat(path, &st); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return id, 0, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	return fileID{uint64(st.Dev), st.Ino}, st.Size, nil
}

// checkSegment returns the identity of an open segment, or why it is none.
func checkSegment(f *os.File) (fileID, error) {
	fi, err := f.Stat()
	if err != nil {
		return fileID{}, err
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	switch {
	case !fi.Mode().IsRegular() || !ok:
		return fileID{}, fmt.Errorf("%s is not a regular file; move it out of the audit directory", f.Name())
	case st.Nlink > 1:
		return fileID{}, fmt.Errorf("%s has more than one name; remove the other hard links", f.Name())
	}
	return fileID{uint64(st.Dev), st.Ino}, nil
}

// GiveToOwner keeps root from locking the owner of dir out.
func GiveToOwner(f *os.File, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	fi, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
		return f.Chown(int(st.Uid), int(st.Gid))
	}
	return nil
}

// checkDir says why others could tamper with what is in dir.
func checkDir(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if fi.Mode()&fs.ModeSymlink != 0 {
		if !ours(fi) {
			return fmt.Errorf("%s is a symbolic link that belongs to somebody else; remove it or choose another directory", dir)
		}
		if fi, err = os.Stat(dir); err != nil {
			return err
		}
	}
	switch {
	case !fi.IsDir():
		return fmt.Errorf("%s is not a directory; move it away or choose another directory", dir)
	case !ours(fi) && os.Geteuid() != 0:
		return fmt.Errorf("%s belongs to somebody else; choose another directory", dir)
	case fi.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("others may write to %s; run: chmod go-w %[1]s", dir)
	}
	return nil
}

func ours(fi fs.FileInfo) bool {
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && (int(st.Uid) == os.Geteuid() || st.Uid == 0)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

// lock takes the segment for this process, and waits for at most timeout.
func lock(f *os.File, timeout time.Duration) error {
	return flock(f, unix.LOCK_EX, timeout)
}

// lockShared lets readers see the file as it is between two writes.
func lockShared(f *os.File, timeout time.Duration) error {
	return flock(f, unix.LOCK_SH, timeout)
}

func flock(f *os.File, how int, timeout time.Duration) error {
	fd := int(f.Fd())
	err := tryFlock(fd, how|unix.LOCK_NB)
	if err != unix.EWOULDBLOCK {
		return err
	}
	// Wait in the kernel, where the waiters queue. The helper may outlast us;
	// it then gives back what it gets, on a descriptor of its own.
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	done := make(chan error)
	gone := make(chan struct{})
	go func() {
		defer unix.Close(dup)
		err := tryFlock(dup, how)
		select {
		case done <- err:
		case <-gone:
			if err == nil {
				unix.Flock(dup, unix.LOCK_UN)
			}
		}
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		close(gone)
		return errLocked
	}
}

func tryFlock(fd, how int) error {
	for {
		if err := unix.Flock(fd, how); err != unix.EINTR {
			return err
		}
	}
}

func unlock(f *os.File) { unix.Flock(int(f.Fd()), unix.LOCK_UN) }
