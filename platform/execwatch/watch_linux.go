//go:build amd64 || arm64

package execwatch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Tree is a tree of processes under watch.
type Tree struct {
	opts    Options
	channel *os.File    // to the keeper
	standby *os.Process // its parent
	agent   int         // pidfd of the first process

	sending sync.Mutex
	closed  bool
	running sync.WaitGroup // readers and handlers

	exited chan struct{} // closed when status and err are there
	status syscall.WaitStatus
	err    error
}

// channelFD is the least number of the launcher's end of its channel: no caller
// of ours uses such a number.
const channelFD = 80

// Start starts a tree. Its error is a *FilterError if the system does not let
// us watch, and an *os.PathError if the program can't be executed.
func Start(o Options) (*Tree, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, &FilterError{err}
	}
	// A thread in a system call that waits would hold what others need to run, so
	// the runtime's poller does that.
	unix.SetNonblock(pair[0], true)
	t := &Tree{opts: o, channel: os.NewFile(uintptr(pair[0]), "keeper"), agent: -1, exited: make(chan struct{})}
	theirs, err := unix.FcntlInt(uintptr(pair[1]), unix.F_DUPFD, channelFD)
	unix.Close(pair[1])
	if err != nil {
		t.channel.Close()
		return nil, &FilterError{err}
	}
	how := strconv.Itoa(theirs)
	if o.NoNewPrivs {
		how += "n"
	}
	if o.Terminal {
		how += "t"
	}
	t.standby, err = os.StartProcess(o.Launcher, append([]string{how, o.File}, o.Argv...), &o.Attr)
	unix.Close(theirs)
	if err != nil {
		t.channel.Close()
		return nil, &FilterError{err}
	}
	if err := t.begin(); err != nil {
		t.Close()
		return nil, err
	}
	started := make(chan error, 1)
	t.running.Go(func() { t.read(started) })
	if err := <-started; err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// begin takes the keeper's first word, whether there is a filter.
func (t *Tree) begin() error {
	buf, control := make([]byte, reportSize), make([]byte, unix.CmsgSpace(4))
	var n, cn int
	err := t.when((syscall.RawConn).Read, func(fd int) (err error) {
		n, cn, _, _, err = unix.Recvmsg(fd, buf, control, unix.MSG_CMSG_CLOEXEC)
		return err
	})
	r, ok := parseReport(buf[:max(n, 0)])
	switch {
	case err != nil:
		return &FilterError{err}
	case !ok || r.kind != keepStarted:
		return &FilterError{io.ErrUnexpectedEOF}
	case r.value != 0:
		return &FilterError{syscall.Errno(r.value)}
	}
	messages, err := unix.ParseSocketControlMessage(control[:cn])
	if err != nil || len(messages) != 1 {
		return &FilterError{errors.New("the keeper sent no descriptor of what it has started")}
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return &FilterError{errors.New("the keeper sent no descriptor of what it has started")}
	}
	t.agent = fds[0]
	return nil
}

// Signal sends a signal to the tree's first process.
func (t *Tree) Signal(sig os.Signal) error {
	return unix.PidfdSendSignal(t.agent, sig.(syscall.Signal), nil, 0)
}

// Kill ends the tree's first process.
func (t *Tree) Kill() error { return t.Signal(unix.SIGKILL) }

// Wait waits for the end of the tree's first process.
func (t *Tree) Wait() (syscall.WaitStatus, error) {
	<-t.exited
	return t.status, t.err
}

// Close ends the watch. What runs goes on, and whatever it still tries to start
// fails with ENOSYS; what waits for a verdict is killed.
func (t *Tree) Close() error {
	t.send(verdict{action: keepEnd})
	_, err := t.standby.Wait()
	t.when((syscall.RawConn).Write, func(fd int) error { return unix.Shutdown(fd, unix.SHUT_RDWR) })
	t.running.Wait()
	t.sending.Lock()
	defer t.sending.Unlock()
	t.closed = true
	t.channel.Close()
	if t.agent >= 0 {
		unix.Close(t.agent)
	}
	return err
}

