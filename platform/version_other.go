//go:build !linux

package platform

import "os"

// VersionOf returns the version of what path leads to, through links. It is
// zero if that can't be seen.
func VersionOf(path string) FileVersion {
	fi, err := os.Stat(path)
	if err != nil {
		return FileVersion{}
	}
	return FileVersion{Mode: uint32(fi.Mode()), Size: fi.Size(), Modified: fi.ModTime().UnixNano()}
}
