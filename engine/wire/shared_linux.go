package wire

import (
	"net"
	"sync"
)

// sharedConns are the open connections of the rendezvous, to be closed with
// the server.
type sharedConns struct {
	mu     sync.Mutex
	open   map[*net.UnixConn]bool
	closed bool
}

func (s *sharedConns) add(c *net.UnixConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.open) >= maxShared {
		return false
	}
	if s.open == nil {
		s.open = map[*net.UnixConn]bool{}
	}
	s.open[c] = true
	return true
}

func (s *sharedConns) remove(c *net.UnixConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *sharedConns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.open {
		c.Close()
	}
}
