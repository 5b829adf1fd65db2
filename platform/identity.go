package platform

// FileIdentity tells one file from all others, also after it was renamed, and
// from a later one that got its inode. The zero FileIdentity is no file's.
type FileIdentity struct {
	Dev, Inode uint64
	Born       int64 // when it came to be, in nanoseconds; 0 where that is not kept
}

// ProcessIdentity tells a process from a later one of the same number. The
// zero ProcessIdentity is no process's.
type ProcessIdentity struct {
	PID   int
	Start string
}

// Alive reports whether the process is still there.
func (p ProcessIdentity) Alive() bool { return p.PID > 0 && IdentifyProcess(p.PID) == p }
