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

func (s *session) start(file string, argv []string, attr *os.ProcAttr, terminal bool) (agent, error) {
	return startPlain(file, argv, attr, terminal)
}
