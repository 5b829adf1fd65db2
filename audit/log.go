package audit

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options change how a [Log] writes. The zero value is what everybody uses.
type Options struct {
	SegmentSize int64         // a segment that has reached this many bytes is followed by the next; 0: 64 MiB
	SyncDelay   time.Duration // an allow is on the disk after this time at the latest, or after five times that where they come all the time; 0: 50 ms
	LockTimeout time.Duration // how long to wait for other writers; 0: 5 s
	SealRecords uint64        // an epoch ends when it holds so many records; 0: 10,000
	SealAfter   time.Duration // or after this time; 0: 10 minutes

	unsealed bool // for tests of what lies below the seals
}

// Log appends to the trail in one directory, together with any number of other
// Logs in this and other processes. Safe for concurrent use.
type Log struct {
	dir string
	opt Options

	mu     sync.Mutex
	closed bool
	seg    *segment // nil: to be looked for
	size   int64    // of seg, as far as read or written
	head   link     // the last record known
	known  bool     // head and size are those of seg
	ended  bool     // seg ends in a rotate record
	notes  []*Record
	broken string // what was seen of a change to the trail, "" if nothing
	buf    []byte

	sealing sync.Mutex // held while a seal is made; never waited for with mu
	seals   sealState

	syncDue bool      // a timer will call syncLater
	synced  time.Time // when it did last
	syncErr error     // what syncLater ran into
}

var errLocked = errors.New("another process holds the lock")

// Open opens the trail in dir and repairs what a crash left. A directory that
// does not exist is made, readable by its owner only. It does not matter how
// much has been recorded already.
func Open(dir string, opt Options) (*Log, error) {
	if opt.SegmentSize <= 0 {
		opt.SegmentSize = 64 << 20
	}
	if opt.SyncDelay <= 0 {
		opt.SyncDelay = 50 * time.Millisecond
	}
	if opt.LockTimeout <= 0 {
		opt.LockTimeout = 5 * time.Second
	}
	if opt.SealRecords == 0 {
		opt.SealRecords = 10_000
	}
	if opt.SealAfter <= 0 {
		opt.SealAfter = 10 * time.Minute
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir, opt: opt}
	if err := l.acquire(time.Now().Add(opt.LockTimeout)); err != nil {
		return nil, l.explain(err)
	}
	err = l.writeNotes()
	l.seg.unlock()
	if err != nil {
		l.seg.close()
		return nil, l.explain(err)
	}
	l.watchEpoch()
	return l, nil
}

// Append records r and sets its Seq, Prev and Hash, and Time if it is zero.
// When it returns nil the record survives the end of this process. A refusal,
// a question, and everything else that is rare is on the disk by then; an
// allow and the marks of a session follow as SyncDelay says.
//
// After an error the record is not in the trail, or, if syncing failed, may
// not stay there. The next Append tries anew.
func (l *Log) Append(r *Record) error {
	start := time.Now()
	if t := r.Time.Unix(); t <= 0 || t > lastSecond {
		r.Time = start
	}
	buf := bodies.Get().(*[]byte)
	body := encodeBody((*buf)[:0], r)
	err := l.append(r, body, start.Add(l.opt.LockTimeout))
	if *buf = body; cap(body) <= 64<<10 {
		bodies.Put(buf)
	}
	if err != nil {
		return l.explain(err)
	}
	return nil
}

// lastSecond is the end of the year 9999, which is the end of RFC 3339.
const lastSecond = 253402300799

var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func (l *Log) append(r *Record, body []byte, deadline time.Time) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return os.ErrClosed
	}
	if err := l.resync(); err != nil {
		l.mu.Unlock()
		return err
	}
	seg, end, err := l.appendLocked(r, body, deadline)
	durable := err == nil && r.durable()
	if err == nil && !durable && !l.syncDue {
		l.syncDue = true
		time.AfterFunc(l.syncAfter(), l.syncLater)
	}
	l.mu.Unlock()
	if durable {
		return seg.sync(end)
	}
	return err
}

// appendLocked returns the segment that holds the record, and where it ends.
func (l *Log) appendLocked(r *Record, body []byte, deadline time.Time) (*segment, int64, error) {
	if err := l.acquire(deadline); err != nil {
		return nil, 0, err
	}
	defer l.seg.unlock()
	if err := l.writeNotes(); err != nil {
		return nil, 0, err
	}
	prev := l.head
	if err := l.write(body); err != nil {
		return nil, 0, err
	}
	r.Seq, r.Prev, r.Hash = l.head.seq, prev.hex(), l.head.hex()
	l.sealIfFull()
	return l.seg, l.size, nil
}

// writeNotes appends the records that say what acquire came upon.
func (l *Log) writeNotes() error {
	for len(l.notes) > 0 {
		if err := l.write(encodeBody(nil, l.notes[0])); err != nil {
			return err
		}
		l.notes = l.notes[1:]
	}
	return nil
}

// write appends one record to the segment, whole or not at all.
func (l *Log) write(body []byte) error {
	line, next := appendLine(l.buf[:0], body, l.head)
	if cap(line) <= 64<<10 {
		l.buf = line
	}
	n, err := l.seg.write(line)
	if err != nil {
		if n > 0 && l.seg.f.Truncate(l.size) != nil {
			l.known = false // a tear, to be repaired like any other
		}
		return err
	}
	l.size += int64(n)
	l.head = next
	l.seg.written.Store(l.size)
	return nil
}

// resync tries again what could not be synced in the background.
func (l *Log) resync() error {
	if l.syncErr != nil && l.seg != nil {
		l.syncErr = l.seg.sync(l.seg.written.Load())
	}
	return l.syncErr
}

// syncAfter is how long the first record that nobody waits for may lie. Twenty times a
// second would cost those who run many commands a twentieth of a processor.
func (l *Log) syncAfter() time.Duration {
	if time.Since(l.synced) < 10*l.opt.SyncDelay {
		return 5 * l.opt.SyncDelay
	}
	return l.opt.SyncDelay
}

// syncLater syncs what nobody waits for.
func (l *Log) syncLater() {
	l.mu.Lock()
	l.syncDue, l.synced = false, time.Now()
	seg := l.seg
	l.mu.Unlock()
	if seg == nil {
		return
	}
	if err := seg.sync(seg.written.Load()); err != nil {
		l.mu.Lock()
		l.syncErr = err
		l.mu.Unlock()
	}
}

// Close puts everything on the disk. The Log must not be used any more.
func (l *Log) Close() error {
	l.sealOnClose()
	l.sealing.Lock() // a seal that is under way comes to its end
	defer l.sealing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	if l.seg == nil {
		return nil
	}
	return l.explain(l.seg.close())
}

// Broken says what this Log has seen of the trail being changed or removed by
// others, "" if nothing.
func (l *Log) Broken() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Dir returns the directory of the trail, absolute.
func (l *Log) Dir() string { return l.dir }
