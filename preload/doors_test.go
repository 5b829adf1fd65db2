package preload_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rampart/engine/wire"
	"rampart/preload"
)

// compile builds a program of testdata with the given compiler.
func compile(t *testing.T, cc, source string, flags ...string) string {
	t.Helper()
	words := strings.Fields(cc)
	need(t, words[0])
	out := filepath.Join(t.TempDir(), strings.TrimSuffix(source, ".c"))
	args := append(words[1:], "-O1", "-o", out, filepath.Join("testdata", source))
	args = append(args, flags...)
	if text, err := exec.Command(words[0], args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cc, err, text)
	}
	return out
}

// doors of testdata/doors.c, and the layer that must see what comes through.
var doors = []struct {
	name  string
	layer wire.Layer
	count int // of execs of touch
	dir   string
}{
	{name: "execve"}, {name: "execve-empty-env"}, {name: "execve-null-env"},
	{name: "execv"}, {name: "execvp"}, {name: "execvpe"},
	{name: "execl"}, {name: "execle"}, {name: "execlp"},
	{name: "fexecve"}, {name: "fexecve-memfd"}, {name: "proc-fd"},
	{name: "syscall-execve"}, {name: "syscall-execveat"}, {name: "syscall-execveat-fd"},
	{name: "vfork"}, {name: "posix_spawn"}, {name: "posix_spawnp"},
	// The library can't see where file actions change to: the child asks again.
	{name: "posix_spawn-actions", count: 2, dir: "sub"},
	{name: "threads", count: 16},
	{name: "system", layer: wire.Constructor}, {name: "popen", layer: wire.Constructor},
	{name: "wordexp", layer: wire.Constructor},
}

func TestDoors(t *testing.T) {
	for _, cc := range []string{"gcc", "musl-gcc"} {
		t.Run(cc, func(t *testing.T) {
			program := compile(t, cc, "doors.c", "-pthread")
			for _, d := range doors {
				t.Run(d.name, func(t *testing.T) { testDoor(t, program, d.name, d.layer, d.count, d.dir) })
			}
		})
	}
}

