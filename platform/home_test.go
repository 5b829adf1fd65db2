package platform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHome(t *testing.T) {
	home := t.TempDir()
	for _, tt := range []struct{ rampart, home, want, err string }{
		{"", home, filepath.Join(home, ".rampart"), ""},
		{"", filepath.Join(home, "missing"), "", "not a directory"},
		{"/x/y/", "/home/u", "/x/y", ""},
		{"/x", "", "/x", ""},
		{"x", "/home/u", "", "RAMPART_HOME"},
		{"", "", "", "HOME is not set"},
		{"", "relative", "", "HOME is not set"},
	} {
		t.Setenv("RAMPART_HOME", tt.rampart)
		t.Setenv("HOME", tt.home)
		got, err := Home()
		if got != filepath.FromSlash(tt.want) || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("RAMPART_HOME=%q HOME=%q: %q, %v", tt.rampart, tt.home, got, err)
		}
		audit, err2 := AuditDir()
		if (err2 == nil) != (err == nil) || err == nil && audit != filepath.Join(got, "audit") {
			t.Errorf("AuditDir: %q, %v", audit, err2)
		}
	}
}

func TestIsTerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if IsTerminal(int(f.Fd())) {
		t.Error("the null device is no terminal")
	}
	if ptmx, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err == nil {
		defer ptmx.Close()
		if !IsTerminal(int(ptmx.Fd())) {
			t.Error("a pseudo-terminal is one")
		}
	}
}
