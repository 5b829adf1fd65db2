package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rampart/test/binary"
)

// rampart runs one of rampart's other commands in a world.
func (w *world) rampartDoes(stdin io.Reader, args ...string) result {
	w.t.Helper()
	c := exec.Command(binary.Path(w.t), args...)
	c.Dir, c.Env, c.Stdin = w.work, w.env, stdin
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return w.finish(c)
}

// TestBrokenPolicy checks that a policy that doesn't load stops everything,
// and that the place of the mistake is named.
func TestBrokenPolicy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		says       []string
	}{
		{"unknown key", "version: \"1\"\ndefault_action: allow\npolices: []\n", []string{"policy.yaml:3:1", "polices", "policies"}},
		{"unknown condition", "version: \"1\"\npolicies:\n  - name: a\n    rules:\n      - action: deny\n        when: {comand_matches: [x]}\n", []string{"policy.yaml:6:", "command_matches"}},
		{"wrong type", "version: \"1\"\npolicies:\n  - name: a\n    priority: high\n    rules: []\n", []string{"policy.yaml:4:15"}},
		{"unknown action", "version: \"1\"\npolicies:\n  - name: a\n    rules:\n      - action: denny\n        when: {default: true}\n", []string{"policy.yaml:5:17", "deny"}},
		{"impossible glob", "version: \"1\"\npolicies:\n  - name: a\n    rules:\n      - action: deny\n        when: {path_matches: [\"[\"]}\n", []string{"policy.yaml:6:"}},
		{"not YAML", "version: \"1\"\n\tpolicies: [\n", []string{"policy.yaml:2"}},
		{"binary", "\x00\x01\x02\xff\xfe", []string{"policy.yaml", "NUL"}},
		{"unknown version", "version: \"99\"\n", []string{"policy.yaml:1:10"}},
		{"empty", "", []string{"policy.yaml"}},
		{"only a comment", "# nothing here\n", []string{"policy.yaml"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			file := w.write("policy.yaml", tt.text)
			for _, args := range [][]string{
				{"wrap", "--config", file, "--", "touch", "ran"},
				{"preload", "--config", file, "--", "touch", "ran"},
				{"test", "--config", file, "true"},
				{"explain", "--config", file, "true"},
				{"eval", "--config", file},
			} {
				got := w.rampartDoes(strings.NewReader(`{"tool":"exec","command":"true"}`+"\n"), args...)
				if got.exit != 2 {
					t.Errorf("%s: exit status %d, want 2: %+v", args[0], got.exit, got)
				}
				for _, want := range tt.says {
					if !strings.Contains(got.stderr, want) {
						t.Errorf("%s: no %q in %q", args[0], want, got.stderr)
					}
				}
			}
			if w.has("ran") {
				t.Error("something ran")
			}
		})
	}
}

// TestMissingPolicy names files that can't be read.
func TestMissingPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, file := range []string{"no-such.yaml", w.work} {
		got := w.rampartDoes(nil, "wrap", "--config", file, "--", "touch", "ran")
		if got.exit != 2 || !strings.Contains(got.stderr, file) || w.has("ran") {
			t.Errorf("%s: %+v", file, got)
		}
	}
	w.write("home/.rampart/policies/mine.yaml", "polices: []\n")
	w.flags = nil
	for _, layer := range guarded {
		if got := w.do(layer, "", "touch", "ran"); got.exit != 2 || !strings.Contains(got.stderr, "mine.yaml:1:1") || w.has("ran") {
			t.Errorf("%s with a broken policy at home: %+v", layer, got)
		}
	}
}

