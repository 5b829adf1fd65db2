package wrap

import "fmt"

// Kernel says when a session has the kernel layer.
type Kernel uint8

// The values of --kernel.
const (
	KernelAuto Kernel = iota // where it takes nothing away: as root, or under no_new_privs
	KernelOn                 // or no session at all
	KernelOff
)

// ParseKernel reads the value of --kernel.
func ParseKernel(s string) (Kernel, error) {
	switch s {
	case "auto":
		return KernelAuto, nil
	case "on":
		return KernelOn, nil
	case "off":
		return KernelOff, nil
	}
	return 0, fmt.Errorf("unknown value %q for --kernel: it is auto, on or off", s)
}
