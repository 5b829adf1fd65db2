package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=700"); err != nil {
		t.Skip("mounting takes root: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	l := openLog(t, dir, Options{})
	written := 0
	var err error
	for err == nil && written < 10_000 {
		if err = l.Append(decision("allow", "x")); err == nil {
			written++
		}
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make room") {
		t.Fatalf("after %d records: %v", written, err)
	}
	if r := verify(t, dir); !r.Intact || r.Torn != 0 || r.Records != uint64(written) {
		t.Errorf("%s", r)
	}
	if _, err := Open(dir, Options{}); err != nil {
		t.Errorf("a full disk keeps a new session from reading where it is: %v", err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=256k"); err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, decision("allow", "after"))
	if r := verify(t, dir); !r.Intact || r.Records != uint64(written)+1 {
		t.Errorf("%s", r)
	}
}

func TestReadOnly(t *testing.T) {
	dir := trail(t, 1)
	if os.Geteuid() != 0 {
		os.Chmod(filepath.Join(dir, segmentName(1)), 0o400)
		if _, err := Open(dir, Options{}); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "--audit-dir") {
			t.Errorf("%v", err)
		}
		return
	}
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("mounting takes root: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	if _, err := Open(dir, Options{}); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "--audit-dir") {
		t.Errorf("%v", err)
	}
}
