package audit

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Position is a place between two records of a trail.
type Position struct {
	Segment int    `json:"segment"` // 0: before the first there is
	Offset  int64  `json:"offset"`  // in bytes
	Seq     uint64 `json:"seq"`     // of the record before it
	Hash    string `json:"hash"`    // its hash, in hex
}

// End returns the position behind the last whole record of the trail in dir,
// the zero Position if there is none yet.
func End(dir string) (Position, error) {
	nums, err := segments(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Position{}, nil
	}
	for i := len(nums) - 1; i >= 0 && err == nil; i-- {
		var pos Position
		if pos, err = lastIn(dir, nums[i]); pos.Offset > 0 {
			return pos, nil
		}
	}
	return Position{}, err
}

// lastIn returns the position behind the last whole line of a segment.
func lastIn(dir string, num int) (Position, error) {
	f, size, err := openToRead(dir, num)
	if err != nil {
		return Position{}, err
	}
	defer f.Close()
	start, found, err := lastLines(f, size, 1, nil)
	if err != nil || found == 0 {
		return Position{}, err
	}
	line, err := newLineReader(io.NewSectionReader(f, start, size-start)).next()
	if err != nil {
		return Position{}, err
	}
	pos := Position{Segment: num, Offset: start + int64(len(line)) + 1}
	pos.pass(line)
	return pos, nil
}

// pass takes note of the record that is now before the position.
func (p *Position) pass(line []byte) {
	if c, ok := readChained(line); ok {
		p.Seq, p.Hash = c.seq, hex.EncodeToString(c.link.hash[:])
	}
}

// Follower reads the records of a trail one after the other, across segments,
// and goes on when there are more. It takes no lock and keeps nobody waiting.
type Follower struct {
	dir   string
	pos   Position
	f     *os.File
	lines *lineReader
	ended bool // the last line was a rotate record
}

// NewFollower returns a Follower that goes on from pos. If the trail in dir is
// another one than pos is of, or what pos names was removed, it goes on
// from the first record after that; what it read last can be asked by Position.
func NewFollower(dir string, pos Position) *Follower {
	return &Follower{dir: dir, pos: pos}
}

// Position returns where the next record will be read.
func (f *Follower) Position() Position { return f.pos }

// Close ends reading. The Follower may be used again.
func (f *Follower) Close() {
	if f.f != nil {
		f.f.Close()
		f.f = nil
	}
}

// Next returns the next line without its line feed, valid until the next call.
// The error is io.EOF if there is none for now. A line that is too long to be a
// record is passed over.
func (f *Follower) Next() ([]byte, error) {
	for {
		if f.f == nil {
			if err := f.open(); err != nil {
				return nil, err
			}
		}
		line, err := f.lines.next()
		switch err {
		case nil:
			f.pos.Offset = f.read()
			f.pos.pass(line)
			f.ended = hasEvent(line, EventRotate)
			return line, nil
		case errLineTooLong:
			continue
		case io.EOF:
			// The beginning of a line is read again, whole or repaired.
			if _, err := f.f.Seek(f.pos.Offset, io.SeekStart); err != nil {
				return nil, err
			}
			f.lines.forget()
			more, err := f.advance()
			if err != nil {
				return nil, err
			}
			if !more {
				return nil, io.EOF
			}
		default:
			return nil, err
		}
	}
}

// read returns where what was read and not yet returned begins.
func (f *Follower) read() int64 {
	at, err := f.f.Seek(0, io.SeekCurrent)
	if err != nil {
		return f.pos.Offset
	}
	return at - int64(len(f.lines.rest()))
}

// open opens the segment of the position. One that is gone, or is not what it
// was, is followed by the oldest there is after it.
func (f *Follower) open() error {
	file, size, err := openToRead(f.dir, max(f.pos.Segment, 1))
	if errors.Is(err, fs.ErrNotExist) {
		return f.after(f.pos.Segment)
	}
	if err != nil {
		return err
	}
	if !f.pos.fits(file, size) {
		f.pos.Offset = 0 // rather twice than never
	}
	return f.use(file, max(f.pos.Segment, 1))
}

// fits reports whether the record before the position is there.
func (p *Position) fits(f io.ReaderAt, size int64) bool {
	tail := []byte(p.Hash + lineEnd + "\n")
	at := p.Offset - int64(len(tail))
	if p.Offset == 0 {
		return true
	}
	if p.Offset > size || at < 0 {
		return false
	}
	b := make([]byte, len(tail))
	_, err := f.ReadAt(b, at)
	return err == nil && string(b) == string(tail)
}

func (f *Follower) use(file *os.File, num int) error {
	f.Close()
	if num != f.pos.Segment {
		f.pos.Segment, f.pos.Offset = num, 0
	}
	if _, err := file.Seek(f.pos.Offset, io.SeekStart); err != nil {
		file.Close()
		return err
	}
	f.f, f.lines, f.ended = file, newLineReader(file), endsSegment(file, f.pos.Offset)
	return nil
}

// endsSegment reports whether the line that ends at an offset is the last one
// of its segment.
func endsSegment(f io.ReaderAt, offset int64) bool {
	ended := false
	lastLines(f, offset, 1, func(start []byte) bool {
		ended = hasEvent(start, EventRotate)
		return true
	})
	return ended
}

// after opens the first segment behind num, or, if the numbers start anew, the
// first of all. io.EOF: there is none yet.
func (f *Follower) after(num int) error {
	nums, err := segments(f.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(nums) == 0 {
		return io.EOF
	}
	if err != nil {
		return err
	}
	next := nums[0]
	for _, n := range nums {
		if n > num {
			next = n
			break
		}
	}
	file, _, err := openToRead(f.dir, next)
	if err != nil {
		return err
	}
	return f.use(file, next)
}

// advance moves on to the next segment, if this one is done with: it has ended
// and there is another, or it is no longer there.
func (f *Follower) advance() (bool, error) {
	gone := replaced(f.f, filepath.Join(f.dir, segmentName(f.pos.Segment)))
	if !gone && !f.ended {
		return false, nil
	}
	if gone {
		if _, err := os.Lstat(filepath.Join(f.dir, segmentName(f.pos.Segment))); err == nil {
			f.Close()
			return true, f.open()
		}
	} else if nums, err := segments(f.dir); err != nil || len(nums) == 0 || nums[len(nums)-1] <= f.pos.Segment {
		return false, err
	}
	err := f.after(f.pos.Segment)
	if err == io.EOF {
		return false, nil // it may come back
	}
	return err == nil, err
}

// Sync puts on the disk what was read, so that no copy of a record outlives a
// power cut that the record itself does not.
func (f *Follower) Sync() error {
	if f.f == nil {
		return nil
	}
	if err := dataSync(f.f); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// Behind returns how many bytes of the trail come after the position.
func (f *Follower) Behind() (int64, error) {
	nums, err := segments(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	var n int64
	for _, num := range nums {
		fi, err := os.Lstat(filepath.Join(f.dir, segmentName(num)))
		switch {
		case err != nil || num < f.pos.Segment:
		case num == f.pos.Segment:
			n += max(fi.Size()-f.pos.Offset, 0)
		default:
			n += fi.Size()
		}
	}
	return n, err
}

// SkipTo passes over records without returning them until no more than keep bytes come
// after the position.
func (f *Follower) SkipTo(keep int64) error {
	for {
		behind, err := f.Behind()
		if err != nil || behind <= keep {
			return err
		}
		if _, err := f.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
