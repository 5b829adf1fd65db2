package wrap

import "rampart/audit"

// maxKilled bounds what is told of earlier sessions: a directory full of names
// shall not fill the trail.
const maxKilled = 100

// tellKilled records which earlier sessions ended without a word. Their guard
// was killed, or the machine went down: what they had let go as a repetition in
// their last moments was not yet recorded. It stands under their own name.
func (s *session) tellKilled() {
	for _, id := range s.killed[:min(len(s.killed), maxKilled)] {
		s.log.Append(&audit.Record{
			Event: audit.EventFailure, Session: id,
			Message: "the guard of this session was killed: the session has no end, and programs that it let go as repetitions in the last 50 ms may have no record",
		})
	}
}
