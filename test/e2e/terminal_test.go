package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// console is a terminal with a program on it; the test is its user.
type console struct {
	t    *testing.T
	w    *world
	cmd  *exec.Cmd
	user *os.File // the user's side

	fresh *unix.Termios // the terminal's settings before anybody used it

	mu   sync.Mutex
	seen bytes.Buffer
	eof  chan struct{}
}

// open starts a program under a layer on a terminal of 24 lines by 80.
func (w *world) open(layer string, argv ...string) *console {
	w.t.Helper()
	return w.start(w.argv(layer, argv...)...)
}

func (w *world) start(argv ...string) *console {
	w.t.Helper()
	c := &console{t: w.t, w: w, cmd: exec.Command(argv[0], argv[1:]...), eof: make(chan struct{})}
	c.cmd.Dir, c.cmd.Env = w.work, w.env
	user, tty, err := pty.Open()
	if err != nil {
		w.t.Fatal(err)
	}
	pty.Setsize(user, &pty.Winsize{Rows: 24, Cols: 80})
	if c.fresh, err = unix.IoctlGetTermios(int(user.Fd()), unix.TCGETS); err != nil {
		w.t.Fatal(err)
	}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = tty, tty, tty
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = c.cmd.Start()
	tty.Close()
	if err != nil {
		w.t.Fatal(err)
	}
	// A descriptor that doesn't block: one that does is not closed while it is
	// being read, and then the program isn't told that its terminal is gone.
	fd, err := unix.FcntlInt(user.Fd(), unix.F_DUPFD_CLOEXEC, 0) // for no other test's program
	if err != nil {
		w.t.Fatal(err)
	}
	user.Close()
	if err := unix.SetNonblock(fd, true); err != nil {
		w.t.Fatal(err)
	}
	user = os.NewFile(uintptr(fd), "terminal")
	c.user = user
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := user.Read(buf)
			c.mu.Lock()
			c.seen.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				close(c.eof)
				return
			}
		}
	}()
	w.t.Cleanup(func() {
		c.cmd.Process.Kill()
		user.Close()
	})
	return c
}

// text is what the program has printed so far.
func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen.String()
}

// shows waits for a text.
func (c *console) shows(want string) {
	c.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(c.text(), want) {
			return
		}
	}
	c.t.Fatalf("never printed %q:\n%s", want, c.text())
}

// types sends keys.
func (c *console) types(keys string) {
	c.t.Helper()
	if _, err := c.user.WriteString(keys); err != nil {
		c.t.Fatal(err)
	}
}

// ends waits for the end and returns the exit status and all that was printed.
func (c *console) ends() (int, string) {
	c.t.Helper()
	timer := time.AfterFunc(30*time.Second, func() { c.cmd.Process.Kill() })
	c.cmd.Wait()
	if !timer.Stop() {
		c.t.Fatalf("did not end:\n%s", c.text())
	}
	select {
	case <-c.eof:
	case <-time.After(2 * time.Second): // a process that stays keeps the terminal open
	}
	status := c.cmd.ProcessState.ExitCode()
	if ws := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		status = 128 + int(ws.Signal())
	}
	return status, c.text()
}

// settings are the terminal's line settings.
func (c *console) settings() unix.Termios {
	c.t.Helper()
	t, err := unix.IoctlGetTermios(int(c.user.Fd()), unix.TCGETS)
	if err != nil {
		c.t.Fatal(err)
	}
	return *t
}

// ours are the lines that Rampart itself prints on a terminal.
var ours = regexp.MustCompile(`rampart: .*\r?\n`)

// theirs is what the agent has printed. Rampart begins a line of its own with
// a new line if the agent left one open, so that end is not looked at.
func theirs(text string) string {
	return strings.TrimRight(ours.ReplaceAllString(text, ""), "\r\n")
}

