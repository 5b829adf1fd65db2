package audit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Why an epoch ended.
const (
	sealFirst = "first" // there was no key before: the seal names the first one
	sealCount = "count" // the epoch held its fill of records
	sealTime  = "time"  // it had lasted long enough
	sealEnd   = "end"   // a session ended
)

// Seal is what a record of the event seal says. It is signed with the key of
// its epoch, which is gone from then on, and names the key of the next. Epoch 0
// is signed with the key that it names, the first of the trail.
type Seal struct {
	Epoch   uint64 `json:"epoch"`
	Records uint64 `json:"records"` // between the seal before and this one
	Since   string `json:"since"`   // time of the seal before; none in epoch 0
	Reason  string `json:"reason"`  // first, count, time or end
	Idle    uint64 `json:"idle"`    // whole periods that passed with nobody there to sign
	Next    string `json:"next"`    // public key of the next epoch, in hex
	Sig     string `json:"sig"`     // signature, in hex
}

// The signature stands at the end of a seal's line, before the chain, so that
// all that is before it is signed; the hash of the predecessor is signed too.
const (
	sigKey     = `,"sig":"`
	sigLen     = len(sigKey) + 2*ed25519.SignatureSize + len(`"}`)
	sealDomain = "rampart audit seal v1\n"
)

// sealMessage is what is signed: the line up to the signature, and the hash of
// the predecessor.
func sealMessage(signed, prevHex []byte) []byte {
	return bytes.Join([][]byte{[]byte(sealDomain), signed, []byte("\n"), prevHex}, nil)
}

// appendSealBody appends the body of the seal that follows l, signed with key.
func appendSealBody(b []byte, at time.Time, s *Seal, l link, key ed25519.PrivateKey) []byte {
	e := encoder{b: encodeBody(b, &Record{Time: at, Event: EventSeal})}
	e.unsigned(s)
	signed := strconv.AppendUint([]byte(lineStart), l.seq+1, 10)
	signed = append(append(signed, ','), e.b[len(b):]...)
	sig := ed25519.Sign(key, sealMessage(signed, []byte(l.hex())))
	e.name("sig", hex.EncodeToString(sig))
	return append(e.b, '}')
}

// unsigned writes a seal up to its signature.
func (e *encoder) unsigned(s *Seal) {
	e.key("seal")
	e.b = append(e.b, '{')
	e.number("epoch", int64(s.Epoch))
	e.number("records", int64(s.Records))
	e.name("since", s.Since)
	e.name("reason", s.Reason)
	if s.Idle > 0 {
		e.number("idle", int64(s.Idle))
	}
	e.name("next", s.Next)
}

// SealLine returns the line that a seal has in the trail, for exporters that
// are given records and whose copies are to serve as anchors; nil if r is no
// seal as this package wrote it.
func SealLine(r *Record) []byte {
	if r.Seal == nil {
		return nil
	}
	e := encoder{b: strconv.AppendUint([]byte(lineStart), r.Seq, 10)}
	e.b = encodeBody(append(e.b, ','), &Record{Time: r.Time, Event: r.Event})
	e.unsigned(r.Seal)
	e.name("sig", r.Seal.Sig)
	line := append(e.b, '}')
	for _, s := range []string{prevKey, r.Prev, hashKey, r.Hash, lineEnd} {
		line = append(line, s...)
	}
	if c, ok := readChained(line); !ok || !c.valid {
		return nil
	}
	return line
}

// sealLine is a seal as it stands in the trail.
type sealLine struct {
	Seal
	link
	time    time.Time
	next    ed25519.PublicKey
	sig     []byte
	message []byte // what the signature is about
}

// readSeal reads the line of a seal whose place in the chain is c.
func readSeal(line []byte, c chained) (*sealLine, error) {
	r, err := ParseRecord(line)
	if err != nil {
		return nil, err
	}
	end := len(line) - trailerLen - sigLen
	if r.Seal == nil || end < 0 || !bytes.HasPrefix(line[end:], []byte(sigKey)) {
		return nil, fmt.Errorf("it has no signature in its place")
	}
	s := &sealLine{Seal: *r.Seal, link: c.link, time: r.Time}
	if s.next, err = hex.DecodeString(s.Next); err != nil || len(s.next) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("the key that it names is none")
	}
	if s.sig, err = hex.DecodeString(s.Sig); err != nil || len(s.sig) != ed25519.SignatureSize {
		return nil, fmt.Errorf("its signature is none")
	}
	prev := line[len(line)-trailerLen+len(prevKey):][:hexLen]
	s.message = sealMessage(line[:end], prev)
	return s, nil
}

// signedBy says whether the seal was signed with the private part of key.
func (s *sealLine) signedBy(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, s.message, s.sig)
}
