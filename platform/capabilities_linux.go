package platform

import (
	"os"

	"golang.org/x/sys/unix"
)

// HasCapabilities reports whether a program has rights of its own, by an attribute of
// its file.
func HasCapabilities(f *os.File) bool {
	n, err := unix.Fgetxattr(int(f.Fd()), "security.capability", nil)
	return err == nil && n > 0
}
