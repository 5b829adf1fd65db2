package engine

import (
	"crypto/sha256"
	"slices"

	"rampart/platform"
	"rampart/shellparse"
)

// stain is what is remembered of one path that a command of the session put
// data into which a rule may ask about: from the network, out of a decoder,
// copied from a secret. If it is a directory, the stain is on the files below
// it that came to be while the command ran.
type stain struct {
	path    string
	origins []shellparse.Origin
	runs    []run                   // of the commands, the oldest first
	gone    []platform.FileIdentity // what was there when a command was to remove it
	removed bool                    // a command was to remove it
	clean   *content                // what a later command was to put there, if that came to pass
}

// run is the time that a command ran in, in nanoseconds.
type run struct {
	since int64                    // when it was judged
	until int64                    // 0: it may still run
	by    platform.ProcessIdentity // zero if that is not known
}

// maxRuns bounds the runs of one stain; when there are more, the first two
// become one, with the time between them.
const maxRuns = 8

func (s *stain) ran(r run) {
	if len(s.runs) == maxRuns {
		s.runs[1].since = s.runs[0].since
		s.runs = s.runs[1:]
	}
	s.runs = append(s.runs, r)
}

// content identifies a file's content.
type content struct {
	size int
	sum  [sha256.Size]byte
}

func contentOf(s string) *content { return &content{len(s), sha256.Sum256([]byte(s))} }

// maxOrigins bounds the origins of one stain.
const maxOrigins = 24

// add brings in further origins. When there are too many, those go unnamed of
// which there are others of the same kind.
func (s *stain) add(origins []shellparse.Origin) {
	for _, o := range origins {
		if slices.Contains(s.origins, o) {
			continue
		}
		same := 0
		for i := range s.origins {
			if s.origins[i].From == o.From {
				same++
			}
		}
		if len(s.origins) < maxOrigins || same == 0 || o.From == shellparse.File && same < 4*maxOrigins {
			s.origins = append(s.origins, o)
		}
	}
}

// clockSlack is how much older than the clock a file's own time of birth may
// be: file systems use a coarse clock.
const clockSlack = 10e6

// covers reports whether a file born then may come from one of the commands.
func (s *stain) covers(born int64) bool {
	for i := range s.runs {
		if r := &s.runs[i]; born >= r.since-clockSlack && (r.until == 0 || born <= r.until) {
			return true
		}
	}
	return born == 0
}

// open reports whether one of the commands may still run.
func (s *stain) open() bool {
	for i := range s.runs {
		if s.runs[i].until == 0 {
			return true
		}
	}
	return false
}

// settle ends the runs that are over.
func (s *stain) settle(now int64) {
	for i := range s.runs {
		r := &s.runs[i]
		if r.until == 0 && !r.by.Alive() && (r.by.PID != 0 || now > r.since+int64(openTime)) {
			r.until = now
		}
	}
}

// end ends all runs.
func (s *stain) end(now int64) {
	for i := range s.runs {
		if s.runs[i].until == 0 {
			s.runs[i].until = now
		}
	}
}
