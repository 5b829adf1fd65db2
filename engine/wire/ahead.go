package wire

// Files that are not the system's and may start ahead of their answer stand behind
// the header of the table of files, in slots by their inode; preload/c/permit.c
// reads them. A slot is the five numbers of a FileID, and their sum: one that is
// being written shows by it.
const (
	aheadAt    = tableAt + 64
	aheadSlots = 40
	aheadSlot  = 48
)

// numbers are those of a file, in the order in which the memory has them.
func (f *FileID) numbers() [5]uint64 {
	return [...]uint64{f.Device, f.Inode, f.Size, f.Modified, f.Changed}
}

// sum is preload/c/permit.c's.
func (f *FileID) sum() uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, n := range f.numbers() {
		h = (h ^ n) * 0x100000001b3
	}
	return h
}
