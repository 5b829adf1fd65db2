package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// TailOptions say what [Tail] shows.
type TailOptions struct {
	N      int    // how many of the last records
	Follow bool   // go on with those to come, until the context is done
	JSON   bool   // the lines as they are in the trail
	Color  bool   // for a terminal
	Filter Filter // only those that fit; the zero value: all, and in JSON every line there is
}

// pollEvery is how often a trail that is followed is looked at.
const pollEvery = 200 * time.Millisecond

// Tail writes the last records of the trail in dir, one line each. It reads
// from the end, and needs no more memory for a longer trail. Followed, a trail
// that isn't there yet is waited for.
func Tail(ctx context.Context, w io.Writer, dir string, opt TailOptions) error {
	t := tailer{w: w, dir: dir, opt: opt}
	if !opt.Filter.IsZero() {
		m, err := opt.Filter.compile()
		if err != nil {
			return err
		}
		t.only = m
	}
	defer t.close()
	for {
		err := t.step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !(opt.Follow && errors.Is(err, ErrNoTrail)) {
			return err
		}
		if !opt.Follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pollEvery):
		}
	}
}

type tailer struct {
	w   io.Writer
	dir string
	opt TailOptions

	only *matcher // nil: all
	rec  Record   // what only has last read

	num   int // of the segment that is read; 0: none yet
	f     *os.File
	lines *lineReader
}

func (t *tailer) close() {
	if t.f != nil {
		t.f.Close()
	}
}

// step shows what there is to show by now.
func (t *tailer) step(ctx context.Context) error {
	if t.num == 0 {
		if err := t.start(ctx); err != nil {
			return err
		}
	}
	for {
		if err := t.drain(); err != nil {
			return err
		}
		more, err := t.advance()
		if err != nil || !more {
			return err
		}
	}
}

// start opens the segment that holds the first line to show.
func (t *tailer) start(ctx context.Context) error {
	nums, err := segments(t.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(nums) == 0 {
		return noTrail(t.dir)
	}
	if err != nil {
		return err
	}
	want := t.opt.N
	for i := len(nums) - 1; ; i-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, size, err := openToRead(t.dir, nums[i])
		if errors.Is(err, fs.ErrNotExist) && t.num > 0 {
			return nil // pruned meanwhile: what is left begins with the one before
		}
		if err != nil {
			return err
		}
		offset, found, err := lastLines(f, size, want, t.shown())
		if err != nil {
			f.Close()
			return err
		}
		t.use(nums[i], f)
		since := t.opt.Filter.Since
		if want -= found; want == 0 || i == 0 || !since.IsZero() && beganBefore(f, since) {
			_, err = f.Seek(offset, io.SeekStart)
			return err
		}
	}
}

// shown tells the lines that are shown from those that are not meant, or only
// matter to the trail itself; nil: all are.
func (t *tailer) shown() func([]byte) bool {
	switch {
	case t.only != nil:
		return t.fits
	case t.opt.JSON:
		return nil
	}
	return func(line []byte) bool { return !isHousekeeping(line) }
}

// fits says whether a line is a record that is meant; t.rec is that record then.
func (t *tailer) fits(line []byte) bool {
	t.rec.forget()
	_, _, fits := t.only.read(line, &t.rec)
	return fits
}

// isHousekeeping says whether a line is about the trail, not about an agent.
func isHousekeeping(line []byte) bool {
	return len(line) > len(lineStart) && (hasEvent(line, EventRotate) || hasEvent(line, EventSeal))
}

func (t *tailer) use(num int, f *os.File) {
	t.close()
	t.num, t.f, t.lines = num, f, newLineReader(f)
}

// drain shows the lines that are left in the segment.
func (t *tailer) drain() error {
	for {
		line, err := t.lines.next()
		switch {
		case err == io.EOF:
			// The beginning of a line is read again, whole or repaired.
			_, err = t.f.Seek(-int64(len(t.lines.rest())), io.SeekCurrent)
			t.lines.forget()
			return err
		case err == errLineTooLong && t.only != nil:
			err = nil
		case err == errLineTooLong:
			_, err = fmt.Fprintf(t.w, "(%v in %s)\n", err, segmentName(t.num))
		case err == nil:
			err = t.show(line)
		}
		if err != nil {
			return err
		}
	}
}

func (t *tailer) show(line []byte) error {
	var out []byte
	switch {
	case t.only != nil && !t.fits(line):
		return nil
	case t.opt.JSON:
		out = append(out, Harmless(line)...)
	case t.only != nil:
		out = t.rec.AppendText(out, t.opt.Color)
	default:
		if out = appendReadable(out, line, t.opt.Color); out == nil {
			return nil
		}
	}
	_, err := t.w.Write(append(out, '\n'))
	return err
}

// advance moves on to the next segment, if there is one, since nobody writes to
// this one then; or if this one is no longer there.
func (t *tailer) advance() (bool, error) {
	nums, err := segments(t.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(nums) == 0 {
		return false, nil // it may come back
	}
	if err != nil {
		return false, err
	}
	next := nums[len(nums)-1]
	path := filepath.Join(t.dir, segmentName(t.num))
	_, err = os.Lstat(path)
	removed := errors.Is(err, fs.ErrNotExist)
	if removed || !replaced(t.f, path) {
		if i, _ := slices.BinarySearch(nums, t.num+1); i < len(nums) {
			next = nums[i]
		} else if !removed {
			return false, nil
		}
		// What came after the last look is still there to be read, even if the
		// file was removed.
		if err := t.drain(); err != nil {
			return false, err
		}
	}
	f, _, err := openToRead(t.dir, next)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // removed just now: the next look finds what is left
	}
	if err != nil {
		return false, err
	}
	t.use(next, f)
	return true, nil
}

// replaced says whether the name of an open segment now belongs to another file,
// or the file is shorter than what was read of it.
func replaced(f *os.File, path string) bool {
	now, err := os.Lstat(path)
	if err != nil {
		return true
	}
	mine, err := f.Stat()
	if err != nil || !os.SameFile(now, mine) {
		return true
	}
	at, err := f.Seek(0, io.SeekCurrent)
	return err != nil || now.Size() < at
}

func openToRead(dir string, num int) (*os.File, int64, error) {
	return regular(os.OpenFile(filepath.Join(dir, segmentName(num)), os.O_RDONLY|openNoFollow, 0))
}

// regular returns an open file and its size, or an error if it is of another sort.
func regular(f *os.File, err error) (*os.File, int64, error) {
	if err != nil {
		return nil, 0, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, fi.Size(), nil
}
