package ship

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"rampart/audit"
	"rampart/platform"
)

// Item is one record that is to be sent.
type Item struct {
	Line   []byte // as in the trail, without its line feed; nothing in it is unprintable
	Record *audit.Record
}

// Sink takes records to one destination.
type Sink interface {
	// Send hands items over, in order, and returns when the destination has
	// them, as far as that can be told. After an error any of them may have
	// arrived; all are sent again, unless the error is a Rejection.
	Send(ctx context.Context, items []Item) error
	// Close ends the connection, and waits for the other side to have read
	// everything, until ctx is done.
	Close(ctx context.Context)
}

// Rejection is the error of a destination that will never take what it was sent.
type Rejection struct{ Reason string }

func (r *Rejection) Error() string { return r.Reason }

// Partial is the error of a destination that took what it was sent, but for some
// records, and does not say which.
type Partial struct {
	Records uint64
	Reason  string
}

func (p *Partial) Error() string { return p.Reason }

// Later is the error of a destination that names the time to try again.
type Later struct {
	Err   error
	After time.Duration
}

func (l *Later) Error() string { return l.Err.Error() }

// Target is where records can be sent to: a Destination or a Process.
type Target interface {
	Start(from audit.Position, o Options) Running
}

// Running is a copy of the trail that is under way.
type Running interface {
	// Close sends what there is, as far as that is done within a time, and ends.
	// What is left is sent by the next session.
	Close(within time.Duration) Left
}

// Destination is where records go.
type Destination struct {
	Name string // for people, and what the cursor belongs to: address and format
	Sink Sink
}

// EventKind says what an Event tells.
type EventKind string

// The kinds of events.
const (
	Down    EventKind = audit.EventExportDown
	Up      EventKind = audit.EventExportUp
	Dropped EventKind = audit.EventExportDropped
)

// Event is what the session should record about a destination.
type Event struct {
	Kind        EventKind `json:"kind"`
	Destination string    `json:"destination"`
	Reason      string    `json:"reason"`
	Records     uint64    `json:"records"` // of Dropped: how many
	First       uint64    `json:"first"`   // and their numbers, as far as known
	Last        uint64    `json:"last"`
}

// Record returns the event as the trail keeps it.
func (e Event) Record() *audit.Record {
	r := &audit.Record{Event: string(e.Kind), Message: e.Reason, Details: map[string]string{"destination": e.Destination}}
	if e.Kind == Dropped {
		r.Details["records"] = fmt.Sprint(e.Records)
		if e.First > 0 {
			r.Details["first"], r.Details["last"] = fmt.Sprint(e.First), fmt.Sprint(e.Last)
		}
	}
	return r
}

// Options are those of a Shipper.
type Options struct {
	Dir     string      // of the trail
	Backlog int64       // how many bytes a destination may be behind; 0: DefaultBacklog
	Report  func(Event) // called from the Shipper's own goroutine
}

// DefaultBacklog is how far a destination may be behind, in bytes of the trail.
const DefaultBacklog = 1 << 30

// What a Shipper does when.
const (
	pollEvery  = 200 * time.Millisecond // looks at the trail
	lockEvery  = time.Second            // looks whether another session is done
	saveEvery  = time.Second            // writes the cursor
	downEvery  = 10 * time.Minute       // says again that a destination is down
	minBackoff = 250 * time.Millisecond
	maxBackoff = 30 * time.Second
	maxLater   = 10 * time.Minute // whatever a destination wishes
	downAfter  = 3                // failures in a row

	withinFailing = 500 * time.Millisecond // at the end, for a destination that fails

	maxItems = 256 // at a time
	maxBytes = 1 << 20
)

// Shipper sends the records of a trail to one destination.
type Shipper struct {
	dest    Destination
	opt     Options
	cursor  cursor
	reader  *audit.Follower
	done    audit.Position // what lies before has been sent
	saved   audit.Position
	savedAt time.Time

	failures int // in a row
	down     bool
	downAt   time.Time // when that was last said
	trouble  string    // why the last try failed
	failing  atomic.Bool
	unsure   bool // the place to go on from is made up
	mine     bool // this process holds the lock

	closing  chan struct{}
	finished chan struct{}
	cancel   context.CancelFunc
}