// TestTerminal runs programs on a terminal, bare and guarded: they have to
// print the same.
func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		needs []string
		argv  []string
		keys  string // typed after "ready" has been printed
	}{
		{name: "settings", needs: []string{"stty"}, argv: []string{"stty", "-a"}},
		{name: "size", needs: []string{"stty"}, argv: []string{"stty", "size"}},
		{name: "is a terminal", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nprint([os.isatty(i) for i in range(3)], os.isatty(os.open('/dev/tty', os.O_RDWR)))"}},
		{name: "foreground", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os\nprint(os.tcgetpgrp(0) == os.getpgrp(), os.getsid(0) == os.tcgetsid(0))"}},
		{name: "a line", argv: []string{"sh", "-c", "echo ready; read x; echo \"got $x\""}, keys: "hello\r"},
		{name: "editing a line", argv: []string{"sh", "-c", "echo ready; read x; echo \"got $x\""}, keys: "helo\x7flo\x17word\r"},
		{name: "end of input", argv: []string{"sh", "-c", "echo ready; cat; echo ended"}, keys: "a line\r\x04"},
		{name: "interrupt", argv: []string{"sh", "-c", "trap 'echo got INT; exit 3' INT; echo ready; while :; do sleep 0.05; done"}, keys: "\x03"},
		{name: "interrupt the default way", argv: []string{"sh", "-c", "echo ready; exec sleep 20"}, keys: "\x03"},
		{name: "quit", needs: []string{"python3"}, argv: []string{"python3", "-c", counter}, keys: "\x1c"},
		{name: "interrupt once", needs: []string{"python3"}, argv: []string{"python3", "-c", counter}, keys: "\x03"},
		{name: "raw", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os, sys, termios, tty\ntty.setraw(0)\nprint('ready\\r', flush=True)\nb = b''\nwhile len(b) < 256: b += os.read(0, 512)\nprint(b == bytes(range(256)), '\\r')"}, keys: allBytes()},
		{name: "raw output", needs: []string{"python3"}, argv: []string{"python3", "-c", "import os, tty\ntty.setraw(1)\nos.write(1, bytes(range(256)))"}},
		{name: "no echo", needs: []string{"stty"}, argv: []string{"sh", "-c", "stty -echo; echo ready; read x; stty echo; echo \"got $x\""}, keys: "hidden\r"},
		{name: "much output", needs: []string{"seq"}, argv: []string{"seq", "200000"}},
		{name: "stderr", argv: []string{"sh", "-c", "echo out; echo err >&2; exit 6"}},
		{name: "colours", argv: []string{"printf", `\033[31mred\033[0m\033]0;title\007\n`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			need(t, tt.needs...)
			run := func(t *testing.T, layer string) (int, string) {
				w := newWorld(t)
				c := w.open(layer, tt.argv...)
				before := *c.fresh // as it was before anybody ran
				if tt.keys != "" {
					c.shows("ready")
					time.Sleep(50 * time.Millisecond)
					c.types(tt.keys)
				}
				status, text := c.ends()
				if layer == wrapped && c.settings() != before {
					t.Error("the terminal's settings were not put back")
				}
				w.clean()
				w.noProcesses()
				text = regexp.MustCompile(`ready \d+`).ReplaceAllString(text, "ready")
				return status, theirs(text)
			}
			wantStatus, want := run(t, bare)
			for _, layer := range guarded {
				t.Run(layer, func(t *testing.T) {
					status, got := run(t, layer)
					if status != wantStatus {
						t.Errorf("exit status %d, bare %d", status, wantStatus)
					}
					if got != want {
						t.Errorf("printed %d bytes, bare %d: %s", len(got), len(want), difference(got, want))
					}
				})
			}
		})
	}
}

func allBytes() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}

// TestResize checks that a new size reaches the agent, with its signal.
func TestResize(t *testing.T) {
	t.Parallel()
	need(t, "stty")
	for _, layer := range append([]string{bare}, guarded...) {
		w := newWorld(t)
		w.t = t
		c := w.open(layer, "bash", "-c", "trap 'stty size; echo told' WINCH; stty size; echo ready; while :; do read -rt 0.05; done")
		c.shows("24 80")
		c.shows("ready")
		if err := pty.Setsize(c.user, &pty.Winsize{Rows: 33, Cols: 111}); err != nil {
			t.Fatal(err)
		}
		c.shows("33 111")
		c.shows("told") // bash forgets a ^C that comes while it waits for stty
		c.types("\x03")
		if status, text := c.ends(); status != 130 {
			t.Errorf("%s: exit status %d\n%s", layer, status, text)
		}
	}
}

// TestUserTerminalIsRaw checks that keys go to the agent's terminal unchanged
// while it runs, and that the user's is as before also when the agent, or
// rampart itself, is ended.
func TestUserTerminalIsRaw(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		t.Run(fmt.Sprint(sig), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			// The shell keeps the terminal open, so that it can be looked at.
			line := w.argv(wrapped, "sh", "-c", "echo ready; exec sleep 30")
			c := w.start(append([]string{"sh", "-c", `"$@"; echo "ended $?"; sleep 1`, "sh"}, line...)...)
			before := c.settings()
			c.shows("ready")
			if s := c.settings(); s.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 {
				t.Errorf("the user's terminal is not raw: %#x", s.Lflag)
			}
			w.signalWrap(sig)
			c.shows(fmt.Sprintf("ended %d", 128+int(sig)))
			if c.settings() != before {
				t.Error("the terminal's settings were not put back")
			}
			w.clean()
		})
	}
}

