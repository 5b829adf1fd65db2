package preload_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Agents' own sandboxes close connect: the library comes in by the descriptor
// that the session left open.
func TestSandbox(t *testing.T) {
	sandbox := compile(t, "gcc", "sandbox.c", "-static")
	codex := "connect,sendto,bind,listen,accept,accept4,ptrace,getsockopt,setsockopt,shutdown,sendmmsg,recvmmsg,getpeername"
	s := newSession(t)
	for _, denied := range []string{codex, "socket", codex + ",socket", codex + ",socket,socketpair"} {
		argv := []string{sandbox, denied, "/bin/sh", "-c", `env -i /usr/bin/env touch mark; env touch "$0"`}
		bare, _ := s.run(plain(), append(argv, "ok")...)
		got, at := s.run(s.guarded(), append(argv, "ok")...)
		if got != bare || bare.code != 0 || !exists(at, "ok") || !exists(at, "mark") {
			t.Errorf("%s: %+v, bare %+v", denied, got, bare)
		}
		for _, r := range s.requests() {
			if r.PID == 0 || r.UID != os.Getuid() || r.PPID == 0 {
				t.Errorf("%s: asked by %d of %d, user %d", denied, r.PID, r.PPID, r.UID)
			}
		}
		argv[4] = `env touch FORBI''DDEN`
		got, at = s.run(s.guarded(), argv...)
		if got.code != 126 || exists(at, forbidden) || got.err != "test policy: FORBIDDEN is refused\n" {
			t.Errorf("%s: %+v", denied, got)
		}
	}
	// A launcher that closes what it inherited loses it; bwrap gets another.
	if bwrap, err := exec.LookPath("bwrap"); err != nil {
		t.Log("bwrap is not installed")
	} else {
		dir := t.TempDir()
		argv := []string{sandbox, "close", bwrap, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", dir, dir,
			"--unshare-all", "--", sandbox, codex + ",socket", "/bin/sh", "-c", `cd "$1"; env -i /usr/bin/env touch mark; env touch "$0"`}
		got, _ := run(t, dir, s.guarded(), append(argv, "ok", dir)...)
		if got != (result{}) || !exists(dir, "ok") || !exists(dir, "mark") {
			t.Errorf("in bwrap: %+v", got)
		}
		argv[len(argv)-1] = `cd "$1"; env touch FORBI''DDEN`
		got, _ = run(t, dir, s.guarded(), append(argv, "ok", dir)...)
		if got.code != 126 || exists(dir, forbidden) || got.err != "test policy: FORBIDDEN is refused\n" {
			t.Errorf("in bwrap: %+v", got)
		}
	}
	// Without that descriptor nothing is left but to refuse, and to say why.
	got, at := s.run(s.guarded(), sandbox, "close,"+codex, "/usr/bin/touch", "mark")
	if got.code != 126 || exists(at, "mark") || !strings.Contains(got.err, "a sandbox keeps it from reaching Rampart's engine") {
		t.Errorf("closed: %+v", got)
	}
	if len(s.incidents) > 0 {
		t.Error(s.incidents)
	}
}

// TestUnreadable: nothing starts where the linker could look the library up, and not read it.
func TestUnreadable(t *testing.T) {
	s := newSession(t)
	program, touch := buildC(t, "testdata/landlock.c"), need(t, "touch")
	if bare, at := s.run(plain(), program, "/tmp", touch, "mark"); bare.code == 77 {
		t.Skip("no Landlock here")
	} else if bare != (result{}) || !exists(at, "mark") {
		t.Fatalf("%+v", bare)
	}
	got, at := s.run(s.guarded(), program, s.dir, touch, "mark")
	if got != (result{}) || !exists(at, "mark") {
		t.Errorf("where it can be read: %+v", got)
	}
	got, at = s.run(s.guarded(), program, "/usr", touch, "mark")
	if got.code == 0 || exists(at, "mark") || !strings.Contains(got.err, "the library that guards this session was removed") {
		t.Errorf("where it can't: %+v", got)
	}
}
