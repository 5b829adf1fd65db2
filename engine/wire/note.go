package wire

// Note is a question that needed no answer, since its asker found a permit for
// it: it has been acted upon.
type Note struct {
	PID, UID int // from the kernel
	// Body is what tells one question from another: those of equal bodies are
	// the same question. It holds during the call only.
	Body []byte

	message []byte
}

// Request decodes the question. PPID is the sender's claim.
func (n *Note) Request() (*Request, error) {
	r, err := DecodeRequest(n.message)
	if err != nil {
		return nil, err
	}
	r.PID, r.UID = n.PID, n.UID
	return r, nil
}

// Body is what tells one question from another: those of equal bodies are the
// same question. It holds while the handler runs.
func (r *Request) Body() []byte { return r.body }
