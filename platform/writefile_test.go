package platform

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	for _, s := range []string{"one", "two"} {
		if err := WriteFile(name, text(s)); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(name); string(b) != s {
			t.Errorf("%q", b)
		}
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	failed := errors.New("failed")
	if err := WriteFile(name, func(w io.Writer) error { text("half")(w); return failed }); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(name); string(b) != "two" {
		t.Errorf("half of it took the name: %q", b)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%v", left)
	}
	if err := WriteFile(dir, text("x")); err == nil {
		t.Error("a directory was written to")
	}
	if err := WriteFile(os.DevNull, text("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
	if err := WriteFile(filepath.Join(dir, "none", "x"), text("x")); err == nil {
		t.Error("no error without a directory")
	}
}
