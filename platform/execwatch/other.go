//go:build !linux || !(amd64 || arm64)

package execwatch

import (
	"errors"
	"os"
)

// Watcher is never there on this system.
type Watcher struct{}

// Start fails: there is no such filter here.
func Start(*os.File, Options) (*Watcher, error) {
	return nil, errors.New("the kernel layer exists on Linux only, on amd64 and arm64")
}

// Preloads is never asked here.
func (*Exec) Preloads() bool { return false }

// Path is never asked here.
func (*Exec) Path() (string, error) { return "", errors.ErrUnsupported }

// Parent is never asked here.
func (*Exec) Parent() int { return 0 }

// Close does nothing.
func (*Watcher) Close() error { return nil }
