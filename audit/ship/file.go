package ship

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// file appends one line for each record to a file of the owner's.
type file struct {
	path   string
	format Format
	f      *os.File
}

// NewFile returns a destination that appends to a file.
func NewFile(path string, format Format) (Destination, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Destination{}, err
	}
	return Destination{Name: "file " + path + " (" + format.Name + ")", Sink: &file{path: path, format: format}}, nil
}

// Send appends items and puts them on the disk. What a failure left of a line is
// taken off again.
func (s *file) Send(_ context.Context, items []Item) error {
	size, err := s.open()
	if err != nil {
		return err
	}
	var b []byte
	for _, it := range items {
		b = append(append(b, s.format.Encode(it, 0)...), '\n')
	}
	if _, err = s.f.Write(b); err != nil {
		err = errors.Join(err, s.f.Truncate(size))
	} else {
		err = s.f.Sync()
	}
	if err != nil {
		s.close()
	}
	return err
}

// open opens the file anew if its name belongs to another one by now, as after
// logrotate, and returns its size.
func (s *file) open() (int64, error) {
	if s.f != nil {
		now, err1 := os.Lstat(s.path)
		mine, err2 := s.f.Stat()
		if err1 == nil && err2 == nil && os.SameFile(now, mine) {
			return mine.Size(), nil
		}
		s.close()
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_APPEND|noFollow, 0o600)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", s.path)
	}
	if err != nil {
		f.Close()
		return 0, err
	}
	size := info.Size()
	if size > 0 { // a crash may have left the beginning of a line
		end := make([]byte, 1)
		if _, err = f.ReadAt(end, size-1); err == nil && end[0] != '\n' {
			_, err = f.Write([]byte{'\n'})
			size++
		}
	}
	if err != nil {
		f.Close()
		return 0, err
	}
	s.f = f
	return size, nil
}

// Close closes the file.
func (s *file) Close(context.Context) { s.close() }

func (s *file) close() {
	if s.f != nil {
		s.f.Close()
		s.f = nil
	}
}
