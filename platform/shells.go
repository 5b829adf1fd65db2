package platform

import (
	"os"
	"path/filepath"
	"slices"
)

// ShellNames are the shells that a session puts a substitute before.
var ShellNames = []string{"sh", "bash", "zsh", "dash"}

// standardPath is searched after the caller's own.
var standardPath = []string{"/usr/local/bin", "/usr/bin", "/bin"}

// FindShells returns the real path of each of ShellNames that is installed,
// links resolved, searched as the caller's PATH says but not in the
// directories skip and not in relative ones.
func FindShells(path string, skip ...string) map[string]string {
	found := map[string]string{}
	for _, dir := range append(filepath.SplitList(path), standardPath...) {
		if !filepath.IsAbs(dir) || slices.ContainsFunc(skip, func(s string) bool { return sameDir(s, dir) }) {
			continue
		}
		for _, name := range ShellNames {
			if found[name] != "" {
				continue
			}
			if real, ok := executable(filepath.Join(dir, name)); ok {
				found[name] = real
			}
		}
	}
	return found
}

// sameDir sees through links and other spellings.
func sameDir(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	fa, errA := os.Stat(a)
	fb, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(fa, fb)
}

func executable(path string) (real string, ok bool) {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() || fi.Mode().Perm()&0o111 == 0 {
		return "", false
	}
	real, err = filepath.EvalSymlinks(path)
	return real, err == nil
}