// Start begins to send what follows the last record that reached d: for a
// destination that is new, what follows from.
func (d Destination) Start(from audit.Position, o Options) Running {
	if o.Backlog <= 0 {
		o.Backlog = DefaultBacklog
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Shipper{
		dest: d, opt: o, cursor: newCursor(o.Dir, d.Name), done: from,
		closing: make(chan struct{}), finished: make(chan struct{}), cancel: cancel,
	}
	s.cursor.begin(from)
	go s.run(ctx)
	return s
}

// Left is what a Shipper had not sent when it was closed.
type Left struct {
	Destination string `json:"destination"`
	Records     uint64 `json:"records"`
	Reason      string `json:"reason"`
}

// String says it to people.
func (l Left) String() string {
	records := "records wait"
	if l.Records == 1 {
		records = "record waits"
	}
	why := l.Reason
	if why == "" {
		why = "there was not time enough"
	}
	return fmt.Sprintf("%d %s for %s: %s", l.Records, records, l.Destination, why)
}

// Close implements Running.
func (s *Shipper) Close(within time.Duration) Left {
	if s.failing.Load() {
		within = min(within, withinFailing)
	}
	close(s.closing)
	timer := time.AfterFunc(within, s.cancel)
	defer timer.Stop()
	defer s.cancel()
	select {
	case <-s.finished:
	case <-time.After(within + withinFailing + closeWithin): // a disk that hangs, say
		return Left{Destination: s.dest.Name, Records: 1, Reason: "it hangs"}
	}
	left := Left{Destination: s.dest.Name, Reason: s.trouble}
	if end, err := audit.End(s.opt.Dir); err == nil && s.mine && end.Seq > s.done.Seq {
		left.Records = end.Seq - s.done.Seq
	}
	return left
}

// run is the Shipper's goroutine.
func (s *Shipper) run(ctx context.Context) {
	defer close(s.finished)
	unlock := s.lock()
	if unlock == nil {
		return
	}
	defer unlock()
	s.mine = true
	s.begin()
	defer func() {
		s.reader.Close()
		s.dest.Sink.Close(ctx)
		s.save(true)
	}()
	for {
		last := s.isClosing() // nothing is written after that
		items, err := s.read()
		switch {
		case len(items) > 0:
			if !s.deliver(ctx, items) {
				return
			}
		case err != nil && !s.failed(err):
			return
		case err == nil:
			if last {
				return
			}
			s.save(false)
			s.wait(pollEvery)
		}
	}
}

func (s *Shipper) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// wait returns false at once when the Shipper is closed.
func (s *Shipper) wait(d time.Duration) bool {
	select {
	case <-s.closing:
		return false
	case <-time.After(d):
		return true
	}
}

// lock waits until no other process sends to this destination. It returns nil
// if the Shipper is closed before.
func (s *Shipper) lock() (unlock func()) {
	for {
		unlock, err := s.cursor.lock()
		if err == nil {
			return unlock
		}
		if !errors.Is(err, platform.ErrLocked) {
			s.mine = true // nobody else does it
			s.failed(err)
		}
		if !s.wait(lockEvery) {
			return nil
		}
	}
}

// begin finds the place to go on from.
func (s *Shipper) begin() {
	pos, err := s.cursor.load()
	switch {
	case err == nil:
		s.done = pos
	case errors.Is(err, errNoCursor): // it could not be written
	default:
		s.done, s.unsure = audit.Position{}, true // rather twice than never
		s.report(Event{Kind: Down, Reason: fmt.Sprintf("%v; sending starts again from the oldest record", err)})
	}
	s.saved = s.done
	s.reader = audit.NewFollower(s.opt.Dir, s.done)
	s.bound()
}

// read returns what is to be sent next, nothing if there is nothing.
func (s *Shipper) read() ([]Item, error) {
	var items []Item
	last, bytes, bad := s.done.Seq, 0, uint64(0)
	for len(items) < maxItems && bytes < maxBytes {
		line, err := s.reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil && len(items) == 0 {
			return nil, err
		}
		if err != nil {
			break
		}
		r, err := audit.ParseRecord(line)
		if err != nil {
			bad++
			continue
		}
		if r.Seq > last+1 && !s.unsure {
			s.report(Event{Kind: Dropped, Records: r.Seq - last - 1, First: last + 1, Last: r.Seq - 1, Reason: "they were no longer in the trail"})
		}
		last, s.unsure = r.Seq, false
		items = append(items, Item{Line: append([]byte(nil), audit.Harmless(line)...), Record: r})
		bytes += len(line)
	}
	if bad > 0 {
		s.report(Event{Kind: Dropped, Records: bad, Reason: "lines of the trail that are no records"})
	}
	if len(items) == 0 {
		s.done = s.reader.Position()
		return nil, nil
	}
	if err := s.reader.Sync(); err != nil {
		s.reader.Close()
		s.reader = audit.NewFollower(s.opt.Dir, s.done)
		return nil, err
	}
	return items, nil
}

// deliver sends items until they have arrived. It returns false when the
// Shipper is to end without that.
func (s *Shipper) deliver(ctx context.Context, items []Item) bool {
	for {
		err := s.send(ctx, items)
		if err == nil {
			s.done = s.reader.Position()
			s.succeeded()
			s.save(false)
			return true
		}
		if !s.failed(err) {
			return false
		}
		if s.bound() {
			return true // and is read anew
		}
	}
}

// send sends items, and leaves out what is rejected.
func (s *Shipper) send(ctx context.Context, items []Item) error {
	err := s.dest.Sink.Send(ctx, items)
	if some, ok := errors.AsType[*Partial](err); ok {
		s.report(Event{Kind: Dropped, Records: some.Records, First: items[0].Record.Seq, Last: items[len(items)-1].Record.Seq, Reason: "rejected, of these: " + some.Reason})
		return nil
	}
	no, ok := errors.AsType[*Rejection](err)
	if !ok {
		return err
	}
	if len(items) > 1 {
		half := len(items) / 2
		if err := s.send(ctx, items[:half]); err != nil {
			return err
		}
		return s.send(ctx, items[half:])
	}
	seq := items[0].Record.Seq
	s.report(Event{Kind: Dropped, Records: 1, First: seq, Last: seq, Reason: "rejected: " + no.Reason})
	return nil
}

// failed takes note of a failure and waits; false: the Shipper is closed.
func (s *Shipper) failed(err error) bool {
	s.trouble = audit.Redact(err.Error())
	s.failures++
	s.failing.Store(true)
	if s.isClosing() {
		return false
	}
	if s.failures == downAfter && !s.down && (s.downAt.IsZero() || time.Since(s.downAt) > downEvery) {
		s.down, s.downAt = true, time.Now()
		s.report(Event{Kind: Down, Reason: s.trouble})
	}
	pause := min(minBackoff<<min(s.failures-1, 10), maxBackoff)
	if later, ok := errors.AsType[*Later](err); ok {
		pause = max(pause, min(later.After, maxLater))
	}
	return s.wait(pause)
}

func (s *Shipper) succeeded() {
	if s.down {
		s.down = false
		s.report(Event{Kind: Up, Reason: "after: " + s.trouble})
	}
	s.failures, s.trouble = 0, ""
	s.failing.Store(false)
}

// bound passes over the oldest records if there are too many, and reports
// whether it did.
func (s *Shipper) bound() bool {
	from := audit.NewFollower(s.opt.Dir, s.done)
	behind, err := from.Behind()
	if err != nil || behind <= s.opt.Backlog {
		from.Close()
		return false
	}
	if from.SkipTo(s.opt.Backlog/2) != nil { // so that this is done seldom
		from.Close()
		return false
	}
	s.reader.Close()
	before := s.done.Seq
	s.reader, s.done = from, from.Position()
	e := Event{Kind: Dropped, Reason: fmt.Sprintf("more than %d bytes of the trail were waiting to be sent", s.opt.Backlog)}
	if s.done.Seq > before {
		e.Records, e.First, e.Last = s.done.Seq-before, before+1, s.done.Seq
	}
	s.report(e)
	s.save(true)
	return true
}

func (s *Shipper) report(e Event) {
	e.Destination = s.dest.Name
	if s.opt.Report != nil {
		s.opt.Report(e)
	}
}

// save writes the cursor. If that fails, the next session sends twice what
// this one has sent; that is said once.
func (s *Shipper) save(now bool) {
	if s.done == s.saved || !now && time.Since(s.savedAt) < saveEvery {
		return
	}
	s.savedAt = time.Now()
	if err := s.cursor.save(s.done); err != nil {
		if !s.cursor.complained {
			s.cursor.complained = true
			s.report(Event{Kind: Down, Reason: fmt.Sprintf("what was sent can't be remembered, and will be sent again: %v", err)})
		}
		return
	}
	s.cursor.complained = false
	s.saved = s.done
}
