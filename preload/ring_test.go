package preload_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// strace runs a command under it and returns what it wrote of these system calls.
func (s *session) strace(calls string, argv ...string) string {
	s.t.Helper()
	trace := filepath.Join(s.t.TempDir(), "trace")
	argv = append([]string{need(s.t, "strace"), "-f", "-o", trace, "-e", "trace=" + calls}, argv...)
	if res, _ := s.run(s.guarded(), argv...); res.code != 0 {
		s.t.Fatalf("%q: %+v", argv, res)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// TestRing: who starts programs again and again, in memory that it shares with
// them, reads permits and leaves notes without a system call; who forks sends
// them. The engine learns of each, in its order, and whose it is.
func TestRing(t *testing.T) {
	s := newPermitSession(t)
	loop, truth := buildC(t, "testdata/spawnloop.c"), need(t, "true")
	const each = 60
	for _, mode := range []string{"vfork", "spawn"} {
		trace := s.strace("sendmsg,pread64,execve", loop, mode, fmt.Sprint(each), "1", truth, mode)
		if n := strings.Count(trace, "sendmsg(57"); n > 3 {
			t.Errorf("%s: %d notes were sent", mode, n)
		}
		if n := strings.Count(trace, "pread64(56"); n > 10 {
			t.Errorf("%s: permits were read %d times", mode, n)
		}
		started := regexp.MustCompile(`(?m)^(\d+) +execve\("`+truth+`"`).FindAllStringSubmatch(trace, -1)
		s.server.TakeNotes()
		s.mu.Lock()
		told := map[string]int{}
		for _, r := range append(s.seen, s.noted...) {
			if r.Path == truth {
				told[fmt.Sprint(r.PID)]++
			}
		}
		noted := len(s.noted)
		s.mu.Unlock()
		if noted == 0 || len(started) != each { // a slow machine outlives permits
			t.Errorf("%s: %d noted of %d", mode, noted, len(started))
		}
		for _, m := range started {
			// A spawn is the parent's, which starts them all.
			if mode == "vfork" && told[m[1]] != 1 || mode == "spawn" && len(told) != 1 {
				t.Errorf("%s: process %s was told of %d times, in all %d processes", mode, m[1], told[m[1]], len(told))
				break
			}
		}
		s.counts(truth)
	}

	trace := s.strace("sendmsg", need(t, "bash"), "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do "+truth+" fork; done")
	asked, noted := s.counts(truth)
	if n := strings.Count(trace, "sendmsg(57"); n != noted || asked+noted != 10 {
		t.Errorf("forks: %d asked, %d noted, %d sent", asked, noted, n)
	}
}

// TestRingWithoutDescriptors: Python closes what its children would inherit.
func TestRingWithoutDescriptors(t *testing.T) {
	s := newPermitSession(t)
	truth := need(t, "true")
	script := "import subprocess\nfor i in range(40): subprocess.run([" + fmt.Sprintf("%q", truth) + "], check=True)"
	if res, _ := s.run(s.guarded(), need(t, "python3"), "-c", script); res.code != 0 {
		t.Fatalf("%+v", res)
	}
	if asked, noted := s.counts(truth); asked+noted != 40 || noted < 20 {
		t.Errorf("%d asked, %d noted", asked, noted)
	}
}

// marks returns how often testdata/mark.c has run with that file.
func marks(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return len(text)
}

// TestRingOfTheDead: notes are read though all that left them were killed before
// the first one was, and each program that ran is among them.
func TestRingOfTheDead(t *testing.T) {
	s := newPermitSession(t)
	mark, loop := buildC(t, "testdata/mark.c"), buildC(t, "testdata/spawnloop.c")
	time.Sleep(100 * time.Millisecond) // a file that changed just now is not permitted
	file := filepath.Join(t.TempDir(), "marks")
	begun, release := make(chan bool), make(chan bool)
	read := 0
	s.mu.Lock()
	s.reading = func() {
		if read++; read == 20 { // by now the ring is in use
			close(begun)
			<-release
		}
	}
	s.mu.Unlock()
	cmd := exec.Command(loop, "vfork", "1000000", "1", mark, file)
	cmd.Env = s.guarded()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-begun
	time.Sleep(50 * time.Millisecond) // permits hold for longer
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	for syscall.Kill(-cmd.Process.Pid, 0) != syscall.ESRCH {
		time.Sleep(time.Millisecond)
	}
	s.mu.Lock()
	early := len(s.noted)
	s.mu.Unlock()
	close(release)
	asked, noted := s.counts(mark)
	// The last one may have been told of, and killed before it ran.
	if ran := marks(t, file); noted < early+10 || asked+noted < ran || asked+noted > ran+1 {
		t.Errorf("%d asked, %d noted of which %d before their end; %d ran", asked, noted, early, ran)
	}
}

// TestRingOfTheGone: once nobody reads, the ring takes no note, what would be
// permitted is refused, and what ran before that was told of.
func TestRingOfTheGone(t *testing.T) {
	s := newPermitSession(t)
	mark := buildC(t, "testdata/mark.c")
	time.Sleep(100 * time.Millisecond) // a file that changed just now is not permitted
	dir := t.TempDir()
	script := fmt.Sprintf(`
import os, subprocess, sys, time
run = lambda: subprocess.run([%q, %q], close_fds=False).returncode
if any(run() for i in range(20)):
    sys.exit(3)
open(%q, "w").close()
while not os.path.exists(%q):
    run()
sys.exit(run())
`, mark, dir+"/marks", dir+"/ready", dir+"/gone")
	go func() {
		for {
			if _, err := os.Stat(dir + "/ready"); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		s.server.Close()
		os.WriteFile(dir+"/gone", nil, 0o600)
	}()
	res, _ := s.run(s.guarded(), need(t, "python3"), "-c", script)
	if res.code != 126 || !strings.Contains(res.err, "has ended") {
		t.Errorf("%+v", res)
	}
	// One may have been told of that heard that nobody reads, and asked.
	asked, noted := s.counts(mark)
	if ran := marks(t, dir+"/marks"); noted < 5 || asked+noted < ran || asked+noted > ran+1 {
		t.Errorf("%d asked and %d noted before; %d ran", asked, noted, ran)
	}
}
