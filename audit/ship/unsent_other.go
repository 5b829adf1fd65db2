//go:build !linux

package ship

import "net"

// unsent is known on Linux only.
func unsent(*net.TCPConn) int { return 0 }
