//go:build !linux

package wire

import (
	"context"
	"fmt"
	"runtime"
)

// Server answers on the socket of a session's directory. There is none on
// this system yet.
type Server struct{}

type conn struct{}

func (*conn) watch() context.Context { return context.Background() }

// Listen fails: the process layers exist on Linux.
func Listen(dir string, handler Handler, opts ...Option) (*Server, error) {
	return nil, fmt.Errorf("listen in %s: the process layers are not available on %s", dir, runtime.GOOS)
}

// Close does nothing.
func (*Server) Close() error { return nil }

// TakeNotes returns 0.
func (*Server) TakeNotes() int { return 0 }
