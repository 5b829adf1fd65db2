//go:build !linux && !darwin

package platform

// HardenProcess does nothing here: the system has no such switch.
func HardenProcess() error { return nil }
