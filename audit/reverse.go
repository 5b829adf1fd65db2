package audit

import (
	"bytes"
	"io"
)

// lastLines returns where the last n lines of a file of size bytes begin, and
// how many there are, n at most. What follows the last line feed is no line.
func lastLines(f io.ReaderAt, size int64, n int) (offset int64, found int, err error) {
	b := make([]byte, 64<<10)
	seen := 0 // line feeds
	for end := size; end > 0; {
		start := max(end-int64(len(b)), 0)
		chunk := b[:end-start]
		if _, err := f.ReadAt(chunk, start); err != nil && err != io.EOF {
			return 0, 0, err
		}
		for i := bytes.LastIndexByte(chunk, '\n'); i >= 0; i = bytes.LastIndexByte(chunk[:i], '\n') {
			if seen++; seen > n { // this one ends the line before
				return start + int64(i) + 1, n, nil
			}
		}
		end = start
	}
	return 0, min(seen, n), nil
}
