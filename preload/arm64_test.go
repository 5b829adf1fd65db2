package preload_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rampart/preload"
)

// The aarch64 library, asked by an aarch64 program under emulation. What is
// allowed can't be run to its end so: the emulator is not there for it.
func TestArm64(t *testing.T) {
	const root = "/usr/aarch64-linux-gnu"
	if !exists(root, "lib/ld-linux-aarch64.so.1") {
		t.Skip("the libc for arm64 is not installed")
	}
	emulator := need(t, "qemu-aarch64-static")
	need(t, "aarch64-linux-gnu-gcc")
	s := newSession(t)
	built := t.TempDir()
	if err := preload.Build("aarch64-linux-gnu-gcc", built); err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(s.dir, "librampart.so")
	data, err := os.ReadFile(filepath.Join(built, "librampart.so"))
	if err == nil {
		os.Remove(library)
		err = os.WriteFile(library, data, 0o500)
	}
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "doors")
	if out, err := exec.Command("aarch64-linux-gnu-gcc", "-o", program, "testdata/doors.c", "-pthread").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	os.Remove(filepath.Join(s.dir, "rampart-refused")) // it is of the other kind
	for _, door := range []string{"execve", "execvp", "execl", "execle", "syscall-execve", "vfork"} {
		got, at := s.run(plain(), emulator, "-L", root, "-E", "LD_PRELOAD="+library, program, door, "FORBID", "DEN")
		rs := s.requests()
		if len(rs) != 2 || strings.Join(rs[1].Argv, " ") != "touch FORBIDDEN" {
			t.Fatalf("%s: asked %d times: %+v %+v", door, len(rs), rs, got)
		}
		if !strings.Contains(got.err, "test policy: FORBIDDEN is refused") || exists(at, forbidden) {
			t.Errorf("%s: %+v", door, got)
		}
	}
}
