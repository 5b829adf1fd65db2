//go:build unix

package wrap

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"rampart/platform"
)

// hangupGrace is how long the agent has to end by itself after its terminal
// went away.
const hangupGrace = 5 * time.Second

// drainTime is how long output of processes that the agent left behind on its
// terminal is still waited for.
const drainTime = 50 * time.Millisecond

// hasTerminal reports whether the agent gets a PTY: only if it would see a
// terminal on both sides without us, else pipes stay pipes.
func hasTerminal(o Options) bool {
	return platform.IsTerminal(int(o.Stdin.Fd())) && platform.IsTerminal(int(o.Stdout.Fd()))
}

// runAgent starts the agent, waits for its end and returns its exit code.
func (s *session) runAgent(file string, signals <-chan os.Signal) (int, error) {
	if s.term != nil {
		return s.runOnPTY(file, signals)
	}
	return s.runOnPipes(file, signals)
}

// runOnPipes gives the agent our own descriptors.
func (s *session) runOnPipes(file string, signals <-chan os.Signal) (int, error) {
	argv, ok := s.judgeStart(file, signals)
	if !ok {
		return ExitRefused, nil
	}
	attr := &os.ProcAttr{
		Env:   s.environ(),
		Files: []*os.File{s.opt.Stdin, s.opt.Stdout, s.opt.Stderr},
	}
	p, err := s.start(file, argv, attr, false)
	if err != nil {
		return ExitNotStart, startError(argv, err)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case sig := <-signals:
				if sig != unix.SIGWINCH && !fromTerminal(sig.(syscall.Signal)) {
					p.Signal(sig)
				}
			case <-done:
				return
			}
		}
	}()
	code, err := p.wait()
	if err != nil {
		return code, fmt.Errorf("can't wait for the agent: %w", err)
	}
	return code, nil
}

// agent is the agent's process, however it was started.
type agent interface {
	Signal(os.Signal) error
	Kill() error
	// wait returns the exit code; with an error, one that stands for it.
	wait() (int, error)
}

type plain struct{ *os.Process }

func (p plain) wait() (int, error) {
	ps, err := p.Wait()
	if err != nil {
		return ExitNotStart, err
	}
	return statusCode(ps.Sys().(syscall.WaitStatus)), nil
}

// statusCode turns how a process ended into an exit code.
func statusCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

func startPlain(file string, argv []string, attr *os.ProcAttr, terminal bool) (agent, error) {
	if terminal {
		attr.Sys = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	}
	p, err := os.StartProcess(file, argv, attr)
	if err != nil {
		return nil, err
	}
	return plain{p}, nil
}

// catch returns a channel of the signals that are passed on, except those that
// our caller had us ignore: the agent ignores them too. They stay caught until
// the session is taken down: a terminal that goes away sends more than one.
func catch() chan os.Signal {
	signals := make(chan os.Signal, 16)
	for _, sig := range []os.Signal{unix.SIGWINCH, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2} {
		if !signal.Ignored(sig) {
			signal.Notify(signals, sig)
		}
	}
	return signals
}

// fromTerminal reports whether a signal came from the keyboard of a terminal
// whose foreground group we share with the agent: then the kernel has given it
// to the agent already.
func fromTerminal(sig syscall.Signal) bool {
	if sig != unix.SIGINT && sig != unix.SIGQUIT {
		return false
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer tty.Close()
	foreground, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

// runOnPTY gives the agent a terminal of its own and stands between.
func (s *session) runOnPTY(file string, signals <-chan os.Signal) (int, error) {
	master, slave, err := openPTY()
	if err != nil {
		return ExitNotStart, fmt.Errorf("can't open a pty for the agent: %w", err)
	}
	defer master.Close()
	stdin := int(s.opt.Stdin.Fd())
	copySettings(stdin, int(slave.Fd()))
	pty.InheritSize(s.opt.Stdin, master)

	if saved, err := term.MakeRaw(stdin); err == nil {
		defer term.Restore(stdin, saved)
	}
	s.term.connect(s.opt.Stdout, master)
	go s.term.pump(s.opt.Stdin)
	argv, ok := s.judgeStart(file, signals)
	if !ok {
		slave.Close()
		return ExitRefused, nil
	}

	files := []*os.File{slave, slave, slave}
	if !platform.IsTerminal(int(s.opt.Stderr.Fd())) {
		files[2] = s.opt.Stderr
	}
	p, err := s.start(file, argv, &os.ProcAttr{
		Env:   s.environ(),
		Files: files,
	}, true)
	slave.Close()
	if err != nil {
		return ExitNotStart, startError(argv, err)
	}
	s.term.onAnswer(func() { p.Signal(unix.SIGWINCH) })
	var ended atomic.Bool
	drained := make(chan struct{})
	go func() { s.copyOutput(master, &ended); close(drained) }()
	stop := make(chan struct{})
	defer close(stop)
	go s.passSignals(signals, p, master, stop)

	code, err := p.wait()
	ended.Store(true)
	master.SetReadDeadline(time.Now().Add(drainTime))
	<-drained
	if err != nil {
		return code, fmt.Errorf("can't wait for the agent: %w", err)
	}
	return code, nil
}

// copyOutput shows the agent's output until its terminal has no more users, or
// the agent has ended and nothing comes any more.
func (s *session) copyOutput(master *os.File, ended *atomic.Bool) {
	buf := make([]byte, 32*1024)
	for {
		n, err := master.Read(buf)
		if n > 0 && s.term.fromAgent(buf[:n]) != nil {
			return
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && !ended.Load():
			master.SetReadDeadline(time.Time{})
			continue
		default: // EIO: the last user of the slave is gone
			return
		}
	}
}

// passSignals gives the agent what we are sent. Keys such as ^C do not come
// this way: in raw mode they are bytes for the agent's own terminal.
func (s *session) passSignals(signals <-chan os.Signal, p agent, master *os.File, stop <-chan struct{}) {
	for {
		select {
		case sig := <-signals:
			switch sig {
			case unix.SIGWINCH:
				pty.InheritSize(s.opt.Stdin, master)
			case unix.SIGHUP:
				hangUp(p, master, stop)
				return
			default:
				p.Signal(sig)
			}
		case <-stop:
			return
		}
	}
}

// hangUp closes the agent's terminal: the kernel tells its session, once. An
// agent that stays all the same is ended.
func hangUp(p agent, master *os.File, stop <-chan struct{}) {
	master.Close()
	select {
	case <-stop:
	case <-time.After(hangupGrace):
		p.Kill()
	}
}

// openPTY opens a PTY whose master can be closed, and given a deadline, while it
// is being read: that needs a descriptor that does not block.
func openPTY() (master, slave *os.File, err error) {
	m, slave, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	fd, err := unix.FcntlInt(m.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		slave.Close()
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd), m.Name()), slave, nil
}

// copySettings makes one terminal behave like another.
func copySettings(from, to int) {
	if t, err := unix.IoctlGetTermios(from, ioctlGetTermios); err == nil {
		unix.IoctlSetTermios(to, ioctlSetTermios, t)
	}
}
