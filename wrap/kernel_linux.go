package wrap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"rampart/audit"
	"rampart/engine"
	"rampart/engine/wire"
	"rampart/platform/execwatch"
	"rampart/policy"
)

// kernelLayer is the session's watch over every exec.
type kernelLayer struct {
	wanted     Kernel
	active     bool
	noNewPrivs bool // has to be set for it: setuid programs get no rights then
	why        string
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
// On a terminal, that is to be the agent's descriptor 0.
func (s *session) start(file string, argv []string, attr *os.ProcAttr, terminal bool) (agent, error) {
	if !s.kernel.active {
		return startPlain(file, argv, attr, terminal)
	}
	tree, err := execwatch.Start(execwatch.Options{
		Launcher: s.inject.Launcher(), File: file, Argv: argv, Attr: *attr, NoNewPrivs: s.kernel.noNewPrivs, Terminal: terminal,
		Known: s.known, Handler: s.held, Passed: s.passed, Trouble: s.unheld,
		FailOpen: s.opt.FailOpen || s.opt.Mode == engine.Monitor,
	})
	var failed *execwatch.FilterError
	if errors.As(err, &failed) && s.kernel.wanted == KernelAuto {
		s.kernel.active = false
		s.kernel.why = fmt.Sprintf("this system does not let Rampart see what static programs start (%v)", failed.Err)
		return startPlain(file, argv, attr, terminal)
	}
	if err != nil {
		return nil, err
	}
	s.undo = append(s.undo, func() { tree.Close() })
	return kept{tree}, nil
}

// kept is an agent below the kernel layer.
type kept struct{ *execwatch.Tree }

func (k kept) wait() (int, error) {
	status, err := k.Wait()
	return statusCode(status), err
}

// known reports whether a layer above has judged what the kernel layer holds.
func (s *session) known(x *execwatch.Exec) bool {
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

// passed records a program that was let run as its question is permitted.
func (s *session) passed(p *execwatch.Passed) {
	if n := wire.NoteOf(p.PID, os.Geteuid(), p.Note); n != nil {
		s.engine.Passed(n, p.PPID, p.Linked, s.server.TakeNotes)
	}
}

// unheld records a program that could not be held.
func (s *session) unheld(pid int, err error) {
	s.log.Append(&audit.Record{
		Event: audit.EventFailure, Session: s.id, Agent: s.opt.Agent, PID: pid, Layer: string(policy.LayerKernel), Message: err.Error(),
	})
}