// TestHugeCommand gives commands of 100 MB: refused, soon and in words.
func TestHugeCommand(t *testing.T) {
	t.Parallel()
	const size = 100 << 20
	w := newWorld(t)
	start := time.Now()
	got := w.rampartDoes(io.LimitReader(repeated("echo x; "), size), "test", "--config", w.root+"/policy.yaml", "-")
	if got.exit == 0 || got.stdout+got.stderr == "" || len(got.stdout+got.stderr) > 64<<10 {
		t.Errorf("test: exit status %d, %.500s", got.exit, got.stdout+got.stderr)
	}
	line := io.MultiReader(strings.NewReader(`{"id":"big","tool":"exec","command":"`), io.LimitReader(repeated("echo x; "), size), strings.NewReader("\"}\n"+`{"id":"next","tool":"exec","command":"true"}`+"\n"))
	got = w.rampartDoes(line, "eval", "--config", w.root+"/policy.yaml")
	answers := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if len(answers) != 2 {
		t.Fatalf("eval gave %d answers: exit status %d, %.500s %.500s", len(answers), got.exit, got.stdout, got.stderr)
	}
	var big, next struct{ ID, Action, Error string }
	if json.Unmarshal([]byte(answers[0]), &big) != nil || big.Action == "allow" || big.Action == "" && big.Error == "" {
		t.Errorf("eval of a huge command: %.500s", answers[0])
	}
	if json.Unmarshal([]byte(answers[1]), &next) != nil || next.ID != "next" || next.Action != "allow" {
		t.Errorf("eval after a huge command: %.500s", answers[1])
	}
	t.Logf("both took %v", time.Since(start))
}

// repeated is an endless repetition of a text.
func repeated(text string) io.Reader { return &repeater{text: text} }

type repeater struct {
	text string
	at   int
}

func (r *repeater) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], r.text[r.at:])
		n, r.at = n+k, (r.at+k)%len(r.text)
	}
	return n, nil
}

// TestHostileText gives text that is hard on parsers, to `test` and to a
// guarded shell. None may run, hang or end in anything but a plain refusal.
func TestHostileText(t *testing.T) {
	t.Parallel()
	needCage(t)
	deep := func(open, end string, n int) string {
		return strings.Repeat(open, n) + "touch ran" + strings.Repeat(end, n)
	}
	for _, tt := range []struct {
		name, text string
		refused    bool // must be; else it may also be allowed
	}{
		{"100,000 parentheses", deep("(", ")", 100_000), true},
		{"100,000 spaced parentheses", deep("( ", " )", 100_000), true},
		{"100,000 braces", deep("{ ", "; }", 100_000), true},
		{"80 substitutions", deep("$(", ")", 80), false},
		{"10,000 substitutions", deep("$(", ")", 10_000), true},
		{"10,000 backquotes", strings.Repeat("`", 9_999), true},
		{"open quote", "touch ran '", true},
		{"half a heredoc", "cat <<E\n$(touch ran", true},
		{"NUL", "echo a\x00b; touch ran", true},
		{"binary", string(noise(4000)), true},
		{"carriage return before a comment", "echo a\r#b; touch FORBIDDEN", true},
		{"comment that ends in a backslash", "echo a #c\\\ntouch FORBIDDEN", true},
		{"glued close", "<&-touch FORBIDDEN", true},
		{"let", "let 1|touch FORBIDDEN", true},
		{"coproc", "coproc touch FORBIDDEN|cat", true},
		{"brace bomb", "echo {1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}", false},
		{"1 MB of words", strings.Repeat("word ", 200_000), false},
		{"10,000 heredocs", strings.Repeat("cat <<E; ", 10_000) + "\n" + strings.Repeat("E\n", 10_000), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			start := time.Now()
			got := w.rampartDoes(strings.NewReader(tt.text), "test", "--config", w.root+"/policy.yaml", "-")
			unfinished := strings.Contains(got.stdout, "no shell would run this")
			if tt.refused && got.exit != 1 && !unfinished {
				t.Errorf("test: exit status %d: %.1000s", got.exit, got.stdout+got.stderr)
			}
			if out := got.stdout + got.stderr; out == "" || strings.Contains(out, "goroutine ") || len(out) > 64<<10 {
				t.Errorf("test says %d bytes: %.1000s", len(out), out)
			}
			t.Logf("test took %v", time.Since(start))
			if !tt.refused {
				return
			}
			// A text is refused. A script that can't be understood runs as it is,
			// and what it starts is judged.
			w.write("home/app/script", tt.text)
			for _, layer := range guarded {
				w.caged(layer, "bash", "script")
				if w.has("FORBIDDEN") {
					t.Errorf("%s: it ran from a file", layer)
				}
				os.Remove(filepath.Join(w.work, "ran"))
				if len(tt.text) >= 128<<10 || strings.Contains(tt.text, "\x00") {
					continue // no argument can be that
				}
				got := w.caged(layer, "bash", "-c", tt.text)
				status, says := 126, "rampart:"
				if unfinished { // as the shell itself would have it
					status, says = 2, "syntax error:"
				}
				if got.exit != status || !strings.Contains(got.stderr, says) || len(got.stderr) > 64<<10 {
					t.Errorf("%s: exit status %d: %.1000s", layer, got.exit, got.stderr)
				}
			}
			if w.has("ran") || w.has("FORBIDDEN") {
				t.Error("it ran")
			}
		})
	}
}

