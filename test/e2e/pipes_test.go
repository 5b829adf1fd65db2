package e2e

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// noise are n bytes that look random and are always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// TestPipes runs programs whose descriptors are pipes and files: nothing may
// tell the guarded run from the bare one.
func TestPipes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		needs []string
		stdin []byte
		argv  []string
	}{
		{name: "no terminal", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nprint([os.isatty(i) for i in range(3)])\ntry: open('/dev/tty')\nexcept OSError as e: print(e)"}},
		{name: "two streams", argv: []string{"bash", "-c", "for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done"}},
		{name: "binary", stdin: noise(1 << 20), argv: []string{"cat"}},
		{name: "large output", argv: []string{"cat", "large"}},
		{name: "large output of a shell", argv: []string{"bash", "-c", "cat large; cat large >&2"}},
		{name: "large both ways", stdin: noise(10 << 20), argv: []string{"bash", "-c", "cat"}},
		{name: "no stdin", argv: []string{"cat"}},
		{name: "stdin in pieces", stdin: []byte("first\nsecond\nthird\n"), argv: []string{"sh", "-c", "read a; read b; echo $b $a; cat"}},
		{name: "script on stdin keeps the rest", stdin: []byte("read x\nvalue\necho got $x\nread y; echo $y\nother\n"), argv: []string{"bash"}},
		{name: "stdin read by a child", stdin: []byte("head -c 6\nabcde\necho next\n"), argv: []string{"sh"}},
		{name: "half of stdin", stdin: noise(4 << 20), argv: []string{"head", "-c", "1000"}},
		{name: "limits", argv: []string{"bash", "-c", "ulimit -a; umask; nice"}},
		{name: "signals", argv: []string{"grep", "^Sig[BI]", "/proc/self/status"}},
		{name: "open files", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nprint([f for f in map(int, os.listdir('/proc/self/fd')) if not 48 <= f < 58])"}}, // ours are there
		{name: "process group", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nprint(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid())"}},
		{name: "directory", argv: []string{"sh", "-c", "pwd | sed 's,.*/,,'; cd ..; pwd -P | sed 's,.*/,,'"}},
		{name: "awkward arguments", needs: []string{"python3"}, argv: []string{"python3", "-c", "import sys\nprint(sys.argv[1:])", "", " ", "a b", "--", "-x", "\xff\xfe", "new\nline", "$HOME", "*", "'", `"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			need(t, tt.needs...)
			run := func(layer string) (*world, result) {
				w := newWorld(t)
				w.write("home/app/large", string(noise(10<<20)))
				return w, w.do(layer, string(tt.stdin), tt.argv...)
			}
			_, want := run(bare)
			for _, layer := range guarded {
				t.Run(layer, func(t *testing.T) {
					w, got := run(layer)
					w.t = t
					if tt.name == "process group" && layer == wrapped {
						want.stdout = got.stdout // a session of its own is wrap's to choose
					}
					w.same(want, got)
					w.clean()
				})
			}
		})
	}
}

// TestEnvironment checks that `env` prints under preload what it prints bare,
// and under wrap all but what wrap is for.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	read := func(layer string) map[string]string {
		w := newWorld(t)
		w.env = append(w.env, "LD_LIBRARY_PATH=/nonexistent", "EMPTY=", "SPACE= x ", "BASH_FUNC_f%%=() {  echo f\n}")
		got := w.do(layer, "", "env", "-0")
		vars := map[string]string{}
		for _, kv := range strings.Split(got.stdout, "\x00") {
			k, v, _ := strings.Cut(strings.ReplaceAll(kv, w.root, "ROOT"), "=")
			vars[k] = v
		}
		return vars
	}
	want := read(bare)
	ours := map[string]bool{"SHELL": true, "CLAUDE_CODE_SHELL": true, "PATH": true}
	for _, layer := range guarded {
		got := read(layer)
		for k, v := range got {
			if layer == wrapped && ours[k] {
				continue
			}
			if w, ok := want[k]; !ok || w != v {
				t.Errorf("%s: %s=%s, bare %q (set: %v)", layer, k, v, w, ok)
			}
		}
		for k := range want {
			if _, ok := got[k]; !ok {
				t.Errorf("%s: %s is gone", layer, k)
			}
		}
	}
}

// TestReaderGoesAway closes the reading end early: the program has to end, as
// it does bare.
func TestReaderGoesAway(t *testing.T) {
	t.Parallel()
	for _, layer := range append([]string{bare}, guarded...) {
		t.Run(layer, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.command(layer, "yes")
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			c.Stderr = &stderr
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			io.CopyN(io.Discard, out, 100000)
			out.Close()
			if got := w.wait(c, new(bytes.Buffer), &stderr); got.exit != 141 {
				t.Errorf("%+v", got)
			}
			w.noProcesses()
		})
	}
}

// TestDescriptors checks that descriptors other than the three are passed on,
// and that a closed one is survived.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, open, script string }{
		{"third", "3<data", "cat <&3"},
		{"write to fifth", "5>made", "echo x >&5"},
		{"closed stderr", "2>&-", "ls no-such-file; echo $?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run := func(layer string) (*world, result) {
				w := newWorld(t)
				w.write("home/app/data", "from a descriptor\n")
				line := w.argv(layer, "sh", "-c", tt.script)
				c := exec.Command("sh", append([]string{"-c", `exec "$@" ` + tt.open, "sh"}, line...)...)
				c.Dir, c.Env = w.work, w.env
				return w, w.finish(c)
			}
			plain, want := run(bare)
			for _, layer := range guarded {
				w, got := run(layer)
				if got != want || w.has("made") != plain.has("made") {
					t.Errorf("%s: %+v, bare %+v", layer, got, want)
				}
			}
		})
	}
}

// TestLargeFile has a guarded shell write a file by redirection.
func TestLargeFile(t *testing.T) {
	t.Parallel()
	data := noise(10 << 20)
	for _, layer := range guarded {
		w := newWorld(t)
		c := w.command(layer, "bash", "-c", "cat > copy")
		c.Stdin = bytes.NewReader(data)
		if got := w.finish(c); got != (result{}) {
			t.Errorf("%s: %+v", layer, got)
		}
		b, err := os.ReadFile(filepath.Join(w.work, "copy"))
		if err != nil || sha256.Sum256(b) != sha256.Sum256(data) {
			t.Errorf("%s: the copy differs (%d bytes, %v)", layer, len(b), err)
		}
	}
}
