package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rampart/test/qr"
)

var keyText = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// newTrail is a world in which nothing was ever recorded.
func newTrail(t *testing.T) *world {
	w := newWorld(t)
	if err := os.RemoveAll(filepath.Join(w.home, ".rampart/audit")); err != nil {
		t.Fatal(err)
	}
	return w
}

// proves fails the test unless key is what the trail can be checked with.
func (w *world) proves(key string) {
	w.t.Helper()
	if got := w.audit("verify", "--key", key); got.exit != 0 {
		w.t.Errorf("verify --key %s: exit status %d: %s%s", key, got.exit, got.stdout, got.stderr)
	}
}

// On a terminal the first start in a folder shows the key as text and as a code,
// before the agent has said anything, and no other start does.
func TestFirstKeyOnTerminal(t *testing.T) {
	t.Parallel()
	for _, layer := range guarded {
		for _, dumb := range []bool{false, true} {
			w := newTrail(t)
			if dumb {
				w.env = append(w.env, "TERM=dumb")
			}
			status, text := w.open(layer, "printf", `\033[31mred\033[0m\n`).ends()
			shown, agent, ok := strings.Cut(text, "\033[31mred")
			keys := keyText.FindAllString(shown, -1)
			if status != 0 || !ok || len(keys) != 1 || keyText.MatchString(agent) || strings.Contains(agent, "█") {
				t.Fatalf("%s: exit status %d, keys %q:\n%s", layer, status, keys, text)
			}
			if strings.Contains(shown, "\033") == dumb {
				t.Errorf("%s: dumb is %v:\n%q", layer, dumb, shown)
			}
			if got := qr.Read(t, shown); !strings.EqualFold(got, keys[0]) {
				t.Errorf("%s: the code says %q, the text %s", layer, got, keys[0])
			}
			for line := range strings.Lines(colorless(shown)) {
				if len([]rune(strings.TrimRight(line, "\r\n"))) > 80 {
					t.Errorf("%s: too long: %q", layer, line)
				}
			}
			w.proves(keys[0])
			if _, text := w.open(layer, "true").ends(); keyText.MatchString(text) || strings.Contains(text, "█") {
				t.Errorf("%s: shown again:\n%s", layer, text)
			}
		}
	}
}

func colorless(s string) string { return regexp.MustCompile("\033\\[[0-9;]*m").ReplaceAllString(s, "") }

// Without a terminal the key is in one line on stderr.
func TestFirstKeyInOneLine(t *testing.T) {
	t.Parallel()
	for _, layer := range guarded {
		w := newTrail(t)
		got := w.do(layer, "", "echo", "hello")
		keys := keyText.FindAllString(got.stderr, -1)
		if got.stdout != "hello\n" || len(keys) != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "rampart audit key") {
			t.Fatalf("%s: stdout %q, stderr %q", layer, got.stdout, got.stderr)
		}
		w.proves(keys[0])
		if key := w.audit("key"); !strings.HasPrefix(key.stdout, keys[0]+"\n") || !strings.EqualFold(qr.Read(t, key.stdout), keys[0]) {
			t.Errorf("%s: audit key says\n%s", layer, key.stdout)
		}
		if got := w.do(layer, "", "echo", "hello"); got.stderr != "" {
			t.Errorf("%s: the second time: %q", layer, got.stderr)
		}
		// A terminal for one of the two is not the one that is written to.
		w = newTrail(t)
		c := w.start(append([]string{"sh", "-c", `"$@" 2>err`, "sh"}, w.argv(layer, "echo", "hello")...)...)
		c.ends()
		if b, err := os.ReadFile(filepath.Join(w.work, "err")); err != nil || strings.Count(string(b), "\n") > 2 || !keyText.Match(b) || strings.ContainsAny(string(b), "█\033") {
			t.Errorf("%s: stderr in a file: %q, %v", layer, b, err)
		}
	}
}

// A trail that had seals does not begin anew when its key is gone.
func TestKeyGone(t *testing.T) {
	t.Parallel()
	w := newTrail(t)
	first := keyText.FindString(w.do(preload, "", "true").stderr)
	if err := os.Remove(filepath.Join(w.home, ".rampart/audit/seal.key")); err != nil {
		t.Fatal(err)
	}
	got := w.do(preload, "", "true")
	if got.exit != 0 || !strings.Contains(got.stderr, "the sealing key was removed") || keyText.MatchString(got.stderr) {
		t.Errorf("exit status %d, %q", got.exit, got.stderr)
	}
	if got := w.audit("search", "--event", "chain_broken", "--count"); got.stdout != "1\n" {
		t.Errorf("recorded %s%s", got.stdout, got.stderr)
	}
	if got := w.audit("verify", "--key", first); got.exit != 1 {
		t.Errorf("verify: exit status %d: %s", got.exit, got.stdout)
	}
}
