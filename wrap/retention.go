package wrap

import (
	"time"

	"rampart/audit"
)

// How long after its start a session first looks whether the trail holds more
// than its owner wants kept, and how often it looks again.
const (
	firstPrune = 10 * time.Second
	nextPrune  = time.Hour
)

// retain keeps the trail to what the policy in force says, until done is closed.
func (s *session) retain(done <-chan struct{}) {
	after := time.NewTimer(firstPrune)
	defer after.Stop()
	for {
		select {
		case <-done:
			return
		case <-after.C:
			s.prune()
			after.Reset(nextPrune)
		}
	}
}

// prune removes what is beyond the retention that holds now. A trail that is not
// intact is left as it is, and the record says so.
func (s *session) prune() {
	keep := s.engine.Policies().Set.Retention()
	if keep.Age == 0 && keep.Size == 0 {
		return
	}
	if _, err := audit.Prune(s.opt.AuditDir, audit.Retention{Age: keep.Age, Size: keep.Size}); err != nil {
		s.log.Append(&audit.Record{
			Event: audit.EventFailure, Session: s.id, Agent: s.opt.Agent,
			Message: "the oldest files of the trail were not removed: " + err.Error(),
		})
	}
}
