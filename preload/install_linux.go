package preload

import (
	"fmt"
	"os"
	"syscall"
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
func writeProgram(path string, data []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, data, 0o500)
}