// starter starts programs until it is killed; each leaves a mark.
const starter = `
import os, subprocess, time
n = 0
while True:
    n += 1
    r = subprocess.run(['touch', 'marks/%d' % n], capture_output=True, text=True)
    open('new', 'w').write('%d %s' % (r.returncode, r.stderr))
    os.rename('new', 'last')
    if n == 3: print('ready', flush=True)
    time.sleep(0.02)
`

// TestEngineKilled kills rampart with its agent running: what is left of the
// agent can start nothing any more.
func TestEngineKilled(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, layer := range guarded {
		t.Run(layer, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := os.Mkdir(filepath.Join(w.work, "marks"), 0o700); err != nil {
				t.Fatal(err)
			}
			c := w.command(layer, "python3", "-c", starter)
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				for _, p := range w.members() {
					syscall.Kill(p.pid, syscall.SIGKILL)
				}
			})
			io.ReadFull(out, make([]byte, len("ready")))
			c.Process.Kill()
			c.Process.Wait()
			time.Sleep(300 * time.Millisecond) // what was under way may end
			count := func() int {
				names, _ := os.ReadDir(filepath.Join(w.work, "marks"))
				return len(names)
			}
			before := count()
			time.Sleep(time.Second)
			if after := count(); before == 0 || after != before {
				last, _ := os.ReadFile(filepath.Join(w.work, "last"))
				t.Errorf("%d marks, a second later %d; the last start: %s", before, after, last)
			}
			if len(w.members()) == 0 {
				return // the tree went with it
			}
			last, _ := os.ReadFile(filepath.Join(w.work, "last"))
			if !strings.HasPrefix(string(last), "126 ") || !strings.Contains(string(last), "rampart") {
				t.Errorf("the agent isn't told why: %s", last)
			}
		})
	}
}

// TestAuditDiskFull fills the disk that the audit is on: commands stop, with a
// reason.
func TestAuditDiskFull(t *testing.T) {
	t.Parallel()
	needCage(t)
	const agent = `i=0; while [ $i -lt 3000 ]; do i=$((i+1)); /bin/touch last-$((i%5)) || { echo "stopped at $i with $?"; exit 9; }; done; echo never stopped`
	for _, layer := range guarded {
		t.Run(layer, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.write("home/.rampart/audit/.keep", "")
			cage := []string{
				"bwrap", "--dev-bind", "/", "/", "--size", "200000", "--tmpfs", w.home + "/.rampart/audit",
				"--die-with-parent", "--chdir", w.work, "--",
			}
			got := w.do(bare, "", append(cage, w.argv(layer, "sh", "-c", agent)...)...)
			if strings.Contains(got.stderr, "--size") {
				t.Skip("this bwrap can't limit a tmpfs")
			}
			if !strings.Contains(got.stdout, "with 126") || !strings.Contains(got.stderr, "audit") {
				t.Errorf("exit status %d, stdout %s, stderr %.2000s", got.exit, got.stdout, got.stderr)
			}
			w.flags = append(w.flags, "--fail-open")
			got = w.do(bare, "", append(cage, w.argv(layer, "sh", "-c", strings.Replace(agent, "3000", "600", 1))...)...)
			if !strings.Contains(got.stdout, "never stopped") || !strings.Contains(got.stderr, "not in the audit trail") {
				t.Errorf("--fail-open: exit status %d, stdout %s, stderr %.2000s", got.exit, got.stdout, got.stderr)
			}
		})
	}
}

