//go:build unix

package platform

import (
	"math"

	"golang.org/x/sys/unix"
)

// OpenFiles returns how many files this process may have open.
func OpenFiles() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return math.MaxUint64
	}
	return uint64(limit.Cur)
}