// when makes a call on the channel as soon as it need not wait.
func (t *Tree) when(ready func(syscall.RawConn, func(uintptr) bool) error, call func(fd int) error) error {
	c, err := t.channel.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = ready(c, func(fd uintptr) bool {
		for failed = unix.EINTR; failed == unix.EINTR; {
			failed = call(int(fd))
		}
		return failed != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return failed
}

// receive waits for the keeper's next word.
func (t *Tree) receive(buf []byte) (n int, err error) {
	err = t.when((syscall.RawConn).Read, func(fd int) error {
		got, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0, 0)
		if errno != 0 {
			return errno
		}
		n = int(got)
		return nil
	})
	return n, err
}

// read hears the keeper out until its end.
func (t *Tree) read(started chan<- error) {
	buf := make([]byte, 128<<10)
	over := false
	for {
		n, err := t.receive(buf)
		r, ok := parseReport(buf[:n])
		if err != nil || !ok {
			break
		}
		switch r.kind {
		case keepFailed:
			if r.value != 0 {
				started <- &os.PathError{Op: "exec", Path: t.opts.File, Err: syscall.Errno(r.value)}
				continue
			}
			started <- nil
		case keepHeld:
			t.held(&r)
		case keepUnheld:
			t.running.Go(func() { t.unheld(&r) })
		case keepPassed:
			t.passed(buf[reportSize:n])
		case keepExited:
			t.status, over = syscall.WaitStatus(r.value), true
			close(t.exited)
		}
	}
	if !over {
		t.status, t.err = syscall.WaitStatus(unix.SIGKILL), ErrKilled
		close(t.exited)
	}
	select {
	case started <- ErrKilled:
	default:
	}
}

// passed tells of programs that were let run.
func (t *Tree) passed(b []byte) {
	for len(b) >= passedSize {
		p, size := passedOf(b)
		if b = b[passedSize:]; size > len(b) {
			return
		}
		p.Note = b[:size]
		t.opts.Passed(&p)
		b = b[size:]
	}
}

// held has a program judged that waits.
func (t *Tree) held(r *report) {
	x, err := look(r)
	if err == nil && t.opts.Known(x) {
		t.send(verdict{r.id, keepRun})
		return
	}
	if errors.Is(err, unix.ESRCH) || errors.Is(err, os.ErrNotExist) {
		t.send(verdict{r.id, keepRefuse}) // it was killed meanwhile
		return
	}
	t.running.Go(func() {
		run, message := false, ""
		switch {
		case err == nil:
			run, message = t.opts.Handler(x)
		case t.opts.FailOpen:
			run = true
			t.opts.Trouble(int(r.pid), err)
		default:
			message = "rampart: refused: it can't be seen what this program is: " + err.Error()
			t.opts.Trouble(int(r.pid), err)
		}
		t.decide(r, run, message)
	})
}

// unheld decides about a task that can't be attached to: another process traces
// it, or its memory is closed to us.
func (t *Tree) unheld(r *report) {
	t.opts.Trouble(int(r.pid), fmt.Errorf("can't hold what it starts: %w", syscall.Errno(r.value)))
	t.decide(r, t.opts.FailOpen, "rampart: refused: a program under a debugger, or with its memory closed, can't start another one under guard; "+
		"use `rampart wrap --kernel=off` for such work")
}

func (t *Tree) decide(r *report, run bool, message string) {
	v := verdict{r.id, keepRun}
	if !run {
		tell(int(r.pid), message)
		v.action = keepRefuse
	}
	t.send(v)
}

// send sends a verdict. It fails if nobody is left to carry it out.
func (t *Tree) send(v verdict) {
	t.sending.Lock()
	defer t.sending.Unlock()
	if t.closed {
		return
	}
	b := v.bytes()
	t.when((syscall.RawConn).Write, func(fd int) error { return unix.Sendto(fd, b, unix.MSG_NOSIGNAL, nil) })
}
