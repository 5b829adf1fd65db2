package engine

import (
	"sync"
	"time"
)

// maxSessions bounds the sessions of which an Engine remembers anything. One
// session is the rule; a service has many. The one that was quiet the longest
// is forgotten first.
const maxSessions = 256

// session is what an Engine remembers of the earlier Calls of a session.
type session struct {
	stains *stains
	counts counts
	used   time.Time
}

type sessions struct {
	mu   sync.Mutex
	byID map[string]*session
	last *session // the one asked for last
	id   string
}

// of returns the session of that name, a new one if there was none.
func (s *sessions) of(id string, look looker, now time.Time) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && s.id == id {
		s.last.used = now
		return s.last
	}
	x := s.byID[id]
	if x == nil {
		if s.byID == nil {
			s.byID = map[string]*session{}
		}
		if len(s.byID) >= maxSessions {
			s.forgetOne()
		}
		x = &session{stains: newStains(look)}
		s.byID[id] = x
	}
	x.used = now
	s.last, s.id = x, id
	return x
}

func (s *sessions) forgetOne() {
	oldest := ""
	for id, x := range s.byID {
		if o := s.byID[oldest]; o == nil || x.used.Before(o.used) {
			oldest = id
		}
	}
	delete(s.byID, oldest)
}
