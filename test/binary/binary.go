// Package binary builds the program under test.
package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Path returns the absolute path of a rampart made from this tree: that of
// RAMPART_BIN if it is set, else what `make` builds, else what `go build`
// does. It stops the test if none can be had.
func Path(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("RAMPART_BIN"); path != "" {
		return filepath.Abs(path)
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	unlock, err := lock(root)
	if err != nil {
		return "", err
	}
	defer unlock()
	path := filepath.Join(root, "bin", "rampart")
	c := exec.Command("make", "-s", "bin/rampart")
	if _, err := exec.LookPath("make"); err != nil {
		c = exec.Command("go", "build", "-o", path, "./cmd/rampart")
	}
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building rampart: %w\n%s", err, out)
	}
	return path, nil
})

// Root is the top of the source tree, seen from the directory that go test
// runs a package's tests in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("no go.mod above %s", dir)
		}
	}
}

// lock keeps test programs of several packages, which run at the same time,
// from building over each other.
func lock(root string) (func(), error) {
	f, err := os.Open(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock on the source tree: %w", err)
	}
	return func() { f.Close() }, nil
}
