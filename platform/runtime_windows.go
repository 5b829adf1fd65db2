package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// ownerFile lies in a session's directory and is open while that lives.
const ownerFile = "owner"

func lockSession(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, ownerFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// sessionAlive tries to remove the file, which fails while a process has it open.
func sessionAlive(dir string) bool {
	err := os.Remove(filepath.Join(dir, ownerFile))
	return err != nil && !errors.Is(err, os.ErrNotExist)
}
