package platform

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a large page on the machines there are builds for.
const hugePage = 2 << 20

// WarmHeap has the beginning of the heap in large pages, where the system gives
// them to who asks. A start touches about a thousand small ones, each of which
// costs a fault: in a virtual machine 10 to 15 µs, as much as all else that is
// done. Call it once, first of all; that it does nothing is no error.
func WarmHeap() {
	heapMark = new([64 << 10]byte)
	at := uintptr(unsafe.Pointer(heapMark)) &^ (hugePage - 1)
	madvise(at, 3*hugePage, unix.MADV_HUGEPAGE)
	madvise(at, hugePage, unix.MADV_COLLAPSE) // of which some is in use already
}

// heapMark is where the heap is: too large for a stack, and in use.
var heapMark *[64 << 10]byte

func madvise(at, size uintptr, advice int) {
	unix.Syscall(unix.SYS_MADVISE, at, size, uintptr(advice))
}
