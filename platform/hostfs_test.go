//go:build unix

package platform

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, []byte("0123456789"), 0o600)
	os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600)
	os.Symlink("file", filepath.Join(dir, "link"))
	os.Symlink("loop", filepath.Join(dir, "loop"))
	os.Symlink("/dev/zero", filepath.Join(dir, "zero"))
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path  string
		limit int64
		want  string
		err   string
	}{
		{"file", 100, "0123456789", ""},
		{"file", 10, "0123456789", ""},
		{"file", 9, "", "more than 9 bytes"},
		{"link", 100, "0123456789", ""},
		{"empty", 0, "", ""},
		{"missing", 100, "", "no such file"},
		{"loop", 100, "", "symbolic links"},
		{"fifo", 100, "", "not a regular file"},
		{"zero", 100, "", "not a regular file"},
		{".", 100, "", "not a regular file"},
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			b, err := HostFS{}.ReadFile(filepath.Join(dir, tt.path), tt.limit)
			if string(b) != tt.want || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s with limit %d: %q, %v", tt.path, tt.limit, b, err)
			}
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s blocks", tt.path)
		}
	}
}

// Files of /proc say that they are empty, or that they are endless.
func TestReadFileProc(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc here")
	}
	b, err := HostFS{}.ReadFile("/proc/self/status", 1<<20)
	if err != nil || !strings.Contains(string(b), "Pid:") {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := (HostFS{}).ReadFile("/proc/self/status", 10); err == nil {
		t.Error("the limit does not hold for a file that hides its size")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		HostFS{}.ReadFile("/proc/kmsg", 1<<30)
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("/proc/kmsg blocks")
	}
}

func TestReadDirNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", ".c"} {
		os.WriteFile(filepath.Join(dir, name), nil, 0o600)
	}
	empty := filepath.Join(dir, "empty")
	os.Mkdir(empty, 0o700)
	syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600)
	names, err := HostFS{}.ReadDirNames(dir)
	slices.Sort(names)
	if err != nil || strings.Join(names, " ") != ".c a b empty fifo" {
		t.Errorf("%q, %v", names, err)
	}
	if names, err := (HostFS{}).ReadDirNames(empty); err != nil || len(names) != 0 {
		t.Errorf("%q, %v", names, err)
	}
	for _, path := range []string{"a", "fifo", "missing"} {
		if _, err := (HostFS{}).ReadDirNames(filepath.Join(dir, path)); err == nil {
			t.Errorf("%s was listed", path)
		}
	}
}

func TestLinks(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	os.Symlink("nowhere", link)
	if fi, err := (HostFS{}).Lstat(link); err != nil || fi.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", fi, err)
	}
	if to, err := (HostFS{}).Readlink(link); err != nil || to != "nowhere" {
		t.Errorf("%q, %v", to, err)
	}
}
