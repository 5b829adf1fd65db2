package wrap

import (
	"fmt"
	"strconv"

	"rampart/audit"
	"rampart/platform"
)

// maxKilled bounds what is told of earlier sessions: a directory full of names
// shall not fill the trail.
const maxKilled = 100

// tellKilled records which earlier sessions ended without a word. Their guard
// was killed, or the machine went down: what they had let go as a repetition in
// their last moments was not yet recorded. It stands under their own name.
func (s *session) tellKilled() {
	for _, k := range s.killed[:min(len(s.killed), maxKilled)] {
		s.log.Append(&audit.Record{Event: audit.EventFailure, Session: k.ID, Message: "the guard of this session was killed: the session has no end, " + lost(k)})
	}
}

// lost says how much of a killed session was not recorded, if its heir has counted
// that.
func lost(k platform.KilledSession) string {
	n, err := strconv.ParseUint(k.LastWords, 10, 32)
	switch {
	case err != nil:
		return "and programs that it let go as repetitions in the last 50 ms may have no record"
	case n == 0:
		return "and what it let go was read"
	case n == 1:
		return "and one program that it let go as a repetition has no record"
	}
	return fmt.Sprintf("and %d programs that it let go as repetitions have no record", n)
}
