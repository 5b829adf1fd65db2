//go:build unix && !linux

package audit

import "os"

// dataSync puts f on the disk.
func dataSync(f *os.File) error { return f.Sync() }
