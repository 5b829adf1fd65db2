package platform

// FileVersion tells whether a file, or a list of names in a directory, was
// changed. The zero FileVersion is that of nothing at all.
type FileVersion struct {
	Dev, Inode        uint64
	Mode              uint32
	Size              int64
	Modified, Changed int64 // in nanoseconds; Changed is 0 where that is not kept
}
