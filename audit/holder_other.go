//go:build !linux

package audit

// lockHolder says who holds the lock of a segment, where the system tells.
func lockHolder(*segment) string { return "" }
