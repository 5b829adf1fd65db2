//go:build !linux

package audit

import "time"

func (s *segment) isAtHand() bool { return false }

func (s *segment) lock(timeout time.Duration) error { return lock(s.f, timeout) }

func (s *segment) unlock() { unlock(s.f) }

// look returns which file is at the segment's path now, and its size.
func (s *segment) look() (fileID, int64, error) { return statPath(s.path) }

func (s *segment) write(b []byte) (int, error) { return s.f.Write(b) }
