package e2e

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rampart/audit"
	"rampart/test/binary"
)

// The layers under which a program is run.
const (
	bare    = "bare"
	wrapped = "wrap"
	preload = "preload"
	kernel  = "preload and kernel"
)

// guarded are the layers that refuse.
var guarded = []string{wrapped, preload}

// limit is how long any one program may take.
var limit = 60 * time.Second

// forbidding refuses whatever names FORBIDDEN and asks about QUESTION.
const forbidding = `version: "1"
default_action: allow
policies:
  - name: marks
    rules:
      - action: deny
        when:
          command_matches: ["*FORBIDDEN*"]
        message: this mark is not to be made
      - action: ask
        when:
          command_matches: ["*QUESTION*"]
        message: this one needs a yes
`

// world is a machine in small: a home, a project in it, a run-time directory
// and a policy.
type world struct {
	t    *testing.T
	root string
	home string
	work string // the working directory
	run  string // XDG_RUNTIME_DIR
	bin  string // first on PATH
	env  []string

	flags []string // of rampart wrap and preload
}

// newWorld makes a world whose policy is `forbidding`.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := newStandardWorld(t)
	w.flags = []string{"--config", w.write("policy.yaml", forbidding)}
	return w
}

// newStandardWorld makes a world without a policy of its own: the embedded
// standard profile holds.
func newStandardWorld(t *testing.T) *world {
	t.Helper()
	root, err := os.MkdirTemp("", "e2e-") // t.TempDir's names are too long for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	w := &world{t: t, root: root, home: root + "/home", work: root + "/home/app", run: root + "/run", bin: root + "/bin"}
	for _, d := range []string{w.work, w.run, w.bin} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.env = []string{
		"HOME=" + w.home, "XDG_RUNTIME_DIR=" + w.run, "PATH=" + w.bin + ":/usr/local/bin:/usr/bin:/bin",
		"LANG=C.UTF-8", "TERM=xterm", "SHELL=/bin/bash", "USER=dev", "LOGNAME=dev", "PWD=" + w.work,
	}
	// Only the first start of all says more than the program that it guards.
	if _, err := audit.EnsureKey(filepath.Join(w.home, ".rampart/audit")); err != nil {
		t.Fatal(err)
	}
	return w
}

// write puts a file below the world's root, with the folders above it.
func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	mode := os.FileMode(0o600)
	if strings.HasPrefix(text, "#!") {
		mode = 0o700
	}
	// A child that another test forks now would keep the file open for writing
	// until it executes, and nobody could execute the file.
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, []byte(text), mode)
	syscall.ForkLock.RUnlock()
	if err != nil {
		w.t.Fatal(err)
	}
	return path
}

// has tells whether a file is in the project.
func (w *world) has(name string) bool {
	_, err := os.Lstat(filepath.Join(w.work, name))
	return err == nil
}

// result is how a program ended.
type result struct {
	stdout, stderr string
	exit           int // 128+n for signal n
}

// argv is the command line of a program under a layer.
func (w *world) argv(layer string, argv ...string) []string {
	if layer == bare {
		return argv
	}
	line := []string{binary.Path(w.t), layer, "--kernel=off"}
	if layer == kernel {
		line = []string{binary.Path(w.t), preload, "--kernel=on"}
	}
	line = append(line, w.flags...)
	return append(append(line, "--"), argv...)
}

// command prepares a program under a layer, in a process group of its own and
// without a terminal.
func (w *world) command(layer string, argv ...string) *exec.Cmd {
	argv = w.argv(layer, argv...)
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir, c.Env = w.work, w.env
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return c
}

// do runs a program under a layer to its end.
func (w *world) do(layer, stdin string, argv ...string) result {
	w.t.Helper()
	c := w.command(layer, argv...)
	c.Stdin = strings.NewReader(stdin)
	return w.finish(c)
}

// finish runs a prepared program to its end.
func (w *world) finish(c *exec.Cmd) result {
	w.t.Helper()
	var stdout, stderr bytes.Buffer
	if c.Stdout == nil {
		c.Stdout = &stdout
	}
	if c.Stderr == nil {
		c.Stderr = &stderr
	}
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	return w.wait(c, &stdout, &stderr)
}

// wait waits for a started program, but not for ever.
func (w *world) wait(c *exec.Cmd, stdout, stderr *bytes.Buffer) result {
	w.t.Helper()
	timer := time.AfterFunc(limit, func() { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
	c.WaitDelay = 5 * time.Second
	err := c.Wait()
	if !timer.Stop() {
		w.t.Fatalf("%q did not end within %v\nstdout: %.2000s\nstderr: %.2000s", c.Args, limit, stdout, stderr)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, syscall.EPIPE) {
		w.t.Fatalf("%q: %v", c.Args, err)
	}
	r := result{stdout.String(), stderr.String(), c.ProcessState.ExitCode()}
	if ws := c.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		r.exit = 128 + int(ws.Signal())
	}
	return r
}

// same fails the test unless two runs look alike from outside.
func (w *world) same(want, got result) {
	w.t.Helper()
	if got.exit != want.exit {
		w.t.Errorf("exit status %d, bare %d", got.exit, want.exit)
	}
	if got.stdout != want.stdout {
		w.t.Errorf("stdout differs\n got: %.3000q\nbare: %.3000q", got.stdout, want.stdout)
	}
	if got.stderr != want.stderr {
		w.t.Errorf("stderr differs\n got: %.3000q\nbare: %.3000q", got.stderr, want.stderr)
	}
}

// clean fails the test if a session left anything behind in its run-time
// directory.
func (w *world) clean() {
	w.t.Helper()
	var left []string
	filepath.WalkDir(filepath.Join(w.run, "rampart"), func(path string, d os.DirEntry, err error) error {
		if err == nil && path != filepath.Join(w.run, "rampart") {
			left = append(left, path)
		}
		return nil
	})
	if len(left) > 0 {
		w.t.Errorf("left behind: %v", left)
	}
}

// need skips a test for want of programs.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if strings.HasPrefix(p, "launch") || strings.HasPrefix(p, "shell") {
			if built[p] == "" {
				t.Skipf("no compiler for %s on this machine", p)
			}
		} else if _, err := exec.LookPath(p); err != nil {
			t.Skipf("no %s on this machine", p)
		}
	}
}
