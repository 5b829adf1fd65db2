//go:build unix

package platform

import (
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

// lockSession locks a directory for as long as this process lives. Since it is
// the directory itself, nothing in it can be removed to free it, and cleaners
// of temporary files (systemd-tmpfiles) leave it alone.
func lockSession(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("can't lock %s: %w", dir, err)
	}
	return f, nil
}

// sessionAlive says whether a process holds the lock on dir, or may do so.
func sessionAlive(dir string) bool {
	f, err := lockSession(dir)
	if err != nil {
		return true
	}
	f.Close()
	return false
}

func flock(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
