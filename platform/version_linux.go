package platform

import "golang.org/x/sys/unix"

// VersionOf returns the version of what path leads to, through links. It is
// zero if that can't be seen.
func VersionOf(path string) FileVersion {
	if isMissing(path) {
		return FileVersion{}
	}
	var st unix.Stat_t
	if _, err := ignoringEINTR(func() (int, error) { return 0, unix.Stat(path, &st) }); err != nil {
		return FileVersion{}
	}
	return FileVersion{
		Dev: st.Dev, Inode: st.Ino, Mode: st.Mode, Size: st.Size,
		Modified: st.Mtim.Nano(), Changed: st.Ctim.Nano(),
	}
}
