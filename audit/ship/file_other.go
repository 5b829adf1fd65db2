//go:build !unix

package ship

import "syscall"

const noFollow = 0

var detached *syscall.SysProcAttr
