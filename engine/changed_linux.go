package engine

import (
	"syscall"
	"time"
)

// changedAt returns when anything about a file was changed last, which nobody
// can set.
func changedAt(name string) (time.Time, bool) {
	var st syscall.Stat_t
	if syscall.Stat(name, &st) != nil {
		return time.Time{}, false
	}
	return time.Unix(st.Ctim.Unix()), true
}
