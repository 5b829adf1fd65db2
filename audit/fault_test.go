//go:build unix

package audit

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A limit on file sizes is a full disk that needs no root. It is the process's
// own, so that a child must try it.
func TestFileSizeLimit(t *testing.T) {
	dir := os.Getenv("AUDIT_TEST_LIMIT")
	if dir == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFileSizeLimit$", "-test.v")
		cmd.Env = append(os.Environ(), "AUDIT_TEST_LIMIT="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	l := openLog(t, dir, Options{})
	appendAll(t, l, decision("allow", "before"))
	size := l.size
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	tight := old
	tight.Cur = uint64(size) + 100
	syscall.Setrlimit(syscall.RLIMIT_FSIZE, &tight)
	for range 2 {
		err := l.Append(decision("allow", "during"))
		if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "ulimit -f") {
			t.Errorf("with a full disk: %v", err)
		}
		if fi, _ := os.Stat(filepath.Join(dir, segmentName(1))); fi.Size() != size {
			t.Errorf("%d bytes are left of a record", fi.Size()-size)
		}
	}
	syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old)
	appendAll(t, l, decision("deny", "after"))
	if got := events(t, dir); got != "before\nafter" {
		t.Errorf("%s", got)
	}
	if r := verify(t, dir); !r.Intact {
		t.Errorf("%s", r)
	}
}

// Whatever is taken away under a writer, it goes on and says so.
func TestRemovedInUse(t *testing.T) {
	for name, remove := range map[string]func(dir string) error{
		"directory":    os.RemoveAll,
		"segment":      func(dir string) error { return os.Remove(filepath.Join(dir, segmentName(1))) },
		"moved":        func(dir string) error { return os.Rename(filepath.Join(dir, segmentName(1)), filepath.Join(dir, "x")) },
		"moved wholly": func(dir string) error { return os.Rename(dir, dir+".old") },
		"replaced": func(dir string) error {
			path := filepath.Join(dir, segmentName(1))
			os.Remove(path)
			return os.WriteFile(path, nil, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "audit")
			one, two := openLog(t, dir, Options{}), openLog(t, dir, Options{})
			appendAll(t, one, decision("allow", "1"), decision("allow", "2"))
			appendAll(t, two, decision("allow", "3"))
			if err := remove(dir); err != nil {
				t.Fatal(err)
			}
			// The first has not seen the third record, but can still read it.
			appendAll(t, one, decision("allow", "4"))
			appendAll(t, two, decision("allow", "5"))
			got := events(t, dir)
			if !strings.Contains(got, "removed or replaced while in use; the last record seen was number 3") || !strings.HasSuffix(got, "5") {
				t.Errorf("%s", got)
			}
			if r := verify(t, dir); r.Intact || !strings.Contains(r.String(), "record 4 follows 0") {
				t.Errorf("%s", r)
			}
		})
	}
}

func TestRemovedForGood(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "parent")
	dir := filepath.Join(parent, "audit")
	l := openLog(t, dir, Options{})
	os.RemoveAll(parent)
	os.WriteFile(parent, nil, 0o600) // so that it can't be made
	for range 2 {
		err := l.Append(decision("allow", "x"))
		if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--audit-dir") {
			t.Errorf("%v", err)
		}
	}
	os.Remove(parent)
	appendAll(t, l, decision("allow", "back"))
}

