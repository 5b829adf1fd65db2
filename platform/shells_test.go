//go:build unix

package platform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindShells(t *testing.T) {
	shims, first, second := t.TempDir(), t.TempDir(), t.TempDir()
	program := func(path string, mode os.FileMode) {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	program(filepath.Join(shims, "bash"), 0o700)
	program(filepath.Join(first, "real"), 0o700)
	program(filepath.Join(first, "zsh"), 0o600) // not executable
	os.Mkdir(filepath.Join(first, "dash"), 0o700)
	os.Symlink("real", filepath.Join(first, "bash"))
	program(filepath.Join(second, "zsh"), 0o700)
	program(filepath.Join(second, "dash"), 0o700)
	alias := filepath.Join(t.TempDir(), "alias")
	os.Symlink(shims, alias)
	t.Chdir(shims)

	got := FindShells(strings.Join([]string{alias, shims, ".", "", first, second}, ":"), shims)
	for name, want := range map[string]string{
		"bash": filepath.Join(first, "real"), "zsh": filepath.Join(second, "zsh"), "dash": filepath.Join(second, "dash"),
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if sh := FindShells("")["sh"]; !filepath.IsAbs(sh) {
		t.Errorf("no sh with an empty PATH: %q", sh)
	}
}
