package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// anchors are records whose number and hash are known from outside of the trail.
type anchors struct {
	hashes  map[uint64][32]byte
	highest uint64
	found   int
}

// maxAnchors bounds what is kept in memory.
const maxAnchors = 1 << 20

// readAnchors reads a file of records that were copied elsewhere: seals, as they
// come from `rampart audit tail --json` or an exporter. Whatever a log server
// put before and after each of them does not matter.
func readAnchors(path string) (*anchors, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a := &anchors{hashes: map[uint64][32]byte{}}
	for r := newLineReader(f); ; {
		line, err := r.next()
		end := err == io.EOF
		if end {
			line = r.rest() // the last line feed may be missing
		} else if err != nil && !errors.Is(err, errLineTooLong) {
			return nil, err
		}
		if c, ok := anchorIn(line); ok {
			if known, twice := a.hashes[c.seq]; twice && known != c.hash {
				return nil, fmt.Errorf("%s holds two different records with the number %d; it is no copy of one trail", path, c.seq)
			}
			a.hashes[c.seq] = c.hash
			a.highest = max(a.highest, c.seq)
		}
		if len(a.hashes) > maxAnchors {
			return nil, fmt.Errorf("%s holds more than %d records; the seals in it are enough", path, maxAnchors)
		}
		if end {
			break
		}
	}
	if len(a.hashes) == 0 {
		return nil, fmt.Errorf("%s holds no record of a trail; keep seals there: rampart audit tail --json | grep '\"event\":\"seal\"'", path)
	}
	return a, nil
}

// anchorIn returns the record in a line of a log server.
func anchorIn(line []byte) (chained, bool) {
	start := bytes.Index(line, []byte(lineStart))
	end := bytes.LastIndex(line, []byte(lineEnd))
	if start < 0 || end < start {
		return chained{}, false
	}
	c, ok := readChained(line[start : end+len(lineEnd)])
	return c, ok && c.valid
}

// check compares a record of the trail.
func (a *anchors) check(c chained) (same bool) {
	hash, ok := a.hashes[c.seq]
	if !ok {
		return true
	}
	a.found++
	return hash == c.hash
}

// anchored says what of the anchors the trail does not hold.
func (v *verifier) anchored() {
	a := v.anchors
	if a == nil {
		return
	}
	v.line = 0
	if a.highest > v.head.seq {
		v.problem("the trail ends with record %d, and the anchor knows record %d: the end was cut off", v.head.seq, a.highest)
		return
	}
	missing := len(a.hashes) - a.found
	if missing > 0 && v.Removed > 0 {
		for seq := range a.hashes {
			if seq <= v.Removed {
				missing-- // most of the removed part is not kept
			}
		}
		missing = max(missing, 0)
	}
	if missing > 0 {
		v.problem("the anchor knows %s that the trail does not hold", count(uint64(missing), "record"))
	}
	v.Anchored = a.found
}
