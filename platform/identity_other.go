//go:build !linux

package platform

import "os"

// IdentifyFile says only whether something is at path, and whether it is a
// directory: a file is known by its name alone here.
func IdentifyFile(path string) (id FileIdentity, dir, ok bool) {
	fi, err := os.Lstat(path)
	return FileIdentity{}, err == nil && fi.IsDir(), err == nil
}

// IdentifyProcess says nothing here.
func IdentifyProcess(int) ProcessIdentity { return ProcessIdentity{} }
