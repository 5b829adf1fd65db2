package platform

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// HardenProcess closes the memory of this process to other processes of the
// same user (ptrace, /proc/PID/mem, core dumps). Programs that it starts are
// not affected.
func HardenProcess() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("can't keep other processes from reading this one's memory: %w", err)
	}
	return nil
}