// TestAuditCannotStart gives rampart a place where no audit can be written.
func TestAuditCannotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.write("a-file", "")
	for _, layer := range guarded {
		w.flags = []string{"--config", w.root + "/policy.yaml", "--audit-dir", file + "/audit"}
		got := w.do(layer, "", "touch", "ran")
		if got.exit != 125 || !strings.Contains(got.stderr, "audit") || w.has("ran") {
			t.Errorf("%s: %+v", layer, got)
		}
	}
}

// TestBadHome takes the home away, in several ways: rampart says so and runs
// nothing.
func TestBadHome(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		home string // "": unset
	}{
		{"unset", ""},
		{"missing", "/no/such/home"},
		{"a file", "FILE"},
		{"relative", "relative"},
		{"read-only", "READONLY"},
	} {
		for _, layer := range guarded {
			t.Run(tt.name+"/"+layer, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				home := tt.home
				var cage []string
				switch home {
				case "FILE":
					home = w.write("a-file", "")
				case "READONLY": // for root too
					needCage(t)
					home = w.root + "/ro"
					if err := os.Mkdir(home, 0o700); err != nil {
						t.Fatal(err)
					}
					cage = []string{"bwrap", "--dev-bind", "/", "/", "--ro-bind", home, home, "--chdir", w.work, "--"}
				}
				var env []string
				for _, kv := range w.env {
					if !strings.HasPrefix(kv, "HOME=") {
						env = append(env, kv)
					}
				}
				if home != "" {
					env = append(env, "HOME="+home)
				}
				w.env = env
				got := w.do(bare, "", append(cage, w.argv(layer, "touch", "ran")...)...)
				if got.exit != 125 && got.exit != 2 || w.has("ran") {
					t.Errorf("exit status %d, ran is %v: %s", got.exit, w.has("ran"), got.stderr)
				}
				if !strings.Contains(got.stderr, "rampart: ") {
					t.Errorf("no reason: %q", got.stderr)
				}
			})
		}
	}
}

// TestBadArguments are the ways of getting the command line wrong.
func TestBadArguments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, args := range [][]string{
		{"wrap"}, {"wrap", "--"}, {"preload"}, {"wrap", "--no-such-flag", "--", "touch", "ran"}, {"wrap", "--mode", "strict", "--", "touch", "ran"},
		{"wrap", "--profile", "none", "--", "touch", "ran"}, {"no-such-command"}, {"test"}, {"explain"},
	} {
		got := w.rampartDoes(nil, args...)
		if got.exit != 2 || got.stderr == "" || w.has("ran") {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// TestManyAtOnce has eight processes start programs at the same time: each is
// judged and recorded.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const each = 50
	for _, layer := range guarded {
		w := newWorld(t)
		script := fmt.Sprintf(`for j in 1 2 3 4 5 6 7 8; do (i=0; while [ $i -lt %d ]; do i=$((i+1)); /bin/touch m-$j-$i; done) & done; wait`, each)
		if got := w.do(layer, "", "sh", "-c", script); got != (result{}) {
			t.Fatalf("%s: %+v", layer, got)
		}
		files, _ := filepath.Glob(filepath.Join(w.work, "m-*"))
		if len(files) != 8*each {
			t.Errorf("%s: %d marks", layer, len(files))
		}
		n := 0
		logs, _ := filepath.Glob(filepath.Join(w.home, ".rampart/audit/*.jsonl"))
		for _, f := range logs {
			b, _ := os.ReadFile(f)
			for line := range bytes.Lines(b) {
				if bytes.Contains(line, []byte("/bin/touch")) && bytes.Contains(line, []byte(`"m-`)) {
					n++
				}
			}
		}
		if n < 8*each {
			t.Errorf("%s: %d records of %d starts", layer, n, 8*each)
		}
	}
}
