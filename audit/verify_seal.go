package audit

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// sealChain is what a verifier knows of the keys: each seal is checked with the
// key that the one before it named.
type sealChain struct {
	given  ed25519.PublicKey // the first key, known from outside; nil: as the trail says
	first  ed25519.PublicKey
	next   ed25519.PublicKey // of the seal to come; nil: no key was named yet
	epoch  uint64            // of the seal to come
	last   uint64            // number of the last seal
	time   time.Time         // and its time
	file   *sealKey          // the key file as it was before the trail was read; nil: there is none
	public ed25519.PublicKey // of file
	bad    error             // what is in the place of the key file is none
}

// readKeyFile takes note of the key file, as far as it is there and ours to read.
// What it holds before the trail is read can't be ahead of the trail.
func (c *sealChain) readKeyFile(dir string) {
	k, err := readSealKey(dir)
	switch {
	case err == nil:
		c.public = k.public()
		k.wipe()
		c.file = k
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
		c.bad = err
	}
}

// seal checks a seal and what it says about the one before it.
func (v *verifier) seal(line []byte, place chained) {
	c := &v.seals
	s, err := readSeal(line, place)
	if err != nil {
		v.problem("record %d is a seal that can't be read: %v", place.seq, err)
		return
	}
	good := false
	switch {
	case s.Epoch == 0 && c.next != nil:
		v.problem("record %d begins with new keys where epoch %d was to be sealed: the sealing key was removed or replaced", s.seq, c.epoch)
	case s.Epoch == 0 && !s.signedBy(s.next):
		v.problem("record %d names a key that it is not signed with", s.seq)
	case s.Epoch == 0 && c.given != nil && !c.given.Equal(s.next):
		v.problem("record %d names %s as the first key, which is not the one that was given: this is another trail", s.seq, s.Next)
	case s.Epoch == 0:
		good = true
	case c.next == nil:
		v.problem("record %d seals epoch %d, and no key was named before it", s.seq, s.Epoch)
	case s.Epoch != c.epoch:
		v.problem("record %d seals epoch %d where epoch %d was to be sealed: seals are missing, or it was signed with a later key", s.seq, s.Epoch, c.epoch)
	case !s.signedBy(c.next):
		v.problem("record %d: the seal of epoch %d is not signed with the key of that epoch", s.seq, s.Epoch)
	case s.Records != s.seq-c.last-1:
		v.problem("record %d: the seal of epoch %d is about %d records, and there are %d", s.seq, s.Epoch, s.Records, s.seq-c.last-1)
	case s.Since != c.time.UTC().Format(timeLayout):
		v.problem("record %d: the seal of epoch %d says that the one before it was of %s", s.seq, s.Epoch, Visible(s.Since, shownName))
	default:
		good = true
	}
	if s.Epoch == 0 && c.first == nil {
		c.first = s.next
	}
	if good && s.time.Before(c.time) {
		v.notice("record %d: the clock was set back by %v", s.seq, c.time.Sub(s.time).Round(time.Second))
	}
	c.next, c.epoch, c.last, c.time = s.next, s.Epoch+1, s.seq, s.time
	if c.file != nil && (c.file.epoch == c.epoch || c.file.epoch == s.Epoch && s.Epoch == 0) && !c.public.Equal(c.next) {
		v.problem("%s does not hold the key that record %d names: it was replaced", sealKeyName, s.seq)
	}
	v.Seals++
	if good && v.Found == 0 && s.Epoch > 0 { // anybody can make a key and sign epoch 0 with it
		v.Sealed, v.unsealed = v.Records, 0
		v.SealedTo, v.Epoch = s.time.UTC().Format(time.RFC3339), s.Epoch
	}
}

// sealed makes the last checks, when all of the trail has been read.
func (v *verifier) sealed() {
	c := &v.seals
	v.line = 0
	if c.first != nil {
		v.FirstKey = hex.EncodeToString(c.first)
	}
	if c.given != nil && c.first == nil {
		v.problem("nothing is sealed with the key that was given: the seals were removed, or this is another trail")
	}
	if v.Removed > v.allowed {
		v.problem("the records up to %d are gone, and no record says that they were removed by retention", v.Removed)
	}
	v.Unsealed = v.Records - v.Sealed
	if v.unsealed > 0 {
		v.UnsealedSince = v.unsealedSince
	}
	if c.bad != nil && v.Seals > 0 {
		v.problem("%s was damaged or replaced, so that seals could be cut off the end: %v", sealKeyName, c.bad)
		return
	}
	v.EndKnown = c.file != nil || v.anchors != nil && v.anchors.highest >= c.last && v.Seals > 0
	if c.file == nil {
		if v.Seals > 0 {
			v.notice("%s is not here: this is a copy, or it was removed; whether seals were cut off the end can't be told without it", sealKeyName)
		}
		return
	}
	if c.file.epoch > c.epoch {
		v.problem("the trail ends before epoch %d, and %s is that of epoch %d: seals were cut off the end, or the key file was replaced", c.epoch, sealKeyName, c.file.epoch)
	}
	// By now the file may be ahead of what was read, not behind.
	if k, err := readSealKey(v.dir); err == nil {
		k.wipe()
		if c.next != nil && k.epoch+1 < c.epoch {
			v.problem("%s is that of epoch %d, which was sealed long ago: the key file was replaced", sealKeyName, k.epoch)
		}
	}
}

// ParseKey reads the public key that `rampart audit key` shows.
func ParseKey(s string) (ed25519.PublicKey, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q is not a key: it has %d hex digits, as rampart audit key shows it", Visible(s, 80), 2*ed25519.PublicKeySize)
	}
	return b, nil
}

// ErrNoKey says that a trail has no seals yet.
var ErrNoKey = errors.New("the trail is not sealed yet")

// EnsureKey is FirstKey, and begins to seal a trail that has no key.
func EnsureKey(dir string) (ed25519.PublicKey, error) {
	key, err := FirstKey(dir)
	if !errors.Is(err, ErrNoKey) && !errors.Is(err, ErrNoTrail) {
		return key, err
	}
	l, err := Open(dir, Options{})
	if err != nil {
		return nil, err
	}
	_, err = l.seal("")
	if err = errors.Join(l.explain(err), l.Close()); err != nil {
		return nil, err
	}
	return FirstKey(dir)
}

// FirstKey returns the public key that all seals of the trail in dir can be
// checked with, as the trail itself names it.
func FirstKey(dir string) (ed25519.PublicKey, error) {
	var key ed25519.PublicKey
	found := errors.New("found")
	look := func(line []byte) error {
		if !hasEvent(line, EventSeal) {
			return nil
		}
		c, ok := readChained(line)
		if !ok || !c.valid {
			return nil
		}
		s, err := readSeal(line, c)
		if err != nil || s.Epoch != 0 || !s.signedBy(s.next) {
			return nil
		}
		key = s.next
		return found
	}
	var err error
	if nums, _ := segments(dir); len(nums) > 0 && firstRecord(dir, nums[0]) > 1 { // else it was planted
		err = linesOf(filepath.Join(dir, removedName), look)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = eachLine(dir, look)
	}
	switch {
	case err == found:
		return key, nil
	case err != nil:
		return nil, err
	}
	return nil, ErrNoKey
}
