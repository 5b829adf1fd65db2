//go:build unix

package ship

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// noFollow opens nothing that was planted in place of a file, and waits for no pipe.
const noFollow = unix.O_NOFOLLOW | unix.O_NONBLOCK

// detached keeps the terminal's signals from a process.
var detached = &syscall.SysProcAttr{Setsid: true}
