package platform

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// HardenProcess keeps debuggers of the same user from attaching. Programs that
// this process starts are not affected.
func HardenProcess() error {
	if err := unix.PtraceDenyAttach(); err != nil {
		return fmt.Errorf("can't keep other processes from reading this one's memory: %w", err)
	}
	return nil
}
