package ship

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent returns how many bytes the receiver's kernel has not confirmed.
func unsent(c *net.TCPConn) int {
	n := 0
	if rc, err := c.SyscallConn(); err == nil {
		rc.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	}
	return n
}
