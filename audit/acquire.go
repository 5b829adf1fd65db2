package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// acquire returns with the last segment locked and its end known. What it
// finds amiss on the way is put in order and left in l.notes.
func (l *Log) acquire(deadline time.Time) error {
	for range 100 { // each turn is one step ahead; more than a few mean a fight
		if l.seg == nil {
			if err := l.openLast(); err != nil {
				return err
			}
		}
		if err := l.seg.lock(max(time.Until(deadline), 0)); err != nil {
			if err == errLocked {
				err = fmt.Errorf("%w of %s%s", err, l.seg.path, lockHolder(l.seg))
			}
			l.drop() // a late lock must not be ours
			return err
		}
		ready, err := l.settle()
		if err != nil {
			if l.seg != nil {
				l.seg.unlock()
			}
			return err
		}
		if ready {
			return nil
		}
	}
	return errors.New("the audit directory changes all the time")
}

// settle brings l up to date with its locked segment. If that is not the one
// to write to, it unlocks it, moves on, and returns false.
func (l *Log) settle() (ready bool, err error) {
	id, size, err := l.seg.look()
	if errors.Is(err, fs.ErrNotExist) || err == nil && id != l.seg.id {
		return false, l.lost()
	}
	if err != nil {
		return false, err
	}
	if !l.known || size != l.size {
		if err := l.refresh(size); err != nil {
			return false, err
		}
	}
	if !l.ended && l.size >= l.opt.SegmentSize {
		if err := l.rotate(); err != nil {
			return false, err
		}
	}
	if l.ended {
		return false, l.advance()
	}
	return true, nil
}

// lost is called when the segment is no longer where it was. The chain goes
// on, in a file of a new name, from the last record that was seen.
func (l *Log) lost() error {
	if fi, err := l.seg.f.Stat(); err == nil && fi.Size() != l.size {
		l.refresh(fi.Size()) // others may have written to it after us
	}
	name := filepath.Base(l.seg.path)
	if l.head.seq > 0 {
		l.note(EventBroken, fmt.Sprintf("%s was removed or replaced while in use; the last record seen was number %d", name, l.head.seq))
	}
	next := l.seg.num + 1
	l.seg.unlock()
	l.drop()
	if err := l.ensureDir(); err != nil {
		return err
	}
	nums, err := segments(l.dir)
	if err != nil {
		return err
	}
	if len(nums) > 0 && nums[len(nums)-1] >= next {
		return nil // another writer went ahead, or a stranger; refresh will see
	}
	return l.open(next)
}

// openLast opens the segment that is written to, and makes the first one.
func (l *Log) openLast() error {
	if err := l.ensureDir(); err != nil {
		return err
	}
	nums, err := segments(l.dir)
	if err != nil {
		return err
	}
	if len(nums) == 0 {
		return l.open(1)
	}
	last := nums[len(nums)-1]
	// A new segment is made before its predecessor is ended: whoever finds no
	// record in it starts from the predecessor, and follows from there.
	if len(nums) > 1 && !l.hasLine(last) {
		last = nums[len(nums)-2]
	}
	return l.open(last)
}

// hasLine says whether there is a whole line in a segment, or something that
// can't be what a crash left of one.
func (l *Log) hasLine(num int) bool {
	f, size, err := openToRead(l.dir, num)
	if err != nil {
		return true // openSegment will say what is wrong
	}
	defer f.Close()
	b := make([]byte, 64<<10)
	for at := int64(0); at < min(size, MaxLine); {
		n, err := f.ReadAt(b, at)
		if bytes.IndexByte(b[:n], '\n') >= 0 || n == 0 && err != io.EOF {
			return true
		}
		if err == io.EOF {
			break
		}
		at += int64(n)
	}
	return size > MaxLine
}

func (l *Log) open(num int) error {
	seg, err := openSegment(l.dir, num)
	if err != nil {
		return err
	}
	l.seg, l.size, l.known, l.ended = seg, 0, false, false
	return nil
}

// drop forgets the segment, not what is known of the chain.
func (l *Log) drop() {
	seg := l.seg
	l.seg, l.known = nil, false
	go seg.close() // syncs, which may take long
}

// rotate ends the locked segment. The directory is synced before the record
// that promises a successor is written, and the segment before the successor
// is written to, so that a power cut can't look like a missing file.
func (l *Log) rotate() error {
	next := filepath.Join(l.dir, segmentName(l.seg.num+1))
	f, err := createSegment(l.dir, next)
	if err != nil {
		return nil // a segment that is too long does no harm
	}
	f.Close()
	r := &Record{Time: time.Now(), Event: EventRotate, PID: os.Getpid(), UID: os.Getuid(),
		Details: map[string]string{"next": filepath.Base(next)}}
	if err := l.write(encodeBody(nil, r)); err != nil {
		return err
	}
	l.ended = true
	return l.seg.sync(l.size)
}

// advance moves on from a segment that has ended: to its successor, or to the
// last one if others have got that far.
func (l *Log) advance() error {
	next := l.seg.num + 1
	l.seg.unlock()
	l.drop()
	nums, err := segments(l.dir)
	if err != nil {
		return err
	}
	if !slices.Contains(nums, next) {
		l.note(EventBroken, segmentName(next)+" was removed")
	}
	if len(nums) > 0 && nums[len(nums)-1] > next {
		return l.openLast()
	}
	return l.open(next)
}

// note leaves a record to be written before the next one, once.
func (l *Log) note(event, message string) *Record {
	if event == EventBroken && l.broken == "" {
		l.broken = message
	}
	for _, r := range l.notes {
		if r.Event == event && r.Message == message {
			return r
		}
	}
	r := &Record{Time: time.Now(), Event: event, PID: os.Getpid(), UID: os.Getuid(), Message: message}
	l.notes = append(l.notes, r)
	return r
}

func (l *Log) ensureDir() error {
	err := checkDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(l.dir, 0o700); err == nil {
			err = checkDir(l.dir)
		}
	}
	return err
}
