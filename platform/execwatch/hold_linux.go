//go:build amd64 || arm64

package execwatch

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// answer attaches to the task, lets its call go on, and decides about what it
// has become.
func (w *Watcher) answer(me *worker, n *notification) {
	tid := int(n.pid)
	if err := ptrace(unix.PTRACE_SEIZE, tid, 0, unix.PTRACE_O_TRACEEXEC|unix.PTRACE_O_EXITKILL); err != nil {
		w.pass(me)
		w.unheld(n, err)
		return
	}
	// If the call fails there is no exec to stop at; the interruption makes sure
	// of a stop. A caller that would wake up for it has to be answered before. If
	// there is nobody to answer, the number may have passed to another task before
	// we attached, which is let go at its next stop.
	if w.killable {
		ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0)
	}
	w.send(&response{id: n.id, flags: goOn})
	if !w.killable {
		ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0)
	}
	if w.more() {
		w.pass(me)
	}
	for {
		var s stop
		switch err := waitid(&s, unix.WEXITED|unix.WSTOPPED); err {
		case 0:
		case unix.EINTR:
			continue
		default:
			return // nobody is held any more
		}
		// A task of before that was killed while it was let go may still be heard
		// of. Whoever took that for the end of this one would leave it held for ever.
		pid := int(s.pid)
		ours := pid == tid
		switch {
		case s.code != cldTrapped: // it has ended
		case s.status == unix.PTRACE_EVENT_EXEC<<8|int32(unix.SIGTRAP):
			ours = ours || formerly(pid) == tid // a thread that execs takes its leader's number
			w.judge(me, pid, int(s.uid))
		case s.status>>8 == ptraceEventStop:
			detach(pid, 0) // the call has failed, and its caller knows why
		default:
			detach(pid, unix.Signal(s.status&0xff))
		}
		if ours {
			return
		}
	}
}

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
func (w *Watcher) judge(me *worker, pid, uid int) {
	x, err := look(pid)
	if err == nil {
		x.UID = uid
		if w.opts.Known != nil && w.opts.Known(x) {
			detach(pid, 0)
			return
		}
	}
	w.pass(me)
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

// formerly is the number that a task at its exec event had before.
func formerly(pid int) int {
	n, err := unix.PtraceGetEventMsg(pid)
	if err != nil {
		return 0
	}
	return int(n)
}

const (
	ptraceEventStop = 128 // PTRACE_EVENT_STOP of linux/ptrace.h
	cldTrapped      = 4   // CLD_TRAPPED: a stop that its tracer is told of
)

// stop is what waitid(2) tells of a task, in the kernel's siginfo_t.
type stop struct {
	_      [2]int32
	code   int32
	_      int32
	pid    int32
	uid    uint32
	status int32
	_      [100]byte
}

// waitid waits for what this thread traces.
func waitid(s *stop, options int) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_WAITID, unix.P_ALL, 0, uintptr(unsafe.Pointer(s)), uintptr(options)|unix.WALL|unix.WNOTHREAD, 0, 0)
	return errno
}

func ptrace(request, pid int, addr, data uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(pid), addr, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func detach(pid int, sig unix.Signal) { ptrace(unix.PTRACE_DETACH, pid, 0, uintptr(sig)) }

// hushStops spares us a signal for each task that stops: who traces it waits
// for it in any case. Those for children that end still come.
func hushStops() {
	const noStops = 1 // SA_NOCLDSTOP
	var act struct{ handler, flags, restorer, mask uint64 }
	call := func(set, get unsafe.Pointer) unix.Errno {
		_, _, errno := unix.Syscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD), uintptr(set), uintptr(get), 8, 0, 0)
		return errno
	}
	if call(nil, unsafe.Pointer(&act)) == 0 && act.flags&noStops == 0 {
		act.flags |= noStops
		call(unsafe.Pointer(&act), nil)
	}
}
