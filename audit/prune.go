package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// removedName is the file that keeps what is needed of removed segments: their
// seals, and the last record of each.
const removedName = "removed.jsonl"

// Retention says what of a trail may go.
type Retention struct {
	Age  time.Duration // segments whose last record is older; 0: no limit
	Size int64         // the oldest, until what is left has no more bytes than this; 0: no limit
}

// Pruned is what [Prune] removed.
type Pruned struct {
	Segments int
	Through  uint64 // number of the last record removed
}

// Prune removes whole segments from the beginning of the trail in dir, never the
// one that is written to. Their seals are kept, so that what is left can still
// be checked from the first key, and a record says what went. A trail that is
// not intact is left alone: it is evidence.
func Prune(dir string, keep Retention) (Pruned, error) {
	if nums, err := (&Log{dir: dir}).outlived(keep); err != nil || len(nums) == 0 {
		return Pruned{}, err
	}
	report, err := Verify(dir)
	if err != nil {
		return Pruned{}, err
	}
	if !report.Intact {
		return Pruned{}, errors.New("the trail is not intact, and nothing of it is removed; see rampart audit verify")
	}
	l, err := Open(dir, Options{})
	if err != nil {
		return Pruned{}, err
	}
	defer l.Close()
	if err := l.Seal(); err != nil {
		return Pruned{}, err
	}
	release, err := lockSeals(l.dir, l.opt.LockTimeout)
	if err != nil {
		return Pruned{}, l.explain(err)
	}
	defer release()
	p, err := l.prune(keep)
	return p, l.explain(err)
}

func (l *Log) prune(keep Retention) (p Pruned, err error) {
	nums, err := l.outlived(keep)
	if err != nil || len(nums) == 0 {
		return p, err
	}
	last, err := l.keepSeals(nums)
	if err != nil {
		return p, err
	}
	names := segmentName(nums[0])
	if len(nums) > 1 {
		names += " to " + segmentName(nums[len(nums)-1])
	}
	if err := l.Append(&Record{
		Event: EventRetention, PID: os.Getpid(), UID: os.Getuid(),
		Message: fmt.Sprintf("%s, up to record %d, were removed because of their age or size", names, last.seq),
		Details: map[string]string{"through": strconv.FormatUint(last.seq, 10), "hash": last.hex()},
	}); err != nil {
		return p, err
	}
	for _, num := range nums { // the oldest first: what is left has no gap at any time
		if err := os.Remove(filepath.Join(l.dir, segmentName(num))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
		p.Segments++
	}
	p.Through = last.seq
	return p, syncDir(l.dir)
}

// outlived returns the segments to remove, oldest first.
func (l *Log) outlived(keep Retention) (out []int, err error) {
	nums, err := segments(l.dir)
	if err != nil {
		return nil, err
	}
	var total int64
	sizes := make([]int64, len(nums))
	for i, num := range nums {
		if _, sizes[i], err = statPath(filepath.Join(l.dir, segmentName(num))); err != nil {
			return nil, err
		}
		total += sizes[i]
	}
	for i := 0; i < len(nums)-1; i++ {
		over := keep.Size > 0 && total > keep.Size
		old := keep.Age > 0 && beginsBefore(l.dir, nums[i+1], time.Now().Add(-keep.Age))
		if !over && !old {
			break
		}
		out, total = append(out, nums[i]), total-sizes[i]
	}
	return out, nil
}

// keepSeals adds what is needed of segments to the file of removed ones, and
// returns the last record in them.
func (l *Log) keepSeals(nums []int) (last link, err error) {
	path := filepath.Join(l.dir, removedName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND|openNoFollow, 0o600)
	if err != nil {
		return last, err
	}
	defer f.Close()
	if err := GiveToOwner(f, l.dir); err != nil {
		return last, err
	}
	kept, end, err := keptUpTo(f)
	if err != nil {
		return last, err
	}
	if err := f.Truncate(end); err != nil { // a tear, which is still where it came from
		return last, err
	}
	for _, num := range nums {
		var line []byte // the last one
		var c chained
		err := linesOf(filepath.Join(l.dir, segmentName(num)), func(b []byte) error {
			line, c = append(line[:0], b...), chained{}
			if !hasEvent(b, EventSeal) {
				return nil
			}
			c, _ = readChained(b)
			return appendKept(f, b, c.seq, &kept)
		})
		if err != nil {
			return last, err
		}
		c, ok := readChained(line)
		if !ok {
			return last, fmt.Errorf("%s does not end in a record", segmentName(num))
		}
		if err := appendKept(f, line, c.seq, &kept); err != nil {
			return last, err
		}
		last = c.link
	}
	return last, errors.Join(f.Sync(), syncDir(l.dir))
}

// appendKept writes a line, unless it is there from a run that did not get far.
func appendKept(w io.Writer, line []byte, seq uint64, kept *uint64) error {
	if seq <= *kept {
		return nil
	}
	*kept = seq
	_, err := w.Write(append(bytes.Clone(line), '\n'))
	return err
}

// keptUpTo returns the number of the last record in f, and where its line ends.
func keptUpTo(f *os.File) (seq uint64, end int64, err error) {
	for r := newLineReader(f); ; {
		line, err := r.next()
		if err == io.EOF {
			return seq, end, nil
		}
		if err != nil {
			return 0, 0, err
		}
		if c, ok := readChained(line); ok {
			seq = c.seq
		}
		end += int64(len(line)) + 1
	}
}

// firstRecord returns the number of the record that a segment begins with; 0 if
// it begins with none.
func firstRecord(dir string, num int) (seq uint64) {
	stop := errors.New("stop")
	linesOf(filepath.Join(dir, segmentName(num)), func(line []byte) error {
		if c, ok := readChained(line); ok {
			seq = c.seq
		}
		return stop
	})
	return seq
}

// removed checks what is kept of the segments that are gone from before first,
// and makes it the beginning of the chain.
func (v *verifier) removed(first int) error {
	start := firstRecord(v.dir, first)
	if start <= 1 {
		return nil // nothing is missing, or the segment itself will say what is wrong
	}
	v.name, v.line = removedName, 0
	err := linesOf(filepath.Join(v.dir, removedName), func(line []byte) error {
		v.line++
		c, ok := readChained(line)
		switch {
		case ok && c.seq >= start:
			return nil // still there: whoever removed did not get far
		case !ok || !c.valid || c.seq <= v.head.seq || !isCanonical(line):
			v.problem("not a record as it was kept")
			return nil
		}
		v.head, v.Removed = c.link, c.seq
		if hasEvent(line, EventSeal) {
			v.seal(line, c)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the gap will be seen
	}
	return err
}

// retention takes note of a record about segments that were removed.
func (v *verifier) retention(line []byte) {
	if r, err := ParseRecord(line); err == nil {
		n, _ := strconv.ParseUint(r.Details["through"], 10, 64)
		v.allowed = max(v.allowed, n)
	}
}

// ParseSize reads a size like 4096, 500K, 500M or 2G.
func ParseSize(s string) (int64, error) {
	digits, shift := s, 0
	if s != "" {
		if i := strings.IndexByte("KMG", s[len(s)-1]); i >= 0 {
			digits, shift = s[:len(s)-1], 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(digits, 10, 62-shift)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no size: write one like 500M or 2G", s)
	}
	return int64(n) << shift, nil
}
