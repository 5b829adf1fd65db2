//go:build unix

package engine

import "syscall"

// isFile reports whether that name leads to this file.
func isFile(name string, device, inode uint64) bool {
	var st syscall.Stat_t
	return syscall.Stat(name, &st) == nil && uint64(st.Dev) == device && st.Ino == inode
}
