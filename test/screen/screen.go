// Package screen runs a program in a terminal and reads its screen, by a tmux
// server of its own: nothing of the caller's tmux, its settings or its
// sessions is touched.
package screen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// settings make the screen depend on the program alone.
const settings = `set -g status off
set -g remain-on-exit on
set -g remain-on-exit-format ""
set -g escape-time 0
set -g default-terminal screen-256color
set -g history-limit 2000
`

// keeper runs the program and notes its status: tmux does not always know it.
// It stays out of the way of keys that make signals.
const keeper = `trap : HUP INT QUIT TERM TSTP; "$@"; echo $? > "$0"`

// Options of a screen.
type Options struct {
	Cols, Rows int      // 0: 100 by 30
	Dir        string   // "": a temporary one
	Env        []string // nil: the caller's
	// Prepare changes the command that starts the server, e.g. its user.
	Prepare func(*exec.Cmd)
}

// Screen is a running terminal.
type Screen struct {
	t    testing.TB
	dir  string
	opts Options
}

// Open starts a program in a new terminal, which is closed when the test
// ends. It skips the test if there is no tmux.
func Open(t testing.TB, o Options, argv ...string) *Screen {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux on this machine")
	}
	// A socket's path has to be short, and the server's user has to own it.
	dir, err := os.MkdirTemp("", "screen-")
	if err != nil {
		t.Fatal(err)
	}
	if o.Cols == 0 {
		o.Cols, o.Rows = 100, 30
	}
	if o.Dir == "" {
		o.Dir = dir
	}
	s := &Screen{t: t, dir: dir, opts: o}
	t.Cleanup(func() {
		s.tmux("kill-server")
		os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"new-session", "-d", "-x", strconv.Itoa(o.Cols), "-y", strconv.Itoa(o.Rows), "-c", o.Dir, "--"}
	args = append(args, "sh", "-c", keeper, filepath.Join(dir, "status"))
	if out, err := s.tmux(append(args, argv...)...); err != nil {
		t.Fatalf("tmux new-session: %v\n%s", err, out)
	}
	return s
}

func (s *Screen) tmux(args ...string) (string, error) {
	c := exec.Command("tmux", append([]string{"-f", filepath.Join(s.dir, "conf"), "-S", filepath.Join(s.dir, "s")}, args...)...)
	c.Env, c.Dir = s.opts.Env, s.opts.Dir
	if s.opts.Prepare != nil {
		s.opts.Prepare(c)
	}
	out, err := c.CombinedOutput()
	return string(out), err
}

func (s *Screen) must(args ...string) string {
	s.t.Helper()
	out, err := s.tmux(args...)
	if err != nil {
		s.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// Type sends text as it stands.
func (s *Screen) Type(text string) {
	s.t.Helper()
	s.must("send-keys", "-l", "--", text)
}

// Press sends keys by their tmux names: Enter, C-c, Escape, Down.
func (s *Screen) Press(keys ...string) {
	s.t.Helper()
	s.must(append([]string{"send-keys", "--"}, keys...)...)
}

// Line types a line and presses Enter.
func (s *Screen) Line(text string) {
	s.t.Helper()
	s.Type(text)
	s.Press("Enter")
}

// Resize changes the size of the terminal.
func (s *Screen) Resize(cols, rows int) {
	s.t.Helper()
	s.must("resize-window", "-x", strconv.Itoa(cols), "-y", strconv.Itoa(rows))
}

// Text is what the screen shows, without trailing blanks and blank last lines.
func (s *Screen) Text() string {
	s.t.Helper()
	lines := strings.Split(s.must("capture-pane", "-p"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Exited tells whether the program has ended, and how: 128+n for a signal.
func (s *Screen) Exited() (status int, ended bool) {
	s.t.Helper()
	b, _ := os.ReadFile(filepath.Join(s.dir, "status"))
	status, err := strconv.Atoi(strings.TrimSpace(string(b)))
	return status, err == nil
}

// Until waits until ok holds for what the screen shows and returns that. The
// test fails if it doesn't within the limit.
func (s *Screen) Until(limit time.Duration, what string, ok func(text string) bool) string {
	s.t.Helper()
	var text string
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if text = s.Text(); ok(text) {
			return text
		}
	}
	s.t.Fatalf("the screen doesn't show %s within %v:\n%s", what, limit, Frame(text))
	return ""
}

// Shows waits for a text on the screen.
func (s *Screen) Shows(limit time.Duration, want string) string {
	s.t.Helper()
	return s.Until(limit, strconv.Quote(want), func(text string) bool { return strings.Contains(text, want) })
}

// Ends waits for the program's end and returns its status.
func (s *Screen) Ends(limit time.Duration) int {
	s.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if status, ended := s.Exited(); ended {
			return status
		}
	}
	s.t.Fatalf("the program is still running after %v:\n%s", limit, Frame(s.Text()))
	return -1
}

// Frame sets a screen off in a message.
func Frame(text string) string {
	return fmt.Sprintf("┌\n│ %s\n└", strings.ReplaceAll(text, "\n", "\n│ "))
}

// Settle waits until the screen has stopped changing, two seconds at most, and
// returns it.
func (s *Screen) Settle() string {
	s.t.Helper()
	text, since := s.Text(), time.Now()
	for end := since.Add(2 * time.Second); time.Now().Before(end) && time.Since(since) < quiet; time.Sleep(30 * time.Millisecond) {
		if now := s.Text(); now != text {
			text, since = now, time.Now()
		}
	}
	return text
}

// quiet is how long a settled screen hasn't changed.
const quiet = 120 * time.Millisecond
