package audit

import (
	"bytes"
	"errors"
	"io"
)

// errLineTooLong stands for a line of more than MaxLine bytes, which no writer
// ever made.
var errLineTooLong = errors.New("a line of more than 8 MiB")

// lineReader reads lines in bounded memory. At the end of the input it keeps
// the beginning of a line, and goes on when there is more.
type lineReader struct {
	r          io.Reader
	buf        []byte
	start, end int // what was read and not yet returned
	searched   int // buf[start:searched] has no line feed
	skipping   bool
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: r, buf: make([]byte, 256<<10)}
}

// next returns a line without its line feed, valid until the next call. The
// error is io.EOF if there is no whole line, errLineTooLong once for a line
// that is skipped, or what reading ran into.
func (l *lineReader) next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.buf[l.searched:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.searched+i]
			l.start = l.searched + i + 1
			l.searched = l.start
			if l.skipping {
				l.skipping = false
				continue
			}
			if len(line) > MaxLine {
				return nil, errLineTooLong
			}
			return line, nil
		}
		l.searched = l.end
		if l.skipping {
			l.forget()
		} else if l.end-l.start > MaxLine {
			l.skipping = true
			return nil, errLineTooLong
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// rest returns what follows the last line feed, so far.
func (l *lineReader) rest() []byte { return l.buf[l.start:l.end] }

// forget drops what follows the last line feed.
func (l *lineReader) forget() { l.start, l.end, l.searched = 0, 0, 0 }

func (l *lineReader) fill() error {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.end -= l.start
		l.searched -= l.start
		l.start = 0
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.EOF
	}
	return err
}
