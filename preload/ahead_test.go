package preload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rampart/engine/wire"
	"rampart/preload"
)

// newAheadSession is one that may start programs ahead of their answers.
func newAheadSession(t *testing.T) *session {
	t.Helper()
	s, _ := newAheadSessionKnowing(t)
	return s
}

// newAheadSessionKnowing also returns where programs are told of that may.
func newAheadSessionKnowing(t *testing.T) (*session, *wire.Permits) {
	t.Helper()
	permits, err := wire.NewPermits()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { permits.Close() })
	permits.StartAhead()
	return newSessionWith(t, permits), permits
}

// inPlace waits until the kernel says that a process runs a file.
func inPlace(pid int, file string) bool {
	want, err := filepath.EvalSymlinks(file)
	for range 2000 {
		if got, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe"); err == nil && got == want {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// TestAhead: while the engine judges, the program is in place and has done
// nothing; what the answer says holds for it as for others.
func TestAhead(t *testing.T) {
	s := newAheadSession(t)
	touch, bash := need(t, "touch"), need(t, "bash")
	var at string
	var waiting atomic.Int32
	s.judge = func(r *wire.Request) *wire.Reply {
		if !r.Ahead {
			return &wire.Reply{Action: wire.Allow}
		}
		if waiting.Add(1); !r.Child && !inPlace(r.PID, r.Path) {
			t.Errorf("%q is asked about, and not in place", r.Argv)
		}
		time.Sleep(20 * time.Millisecond) // what it would do, it would have done
		if exists(at, "mark") {
			t.Errorf("%q ran before it was judged", r.Argv)
		}
		reply := denyForbidden(r)
		for i, a := range r.Argv {
			if strings.HasPrefix(a, "echo text") {
				reply.Rewrites = append(reply.Rewrites, wire.Rewrite{Index: i, Text: "echo " + strings.Repeat("long ", 5000)})
			}
		}
		return reply
	}
	python := need(t, "python3")
	fork := "import os, sys\np = os.fork()\nif p == 0: os.execv(sys.argv[1], sys.argv[1:])\n" +
		"sys.exit(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]))"
	vfork := buildC(t, "testdata/spawnloop.c")
	withShells := s.in.Environ(plain(), preload.Library|preload.Shells)
	for _, c := range []struct {
		name string
		env  []string
		argv []string
		want result
		mark bool
	}{
		{"fork, allowed", s.guarded(), []string{python, "-c", fork, touch, "mark"}, result{}, true},
		{"fork, refused", s.guarded(), []string{python, "-c", fork, touch, "mark", forbidden}, result{err: "test policy: FORBIDDEN is refused\n", code: 126}, false},
		{"vfork", s.guarded(), []string{vfork, "vfork", "1", "1", touch, "mark"}, result{}, true},
		{"posix_spawn", s.guarded(), []string{vfork, "spawn", "1", "1", touch, "mark"}, result{}, true},
		{"posix_spawn, refused", s.guarded(), []string{python, "-c", "import os, sys\np = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)\nsys.exit(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]))", touch, "mark", forbidden}, result{err: "test policy: FORBIDDEN is refused\n", code: 126}, false},
		{"exec", s.guarded(), []string{bash, "-c", "cd . && exec " + touch + " mark FORB''IDDEN"}, result{err: "test policy: FORBIDDEN is refused\n", code: 126}, false},
		{"another text", s.guarded(), []string{python, "-c", fork, bash, "-c", "echo text"}, result{out: strings.TrimSuffix(strings.Repeat("long ", 5000), " ") + "\n"}, false},
		{"the substitute shell", withShells, []string{filepath.Join(s.dir, "bin", "bash"), "-c", "echo text"}, result{out: strings.TrimSuffix(strings.Repeat("long ", 5000), " ") + "\n"}, false},
		{"no standard input", s.guarded(), []string{python, "-c", "import os\nos.close(0)\n" + fork, bash, "-c", "read x || echo closed; : >mark"}, result{out: "closed\n"}, true},
		{"what is open", s.guarded(), []string{python, "-c", "import os; os.closerange(3, 48)\n" + fork, bash, "-c", "for i in {0..47}; do [ -e /proc/self/fd/$i ] && printf ' '$i; done; :"}, result{out: " 0 1 2"}, false},
	} {
		waiting.Store(0)
		at = t.TempDir()
		got, _ := run(t, at, c.env, c.argv...)
		if c.name == "no standard input" {
			got.err = "" // bash says so in its own words
		}
		if c.argv[0] == vfork {
			got.out = "" // how long it took
		}
		if got != c.want || exists(at, "mark") != c.mark || waiting.Load() != 1 {
			t.Errorf("%s: %.300s; started ahead %d times", c.name, fmt.Sprintf("%+v", got), waiting.Load())
		}
	}
}

// TestNotAhead: what might come up without the library, or run something before it,
// is asked about while nothing of it has been started.
func TestNotAhead(t *testing.T) {
	s := newAheadSession(t)
	var judged atomic.Int32
	subject := ""
	s.judge = func(r *wire.Request) *wire.Reply {
		if r.Argv[0] == "subject" {
			judged.Add(1)
			if r.Ahead {
				t.Errorf("%s was started ahead", r.Path)
			}
		}
		return denyForbidden(r)
	}
	python := need(t, "python3")
	start := func(how string) []string {
		return []string{python, "-c", "import os, sys\n" + how + "\npath = sys.argv[1]\np = os.fork()\nif p == 0: os.execv(path, ['subject', '--version'])\nos.waitpid(p, 0)", subject}
	}
	dir := t.TempDir()
	own, script := filepath.Join(dir, "true"), filepath.Join(dir, "script")
	copyProgram(t, need(t, "true"), own)
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, subject, how string }{
		{"a variable of the linker's", need(t, "true"), "os.environ['LD_BIND_NOW'] = '1'"},
		{"tunables", need(t, "true"), "os.environ['GLIBC_TUNABLES'] = 'glibc.malloc.check=0'"},
		{"another library", need(t, "true"), "os.environ['LD_PRELOAD'] = '/nonexistent.so'"},
		{"a copy", own, ""},
		{"a script", script, ""},
		{"a static program", need(t, "busybox"), ""},
		{"git", need(t, "git"), ""},
		{"rights of its own", need(t, "mount"), ""},
		{"by a detour", "/usr/../usr/bin/true", ""},
		{"relative", "./true", "os.chdir('/usr/bin')"},
		{"few descriptors", need(t, "true"), "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))"},
		{"another thread", need(t, "true"), "import threading, time; threading.Thread(target=lambda: time.sleep(9), daemon=True).start(); os.execv(sys.argv[1], ['subject', '--version'])"},
		{"other mounts", need(t, "true"), "import ctypes; u = os.getuid(); assert ctypes.CDLL(None).unshare(0x10020000) == 0; open('/proc/self/uid_map', 'w').write('0 %d 1' % u)"},
		{"posix_spawn that moves descriptors", need(t, "true"), "os.posix_spawn(sys.argv[1], ['subject'], os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, 0)]); os.wait(); sys.exit()"},
		{"posix_spawn beside a thread", need(t, "true"), "import threading; threading.Thread(target=lambda: None).start(); os.posix_spawn(sys.argv[1], ['subject'], os.environ); os.wait(); sys.exit()"},
		{"traced; and nothing from then on", need(t, "true"), "import ctypes\nif os.fork() == 0: os._exit(ctypes.CDLL(None).ptrace(0, 0, None, None))\nassert os.wait()[1] == 0"},
	} {
		judged.Store(0)
		subject = c.subject
		if got, _ := run(t, t.TempDir(), s.guarded(), start(c.how)...); judged.Load() != 1 || got.code != 0 {
			t.Errorf("%s: judged %d times: %+v", c.name, judged.Load(), got)
		}
	}
}

// TestEngineDiesWhileAwaited: no answer is a refusal there, too.
func TestEngineDiesWhileAwaited(t *testing.T) {
	s := newAheadSession(t)
	asked := make(chan struct{})
	s.judge = func(r *wire.Request) *wire.Reply {
		if r.Ahead && strings.HasSuffix(r.Path, "touch") {
			close(asked)
			<-r.Context().Done()
		}
		return &wire.Reply{Action: wire.Allow}
	}
	proxy := filepath.Join(s.dir, wire.SocketName)
	if err := os.Rename(proxy, proxy+"-real"); err != nil {
		t.Fatal(err)
	}
	stop := cutter(t, proxy, proxy+"-real")
	go func() { <-asked; stop() }()
	got, at := s.run(s.guarded(), need(t, "python3"), "-c",
		"import os\np = os.fork()\nif p == 0: os.execv('/usr/bin/touch', ['touch', 'mark'])\nprint(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]))")
	if got.out != "126\n" || exists(at, "mark") || !strings.Contains(got.err, "/usr/bin/touch was not run, because Rampart's engine went away before it answered") {
		t.Errorf("%+v", got)
	}
	os.Rename(proxy+"-real", proxy)
}
