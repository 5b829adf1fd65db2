//go:build !linux

package engine

import "time"

func changedAt(string) (time.Time, bool) { return time.Time{}, false }
