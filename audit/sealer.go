package audit

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// How a trail is sealed. Nothing of this is on the way of a record: a writer
// compares two numbers, and what there is to do is done beside it. The segment
// is locked only while the line of the seal is signed and written, never while
// a disk is waited for.
//
// The order makes each step safe to die after:
//
//  1. the key of the next epoch is added to the key file;
//  2. the seal, which names it, is written and synced;
//  3. the key file keeps the next key alone.
//
// Who finds step 1 done looks behind the place that the file names for the seal,
// and goes on with 3 if it is there, else with 2. So each epoch has one seal.

// sealDelay lets a session start in peace before its trail is looked at.
const sealDelay = 150 * time.Millisecond

// sealRetry is how long after a failure a seal is tried again.
const sealRetry = time.Minute

// sealState is what a Log knows of the epoch, guarded by Log.mu.
type sealState struct {
	known   bool // dueSeq is right, or was
	busy    bool // somebody is at it
	dueSeq  uint64
	timer   *time.Timer
	wrote   bool   // this Log has written a record
	trouble string // the last failure, said once
}

// watchEpoch has the epoch looked at soon, and from then on when it is due.
func (l *Log) watchEpoch() {
	if !l.opt.unsealed {
		l.mu.Lock()
		l.seals.timer = time.AfterFunc(sealDelay, l.sealDue)
		l.mu.Unlock()
	}
}

// ErrKeyGone says that a trail has seals and no key to go on with.
var ErrKeyGone = errors.New("the sealing key was removed, and a new one will take its place")

// Begin makes the first key of a trail that has none, at once rather than beside
// the first records, and returns its public part. It returns nil if the trail had
// a key already.
func (l *Log) Begin() (ed25519.PublicKey, error) {
	if l.hasKey() {
		return nil, nil
	}
	switch _, err := FirstKey(l.dir); {
	case err == nil && l.hasKey(): // another writer has just begun it
		return nil, nil
	case err == nil:
		l.mu.Lock()
		l.note(EventBroken, ErrKeyGone.Error())
		l.mu.Unlock()
		return nil, ErrKeyGone
	case !errors.Is(err, ErrNoKey) && !errors.Is(err, ErrNoTrail):
		return nil, err
	}
	if _, err := l.seal(""); err != nil {
		return nil, l.explain(err)
	}
	return FirstKey(l.dir)
}

// hasKey says whether there is a key whose public part has been sealed: not if
// somebody died before that.
func (l *Log) hasKey() bool {
	k, err := readSealKey(l.dir)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer k.wipe()
	return k.epoch > 0
}

// sealIfFull is called with mu held, for each record.
func (l *Log) sealIfFull() {
	l.seals.wrote = true
	if l.seals.known && l.head.seq >= l.seals.dueSeq && !l.seals.busy {
		l.seals.busy = true
		go l.sealDue()
	}
}

// sealDue seals if the epoch is over, and comes back when the next one is.
func (l *Log) sealDue() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.seals.busy = true
	l.mu.Unlock()
	k, err := l.seal("")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seals.busy = false
	after := sealRetry
	if err == nil {
		after = max(time.Until(k.since.Add(l.opt.SealAfter)), time.Millisecond)
		if l.head.seq >= l.seals.dueSeq {
			after = time.Millisecond // it filled up meanwhile
		}
	}
	if !l.closed && l.seals.timer != nil {
		l.seals.timer.Reset(after)
	}
}

// Seal ends the epoch now, if it holds any records, so that from here on nobody
// can change them.
func (l *Log) Seal() error {
	_, err := l.seal(sealEnd)
	return l.explain(err)
}

// sealOnClose does what a writer owes that was too short-lived for the timer.
func (l *Log) sealOnClose() {
	l.mu.Lock()
	owed := l.seals.wrote && !l.seals.known && !l.closed && !l.opt.unsealed
	if l.seals.timer != nil {
		l.seals.timer.Stop()
	}
	l.mu.Unlock()
	if owed {
		l.seal("")
	}
}

// seal writes the seal that is due, or for a reason even if none is, and returns
// the key file as it then is, without its secrets.
func (l *Log) seal(reason string) (*sealKey, error) {
	l.sealing.Lock()
	defer l.sealing.Unlock()
	if k, err := readSealKey(l.dir); err == nil && !k.pending && !leftKeys(l.dir) {
		k.wipe()
		if l.reason(k, reason, time.Now()) == "" {
			l.learn(k, nil)
			return k, nil // without the lock: nothing to do
		}
	}
	k, err := l.sealLocked(reason)
	l.learn(k, err)
	return k, err
}

// learn keeps what was found out about the epoch.
func (l *Log) learn(k *sealKey, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.seals.known, l.seals.dueSeq, l.seals.trouble = true, k.start+l.opt.SealRecords, ""
		return
	}
	l.seals.known = false // until the timer tries again
	if why := err.Error(); why != l.seals.trouble && !l.closed {
		l.seals.trouble = why
		l.note(EventFailure, "the trail can't be sealed: "+why)
	}
}

