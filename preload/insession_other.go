//go:build !linux

package preload

// InSession reports whether this process runs in a guarded session.
func InSession() bool { return Inside() != "" }
