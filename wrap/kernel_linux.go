package wrap

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"rampart/audit"
	"rampart/engine"
	"rampart/platform/execwatch"
	"rampart/policy"
)

// kernelLayer is the session's watch over every exec.
type kernelLayer struct {
	wanted     Kernel
	active     bool
	noNewPrivs bool // has to be set for it: setuid programs get no rights then
	why        string
	watcher    *execwatch.Watcher
}

// choose decides whether to try the layer, before anything is started.
func (k *kernelLayer) choose() {
	set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	already := err == nil && set == 1
	k.noNewPrivs = !already && os.Geteuid() != 0
	switch {
	case k.wanted == KernelOff:
	case k.wanted == KernelAuto && traced():
		k.why = "a debugger holds this session's processes, and only one can"
	case k.wanted == KernelOn || !k.noNewPrivs:
		k.active = true
	default:
		k.why = "static programs and raw system calls are not seen; --kernel=on sees them, and then sudo and other setuid programs don't work"
	}
}

// traced reports whether a debugger follows this process, and so its children.
func traced() bool {
	status, err := os.ReadFile("/proc/self/status")
	_, after, ok := strings.Cut(string(status), "\nTracerPid:\t")
	return err == nil && ok && !strings.HasPrefix(after, "0\n")
}

// start starts the agent: where the kernel layer is on, below its filter.
func (s *session) start(file string, argv []string, attr *os.ProcAttr) (*os.Process, error) {
	if !s.kernel.active {
		return os.StartProcess(file, argv, attr)
	}
	p, err := s.launch(file, argv, attr)
	var failed *filterError
	if errors.As(err, &failed) && s.kernel.wanted == KernelAuto {
		s.kernel.active = false
		s.kernel.why = fmt.Sprintf("this system does not let Rampart see what static programs start (%v)", failed.error)
		return os.StartProcess(file, argv, attr)
	}
	return p, err
}

// filterError is why there is no filter.
type filterError struct{ error }

func (e *filterError) Unwrap() error { return e.error }

// launcherFD is the least number of the launcher's end of its channel.
const launcherFD = 80

// launch starts the agent through the session's launcher, which installs the
// filter and hands over its listener: preload/c/launch.h.
func (s *session) launch(file string, argv []string, attr *os.ProcAttr) (*os.Process, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, &filterError{err}
	}
	ours := os.NewFile(uintptr(pair[0]), "launcher")
	defer ours.Close()
	// The launcher inherits its end under a number that no caller of ours uses.
	theirs, err := unix.FcntlInt(uintptr(pair[1]), unix.F_DUPFD, launcherFD)
	unix.Close(pair[1])
	if err != nil {
		return nil, &filterError{err}
	}
	how := strconv.Itoa(theirs)
	if s.kernel.noNewPrivs {
		how += "n"
	}
	p, err := os.StartProcess(s.inject.Launcher(), append([]string{how, file}, argv...), attr)
	unix.Close(theirs)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*os.Process, error) {
		p.Kill()
		s.wait(p)
		return nil, err
	}
	listener, err := receiveListener(ours)
	if err != nil {
		return fail(&filterError{err})
	}
	s.kernel.watcher, err = execwatch.Start(listener, execwatch.Options{
		Handler: s.held, Known: s.known, Trouble: s.unheld, FailOpen: s.opt.FailOpen || s.opt.Mode == engine.Monitor,
	})
	if err != nil {
		listener.Close()
		return fail(&filterError{err})
	}
	s.undo = append(s.undo, func() { s.kernel.watcher.Close() })
	s.undo = append(s.undo, adoptOrphans(p.Pid))
	if _, err := ours.Write([]byte{1}); err != nil {
		return fail(err)
	}
	var code [4]byte
	if _, err := io.ReadFull(ours, code[:]); err == nil { // else it runs
		s.wait(p)
		return nil, &os.PathError{Op: "exec", Path: file, Err: syscall.Errno(binary.NativeEndian.Uint32(code[:]))}
	}
	return p, nil
}