// signalWrap sends a signal to this world's rampart.
func (w *world) signalWrap(sig syscall.Signal) {
	w.t.Helper()
	pids := w.rampart()
	if len(pids) != 1 {
		w.t.Fatalf("there are %d ramparts in this world", len(pids))
	}
	if err := syscall.Kill(pids[0], sig); err != nil {
		w.t.Fatal(err)
	}
}

// TestTerminalGoesAway closes the terminal: the agent is told, once, and
// nothing stays behind.
func TestTerminalGoesAway(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	for _, layer := range guarded {
		t.Run(layer, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.open(layer, "python3", "-c", strings.ReplaceAll(counter, "print('seen', seen, flush=True)", "open('seen', 'w').write(repr(seen))"))
			c.shows("ready")
			c.user.Close()
			if status, _ := c.ends(); status != 41 {
				t.Errorf("exit status %d", status)
			}
			if b, err := os.ReadFile(filepath.Join(w.work, "seen")); string(b) != "[1]" {
				t.Errorf("the agent saw %s (%v)", b, err)
			}
			w.clean()
			w.noProcesses()
		})
	}
}

// TestHalfTerminal redirects one side: there the agent must not see a terminal.
func TestHalfTerminal(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	const ask = "import os, sys\nopen('tty', 'w').write(repr([os.isatty(i) for i in range(3)]))\nprint('out')\nprint('err', file=sys.stderr)"
	for _, redirect := range []string{">out", "2>err", "<in", ">out 2>err", "<in >out"} {
		run := func(layer string) (tty, out, err string) {
			w := newWorld(t)
			w.write("home/app/in", "")
			c := w.start(append([]string{"sh", "-c", `"$@" ` + redirect, "sh"}, w.argv(layer, "python3", "-c", ask)...)...)
			c.ends()
			read := func(name string) string { b, _ := os.ReadFile(filepath.Join(w.work, name)); return string(b) }
			return read("tty"), read("out"), ours.ReplaceAllString(read("err"), "")
		}
		tty, out, stderr := run(bare)
		for _, layer := range guarded {
			if gotTTY, gotOut, gotErr := run(layer); gotTTY != tty || gotOut != out || gotErr != stderr {
				t.Errorf("%s %s: %s %q %q, bare %s %q %q", layer, redirect, gotTTY, gotOut, gotErr, tty, out, stderr)
			}
		}
	}
}

// difference shows where two texts part, with what is around.
func difference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(i-100, 0)
	return fmt.Sprintf("%.300q\nin place of %.300q", got[from:], want[from:])
}
