package audit

import (
	"bufio"
	"context"
	"io"
)

// Listing says how [List] shows what it finds.
type Listing struct {
	First int  // no more than so many, the first ones; 0: all
	Last  int  // no more than so many, the last ones; 0: all
	JSON  bool // the lines as they are in the trail
	Color bool // for a terminal
}

// List writes the records that fit, one line each.
func List(ctx context.Context, w io.Writer, dir string, filter Filter, how Listing) (Searched, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	last := ring{max: how.Last}
	shown := 0
	var b []byte
	s, err := Search(ctx, dir, filter, func(m Match) error {
		if b = b[:0]; how.JSON {
			b = append(b, m.JSON()...)
		} else {
			b = m.AppendText(b, how.Color)
		}
		b = append(b, '\n')
		if how.Last > 0 {
			last.add(b)
		} else if _, err := out.Write(b); err != nil {
			return err
		}
		if shown++; shown == how.First {
			return ErrStop
		}
		return nil
	})
	for _, line := range last.inOrder() {
		out.Write(line)
	}
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	return s, err
}

// ring keeps the last lines that were added.
type ring struct {
	max   int
	lines [][]byte
	next  int // the oldest, once there are max
}

func (r *ring) add(line []byte) {
	if len(r.lines) < r.max {
		r.lines = append(r.lines, append([]byte(nil), line...))
		return
	}
	r.lines[r.next] = append(r.lines[r.next][:0], line...)
	r.next = (r.next + 1) % r.max
}

func (r *ring) inOrder() [][]byte {
	return append(r.lines[r.next:len(r.lines):len(r.lines)], r.lines[:r.next]...)
}