// reason says why a seal is due, "" if none is.
func (l *Log) reason(k *sealKey, wanted string, now time.Time) string {
	l.mu.Lock()
	head := l.head.seq
	l.mu.Unlock()
	switch lasted := now.Sub(k.since); {
	case k.epoch == 0:
		return sealFirst
	case head >= k.start+l.opt.SealRecords:
		return sealCount
	case lasted >= l.opt.SealAfter || lasted < 0: // a clock that was set back must not put it off
		return sealTime
	case wanted != "" && (head > k.start || k.epoch == 1): // whose key has signed epoch 0 and is still there
		return wanted
	}
	return ""
}

func (l *Log) sealLocked(wanted string) (*sealKey, error) {
	unlockSeals, err := lockSeals(l.dir, l.opt.LockTimeout)
	if err != nil {
		return nil, err
	}
	defer unlockSeals()
	k, err := readSealKey(l.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k, err = newSealKey()
	case errors.Is(err, errBadSealKey):
		l.mu.Lock()
		l.note(EventBroken, "the sealing key was damaged or replaced")
		l.mu.Unlock()
		k, err = newSealKey()
	}
	if err != nil {
		return nil, err
	}
	defer k.wipe()
	if err := cleanUp(l.dir); err != nil {
		return nil, err
	}
	if k.pending {
		if err := l.findPending(k); err != nil {
			return nil, err
		}
	}
	for { // epoch 0 is only there to name the key
		reason := l.reason(k, wanted, time.Now())
		if reason == "" {
			return k, nil
		}
		if err := l.sealEpoch(k, reason); err != nil {
			return nil, err
		}
		if reason != sealFirst {
			return k, nil
		}
	}
}

// sealEpoch ends the epoch of k.
func (l *Log) sealEpoch(k *sealKey, reason string) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return os.ErrClosed
	}
	segment, offset := 1, int64(0)
	if l.seg != nil {
		segment, offset = l.seg.num, l.size
	}
	l.mu.Unlock()
	if !k.pending {
		if err := k.begin(segment, offset); err != nil {
			return err
		}
		if err := k.write(l.dir); err != nil {
			return err
		}
	}
	at := time.Now()
	seg, end, seq, err := l.writeSeal(k, reason, at)
	if err != nil {
		return err
	}
	if err := seg.sync(end); err != nil {
		return err
	}
	k.finish(seq, at)
	return k.write(l.dir)
}

// writeSeal signs and appends the seal, and returns where it is.
func (l *Log) writeSeal(k *sealKey, reason string, at time.Time) (seg *segment, end int64, seq uint64, err error) {
	private := ed25519.NewKeyFromSeed(k.seed[:])
	defer clear(private)
	s := &Seal{Epoch: k.epoch, Reason: reason, Next: hex.EncodeToString(k.nextPublic())}
	if !k.since.IsZero() {
		s.Since = k.since.UTC().Format(timeLayout)
		if periods := at.Sub(k.since) / l.opt.SealAfter; periods > 1 {
			s.Idle = uint64(periods - 1)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, 0, 0, os.ErrClosed
	}
	if err := l.acquire(time.Now().Add(l.opt.LockTimeout)); err != nil {
		return nil, 0, 0, err
	}
	defer l.seg.unlock()
	if err := l.writeNotes(); err != nil {
		return nil, 0, 0, err
	}
	if l.head.seq > k.start {
		s.Records = l.head.seq - k.start
	}
	if err := l.write(appendSealBody(nil, at, s, l.head, private)); err != nil {
		return nil, 0, 0, err
	}
	return l.seg, l.size, l.head.seq, nil
}

// findPending looks for the seal that somebody was about to write, and takes
// the step that is left if it is there.
func (l *Log) findPending(k *sealKey) error {
	nums, err := segments(l.dir)
	if err != nil {
		return err
	}
	for _, num := range nums {
		if num < k.segment {
			continue
		}
		offset := int64(0)
		if num == k.segment {
			offset = k.offset
		}
		s, err := findSeal(l.dir, num, offset, k)
		if err != nil {
			return err
		}
		if s != nil {
			seg, err := openSegment(l.dir, num) // its writer may not have synced it
			if err != nil {
				return err
			}
			err = errors.Join(dataSync(seg.f), seg.f.Close())
			if err != nil {
				return err
			}
			k.finish(s.seq, s.time)
			return k.write(l.dir)
		}
	}
	return nil
}

// findSeal returns the seal of k's epoch in a segment behind offset, nil if it
// is not there.
func findSeal(dir string, num int, offset int64, k *sealKey) (*sealLine, error) {
	f, size, err := openToRead(dir, num)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := newLineReader(io.NewSectionReader(f, offset, max(size-offset, 0)))
	for {
		line, err := r.next()
		if err == io.EOF {
			return nil, nil
		}
		if err == errLineTooLong || err == nil && !hasEvent(line, EventSeal) {
			continue
		}
		if err != nil {
			return nil, err
		}
		c, ok := readChained(line)
		if !ok || !c.valid {
			continue
		}
		if s, err := readSeal(line, c); err == nil && s.Epoch == k.epoch && s.signedBy(k.public()) && s.next.Equal(k.nextPublic()) {
			return s, nil
		}
	}
}

// lockSeals keeps other sealers out.
func lockSeals(dir string, timeout time.Duration) (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, sealLockName), os.O_RDWR|os.O_CREATE|openNoFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if err = GiveToOwner(f, dir); err == nil {
		err = lock(f, timeout)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return func() { unlock(f); f.Close() }, nil
}
