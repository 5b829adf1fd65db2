//go:build amd64 || arm64

package execwatch

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxIdle is how many workers stay when there is nothing to do.
const maxIdle = 8

// Watcher answers a filter's notifications until it is closed.
type Watcher struct {
	opts     Options
	listener *os.File
	stop     *os.File // closed: pollers see that at the other end
	stopped  *os.File

	lead   sync.Mutex   // held by the one worker that waits for the kernel
	idle   atomic.Int32 // workers that wait for the kernel or for lead
	closed atomic.Bool
	done   sync.WaitGroup
}

// Start answers the notifications of a filter that come from listener, which it
// takes over.
func Start(listener *os.File, o Options) (*Watcher, error) {
	stopped, stop, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watch execs: %w", err)
	}
	w := &Watcher{opts: o, listener: listener, stop: stop, stopped: stopped}
	w.addWorker()
	return w, nil
}

// Close stops answering. Whatever the tree still tries to start fails with
// ENOSYS from then on: it is never set free.
func (w *Watcher) Close() error {
	w.closed.Store(true)
	w.stop.Close()
	w.done.Wait()
	return errors.Join(w.listener.Close(), w.stopped.Close())
}

func (w *Watcher) addWorker() {
	w.idle.Add(1)
	w.done.Add(1)
	go w.work()
}

// work is a worker on a thread of its own: only the thread that has attached
// to a task may wait for it and let it go. Leading means waiting for the
// kernel; who has got something to do leaves the lead to the next one.
func (w *Watcher) work() {
	defer w.done.Done()
	runtime.LockOSThread() // and never unlocked: the thread ends with the worker
	for {
		w.lead.Lock()
		n, ok := w.receive()
		if ok && w.idle.Add(-1) == 0 {
			w.addWorker()
		}
		w.lead.Unlock()
		if !ok {
			return
		}
		w.answer(n)
		if w.idle.Add(1) > maxIdle {
			w.idle.Add(-1)
			return
		}
	}
}

// The kernel's structures: linux/seccomp.h.
type notification struct {
	id         uint64
	pid, flags uint32
	nr         int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type response struct {
	id    uint64
	val   int64
	error int32
	flags uint32
}

const (
	ioctlReceive = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	ioctlSend    = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
	ioctlValid   = 0x40082102 // SECCOMP_IOCTL_NOTIF_ID_VALID
	goOn         = 1          // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

// ioctl tries again after a signal: each of these waits for the filter's lock,
// and an answer that is not given leaves its caller waiting for ever.
func (w *Watcher) ioctl(request uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, w.listener.Fd(), request, uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// receive waits for the next exec; false after Close, or when nobody is left
// who has the filter.
func (w *Watcher) receive() (*notification, bool) {
	for !w.closed.Load() {
		fds := []unix.PollFd{
			{Fd: int32(w.listener.Fd()), Events: unix.POLLIN},
			{Fd: int32(w.stopped.Fd()), Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			w.opts.Trouble(0, fmt.Errorf("wait for the kernel: %w", err))
			return nil, false
		}
		switch {
		case fds[1].Revents != 0:
			return nil, false
		case fds[0].Revents&unix.POLLIN != 0:
			n := new(notification)
			if err := w.ioctl(ioctlReceive, unsafe.Pointer(n)); err == nil {
				return n, true
			} // ENOENT: the caller was killed meanwhile
		case fds[0].Revents != 0: // POLLHUP
			return nil, false
		}
	}
	return nil, false
}

// answer attaches to the task, lets its call go on, and decides about what it
// has become.
func (w *Watcher) answer(n *notification) {
	tid := int(n.pid)
	if err := ptrace(unix.PTRACE_SEIZE, tid, 0, unix.PTRACE_O_TRACEEXEC|unix.PTRACE_O_EXITKILL); err != nil {
		w.unheld(n, err)
		return
	}
	// The number may have passed to another task before that, which then is let
	// go at its next stop.
	if w.ioctl(ioctlValid, unsafe.Pointer(&n.id)) == nil {
		w.send(&response{id: n.id, flags: goOn})
	}
	// If the call fails there is no exec to stop at; this makes sure of a stop.
	ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0)
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return // nobody is held any more
		}
		// A task of before that was killed while it was let go may still be heard
		// of. Whoever took that for the end of this one would leave it held for ever.
		ours := pid == tid
		switch {
		case status.Exited(), status.Signaled():
		case status.StopSignal() == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_EXEC:
			ours = ours || formerly(pid) == tid // a thread that execs takes its leader's number
			w.judge(pid)
		case status.TrapCause() == ptraceEventStop || int(status)>>16 == ptraceEventStop:
			detach(pid, 0) // the call has failed, and its caller knows why
		case status.Stopped():
			detach(pid, status.StopSignal())
		default:
			continue
		}
		if ours {
			return
		}
	}
}

// formerly is the number that a task at its exec event had before.
func formerly(pid int) int {
	n, err := unix.PtraceGetEventMsg(pid)
	if err != nil {
		return 0
	}
	return int(n)
}

// ptraceEventStop is PTRACE_EVENT_STOP of linux/ptrace.h.
const ptraceEventStop = 128

func (w *Watcher) send(r *response) error { return w.ioctl(ioctlSend, unsafe.Pointer(r)) }

// unheld answers for a task that can't be attached to: another process traces
// it, or its memory is closed to us.
func (w *Watcher) unheld(n *notification, why error) {
	if errors.Is(why, unix.ESRCH) {
		w.send(&response{id: n.id, error: -int32(unix.EPERM)}) // it is gone
		return
	}
	w.opts.Trouble(int(n.pid), fmt.Errorf("can't hold what it starts: %w", why))
	if w.opts.FailOpen {
		w.send(&response{id: n.id, flags: goOn})
		return
	}
	tell(int(n.pid), "rampart: refused: a program under a debugger, or with its memory closed, can't start another one under guard; "+
		"use `rampart wrap --kernel=off` for such work")
	w.send(&response{id: n.id, error: -int32(unix.EPERM)})
}

// judge decides about a task that waits at its exec event.
func (w *Watcher) judge(pid int) {
	x, err := look(pid)
	run, message := false, ""
	switch {
	case err == nil:
		run, message = w.opts.Handler(x)
	case w.opts.FailOpen:
		run = true
		w.opts.Trouble(pid, err)
	default:
		message = "rampart: refused: it can't be seen what this program is: " + err.Error()
		w.opts.Trouble(pid, err)
	}
	if run {
		detach(pid, 0)
		return
	}
	tell(pid, message)
	if err := exitInstead(pid); err != nil {
		unix.Kill(pid, unix.SIGKILL)
	}
	detach(pid, 0)
}

func ptrace(request, pid int, addr, data uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(pid), addr, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func detach(pid int, sig unix.Signal) { ptrace(unix.PTRACE_DETACH, pid, 0, uintptr(sig)) }