func testDoor(t *testing.T, program, door string, layer wire.Layer, count int, sub string) {
	s := newSession(t)
	if layer == "" {
		layer = wire.Preload
	}
	dir := func() string {
		d := t.TempDir()
		if err := os.Mkdir(filepath.Join(d, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		return d
	}

	bare, at := run(t, dir(), plain(), program, door, "o", "k")
	if !exists(filepath.Join(at, sub), "ok") || bare.code != 0 {
		t.Fatalf("the door does not work bare: %+v", bare)
	}
	got, at := run(t, dir(), s.guarded(), program, door, "o", "k")
	if got != bare || !exists(filepath.Join(at, sub), "ok") {
		t.Errorf("allowed: got %+v, bare %+v", got, bare)
	}
	var seen []string
	for _, r := range s.requests() {
		if r.Path == program {
			continue // started by the test
		}
		if strings.HasSuffix(r.Path, "touch") || r.Layer == layer {
			seen = append(seen, string(r.Layer)+" "+r.Path)
		}
		if r.Layer == layer && r.Layer == wire.Preload && len(r.Argv) != 2 {
			t.Errorf("argv %q", r.Argv)
		}
	}
	if len(seen) == 0 || !strings.HasPrefix(seen[0], string(layer)) {
		t.Errorf("seen %q, want by %s", seen, layer)
	}
	if count == 0 {
		count = 1
	}
	if layer == wire.Preload && len(seen) != count {
		t.Errorf("asked %d times, want %d: %q", len(seen), count, seen)
	}

	got, at = run(t, dir(), s.guarded(), program, door, "FORBID", "DEN")
	const message = "test policy: FORBIDDEN is refused\n"
	// wordexp sends the shell's errors to /dev/null.
	if got.code != 126 || !strings.Contains(got.err, message) && door != "wordexp" {
		t.Errorf("refused: %+v", got)
	}
	if exists(filepath.Join(at, sub), "FORBIDDEN") {
		t.Error("refused, and it ran")
	}
	if len(s.incidents) > 0 {
		t.Error(s.incidents)
	}
}

// A child of a static program is seen by nothing but its own constructor.
func TestStaticParent(t *testing.T) {
	static := compile(t, "gcc", "launch.c", "-static")
	for _, cc := range []string{"gcc", "musl-gcc"} {
		t.Run(cc, func(t *testing.T) {
			child := compile(t, cc, "builtin.c")
			s := newSession(t)
			bare, at := s.run(plain(), static, child, "o", "k")
			if !exists(at, "ok") || bare.code != 0 {
				t.Fatalf("bare: %+v", bare)
			}
			got, at := s.run(s.guarded(), static, child, "o", "k")
			if got != bare || !exists(at, "ok") {
				t.Errorf("allowed: %+v, bare %+v", got, bare)
			}
			got, at = s.run(s.guarded(), static, child, "FORBID", "DEN")
			if got.code != 126 || got.err != "test policy: FORBIDDEN is refused\n" || exists(at, "FORBIDDEN") {
				t.Errorf("refused: %+v", got)
			}
			s.requests()

			// Canonical text replaces the argument before main reads it.
			s.judge = func(r *wire.Request) *wire.Reply {
				reply := &wire.Reply{Action: wire.Allow}
				if r.Layer == wire.Constructor && r.Path == child {
					long := strings.Repeat("n", 200)
					reply.Rewrites = []wire.Rewrite{{Index: 1, Text: "canonical-" + long}}
				}
				return reply
			}
			got, at = s.run(s.guarded(), static, child, "FORBID", "DEN")
			if got.code != 0 || !exists(at, "canonical-"+strings.Repeat("n", 200)) || exists(at, "FORBIDDEN") {
				t.Errorf("rewritten: %+v", got)
			}
		})
	}
}

func TestRewrite(t *testing.T) {
	s := newSession(t)
	long := "echo " + strings.Repeat("x", 50000)
	s.judge = func(r *wire.Request) *wire.Reply {
		reply := &wire.Reply{Action: wire.Allow}
		for i, a := range r.Argv {
			switch a {
			case "echo REPLACE":
				reply.Rewrites = append(reply.Rewrites, wire.Rewrite{Index: i, Text: "echo canonical"})
			case "echo LONG":
				reply.Rewrites = append(reply.Rewrites, wire.Rewrite{Index: i, Text: long})
			case "ELSEWHERE":
				if strings.HasSuffix(r.Path, "/cat") {
					reply.Path = "/bin/echo"
				}
			}
		}
		return reply
	}
	for _, c := range []struct {
		argv []string
		want string
	}{
		{[]string{"env", "bash", "-c", "echo REPLACE"}, "canonical\n"},
		{[]string{"env", "bash", "-c", "echo LONG"}, long[5:] + "\n"},
		{[]string{"env", "bash", "-c", "sh -c 'echo REPLACE'; :"}, "canonical\n"},
		{[]string{"env", "cat", "ELSEWHERE"}, "ELSEWHERE\n"},
		{[]string{"/usr/bin/python3", "-c", "import os; os.posix_spawn('/bin/sh', ['sh','-c','echo LO'+'NG'], {}); os.wait()"}, long[5:] + "\n"},
		{[]string{"/usr/bin/python3", "-c", "import os; os.system('echo REPL'+'ACE')"}, "canonical\n"},
	} {
		if got, _ := s.run(s.guarded(), c.argv...); got.out != c.want || got.err != "" || got.code != 0 {
			t.Errorf("%q: code %d, %.100q, %.200q", c.argv, got.code, got.out, got.err)
		}
	}
	if n := len(s.requests()); n != 6+6+1 {
		t.Errorf("asked %d times", n)
	}
}

func TestSubstituteShell(t *testing.T) {
	s := newSession(t)
	all := s.in.Environ(plain(), preload.Library|preload.Shells)
	only := s.in.Environ(plain(), preload.Shells)
	for _, name := range []string{"sh", "bash", "dash", "zsh"} {
		real, err := exec.LookPath(name)
		if err != nil {
			t.Logf("%s is not installed", name)
			continue
		}
		sub := filepath.Join(s.dir, "bin", name)
		for _, env := range [][]string{all, only} {
			for _, args := range [][]string{
				{"-c", "echo hi; exit 3"},
				{"-c", `printf '%s,' "$0" "$@"`, "zero", "one two", ""},
				{"-ec", "false; echo no"},
				{"-c", "kill -9 $$"},
			} {
				bare, _ := s.run(plain(), append([]string{real}, args...)...)
				got, _ := s.run(env, append([]string{sub}, args...)...)
				if got != bare {
					t.Errorf("%s %q: got %+v, bare %+v", name, args, got, bare)
				}
				rs := s.requests()
				if len(rs) != 1 || rs[0].Layer != wire.Shell || rs[0].Path != real || rs[0].Argv[1] != args[0] {
					t.Errorf("%s %q: requests %+v", name, args, rs)
				}
			}
			got, at := s.run(env, sub, "-c", "echo x >FORBIDDEN")
			if got.code != 126 || got.err != "test policy: FORBIDDEN is refused\n" || exists(at, "FORBIDDEN") {
				t.Errorf("%s refused: %+v", name, got)
			}
			s.requests()
		}
		// Seen by the library, the substitute is skipped: one question only.
		got, _ := s.run(all, "env", name, "-c", "echo $0")
		if rs := s.requests(); got.out != name+"\n" || len(rs) != 2 || rs[1].Layer != wire.Preload || rs[1].Path != real {
			t.Errorf("%s through the library: %+v %+v", name, got, rs)
		}
	}
}
