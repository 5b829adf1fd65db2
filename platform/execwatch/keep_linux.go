//go:build amd64 || arm64

package execwatch

import "encoding/binary"

// What the keeper says and hears: preload/c/keep.h.
const (
	keepStarted = 1
	keepFailed  = 2
	keepHeld    = 3
	keepUnheld  = 4
	keepPassed  = 5
	keepExited  = 6

	keepRun    = 1
	keepRefuse = 2
	keepEnd    = 3
)

const (
	reportSize = 56
	passedSize = 16
)

type report struct {
	kind          uint32
	pid           int32
	uid           uint32
	value         int32
	id, stack     uint64
	device, inode uint64
	changed       uint64
}

type verdict struct {
	id     uint64
	action uint32
}

func parseReport(b []byte) (r report, ok bool) {
	if len(b) < reportSize {
		return r, false
	}
	n := binary.NativeEndian
	return report{
		n.Uint32(b), int32(n.Uint32(b[4:])), n.Uint32(b[8:]), int32(n.Uint32(b[12:])),
		n.Uint64(b[16:]), n.Uint64(b[24:]), n.Uint64(b[32:]), n.Uint64(b[40:]), n.Uint64(b[48:]),
	}, true
}

func passedOf(b []byte) (p Passed, size int) {
	n := binary.NativeEndian
	p = Passed{PID: int(n.Uint32(b)), PPID: int(n.Uint32(b[4:])), Linked: n.Uint32(b[8:]) != 0}
	return p, int(n.Uint32(b[12:]))
}

func (v verdict) bytes() []byte {
	n := binary.NativeEndian
	b := n.AppendUint64(make([]byte, 0, 16), v.id)
	return n.AppendUint32(n.AppendUint32(b, v.action), 0)
}