// receiveListener takes what the launcher reports.
func receiveListener(from *os.File) (*os.File, error) {
	code, control := make([]byte, 4), make([]byte, unix.CmsgSpace(4))
	n, cn, _, _, err := unix.Recvmsg(int(from.Fd()), code, control, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if n != len(code) {
		return nil, errors.New("the launcher ended without a word")
	}
	if errno := syscall.Errno(binary.NativeEndian.Uint32(code)); errno != 0 {
		return nil, fmt.Errorf("can't install the filter: %w", errno)
	}
	messages, err := unix.ParseSocketControlMessage(control[:cn])
	if err != nil || len(messages) != 1 {
		return nil, errors.New("the launcher sent no listener")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errors.New("the launcher sent no listener")
	}
	return os.NewFile(uintptr(fds[0]), "exec filter"), nil
}

// known reports whether what the kernel layer holds needs no judgement: it is
// ours, or a layer above has judged it.
func (s *session) known(x *execwatch.Exec) bool {
	if s.inject.IsOwn(x.Device, x.Inode, x.Changed) {
		return true
	}
	w := s.witnessed(x)
	if s.engine.Recognize(w) {
		return true
	}
	return s.server.TakeNotes() > 0 && s.engine.Recognize(w)
}

// held judges a program that the kernel layer holds.
func (s *session) held(x *execwatch.Exec) (run bool, message string) {
	s.server.TakeNotes()
	return s.engine.Witness(context.Background(), s.witnessed(x))
}

func (s *session) witnessed(x *execwatch.Exec) *engine.Witnessed {
	environ := s.inject.Visible(x.Environ)
	c := &policy.Call{
		Tool: "exec", Argv: x.Argv, Cwd: x.Cwd, Layer: policy.LayerKernel,
		PID: x.PID, UID: x.UID, Environ: environ, Env: engine.LookupIn(environ),
	}
	return &engine.Witnessed{
		Call: c, Device: x.Device, Inode: x.Inode,
		Complete: func() (err error) {
			c.PPID = x.Parent()
			c.Path, err = x.Path()
			return err
		},
		Guarded: func() bool { return s.inject.Preloaded(x.Environ) && x.Preloads() },
	}
}

// unheld records a program that could not be held.
func (s *session) unheld(pid int, err error) {
	s.log.Append(&audit.Record{
		Event: audit.EventFailure, Session: s.id, Agent: s.opt.Agent, PID: pid, Layer: string(policy.LayerKernel), Message: err.Error(),
	})
}

// adoptOrphans makes this process the parent of those that the agent leaves
// behind, since some systems let only ancestors look into a process, and buries
// them. The agent itself is waited for elsewhere.
func adoptOrphans(agent int) (stop func()) {
	unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	died, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(died, unix.SIGCHLD)
	go func() {
		for {
			select {
			case <-died:
				bury(agent)
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(died)
		close(done)
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	}
}

// bury waits for the orphans that have ended. What the kernel layer holds shows
// up among them, and has to be let alone.
func bury(agent int) {
	for range 50 {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		pid := int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), 16))) // si_pid, on 64-bit systems
		switch {
		case err != nil || pid == 0 || pid == agent:
			return
		case info.Code > cldDumped:
			time.Sleep(2 * time.Millisecond)
		case unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOHANG, nil) != nil:
			return
		}
	}
}

// cldDumped is CLD_DUMPED: what is greater tells of a process that is stopped.
const cldDumped = 3

// wait waits for the agent. While it is held, it must not be waited for by
// others than who holds it: its descriptor tells when it has ended.
func (s *session) wait(p *os.Process) (*os.ProcessState, error) {
	if s.kernel.active {
		fd, err := unix.PidfdOpen(p.Pid, 0)
		if err != nil {
			return nil, err
		}
		defer unix.Close(fd)
		for {
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err == nil || !errors.Is(err, unix.EINTR) {
				break
			}
		}
	}
	return p.Wait()
}
