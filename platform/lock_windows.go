package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// LockFile waits until no other process holds the lock of that name, and holds
// it until unlock is called or the process ends. The file stays.
func LockFile(name string) (unlock func(), err error) {
	return lockFile(name, windows.LOCKFILE_EXCLUSIVE_LOCK)
}

// ErrLocked says that another process holds a lock.
var ErrLocked = errors.New("another process holds the lock")

// TryLockFile is LockFile without waiting: ErrLocked if another holds it.
func TryLockFile(name string) (unlock func(), err error) {
	unlock, err = lockFile(name, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
	if err == windows.ERROR_LOCK_VIOLATION {
		err = ErrLocked
	}
	return unlock, err
}

func lockFile(name string, how uint32) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err = windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{}); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
