//go:build !linux

package platform

// isMissing reports whether it is known at once that there is nothing at a path.
func isMissing(string) bool { return false }
