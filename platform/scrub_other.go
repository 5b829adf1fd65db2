//go:build !linux

package platform

// MayScrub reports true: what is preloaded here is not known to stay.
func MayScrub() bool { return true }
