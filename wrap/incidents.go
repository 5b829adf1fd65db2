package wrap

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"rampart/audit"
	"rampart/engine/wire"
)

const (
	incidentsTold = 20               // of a kind, each with a record, before they are only counted
	incidentsFor  = 10 * time.Second // and counted for so long
)

// incidents are the packets and connections that came to nothing, lately: whoever
// sends garbage without end must not fill the trail with it.
type incidents struct {
	mu    sync.Mutex
	kinds map[string]*incidentCount
}

type incidentCount struct {
	seen  int
	last  audit.Record // that was counted only
	timer *time.Timer
}

// incident records a connection to the session's socket that came to nothing.
func (s *session) incident(i wire.Incident) {
	event := audit.EventFailure
	if errors.Is(i.Err, wire.ErrPeer) {
		event = audit.EventRefusedPeer
	}
	r := audit.Record{Event: event, Session: s.id, Agent: s.opt.Agent, PID: i.PID, UID: i.UID, Message: i.String()}
	if s.incidents.tells(event, &r, func() { s.tellIncidents(event) }) {
		s.log.Append(&r)
	}
}

// tells reports whether one more is to have a record of its own. Later is called
// when the count is to be told.
func (x *incidents) tells(event string, r *audit.Record, later func()) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.kinds[event]
	if c == nil {
		if x.kinds == nil {
			x.kinds = map[string]*incidentCount{}
		}
		c = &incidentCount{timer: time.AfterFunc(incidentsFor, later)}
		x.kinds[event] = c
	}
	if c.seen++; c.seen <= incidentsTold {
		return true
	}
	c.last = *r
	return false
}

// tellIncidents records how many of a kind were only counted, and the last.
func (s *session) tellIncidents(event string) {
	s.incidents.mu.Lock()
	c := s.incidents.kinds[event]
	delete(s.incidents.kinds, event)
	s.incidents.mu.Unlock()
	if c == nil {
		return
	}
	c.timer.Stop()
	if more := c.seen - incidentsTold; more > 0 {
		c.last.Details = map[string]string{"repeated": strconv.Itoa(more)}
		s.log.Append(&c.last)
	}
}

// flushIncidents records what was only counted up to now.
func (s *session) flushIncidents() {
	s.tellIncidents(audit.EventFailure)
	s.tellIncidents(audit.EventRefusedPeer)
}
