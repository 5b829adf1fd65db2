package preload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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

// TestRingOfTheGone: once nobody reads, the ring takes no note, and what would be
// permitted is refused.
func TestRingOfTheGone(t *testing.T) {
	s := newPermitSession(t)
	truth := need(t, "true")
	dir := t.TempDir()
	script := fmt.Sprintf(`
import os, subprocess, sys, time
run = lambda: subprocess.run([%q], close_fds=False).returncode
if any(run() for i in range(20)):
    sys.exit(3)
open(%q, "w").close()
while not os.path.exists(%q):
    run()
sys.exit(run())
`, truth, dir+"/ready", dir+"/gone")
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
	if _, noted := s.counts(truth); noted < 5 {
		t.Errorf("%d notes before", noted)
	}
}
