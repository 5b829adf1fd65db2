//go:build !linux

package platform

import "os"

// HasCapabilities returns false: files have none here.
func HasCapabilities(*os.File) bool { return false }
