package audit

import (
	"bytes"
	"io"
)

// lastLines returns where the last n lines begin that count, of a file of size
// bytes, and how many there are, n at most. What follows the last line feed is
// no line. counts is given the beginning of a line; nil: every line counts.
func lastLines(f io.ReaderAt, size int64, n int, counts func(start []byte) bool) (offset int64, found int, err error) {
	b := make([]byte, 64<<10)
	first := true // the last line feed of the file is still to be found
	line := func(at int64) error {
		ok, err := countsAt(f, at, counts)
		if ok {
			offset, found = at, found+1
		}
		return err
	}
	for end := size; end > 0; {
		start := max(end-int64(len(b)), 0)
		chunk := b[:end-start]
		if _, err := f.ReadAt(chunk, start); err != nil && err != io.EOF {
			return 0, 0, err
		}
		for i := bytes.LastIndexByte(chunk, '\n'); i >= 0; i = bytes.LastIndexByte(chunk[:i], '\n') {
			at := start + int64(i) + 1
			if first {
				first, offset = false, at
			} else if err := line(at); err != nil {
				return 0, 0, err
			}
			if found == n {
				return offset, found, nil
			}
		}
		end = start
	}
	if first {
		return 0, 0, nil
	}
	return offset, found, line(0)
}

// countsAt looks at the beginning of the line at an offset.
func countsAt(f io.ReaderAt, at int64, counts func([]byte) bool) (bool, error) {
	if counts == nil {
		return true, nil
	}
	b := make([]byte, 128)
	n, err := f.ReadAt(b, at)
	if err != nil && err != io.EOF {
		return false, err
	}
	return counts(b[:n]), nil
}
