//go:build unix && !linux

package wrap

import "os"

// kernelLayer is never there on this system.
type kernelLayer struct {
	wanted Kernel
	active bool
	why    string
}

func (k *kernelLayer) choose() {
	if k.wanted == KernelOn {
		k.why = "the kernel layer exists on Linux only"
	}
}

func (s *session) wait(p *os.Process) (*os.ProcessState, error) { return p.Wait() }

func (s *session) start(file string, argv []string, attr *os.ProcAttr) (*os.Process, error) {
	return os.StartProcess(file, argv, attr)
}
