//go:build !linux

package platform

// WarmHeap does nothing here.
func WarmHeap() {}
