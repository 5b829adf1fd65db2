package preload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rampart/engine/wire"
)

// ripe returns a file's identity once it has not changed for long enough.
func ripe(t *testing.T, file string) wire.FileID {
	t.Helper()
	for range 200 {
		if id, ok := wire.IdentifyFile(file, time.Now()); ok {
			return id
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s can't be identified", file)
	return wire.FileID{}
}

// TestAheadKnown: a program of the user's that the engine has looked at starts ahead, however it
// is started; it has the names that it has bare, and does nothing before it is allowed.
func TestAheadKnown(t *testing.T) {
	s, permits := newAheadSessionKnowing(t)
	python, loop := need(t, "python3"), buildC(t, "testdata/spawnloop.c")
	dir := t.TempDir()
	self := filepath.Join(dir, "a-program-with-a-long-name")
	copyProgram(t, buildC(t, "testdata/self.c"), self)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	permits.MayStartAhead(ripe(t, self))
	var at string
	var ahead atomic.Int32
	s.judge = func(r *wire.Request) *wire.Reply {
		if r.Ahead && (r.Argv[0] == "zeroth" || r.Path == self) {
			ahead.Add(1)
			if !r.Child && !inPlace(r.PID, self) {
				t.Errorf("%q is asked about, and not in place", r.Argv)
			}
			time.Sleep(20 * time.Millisecond) // what it would do, it would have done
			if exists(at, "mark") {
				t.Errorf("%q ran before it was judged", r.Argv)
			}
		}
		return denyForbidden(r)
	}
	// Words are put together there: it is not the interpreter that is to be refused.
	start := func(how string, words ...string) []string {
		return append([]string{python, "-c", `import os, sys
words = [w.replace('_', '') for w in sys.argv[2:]]
def fork(path):
    p = os.fork()
    if p == 0: os.execv(path, words)
    return p
def spawn(path):
    return os.posix_spawn(path, words, os.environ)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(` + how + `, 0)[1]))`}, words...)
	}
	for _, c := range []struct {
		name string
		argv []string
		mark bool
	}{
		{"fork", start("fork(sys.argv[1])", self, "zeroth", "mark"), true},
		{"fork, refused", start("fork(sys.argv[1])", self, "zeroth", "mark", "FORB_IDDEN"), false},
		{"relative", start("os.chdir(os.path.dirname(sys.argv[1])) or fork('./' + os.path.basename(sys.argv[1]))", self, "zeroth"), false},
		{"by a link", start("fork(sys.argv[1])", link, "zeroth", "mark"), true},
		{"exec", []string{need(t, "bash"), "-c", "cd . && exec -a zeroth " + self + " mark"}, true},
		{"posix_spawn", start("spawn(sys.argv[1])", self, "zeroth", "mark"), true},
		{"posix_spawn, by a link", start("spawn(sys.argv[1])", link, "zeroth", "mark"), true},
		{"posix_spawn, refused", start("spawn(sys.argv[1])", self, "zeroth", "mark", "FORB_IDDEN"), false},
		{"vfork", []string{loop, "vfork", "1", "1", self, "mark"}, true},
	} {
		ahead.Store(0)
		at = t.TempDir()
		want, _ := run(t, at, plain(), c.argv...)
		os.Remove(filepath.Join(at, "mark"))
		got, _ := run(t, at, s.guarded(), c.argv...)
		if strings.HasSuffix(c.name, "refused") {
			want = result{err: "test policy: FORBIDDEN is refused\n", code: 126}
		}
		if c.argv[0] == loop { // which says how long it took
			got.out, _, _ = strings.Cut(got.out, "\n")
			want.out, _, _ = strings.Cut(want.out, "\n")
		}
		if got != want || exists(at, "mark") != c.mark || ahead.Load() != 1 {
			t.Errorf("%s: %.300s, bare %.300s; started ahead %d times", c.name, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want), ahead.Load())
		}
	}
}
