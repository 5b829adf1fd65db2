package wire

// The memory of permits; preload/c/wire.h says the same to C, and
// preload/c/permit.c reads it. It has a slot for each value of a hash, and a
// slot holds the body of one question that was allowed, byte for byte: who
// finds the question it was about to ask there need not ask it.
const (
	// IdentityMagic stands in the library before the place of what the session's
	// copy is to know: IdentityNumbers of 16 digits, a '+' if the library is to look
	// after files, and one if programs may start ahead of their answer. The first
	// four, and all from the last two numbers on, are those of [Permits.Identity].
	IdentityMagic   = "RAMPART-SESSION:"
	IdentityNumbers = 14
	IdentityLen     = 16*IdentityNumbers + 2

	permitFD     = 56
	notesFD      = 57
	permitSlots  = 128
	permitSlot   = 8192
	permitHeader = 72

	// Behind the permits is the table of files (policy.FileTable), in one of two
	// halves; a header says where, and by a number that is never used twice what
	// is there. The number 0 says that the engine has to be asked about all files.
	tableAt     = permitSlots * permitSlot
	tableHeader = 4096
	tableHalf   = 131072
	tableArea   = tableHeader + 2*tableHalf
)

// FileID tells one file from another, and from itself after a change.
type FileID struct {
	Device, Inode, Size uint64
	Modified, Changed   uint64 // nanoseconds since 1970
}

// permitKey is preload/c/text.c's text_hash over path, cwd and arguments.
func permitKey(r *Request) uint64 {
	h := uint64(0xcbf29ce484222325)
	add := func(s string) {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 0x100000001b3
		}
		h *= 0x100000001b3 // the NUL
	}
	add(r.Path)
	add(r.Cwd)
	for _, a := range r.Argv {
		add(a)
	}
	return h
}
