//go:build unix

package platform

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

func userTag() string { return strconv.Itoa(os.Geteuid()) }

// checkPrivate says why dir is not private to this user.
func checkPrivate(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	switch {
	case !fi.IsDir():
		return fmt.Errorf("%s is not a directory; remove it", dir)
	case !ok || int(st.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to somebody else", dir)
	case fi.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others have access to %s; run: chmod 700 %[1]s", dir)
	}
	return nil
}

// lockOwner makes and locks path. The lock goes with the process.
func lockOwner(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("can't lock %s: %w", path, err)
	}
	return f, nil
}

// ownerAlive says whether a process holds the lock on path. known is false if
// that can't be told.
func ownerAlive(path string) (alive, known bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false, false
	}
	defer f.Close()
	switch err := flock(f); {
	case err == nil:
		return false, true
	case errors.Is(err, unix.EWOULDBLOCK):
		return true, true
	}
	return false, false
}

func flock(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
