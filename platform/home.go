package platform

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"
)

// Home returns the directory of the user's policies, audit trail and library:
// $RAMPART_HOME if that is set, else ~/.rampart. It need not exist.
func Home() (string, error) {
	if dir := os.Getenv("RAMPART_HOME"); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("RAMPART_HOME is %q, which is not an absolute path", dir)
		}
		return filepath.Clean(dir), nil
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return "", errors.New("HOME is not set to an absolute path; set it, or set RAMPART_HOME to the directory to use")
	}
	if info, err := os.Stat(home); err != nil || !info.IsDir() {
		return "", fmt.Errorf("HOME is %s, which is not a directory; set it right, or set RAMPART_HOME to the directory to use", home)
	}
	return filepath.Join(home, ".rampart"), nil
}

// AuditDir returns the default directory of the audit trail.
func AuditDir() (string, error) {
	home, err := Home()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "audit"), nil
}

// IsTerminal says whether the file descriptor fd is a terminal.
func IsTerminal(fd int) bool { return term.IsTerminal(fd) }

// MayColor says whether w is a terminal whose owner does not mind colour.
func MayColor(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && IsTerminal(int(f.Fd()))
}
