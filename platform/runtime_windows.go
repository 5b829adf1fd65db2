package platform

import (
	"errors"
	"fmt"
	"os"
)

// The temporary directory is the user's own here.
func userTag() string { return "sessions" }

// checkPrivate leaves access to the directory's list, which the user's profile
// hands down.
func checkPrivate(dir string) error {
	fi, err := os.Lstat(dir)
	if err == nil && !fi.IsDir() {
		err = fmt.Errorf("%s is not a directory; remove it", dir)
	}
	return err
}

func lockOwner(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// ownerAlive tries to remove path, which fails while a process has it open.
func ownerAlive(path string) (alive, known bool) {
	err := os.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, false
	}
	return err != nil, true
}
