package wrap

import (
	"fmt"
	"sync"
	"time"

	"rampart/audit"
	"rampart/audit/ship"
	"rampart/engine"
)

// exportWithin is how long a session waits at its end for its records to reach
// their destinations. The next session sends what is left.
const exportWithin = 3 * time.Second

// startExports begins to send what is recorded from here on.
func (s *session) startExports() error {
	if len(s.opt.Exports) == 0 {
		return nil
	}
	from, err := audit.End(s.opt.AuditDir)
	if err != nil {
		return fmt.Errorf("can't read the audit trail to export it: %w", err)
	}
	o := ship.Options{Dir: s.opt.AuditDir, Backlog: s.opt.Backlog, Report: s.exported}
	for _, target := range s.opt.Exports {
		s.exports = append(s.exports, target.Start(from, o))
	}
	s.undo = append(s.undo, s.finishExports)
	return nil
}

// exported records what happened to a destination.
func (s *session) exported(e ship.Event) {
	r := e.Record()
	r.Session, r.Agent = s.id, s.opt.Agent
	s.log.Append(r)
}

// finishExports sends what is left, and says what could not be sent.
func (s *session) finishExports() {
	if len(s.exports) == 0 {
		return
	}
	s.sealed.Wait() // the last seal goes out too
	left := make([]ship.Left, len(s.exports))
	var wait sync.WaitGroup
	for i, x := range s.exports {
		wait.Go(func() { left[i] = x.Close(exportWithin) })
	}
	wait.Wait()
	s.exports = nil
	for _, l := range left {
		if l.Records > 0 || l.Reason != "" {
			fmt.Fprintf(s.opt.Stderr, "rampart: export: %s; the next session with this destination goes on\n", engine.Sanitize(l.String()))
		}
	}
}
