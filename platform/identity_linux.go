package platform

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// IdentifyFile returns the identity of what is at path, without following a
// link, and whether it is a directory. ok is false if nothing is there.
func IdentifyFile(path string) (id FileIdentity, dir, ok bool) {
	var st unix.Statx_t
	_, err := ignoringEINTR(func() (int, error) {
		return 0, unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW|unix.AT_STATX_DONT_SYNC,
			unix.STATX_TYPE|unix.STATX_INO|unix.STATX_BTIME, &st)
	})
	if err != nil {
		return FileIdentity{}, false, false
	}
	id = FileIdentity{Dev: unix.Mkdev(st.Dev_major, st.Dev_minor), Inode: st.Ino}
	if st.Mask&unix.STATX_BTIME != 0 {
		id.Born = st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
	}
	return id, st.Mode&unix.S_IFMT == unix.S_IFDIR, true
}

// IdentifyProcess returns the identity of process pid, the zero one if there
// is none.
func IdentifyProcess(pid int) ProcessIdentity {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ProcessIdentity{}
	}
	s := string(b)
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ProcessIdentity{}
	}
	return ProcessIdentity{PID: pid, Start: fields[19]}
}
