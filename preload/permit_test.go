package preload_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rampart/engine/wire"
)

// newPermitSession is a session whose engine lets all answers stand.
func newPermitSession(t *testing.T) *session {
	t.Helper()
	permits, err := wire.NewPermits()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { permits.Close() })
	s := newSessionWith(t, permits)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.judge = func(r *wire.Request) *wire.Reply {
		reply := denyForbidden(r)
		if file, ok := wire.IdentifyFile(r.Path, time.Now()); ok && reply.Action == wire.Allow {
			reply.Standing = stands(permits, file)
		}
		return reply
	}
	return s
}

// stands lets an answer stand, whatever comes between.
func stands(p *wire.Permits, file wire.FileID) func() *wire.Standing {
	return func() *wire.Standing { return &wire.Standing{File: file, Permit: p.Next(), Era: p.Era()} }
}

// counts returns how many execs of a program were asked about, and how many
// were only noted, since the last call.
func (s *session) counts(program string) (asked, noted int) {
	s.server.TakeNotes()
	s.mu.Lock()
	defer s.mu.Unlock()
	is := func(r *wire.Request) bool { return r.Path == program }
	for _, r := range s.seen {
		if is(r) {
			asked++
		}
	}
	for _, r := range s.noted {
		if is(r) {
			noted++
		}
	}
	s.seen, s.noted = nil, nil
	return asked, noted
}

func buildC(t *testing.T, source string) string {
	t.Helper()
	return buildWith(t, source)
}

