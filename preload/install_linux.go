package preload

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

const stNoexec = 8 // ST_NOEXEC of statfs(2)

// checkExecutable finds out before the agent does that nothing can be
// executed, or mapped as a library, from here.
func checkExecutable(dir string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if st.Flags&stNoexec != 0 {
		return fmt.Errorf("%s is on a file system mounted noexec; choose another place with XDG_RUNTIME_DIR or TMPDIR", dir)
	}
	return nil
}

// writeProgram writes a file that can be executed at once. A process forked
// meanwhile would hold it open for writing, and make the kernel refuse that.
// What is written, as long as data, may tell of the stamp that the file will have.
func writeProgram(path string, data []byte, content func(stamp) []byte) (stamp, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o500)
	if err != nil {
		return stamp{}, err
	}
	defer f.Close()
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		return stamp{}, err
	}
	// A full second: every file system keeps that.
	now := time.Now().Truncate(time.Second)
	s := stamp{uint64(st.Dev), st.Ino, uint64(len(data)), uint64(now.UnixNano())}
	if _, err := f.Write(content(s)); err != nil {
		return stamp{}, err
	}
	if err := os.Chtimes(path, now, now); err != nil {
		return stamp{}, err
	}
	return s, f.Close()
}
