package audit

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Scanned counts what a [Scan] came upon.
type Scanned struct {
	Records    int // handed over
	Unreadable int // lines that are no records, or too long
}

// eachLine calls f for each line of the trail in dir, in order.
func eachLine(dir string, f func(line []byte) error) error {
	nums, err := segments(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(nums) == 0 {
		return noTrail(dir)
	}
	if err != nil {
		return err
	}
	for _, num := range nums {
		if err := linesOf(filepath.Join(dir, segmentName(num)), f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// linesOf calls f for each line of a file that is not too long.
func linesOf(path string, f func(line []byte) error) error {
	file, _, err := regular(os.OpenFile(path, os.O_RDONLY|openNoFollow, 0))
	if err != nil {
		return err
	}
	defer file.Close()
	for r := newLineReader(file); ; {
		line, err := r.next()
		switch {
		case err == io.EOF:
			return nil
		case err == errLineTooLong:
			continue
		case err == nil:
			err = f(line)
		}
		if err != nil {
			return err
		}
	}
}

// Scan calls f for every record of the trail in dir that is not older than
// since, in the order of the trail, and needs no more memory for a longer one.
// An error of f ends it. It does not check the chain: see [Verify].
func Scan(dir string, since time.Time, f func(*Record) error) (Scanned, error) {
	var s Scanned
	nums, err := segments(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(nums) == 0 {
		return s, noTrail(dir)
	}
	if err != nil {
		return s, err
	}
	for i, num := range nums {
		if !since.IsZero() && i+1 < len(nums) && beginsBefore(dir, nums[i+1], since) {
			continue // all of it is older
		}
		if err := s.segment(dir, num, since, f); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *Scanned) segment(dir string, num int, since time.Time, f func(*Record) error) error {
	file, _, err := openToRead(dir, num)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	defer file.Close()
	for lines := newLineReader(file); ; {
		line, err := lines.next()
		switch {
		case err == io.EOF:
			return nil
		case err == errLineTooLong:
			s.Unreadable++
			continue
		case err != nil:
			return err
		}
		r, err := ParseRecord(line)
		switch {
		case err != nil:
			s.Unreadable++
		case r.Time.Before(since):
		default:
			s.Records++
			if err := f(r); err != nil {
				return err
			}
		}
	}
}

// beginsBefore reports whether the first record of a segment is older than t.
func beginsBefore(dir string, num int, t time.Time) bool {
	file, _, err := openToRead(dir, num)
	if err != nil {
		return false
	}
	defer file.Close()
	return beganBefore(file, t)
}

// beganBefore reports whether the first record of an open segment is older than t.
func beganBefore(file *os.File, t time.Time) bool {
	line, err := newLineReader(file).next()
	if err != nil {
		return false
	}
	r, err := ParseRecord(line)
	return err == nil && r.Time.Before(t)
}
