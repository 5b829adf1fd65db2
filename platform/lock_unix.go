//go:build unix

package platform

import (
	"os"

	"golang.org/x/sys/unix"
)

// LockFile waits until no other process holds the lock of that name, and holds
// it until unlock is called or the process ends. The file stays.
func LockFile(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
