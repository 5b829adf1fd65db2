// Package binary builds the program under test, once for each test program.
package binary

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

var (
	private string // where this test program keeps its copy
	build   = sync.OnceValues(makeCopy)
)

// Main is what a package's TestMain calls in place of m.Run: it removes what
// Path has made.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rampart-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o755) // agents may run as somebody else
	private = dir
	return m.Run()
}

// Path returns the absolute path of a rampart made from this tree by `make`,
// or by `go build` where there is no make; RAMPART_BIN names another. It stops
// the test if there is none to be had.
func Path(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// makeCopy builds, and takes a copy that nobody builds over while tests run.
func makeCopy() (string, error) {
	if path := os.Getenv("RAMPART_BIN"); path != "" {
		return filepath.Abs(path)
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	look(root)
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
	return Copy(path, private)
}

// Copy puts an executable into a directory and returns its new path.
func Copy(path, dir string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	to := filepath.Join(dir, filepath.Base(path))
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return "", err
	}
	return to, out.Close()
}

// look reads the source directories, so that go test, which keeps results as
// long as what a test has looked at is the same, runs it anew when the
// program under test has changed.
func look(root string) {
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "test") {
			return fs.SkipDir
		}
		return nil
	})
}

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
// from building over each other. It is not on go.mod: the go command locks that.
func lock(root string) (func(), error) {
	f, err := os.Open(filepath.Join(root, "test", "binary"))
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock on the source tree: %w", err)
	}
	return func() { f.Close() }, nil
}
