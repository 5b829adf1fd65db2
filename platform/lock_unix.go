//go:build unix

package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// LockFile waits until no other process holds the lock of that name, and holds
// it until unlock is called or the process ends. The file stays.
func LockFile(name string) (unlock func(), err error) { return lockFile(name, unix.LOCK_EX) }

// ErrLocked says that another process holds a lock.
var ErrLocked = errors.New("another process holds the lock")

// TryLockFile is LockFile without waiting: ErrLocked if another holds it.
func TryLockFile(name string) (unlock func(), err error) {
	unlock, err = lockFile(name, unix.LOCK_EX|unix.LOCK_NB)
	if err == unix.EWOULDBLOCK {
		err = ErrLocked
	}
	return unlock, err
}

func lockFile(name string, how int) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		if err = unix.Flock(int(f.Fd()), how); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
