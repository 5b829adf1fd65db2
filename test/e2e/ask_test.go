package e2e

import (
	"strings"
	"testing"
	"time"
)

// askingWorld has the name of the file to make where asking reads it.
func askingWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.write("home/app/name", "QUESTION")
	return w
}

// asking is an agent that starts something the policy asks about, and then
// reads a line: what is typed for the question must not end up there.
const asking = `
import os, subprocess, sys, time
if os.path.exists('wait'): time.sleep(1.5)
print('result', subprocess.run(['cp', '-v', '/dev/null', open('name').read()]).returncode, flush=True)
print('read', repr(sys.stdin.readline()), flush=True)
`

const question = "type yes"

// settle is longer than keys are ignored after a question.
const settle = 800 * time.Millisecond

// TestAskWithoutTerminal checks that nobody to ask means no, and that the
// refusal says what to do about it.
func TestAskWithoutTerminal(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, layer := range guarded {
		w := askingWorld(t)
		got := w.do(layer, "yes\nyes\n", "python3", "-c", asking)
		if w.has("QUESTION") || !strings.Contains(got.stdout, "result 126\n") {
			t.Errorf("%s: mark %v, %+v", layer, w.has("QUESTION"), got)
		}
		for _, want := range []string{"this one needs a yes", "to allow"} {
			if !strings.Contains(got.stderr, want) {
				t.Errorf("%s: no %q in %s", layer, want, got.stderr)
			}
		}
		if !strings.Contains(got.stdout, `read 'yes\n'`) {
			t.Errorf("%s: somebody has read the agent's input: %s", layer, got.stdout)
		}
	}
}

// TestAskOnTerminal answers the question in every way: only yes is yes.
func TestAskOnTerminal(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, tt := range []struct {
		name    string
		answers []string // typed one after the other, with pauses
		runs    bool
	}{
		{"yes", []string{"yes\r"}, true},
		{"yes by newline", []string{"yes\n"}, true},
		{"yes key by key", []string{"y", "e", "s", "\r"}, true},
		{"yes after a mistake", []string{"yex\x7fs\r"}, true},
		{"no", []string{"no\r"}, false},
		{"Enter", []string{"\r"}, false},
		{"y", []string{"y\r"}, false},
		{"YES", []string{"YES\r"}, false},
		{"more than yes", []string{"yes please\r"}, false},
		{"less than yes", []string{"ye\r"}, false},
		{"interrupt", []string{"\x03"}, false},
		{"end of input", []string{"\x04"}, false},
		{"a reply that says yes", []string{"\x1b]11;yes\r\x1b\\", "\r"}, false},
		{"a report that says yes", []string{"\x1bPyes\r\x1b\\", "\r"}, false},
		{"a reply in the middle", []string{"ye", "\x1b[24;80R", "s\r"}, false},
		{"a reply before", []string{"\x1b[24;80R", "yes\r"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := askingWorld(t)
			c := w.open(wrapped, "python3", "-c", asking)
			c.shows(question)
			for _, keys := range tt.answers {
				time.Sleep(settle)
				c.types(keys)
			}
			w.decided(c, tt.runs)
		})
	}
}

// decided checks how a question ended, and that the agent goes on with a clean
// terminal.
func (w *world) decided(c *console, runs bool) {
	w.t.Helper()
	result := "result 126"
	if runs {
		result = "result 0"
	}
	c.shows(result)
	c.shows(result + "\r\n")
	time.Sleep(50 * time.Millisecond)
	c.types("mine\r")
	c.shows("read ")
	if _, text := c.ends(); !strings.Contains(text, `mine\n'`) {
		w.t.Errorf("the agent has not got its line:\n%s", text)
	} else if strings.Contains(text, `read '`) && strings.Contains(text, "yesmine") {
		w.t.Errorf("the answer went to the agent:\n%s", text)
	}
	if w.has("QUESTION") != runs {
		w.t.Errorf("mark is %v, want %v:\n%s", w.has("QUESTION"), runs, c.text())
	}
}

// TestTypeAhead checks that keys pressed before the question was on the
// screen, or in the moment it appeared, don't answer it.
func TestTypeAhead(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		w := askingWorld(t)
		w.write("home/app/wait", "")
		c := w.open(wrapped, "python3", "-c", asking)
		time.Sleep(700 * time.Millisecond)
		c.types("yes\r")
		c.shows(question)
		time.Sleep(settle)
		if w.has("QUESTION") || strings.Contains(c.text(), "result") {
			t.Fatalf("type-ahead has answered:\n%s", c.text())
		}
		c.types("no\r")
		c.shows("result 126")
		c.types("\r")
		c.ends()
		if w.has("QUESTION") {
			t.Error("it ran")
		}
	})
	t.Run("at once", func(t *testing.T) {
		t.Parallel()
		w := askingWorld(t)
		c := w.open(wrapped, "python3", "-c", asking)
		c.shows(question)
		c.types("yes\r")
		time.Sleep(settle)
		if w.has("QUESTION") || strings.Contains(c.text(), "result") {
			t.Fatalf("a key pressed as the question appeared has answered:\n%s", c.text())
		}
		c.types("yes\r")
		w.decided(c, true)
	})
	t.Run("held down", func(t *testing.T) {
		t.Parallel()
		w := askingWorld(t)
		w.write("home/app/wait", "")
		c := w.open(wrapped, "python3", "-c", asking)
		for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			c.types("yes\r")
		}
		if w.has("QUESTION") || strings.Contains(c.text(), "result") {
			t.Fatalf("keys that never paused have answered:\n%s", c.text())
		}
		time.Sleep(settle)
		c.types("no\r")
		c.shows("result 126")
	})
}

// TestAskUnderPreload checks that preload, which has no terminal of its own,
// refuses also where there is one.
func TestAskUnderPreload(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	w := askingWorld(t)
	c := w.open(preload, "python3", "-c", asking)
	c.shows("result 126")
	c.types("\r")
	if _, text := c.ends(); w.has("QUESTION") || !strings.Contains(text, "to allow") {
		t.Errorf("mark %v:\n%s", w.has("QUESTION"), text)
	}
}