func buildWith(t *testing.T, source string, flags ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command(need(t, "cc"), append(flags, "-O1", "-o", bin, source)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to+".new", data, 0o755)
	}
	if err == nil {
		err = os.Rename(to+".new", to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPermits: an exec like one that was just allowed costs no question, and
// the engine learns of each one all the same.
func TestPermits(t *testing.T) {
	s := newPermitSession(t)
	loop := buildC(t, "testdata/spawnloop.c")
	truth := need(t, "true")
	for _, mode := range []string{"vfork", "spawn"} {
		for _, processes := range []int{1, 4} {
			const each = 60
			res, _ := s.run(s.guarded(), loop, mode, fmt.Sprint(each), fmt.Sprint(processes), truth, "word")
			if res.code != 0 {
				t.Fatalf("%s: %+v", mode, res)
			}
			asked, noted := s.counts(truth)
			if asked+noted != each*processes {
				t.Errorf("%s, %d processes: %d asked and %d noted of %d", mode, processes, asked, noted, each*processes)
			}
			if noted < each*processes/2 {
				t.Errorf("%s, %d processes: only %d of %d execs went without a question", mode, processes, noted, each*processes)
			}
		}
	}
}

// TestPermitIsForTheSameQuestion: another argument, variable, directory or file
// is another question.
func TestPermitIsForTheSameQuestion(t *testing.T) {
	s := newPermitSession(t)
	own := filepath.Join(t.TempDir(), "own")
	copyProgram(t, need(t, "true"), own)
	time.Sleep(200 * time.Millisecond) // a file just made gets no permit
	script := fmt.Sprintf(`
import os, subprocess, sys, shutil
def run(argv, env={"X": "1"}, cwd="/"):
    pid = os.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve(%q, argv, env)
    os.waitpid(pid, 0)
for i in range(3):
    run(["own"])
run(["own", ""])
run(["own", "a"])
run(["ow"])
run(["own"], {"X": "2"})
run(["own"], {})
run(["own"], {"X": "1", "Y": ""})
run(["own"], cwd="/tmp")
`, own)
	s.run(s.guarded(), need(t, "python3"), "-c", script)
	asked, noted := s.counts(own)
	if asked < 8 || asked+noted != 10 {
		t.Errorf("%d asked, %d noted: want 8 different questions, 2 of them repeated", asked, noted)
	}
}

// TestPermitEnds: a permit ends when it is taken back, when the file changes,
// and by itself.
func TestPermitEnds(t *testing.T) {
	s := newPermitSession(t)
	loop := buildC(t, "testdata/spawnloop.c")
	dir := t.TempDir()
	own := filepath.Join(dir, "own")
	copyProgram(t, need(t, "true"), own)
	time.Sleep(200 * time.Millisecond)
	once := func() (asked int) {
		t.Helper()
		if res, _ := run(t, dir, s.guarded(), loop, "vfork", "1", "1", own); res.code != 0 {
			t.Fatalf("%+v", res)
		}
		asked, noted := s.counts(own)
		if asked+noted != 1 {
			t.Fatalf("%d asked, %d noted", asked, noted)
		}
		return asked
	}
	// Each is tried until the permit was seen to work just before.
	for name, end := range map[string]func(){
		"taken back": s.permits.Clear,
		"changed":    func() { copyProgram(t, need(t, "true"), own) },
		"touched":    func() { os.Chtimes(own, time.Now(), time.Now()) },
		"old":        func() { time.Sleep(300 * time.Millisecond) },
	} {
		worked := false
		for range 50 {
			once()
			if once() == 1 {
				time.Sleep(100 * time.Millisecond) // the machine is slow, or the file young
				continue
			}
			worked = true
			end()
			if once() == 0 {
				t.Errorf("%s: the permit still held", name)
			}
			break
		}
		if !worked {
			t.Errorf("%s: no permit was ever used", name)
		}
	}
}

// TestPermitsAreTheEngines: who inherits the memory can't write to it, and a
// look-alike in its place is not believed.
func TestPermitsAreTheEngines(t *testing.T) {
	s := newPermitSession(t)
	// An agent's own memory, with the permit for a forbidden exec in it, at the
	// place of the engine's: made by having the engine allow it once.
	forger := buildC(t, "testdata/forge.c")
	s.judge = func(r *wire.Request) *wire.Reply {
		reply := &wire.Reply{Action: wire.Allow}
		if file, ok := wire.IdentifyFile(r.Path, time.Now()); ok {
			reply.Standing = stands(s.permits, file)
		}
		return reply
	}
	res, dir := s.run(s.guarded(), forger, "copy", need(t, "touch"), forbidden)
	if res.code != 0 || !exists(dir, forbidden) {
		t.Fatalf("the exec to forge a permit for: %+v", res)
	}
	s.judge = denyForbidden
	s.permits.Clear()
	memory := filepath.Join(dir, "memory")
	res, dir = s.run(s.guarded(), forger, "use", memory, need(t, "touch"), forbidden)
	if exists(dir, forbidden) {
		t.Errorf("a forged permit was believed: %+v", res)
	}
	if !strings.Contains(res.err, "refused") {
		t.Errorf("no refusal: %+v", res)
	}
	res, _ = s.run(s.guarded(), forger, "write")
	if want := "write: EPERM\nmap: EPERM\nopen: EPERM\nshrink: EPERM\nseal: EPERM\n"; res.out != want {
		t.Errorf("writing to the engine's memory: %+v, want %q", res, want)
	}
}

// TestPermitsWithoutEngine: nothing runs by a permit once nobody records it.
func TestPermitsWithoutEngine(t *testing.T) {
	s := newPermitSession(t)
	truth, loop := need(t, "true"), buildC(t, "testdata/spawnloop.c")
	// The first exec is asked about, then the engine is gone, and its permit
	// is left behind.
	s.judge = func(r *wire.Request) *wire.Reply {
		if file, ok := wire.IdentifyFile(r.Path, time.Now()); ok {
			return &wire.Reply{Action: wire.Allow, Standing: stands(s.permits, file)}
		}
		return &wire.Reply{Action: wire.Allow}
	}
	if res, _ := s.run(s.guarded(), loop, "vfork", "2", "1", truth); res.code != 0 {
		t.Fatalf("%+v", res)
	}
	shutNotes(t, s.permits)
	if res, _ := s.run(s.guarded(), loop, "vfork", "1", "1", truth); res.code != 0 {
		t.Errorf("not asked about when notes can't be sent: %+v", res)
	}
	if err := os.Remove(filepath.Join(s.dir, "sock")); err != nil {
		t.Fatal(err)
	}
	if res, _ := s.run(s.guarded(), loop, "vfork", "1", "1", truth); res.code == 0 {
		t.Errorf("ran without an engine: %+v", res)
	}
}

// TestPermitMemory: the memory looks the same to all, and goes with the session.
func TestPermitMemory(t *testing.T) {
	p, err := wire.NewPermits()
	if err != nil {
		t.Fatal(err)
	}
	for _, identity := range []string{p.Identity()[:32], p.Identity()[32:64]} {
		if descriptorOf(identity) < 0 {
			t.Errorf("no descriptor of %s", identity)
		}
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	p.Clear()
}

// descriptorOf finds a descriptor of this process by device and inode.
func descriptorOf(identity string) int {
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, name := range fds {
		var st unix.Stat_t
		if unix.Stat(name, &st) == nil && fmt.Sprintf("%016x%016x", uint64(st.Dev), st.Ino) == identity {
			fd, _ := strconv.Atoi(filepath.Base(name))
			return fd
		}
	}
	return -1
}

// shutNotes does what any guarded process can do to the socket for notes.
func shutNotes(t *testing.T, p *wire.Permits) {
	t.Helper()
	if err := unix.Shutdown(descriptorOf(p.Identity()[32:64]), unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
}
