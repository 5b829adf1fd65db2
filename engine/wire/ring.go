package wire

// The ring of notes; preload/c/wire.h says the same to C, and preload/c/ring.c
// writes to it. It is memory that all processes below may write, so nothing in it
// is more than the claim that a process has repeated a permit: what that allowed
// is known here. A note is one word, so that who is killed has left it or has
// not. A word is the lap (how often the ring was gone through), the process and
// the low bits of the permit's number; of a free place the lap alone.
const (
	ringSlots      = 4096
	ringAt         = 4096 // where the words are; before them is the tail
	ringSize       = ringAt + 8*ringSlots
	ringState      = tableAt + 2048 // in the memory of permits: the head, who reads, whether that one sleeps
	ringPermitBits = 20
	ringPIDBits    = 22

	ringLapShift = ringPermitBits + ringPIDBits
	ringClosed   = 1 // no process, but not free
)

// ringWord takes a word apart.
func ringWord(w uint64) (lap uint64, pid int, permit uint32) {
	return w >> ringLapShift, int(w >> ringPermitBits & (1<<ringPIDBits - 1)), uint32(w & (1<<ringPermitBits - 1))
}

// ringLap is the lap of a position.
func ringLap(position uint64) uint64 {
	return position / ringSlots & (1<<(64-ringLapShift) - 1)
}
