package audit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Problem is one place where a trail is not what was written.
type Problem struct {
	Segment string `json:"segment"` // file name
	Line    int    `json:"line"`    // from 1; 0: the file as a whole
	What    string `json:"what"`
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Segment + ": " + p.What
	}
	return fmt.Sprintf("%s:%d: %s", p.Segment, p.Line, p.What)
}

// Report is what [Verify] found.
type Report struct {
	Dir      string `json:"dir"`
	Segments int    `json:"segments"`
	Records  uint64 `json:"records"`
	Intact   bool   `json:"intact"` // no problem was found

	Sealed        uint64 `json:"sealed"`                   // records that a seal vouches for, seals included
	Seals         int    `json:"seals"`                    //
	Epoch         uint64 `json:"epoch"`                    // of the last sound seal
	SealedTo      string `json:"sealed_to,omitempty"`      // its time
	FirstKey      string `json:"first_key,omitempty"`      // as the trail names it
	KeyGiven      bool   `json:"key_given"`                // it was known from outside
	Unsealed      uint64 `json:"unsealed"`                 // records at the end that only the chain vouches for
	EndKnown      bool   `json:"end_known"`                // the key that goes on, or an anchor, shows that no later seal was cut off
	UnsealedSince string `json:"unsealed_since,omitempty"` // time of the first of them
	Removed       uint64 `json:"removed,omitempty"`        // number of the last record that retention removed
	Anchored      int    `json:"anchored,omitempty"`       // records that an anchor vouches for

	Notices []string `json:"notices,omitempty"` // what is odd, and no proof of anything

	Torn     int64     `json:"torn"`     // bytes of a record that a crash left incomplete
	Found    int       `json:"found"`    // number of problems
	Problems []Problem `json:"problems"` // the first MaxProblems of them
	Head     string    `json:"head"`     // hash of the last record, in hex
	HeadSeq  uint64    `json:"head_seq"` // and its number
}

// MaxProblems is how many problems a Report lists.
const MaxProblems = 100

// ErrNoTrail says that a directory holds no audit trail.
var ErrNoTrail = errors.New("there is no audit trail")

func noTrail(dir string) error {
	return fmt.Errorf("%w in %s: no session has recorded anything there", ErrNoTrail, dir)
}

// Verify reads the whole trail in dir and checks every record and its place in
// the chain. It changes nothing, and may run while others write: it then
// covers what had been written when it reached the end. The error is about
// reading; what is wrong with the trail is in the Report.
func Verify(dir string) (*Report, error) { return VerifyWith(dir, VerifyOptions{}) }

// VerifyOptions are what is known from outside of the trail.
type VerifyOptions struct {
	Key    ed25519.PublicKey // the first key; nil: the one that the trail names
	Anchor string            // a file with copies of seals or other records; "": none
}

