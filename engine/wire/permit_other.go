//go:build !linux

package wire

import "time"

// Permits exist on Linux only.
type Permits struct{}

// NewPermits returns nil: every question is asked.
func NewPermits() (*Permits, error) { return nil, nil }

// Identity returns "".
func (*Permits) Identity() string { return "" }

// StartAhead does nothing.
func (*Permits) StartAhead() {}

// MayStartAhead does nothing.
func (*Permits) MayStartAhead(FileID) {}

// WatchFiles does nothing.
func (*Permits) WatchFiles() {}

// PublishFiles does nothing.
func (*Permits) PublishFiles([]byte) {}

// Clear does nothing.
func (*Permits) Clear() {}

// Era returns 0.
func (*Permits) Era() uint64 { return 0 }

// Grant does nothing.
func (*Permits) Grant(*Request, *Standing) {}

// Next returns 0.
func (*Permits) Next() uint32 { return 0 }

// Close does nothing.
func (*Permits) Close() error { return nil }

// IdentifyFile returns false.
func IdentifyFile(string, time.Time) (FileID, bool) { return FileID{}, false }
