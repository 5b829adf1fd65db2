package preload_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Programs built with sanitizers insist on coming first.
func TestSanitizers(t *testing.T) {
	for _, c := range []struct{ cc, flag string }{
		{"gcc", "-fsanitize=address"}, {"gcc", "-fsanitize=undefined"}, {"gcc", "-fsanitize=thread"},
		{"clang", "-fsanitize=address -shared-libasan"}, {"clang", "-fsanitize=address"},
	} {
		t.Run(c.cc+c.flag, func(t *testing.T) {
			need(t, c.cc)
			program := filepath.Join(t.TempDir(), "doors")
			args := append(strings.Fields(c.flag), "-o", program, "testdata/doors.c", "-pthread")
			if out, err := exec.Command(c.cc, args...).CombinedOutput(); err != nil {
				t.Skipf("%v\n%s", err, out)
			}
			s := newSession(t)
			for _, door := range []string{"execve", "execlp", "vfork", "posix_spawn", "system", "popen", "threads"} {
				bare, at := s.run(plain(), program, door, "o", "k")
				if bare.code != 0 || !exists(at, "ok") {
					t.Skipf("does not work bare: %+v", bare)
				}
				got, at := s.run(s.guarded(), program, door, "o", "k")
				if got != bare || !exists(at, "ok") {
					t.Errorf("%s: %+v", door, got)
				}
				got, at = s.run(s.guarded(), program, door, "FORBID", "DEN")
				if got.code != 126 || exists(at, forbidden) {
					t.Errorf("%s refused: %+v", door, got)
				}
			}
		})
	}
}

// A dynamic Go program execs by raw system calls, with the environment it
// found: its children judge themselves.
func TestGoProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a Go program")
	}
	need(t, "gcc")
	program := filepath.Join(t.TempDir(), "goprogram")
	build := exec.Command("go", "build", "-o", program, "testdata/goprogram.go")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("%v\n%s", err, out)
	}
	s := newSession(t)
	bare, at := s.run(plain(), program, "o", "k")
	if bare.code != 0 || !exists(at, "ok") {
		t.Fatalf("does not work bare: %+v", bare)
	}
	got, at := s.run(s.guarded(), program, "o", "k")
	if got != bare || !exists(at, "ok") {
		t.Errorf("%+v", got)
	}
	got, at = s.run(s.guarded(), program, "FORBID", "DEN")
	if got.code != 126 || exists(at, forbidden) || got.err != "test policy: FORBIDDEN is refused\n" {
		t.Errorf("refused: %+v", got)
	}
}

func TestNoArguments(t *testing.T) {
	s := newSession(t)
	program := compile(t, "gcc", "noargs.c")
	bare, _ := s.run(plain(), program)
	got, _ := s.run(s.guarded(), program)
	if got != bare || bare.out != "argc 1 []\n" {
		t.Errorf("%+v, bare %+v", got, bare)
	}
	if rs := s.requests(); len(rs) != 2 || len(rs[1].Argv) != 0 {
		t.Errorf("%d requests: %+v", len(rs), rs)
	}
}