// VerifyWith is Verify, with the trail held against what is known from outside.
func VerifyWith(dir string, opt VerifyOptions) (*Report, error) {
	v := verifier{dir: dir, Report: Report{Dir: dir, Problems: []Problem{}, KeyGiven: opt.Key != nil}}
	v.seals.given = opt.Key
	if opt.Anchor != "" {
		var err error
		if v.anchors, err = readAnchors(opt.Anchor); err != nil {
			return nil, err
		}
	}
	v.seals.readKeyFile(dir)
	nums, err := segments(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(nums) == 0 {
		return nil, noTrail(dir)
	}
	if err != nil {
		return nil, err
	}
	if err := v.removed(nums[0]); err != nil {
		return nil, err
	}
	for num := nums[0]; num > 0; {
		if num, err = v.segment(num); err != nil {
			return nil, err
		}
	}
	v.sealed()
	v.anchored()
	v.Intact = v.Found == 0
	v.Head, v.HeadSeq = v.head.hex(), v.head.seq
	return &v.Report, nil
}

type verifier struct {
	Report
	dir   string
	name  string // of the segment at hand
	line  int
	head  link
	ended bool // the last line read is a rotate record

	seals         sealChain
	anchors       *anchors // nil: none
	unsealed      uint64   // records since the last sound seal
	unsealedSince string   // the time of the first
	allowed       uint64   // number of the last record that a retention record speaks of
}

func (v *verifier) notice(format string, args ...any) {
	if len(v.Notices) < MaxProblems {
		v.Notices = append(v.Notices, fmt.Sprintf(format, args...))
	}
}

func (v *verifier) problem(format string, args ...any) {
	v.Found++
	if len(v.Problems) < MaxProblems {
		v.Problems = append(v.Problems, Problem{v.name, v.line, fmt.Sprintf(format, args...)})
	}
}

// segment checks one file, to where it ends between two writes, and returns
// the number of the one that comes after it.
func (v *verifier) segment(num int) (next int, err error) {
	v.name, v.line, v.ended = segmentName(num), 0, false
	f, err := os.OpenFile(filepath.Join(v.dir, v.name), os.O_RDONLY|openNoFollow, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	v.Segments++
	settled := &settledReader{f: f}
	if err := settled.extend(); err != nil {
		return 0, err
	}
	r := newLineReader(settled)
	for {
		line, err := r.next()
		switch {
		case err == io.EOF:
			more, next, err := v.next(num, settled, r.rest())
			if err != nil || !more {
				return next, err
			}
		case err == errLineTooLong:
			v.line++
			v.problem("a line of more than %d bytes", MaxLine)
		case err != nil:
			return 0, err
		default:
			v.line++
			v.record(line)
		}
	}
}

// next is called when all there was in segment num has been read. It returns
// the number of the segment to read after it, 0 if this is the last, or more if
// a writer has added to this one and gone on meanwhile.
func (v *verifier) next(num int, r *settledReader, rest []byte) (more bool, next int, err error) {
	later, filled, err := v.later(num)
	if err != nil {
		return false, 0, err
	}
	if filled && !v.ended {
		// It must have got an end before its successor got a record.
		before := r.size
		if err := r.extend(); err != nil {
			return false, 0, err
		}
		if r.size > before {
			return true, 0, nil
		}
	}
	v.rest(rest, v.ended || filled)
	switch {
	case v.ended && later != num+1:
		v.name, v.line = segmentName(num+1), 0
		v.problem("the segment is missing")
	case !v.ended && filled:
		v.problem("the segment has no end, and yet %s follows", segmentName(later))
	case !v.ended:
		later = 0 // what may have come into being just now is not covered
	}
	return false, later, nil
}

// later returns the first segment after num, 0 if there is none, and whether
// there is anything in it or in those that follow.
func (v *verifier) later(num int) (first int, filled bool, err error) {
	nums, err := segments(v.dir)
	if err != nil {
		return 0, false, err
	}
	for _, n := range nums {
		if n <= num {
			continue
		}
		if first == 0 {
			first = n
		}
		_, size, err := statPath(filepath.Join(v.dir, segmentName(n)))
		if err != nil {
			return 0, false, err
		}
		if size > 0 {
			return first, true, nil
		}
	}
	return first, false, nil
}

// settledReader reads a file to where it ended between two writes.
type settledReader struct {
	f        *os.File
	at, size int64
}

func (r *settledReader) extend() (err error) {
	r.size, err = settledSize(r.f)
	return err
}

func (r *settledReader) Read(b []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	n, err := r.f.ReadAt(b[:min(int64(len(b)), r.size-r.at)], r.at)
	r.at += int64(n)
	return n, err
}

// settledSize returns the length of f while nobody is writing, if that can be
// had: a copy on another machine, or one that can't be locked, is as it is.
func settledSize(f *os.File) (int64, error) {
	if lockShared(f, time.Second) == nil {
		defer unlock(f)
	}
	fi, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !fi.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a regular file", f.Name())
	}
	return fi.Size(), nil
}

func (v *verifier) record(line []byte) {
	v.ended = false
	c, ok := readChained(line)
	if !ok {
		v.problem("not a record")
		return
	}
	v.Records++
	switch want := v.head.seq + 1; {
	case !c.valid:
		v.problem("record %d was changed: its content has another hash", c.seq)
	case c.seq > want:
		v.problem("record %d follows %d: what was between them is missing", c.seq, v.head.seq)
	case c.seq < want:
		v.problem("record %d follows %d: it was moved, repeated, or written by somebody who did not see what is before it", c.seq, v.head.seq)
	case c.prev != v.head.hash:
		v.problem("record %d does not follow from %d: that one, or all from here on, was replaced", c.seq, v.head.seq)
	case !isCanonical(line):
		v.problem("record %d is not in the form that is written", c.seq)
	case v.anchors != nil && !v.anchors.check(c):
		v.problem("record %d is not the one that the anchor knows: it, or one before it, was changed", c.seq)
	}
	v.head = c.link
	if v.unsealed++; v.unsealed == 1 {
		v.unsealedSince = timeOf(line)
	}
	if hasEvent(line, EventSeal) {
		v.seal(line, c)
	} else if v.Removed > 0 && c.valid && hasEvent(line, EventRetention) {
		v.retention(line)
	}
	v.ended = hasEvent(line, EventRotate)
	if c.valid && hasEvent(line, EventBroken) {
		if r, err := ParseRecord(line); err == nil {
			v.problem("record %d, by a writer: %s", c.seq, Visible(r.Message, shownMessage))
		}
	}
}

// rest judges what follows the last line feed of a segment: at the very end of
// a trail that may be what a crash left.
func (v *verifier) rest(b []byte, followed bool) {
	if len(b) == 0 {
		return
	}
	c, whole := readChained(bytes.TrimRight(b, "\x00"))
	if !followed && (whole && c.valid && c.prev == v.head.hash || isTear(b, v.head)) {
		v.Torn = int64(len(b))
		return
	}
	v.line++
	v.problem("%d bytes that are neither a record nor a part of one", len(b))
}

// String is the report for people, one line or more.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s in %s\n", Visible(r.Dir, shownPath), count(r.Records, "record"), count(uint64(r.Segments), "segment"))
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "  %s\n", Visible(p.String(), shownPath))
	}
	if more := r.Found - len(r.Problems); more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	if r.Removed > 0 {
		fmt.Fprintf(&b, "  records up to %d were removed by retention; their seals are kept\n", r.Removed)
	}
	for _, n := range r.Notices {
		fmt.Fprintf(&b, "  note: %s\n", Visible(n, shownPath))
	}
	if r.Torn > 0 {
		fmt.Fprintf(&b, "  the last %d bytes are a record that a crash left incomplete; the next session repairs that\n", r.Torn)
	}
	switch {
	case !r.Intact:
		fmt.Fprintf(&b, "TAMPERED WITH: %s\n", count(uint64(r.Found), "problem"))
	case r.Seals == 0:
		fmt.Fprintf(&b, "intact; not sealed: whether records were cut off the end can't be told from the trail alone\n")
	case r.Unsealed == 0 && r.EndKnown:
		fmt.Fprintf(&b, "intact and sealed to the end\n")
	case r.Unsealed == 0:
		fmt.Fprintf(&b, "intact, and its last record is a seal; whether later ones were cut off shows only with an anchor\n")
	default:
		fmt.Fprintf(&b, "intact; %s at the end not sealed yet, since %s\n", count(r.Unsealed, "record"), Visible(r.UnsealedSince, shownName))
	}
	if r.Seals > 0 && r.Sealed > 0 {
		fmt.Fprintf(&b, "sealed: up to %s, by %s; the last is of epoch %d\n", r.SealedTo, count(uint64(r.Seals), "seal"), r.Epoch)
	}
	switch {
	case r.FirstKey != "" && r.KeyGiven:
		fmt.Fprintf(&b, "key: %s, the one that was given\n", r.FirstKey)
	case r.FirstKey != "":
		fmt.Fprintf(&b, "key: %s, as the trail names it; compare it with the one you kept, or give that with --key\n", r.FirstKey)
	}
	if r.Anchored > 0 {
		fmt.Fprintf(&b, "anchor: %s found as known from outside\n", count(uint64(r.Anchored), "record"))
	}
	if r.HeadSeq > 0 {
		fmt.Fprintf(&b, "head: record %d, %s\n", r.HeadSeq, r.Head)
	}
	return b.String()
}

func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
