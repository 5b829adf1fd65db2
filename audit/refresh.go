package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
)

// refresh reads the end of the locked segment, which is size bytes long now,
// and repairs a tear.
func (l *Log) refresh(size int64) error {
	mine := l.head
	broken := l.known && !l.intactUpTo(size)
	before := link{}
	if !l.known || size == 0 {
		before = mine // a new segment goes on where the last one ended
	}
	t, err := readTail(l.seg.f, size, before)
	if err != nil {
		return err
	}
	l.size, l.head, l.ended, l.known = size, t.head, t.ended, true
	l.seg.written.Store(size)

	name := filepath.Base(l.seg.path)
	if t.damaged {
		l.note(EventBroken, "the last record in "+name+" is damaged")
	}
	if broken || t.head.seq < mine.seq || t.head.seq == mine.seq && t.head != mine {
		// Records that this process has seen are gone. Going on from the last
		// of them lets everybody see the gap.
		l.note(EventBroken, fmt.Sprintf("%s was cut or rewritten while in use; the last record seen was number %d", name, mine.seq))
		l.head, l.ended = mine, false
	}
	if t.torn > 0 {
		return l.repair(t, name)
	}
	return nil
}

// intactUpTo says whether the record that was the last one is still where it was.
func (l *Log) intactUpTo(size int64) bool {
	if size < l.size {
		return false
	}
	end := int64(hexLen + len(lineEnd) + 1)
	if l.size < end {
		return l.size == 0
	}
	b := make([]byte, end)
	if _, err := l.seg.f.ReadAt(b, l.size-end); err != nil {
		return false
	}
	return string(b) == l.head.hex()+lineEnd+"\n"
}

// repair takes a torn line off the end, or ends a line that only lacks its
// line feed, and leaves a note that keeps what was there.
func (l *Log) repair(t tail, name string) error {
	if t.whole || !t.tear {
		if err := l.seg.f.Truncate(l.size - t.zeros); err != nil {
			return err
		}
		l.size -= t.zeros
		if _, err := l.seg.f.Write([]byte{'\n'}); err != nil {
			l.known = false
			return err
		}
		l.size++
		l.seg.written.Store(l.size)
		if t.whole {
			l.note(EventRepair, "the line end of the last record in "+name+" was missing and has been added")
		} else {
			l.note(EventBroken, "the last line of "+name+" is no record and no part of one")
		}
		return nil
	}
	b := make([]byte, t.torn)
	if _, err := l.seg.f.ReadAt(b, l.size-t.torn); err != nil {
		return err
	}
	if err := l.seg.f.Truncate(l.size - t.torn); err != nil {
		return err
	}
	l.size -= t.torn
	l.seg.written.Store(l.size)
	sum := sha256.Sum256(b)
	r := l.note(EventRepair, fmt.Sprintf("a record that a crash left incomplete was taken off %s: %d bytes", name, t.torn))
	r.Details = map[string]string{
		"bytes":  strconv.FormatInt(t.torn, 10),
		"sha256": hex.EncodeToString(sum[:]),
		"text":   string(bytes.TrimRight(b[:min(len(b), 4<<10)], "\x00")),
	}
	return nil
}

// tail is what the end of a segment says.
type tail struct {
	head    link  // of the last line that has the shape of a record
	ended   bool  // that is a rotate record
	damaged bool  // the last whole line is not a sound record
	torn    int64 // bytes after the last line feed
	tear    bool  // they are a part of a record
	whole   bool  // they are a sound record
	zeros   int64 // and that many zeros
}

// readTail reads a segment backwards, as far as it has to: to the last line in
// a sound one, no more than a few MaxLine in any. before is the place in the
// chain that a segment without any line begins at.
func readTail(f io.ReaderAt, size int64, before link) (tail, error) {
	for window := int64(64 << 10); ; window *= 8 {
		window = min(window, size)
		b := make([]byte, window)
		if _, err := f.ReadAt(b, size-window); err != nil && err != io.EOF {
			return tail{}, err
		}
		final := window == size || window > 2*MaxLine
		if t, ok := parseTail(b, window == size, final, before); ok {
			return t, nil
		}
	}
}

// parseTail looks for the last record in b, the end of a file. fromStart says
// that b begins at the beginning of a line. Unless final, it fails if more of
// the file could tell more.
func parseTail(b []byte, fromStart, final bool, before link) (t tail, ok bool) {
	last := bytes.LastIndexByte(b, '\n') + 1
	torn := b[last:]
	t.torn = int64(len(torn))
	for lines := b[:last]; len(lines) > 0; {
		start := bytes.LastIndexByte(lines[:len(lines)-1], '\n') + 1
		if start == 0 && !fromStart {
			break
		}
		line := lines[start : len(lines)-1]
		c, shaped := readChained(line)
		t.damaged = t.damaged || !shaped || !c.valid
		if shaped {
			t.head = c.link
			t.ended = hasEvent(line, EventRotate)
			t.finish(torn)
			return t, true
		}
		lines = lines[:start]
	}
	if !final {
		return t, false
	}
	if fromStart && last == 0 {
		t.head = before
	}
	t.finish(torn)
	return t, true
}

// finish judges the bytes that follow the last line feed.
func (t *tail) finish(torn []byte) {
	if len(torn) == 0 {
		return
	}
	record := bytes.TrimRight(torn, "\x00")
	if c, shaped := readChained(record); shaped && c.valid {
		t.zeros = int64(len(torn) - len(record))
		t.whole, t.head, t.ended = true, c.link, hasEvent(torn, EventRotate)
		return
	}
	t.tear = len(torn) <= MaxLine && isTear(torn, t.head)
}

// hasEvent says whether line is a record of an event, which stands at the same
// place in each.
func hasEvent(line []byte, event string) bool {
	n := len(lineStart)
	for n < len(line) && line[n] != ',' {
		n++
	}
	n += len(`,"time":"`) + len(timeLayout) + len(`",`)
	rest, ok := bytes.CutPrefix(line[min(n, len(line)):], []byte(`"event":"`))
	return ok && len(rest) > len(event) && string(rest[:len(event)]) == event && rest[len(event)] == '"'
}

// timeOf returns the time of a line that has the shape of a record.
func timeOf(line []byte) string {
	_, t, ok := bytes.Cut(line[len(lineStart):], []byte(`,"time":"`))
	if !ok || len(t) < len(timeLayout) {
		return ""
	}
	return Visible(string(t[:len(timeLayout)]), len(timeLayout))
}

func (l link) hex() string { return hex.EncodeToString(l.hash[:]) }
