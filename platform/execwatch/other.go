//go:build !linux || !(amd64 || arm64)

package execwatch

import (
	"errors"
	"os"
	"syscall"
)

// Tree is never there on this system.
type Tree struct{}

// Start fails: there is no such filter here.
func Start(Options) (*Tree, error) {
	return nil, &FilterError{errors.New("the kernel layer exists on Linux only, on amd64 and arm64")}
}

// Preloads is never asked here.
func (*Exec) Preloads() bool { return false }

// Path is never asked here.
func (*Exec) Path() (string, error) { return "", errors.ErrUnsupported }

// Parent is never asked here.
func (*Exec) Parent() int { return 0 }

// Signal is never called here.
func (*Tree) Signal(os.Signal) error { return errors.ErrUnsupported }

// Kill is never called here.
func (*Tree) Kill() error { return errors.ErrUnsupported }

// Wait is never called here.
func (*Tree) Wait() (status syscall.WaitStatus, err error) { return status, errors.ErrUnsupported }

// Close is never called here.
func (*Tree) Close() error { return nil }
