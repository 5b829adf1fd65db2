package audit

import (
	"bytes"
	"io"
	"slices"
)

// lastLines returns where the last n lines begin that count, of a file of size
// bytes, and how many there are, n at most. What follows the last line feed is
// no line. counts is given a line without its line feed, of one that is too long
// its beginning; nil: every line counts.
func lastLines(f io.ReaderAt, size int64, n int, counts func(line []byte) bool) (offset int64, found int, err error) {
	b := make([]byte, 64<<10)
	var long []byte                       // a line that is not in b as a whole
	next := int64(-1)                     // where the line after the next one begins; -1: the last line feed is still to be found
	line := func(at, start int64) error { // b holds what is in the file from start on
		ok := true
		if counts != nil {
			text := min(next-1-at, MaxLine)
			if in := at - start; in >= 0 && in+text <= int64(len(b)) {
				ok = counts(b[in:][:text])
			} else {
				long = slices.Grow(long[:0], int(text))[:text]
				if _, err := f.ReadAt(long, at); err != nil && err != io.EOF {
					return err
				}
				ok = counts(long)
			}
		}
		if next = at; ok {
			offset, found = at, found+1
		}
		return nil
	}
	for end := size; end > 0; {
		start := max(end-int64(cap(b)), 0)
		b = b[:end-start]
		if _, err := f.ReadAt(b, start); err != nil && err != io.EOF {
			return 0, 0, err
		}
		for i := bytes.LastIndexByte(b, '\n'); i >= 0; i = bytes.LastIndexByte(b[:i], '\n') {
			at := start + int64(i) + 1
			if next < 0 {
				next, offset = at, at
			} else if err := line(at, start); err != nil {
				return 0, 0, err
			}
			if found == n {
				return offset, found, nil
			}
		}
		end = start
	}
	if next < 0 {
		return 0, 0, nil
	}
	return offset, found, line(0, 0)
}
