package audit

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

const openNoFollow = 0

// fileID tells files apart. An open file can be neither removed nor renamed
// here, so that there is nothing to tell.
type fileID struct{}

func statPath(path string) (fileID, int64, error) {
	fi, err := os.Lstat(path)
	if err != nil {
		return fileID{}, 0, err
	}
	return fileID{}, fi.Size(), nil
}

func checkSegment(f *os.File) (fileID, error) {
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file; move it out of the audit directory", f.Name())
	}
	return fileID{}, err
}

func GiveToOwner(*os.File, string) error { return nil }

// checkDir leaves who may write to the directory to its access control list,
// which the user's profile hands down.
func checkDir(dir string) error {
	fi, err := os.Stat(dir)
	if err == nil && !fi.IsDir() {
		err = fmt.Errorf("%s is not a directory; move it away or choose another directory", dir)
	}
	return err
}

func syncDir(string) error { return nil }

func dataSync(f *os.File) error { return f.Sync() }

// The lock is on a byte far behind the end: locks are mandatory here, and
// readers must not be kept out.
var lockRange = windows.Overlapped{Offset: 0, OffsetHigh: 1 << 30}

func lock(f *os.File, timeout time.Duration) error {
	return lockFile(f, windows.LOCKFILE_EXCLUSIVE_LOCK, timeout)
}

func lockShared(f *os.File, timeout time.Duration) error { return lockFile(f, 0, timeout) }

func lockFile(f *os.File, flags uint32, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for {
		at := lockRange
		err := windows.LockFileEx(windows.Handle(f.Fd()), flags|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
		if !errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			return err
		}
		if time.Now().After(deadline) {
			return errLocked
		}
		time.Sleep(time.Millisecond)
	}
}

func unlock(f *os.File) {
	at := lockRange
	windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &at)
}
