package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Place is where one run of an agent happens: a home, a project and a folder
// for the marks that commands leave, all below a directory that is thrown away.
type Place struct {
	Dir  string
	Home string
	Work string // the project, below Home
	Who  Account
}

// NewPlace makes a place for a run as who. Remove it after use.
func NewPlace(who Account) (*Place, error) {
	dir, err := os.MkdirTemp("", "rampart-agent-")
	if err != nil {
		return nil, err
	}
	p := &Place{Dir: dir, Home: filepath.Join(dir, "home"), Who: who}
	p.Work = filepath.Join(p.Home, "work")
	if err := os.MkdirAll(p.Work, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(p.Work, "README.md"), []byte("# A project\n"), 0o644); err != nil {
		return nil, err
	}
	if err := exec.Command("git", "init", "-q", p.Work).Run(); err != nil {
		return nil, fmt.Errorf("git init: %w", err)
	}
	return p, nil
}

// Remove deletes the place.
func (p *Place) Remove() error { return os.RemoveAll(p.Dir) }

// Mark is the path of a file in the project by which a command shows that it ran.
func (p *Place) Mark(name string) string { return filepath.Join(p.Work, name) }

// Marked tells whether a mark is there.
func (p *Place) Marked(name string) bool {
	_, err := os.Lstat(p.Mark(name))
	return err == nil
}

// Command prepares an agent: settings, environment, and words that go before
// its own command line.
func (p *Place) Command(a Agent, mode Mode, m *Model, before ...string) (argv, env []string, err error) {
	program, path, err := Install(a)
	if err != nil {
		return nil, nil, err
	}
	if err := a.Configure(p.Home, p.Work, m.URL); err != nil {
		return nil, nil, fmt.Errorf("settings of %s: %w", a.Name, err)
	}
	if err := p.Who.Own(p.Dir); err != nil {
		return nil, nil, err
	}
	path = append(path, "/usr/local/bin", "/usr/bin", "/bin")
	env = append(a.Env(m.URL),
		"HOME="+p.Home, "USER="+p.Who.Name, "LOGNAME="+p.Who.Name, "SHELL=/bin/bash",
		"PATH="+strings.Join(path, ":"), "LANG=C.UTF-8", "TERM=xterm-256color")
	argv = append(append(argv, before...), program)
	return append(argv, mode.Args...), env, nil
}

// Outcome is how a run ended.
type Outcome struct {
	Stdout, Stderr string
	Exit           int // 128+n for a signal
}

// Run runs a command line without a terminal until it ends.
func (p *Place) Run(argv, env []string, limit time.Duration) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	c.Dir, c.Env, c.Stdout, c.Stderr = p.Work, env, &stdout, &stderr
	p.Who.Become(c)
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	err := c.Run()
	o := Outcome{Stdout: stdout.String(), Stderr: stderr.String(), Exit: -1}
	if c.ProcessState != nil {
		o.Exit = c.ProcessState.ExitCode()
		if ws, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			o.Exit = 128 + int(ws.Signal())
		}
	}
	if ctx.Err() != nil {
		return o, fmt.Errorf("%s did not end within %v", argv[0], limit)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return o, err
	}
	return o, nil
}