// A living writer notices that what it wrote is gone.
func TestChangedInUse(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(path string, b []byte) error
		want  string
	}{
		"cut": {func(path string, b []byte) error { return os.Truncate(path, int64(strings.Index(string(b), "\n")+1)) },
			"the last record seen was number 3"},
		"emptied": {func(path string, _ []byte) error { return os.Truncate(path, 0) }, "the last record seen was number 3"},
		"rewritten and longer": {func(path string, b []byte) error {
			one := rewrite(string(b[:strings.Index(string(b), "\n")+1]), `"command":"1`, `"command":"`+strings.Repeat("9", 2000))
			return os.WriteFile(path, []byte(one), 0o600)
		}, "cut or rewritten while in use"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openLog(t, dir, Options{})
			appendAll(t, l, decision("allow", "1"), decision("allow", "2"), decision("allow", "3"))
			path := filepath.Join(dir, segmentName(1))
			b, _ := os.ReadFile(path)
			if err := tt.spoil(path, b); err != nil {
				t.Fatal(err)
			}
			appendAll(t, l, decision("allow", "4"))
			if got := events(t, dir); !strings.Contains(got, tt.want) {
				t.Errorf("%s", got)
			}
			if r := verify(t, dir); r.Intact {
				t.Errorf("%s", r)
			}
		})
	}
}

func TestLockHeld(t *testing.T) {
	dir := trail(t, 1)
	l := openLog(t, dir, Options{LockTimeout: 50 * time.Millisecond})
	f, err := os.Open(filepath.Join(dir, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := int(f.Fd())
	if err := syscall.Flock(fd, syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	err = l.Append(decision("allow", "x"))
	if err == nil || !strings.Contains(err.Error(), "another process holds the lock") {
		t.Errorf("%v", err)
	}
	t.Logf("waited %v", time.Since(start))
	time.AfterFunc(20*time.Millisecond, func() { syscall.Flock(fd, syscall.LOCK_UN) })
	l.opt.LockTimeout = 5 * time.Second
	appendAll(t, l, decision("allow", "y"))
	// The lock that came too late must not be held by anybody now.
	other := openLog(t, dir, Options{LockTimeout: time.Second})
	appendAll(t, other, decision("allow", "z"))
	if r := verify(t, dir); !r.Intact {
		t.Errorf("%s", r)
	}
}

func TestUnsafeDir(t *testing.T) {
	base := t.TempDir()
	dir := func(name string, mode fs.FileMode) string {
		path := filepath.Join(base, name)
		os.Mkdir(path, 0o700)
		os.Chmod(path, mode)
		return path
	}
	file := filepath.Join(base, "file")
	os.WriteFile(file, nil, 0o600)
	link := filepath.Join(base, "link")
	os.Symlink(dir("target", 0o700), link)
	fifo := dir("fifo", 0o700)
	syscall.Mkfifo(filepath.Join(fifo, segmentName(1)), 0o600)
	planted := dir("planted", 0o700)
	os.Symlink("/etc/passwd", filepath.Join(planted, segmentName(1)))
	linked := dir("linked", 0o700)
	os.WriteFile(filepath.Join(base, "precious"), []byte("precious\n"), 0o600)
	os.Link(filepath.Join(base, "precious"), filepath.Join(linked, segmentName(1)))
	for _, tt := range []struct{ dir, want string }{
		{dir("ok", 0o755), ""},
		{link, ""}, // our own
		{dir("group", 0o770), "chmod go-w"},
		{dir("world", 0o707), "chmod go-w"},
		{file, "not a directory"},
		{filepath.Join(file, "below"), "not a directory"},
		{fifo, "not a regular file"},
		{planted, segmentName(1)},
		{linked, "more than one name"},
	} {
		l, err := Open(tt.dir, Options{})
		if err == nil {
			l.Close()
		}
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.dir, err)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(base, "precious")); string(b) != "precious\n" {
		t.Errorf("%q", b)
	}
	if os.Geteuid() == 0 {
		foreign := filepath.Join(base, "foreign")
		os.Symlink(dir("target", 0o700), foreign)
		os.Lchown(foreign, 12345, 12345)
		if _, err := Open(foreign, Options{}); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("a link of somebody else: %v", err)
		}
		theirs := dir("theirs", 0o700)
		os.Chown(theirs, 12345, 12345)
		openLog(t, theirs, Options{})
		fi, err := os.Stat(filepath.Join(theirs, segmentName(1)))
		if err != nil || fi.Sys().(*syscall.Stat_t).Uid != 12345 {
			t.Error("root locks the owner of the directory out")
		}
	}
}
