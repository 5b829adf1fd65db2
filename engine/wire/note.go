package wire

// Note is an exec by a standing answer: it has been acted upon.
type Note struct {
	PID, UID int    // from the kernel
	Permit   uint32 // the Standing's
	// Request is the sender's claim of what it was, but for PID and UID. It has no
	// Environ.
	Request *Request
}
