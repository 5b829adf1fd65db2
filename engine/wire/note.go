package wire

// Note is an exec by a standing answer: it has been acted upon.
type Note struct {
	PID, UID int    // from the kernel
	Permit   uint32 // the Standing's
	// Request is the sender's claim of what it was, but for PID and UID. It has no
	// Environ.
	Request *Request
}

// NoteOf reads a note that came another way than through [Server.TakeNotes]; nil
// if it is none.
func NoteOf(pid, uid int, message []byte) *Note {
	n, err := decodeNote(message)
	if err != nil {
		return nil
	}
	n.PID, n.UID = pid, uid
	n.Request.PID, n.Request.UID = pid, uid
	return n
}
