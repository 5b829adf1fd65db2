package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// Searched counts what a [Search] came upon.
type Searched struct {
	Records    int `json:"records"`    // that could be read
	Matched    int `json:"matched"`    // of them, handed over
	Unreadable int `json:"unreadable"` // lines that are no records, or too long
}

// Match is a record that was searched for, valid until the function returns
// that it is given to.
type Match struct {
	*Record        // its slices are used again; its strings may be kept
	line    string // as it is in the trail
}

// JSON is the line of the trail, harmless to a terminal.
func (m Match) JSON() []byte { return Harmless([]byte(m.line)) }

// ErrStop, returned by the function that [Search] calls, ends it without error
// after this record.
var ErrStop = errors.New("stop")

// Search calls f for every record of the trail in dir that fits, in the order
// of the trail. It needs no more memory for a longer trail, and reads on two or
// more processors. A line that is no record is counted and passed over, a file
// that is removed meanwhile is left out. It does not check the chain: see
// [Verify].
func Search(ctx context.Context, dir string, filter Filter, f func(Match) error) (Searched, error) {
	var s Searched
	m, err := filter.compile()
	if err != nil {
		return s, err
	}
	root, err := os.OpenRoot(dir) // stays the same directory, whatever takes its name
	if errors.Is(err, fs.ErrNotExist) {
		return s, noTrail(dir)
	}
	if err != nil {
		return s, err
	}
	defer root.Close()
	p := producer{root: root}
	nums, err := p.segments()
	if err == nil && len(nums) == 0 {
		err = noTrail(dir)
	}
	if err != nil {
		return s, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	workers := max(2, min(runtime.GOMAXPROCS(0), 8))
	free := make(chan *block, workers+1)
	for range cap(free) {
		free <- &block{done: make(chan struct{}, 1)}
	}
	// Each block goes to a worker, and in the order of the trail to the loop
	// below. Neither channel can fill up, since there are only so many blocks.
	work, order := make(chan *block, cap(free)), make(chan *block, cap(free))
	for range workers {
		go func() {
			for b := range work {
				b.search(m)
				b.done <- struct{}{}
			}
		}()
	}
	p.ctx, p.free, p.work, p.order = ctx, free, work, order
	go p.run(nums, m)
	for b := range order {
		<-b.done
		s.Records += b.read
		s.Unreadable += b.unreadable
		for i := range b.found {
			if err = f(Match{&b.records[i], b.lines[i]}); err != nil {
				cancel()
				for range order { // the producer is done when this is
				}
				if err == ErrStop {
					s.Matched, err = s.Matched+1, nil
				}
				return s, err
			}
			s.Matched++
		}
		free <- b
	}
	if p.err == nil {
		p.err = ctx.Err()
	}
	return s, p.err
}

// producer cuts a trail into blocks.
type producer struct {
	ctx         context.Context
	root        *os.Root
	free        <-chan *block
	work, order chan<- *block
	err         error // set before order is closed
}

func (p *producer) run(nums []int, m *matcher) {
	defer close(p.order)
	defer close(p.work)
	for i, num := range nums {
		if !m.Since.IsZero() && i+1 < len(nums) && p.beginsBefore(nums[i+1], m.Since) {
			continue // all of it is older
		}
		if p.err = p.segment(num, i == len(nums)-1); p.err != nil {
			return
		}
	}
}

func (p *producer) segments() ([]int, error) {
	entries, err := fs.ReadDir(p.root.FS(), ".")
	return segmentsAmong(entries), err
}

func (p *producer) open(num int) (*os.File, error) {
	if fi, err := p.root.Lstat(segmentName(num)); err == nil && !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", segmentName(num)) // a Root follows links within
	}
	f, _, err := regular(p.root.OpenFile(segmentName(num), os.O_RDONLY|openNoFollow, 0))
	return f, err
}

func (p *producer) beginsBefore(num int, t time.Time) bool {
	file, err := p.open(num)
	if err != nil {
		return false
	}
	defer file.Close()
	return beganBefore(file, t)
}

// removed says whether that a segment is gone is in order: retention removes the
// first ones, and never the last.
func (p *producer) removed(num int) error {
	left, err := p.segments()
	if errors.Is(err, fs.ErrNotExist) || err == nil && (len(left) == 0 || left[0] < num) {
		err = fmt.Errorf("%s was removed while the trail was read", segmentName(num))
	}
	return err
}

// blockSize is about how much is searched at a time.
const blockSize = 512 << 10

func (p *producer) segment(num int, last bool) error {
	file, err := p.open(num)
	if errors.Is(err, fs.ErrNotExist) {
		return p.removed(num)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	for lines := newLineReader(file); ; {
		var b *block
		select {
		case b = <-p.free:
		case <-p.ctx.Done():
			return p.ctx.Err()
		}
		err := b.fill(lines)
		if err == io.EOF && !last && len(lines.rest()) > 0 {
			b.unreadable++ // at the end of the trail it is a record that is being written
		}
		p.order <- b
		p.work <- b
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// block is a number of lines, and what was found in them.
type block struct {
	text []byte
	ends []int
	done chan struct{} // a message: it was searched

	read, unreadable int
	found            int      // how many of the next are used
	records          []Record // with their slices, to be used again
	lines            []string
}

// fill reads lines until there are enough.
func (b *block) fill(lines *lineReader) error {
	for i := range b.records[:min(b.found+1, len(b.records))] {
		b.records[i].forget()
	}
	clear(b.lines)
	if cap(b.text) > 2*blockSize {
		b.text = nil
	}
	b.text, b.ends, b.read, b.unreadable, b.found = b.text[:0], b.ends[:0], 0, 0, 0
	for len(b.text) < blockSize {
		line, err := lines.next()
		switch {
		case err == errLineTooLong:
			b.unreadable++
		case err != nil:
			return err
		default:
			b.text = append(b.text, line...)
			b.ends = append(b.ends, len(b.text))
		}
	}
	return nil
}

func (b *block) search(m *matcher) {
	start := 0
	for _, end := range b.ends {
		text := b.text[start:end]
		start = end
		if b.found == len(b.records) {
			b.records, b.lines = append(b.records, Record{}), append(b.lines, "")
		}
		line, ok, fits := m.read(text, &b.records[b.found])
		if !ok {
			b.unreadable++
			continue
		}
		b.read++
		if fits {
			b.lines[b.found] = line
			b.found++
		}
	}
}

// read says whether a line is a record, and whether that fits; r and line are set
// if it does.
func (m *matcher) read(text []byte, r *Record) (line string, ok, fits bool) {
	if !m.needles.in(text) && isRecord(text) {
		return "", true, false
	}
	line = string(text)
	if !decodeCanonical(line, r) {
		other, err := ParseRecord(text)
		if err != nil {
			return "", false, false
		}
		*r = *other
	}
	return line, true, m.match(r)
}

// isRecord says whether a line would be read as a record, for sure. Of others it
// has to be tried.
func isRecord(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte(lineStart))
	n := bytes.IndexByte(rest, ',')
	if !ok || n < 1 || rest[0] == '-' {
		return false
	}
	rest, ok = bytes.CutPrefix(rest[n:], []byte(`,"time":"`))
	if !ok || len(rest) < len(timeLayout) {
		return false
	}
	_, err := time.Parse(timeLayout, string(rest[:len(timeLayout)]))
	return err == nil && isCanonical(line) && !bytes.Contains(rest, []byte(`,"seal":{`))
}

// forget empties a record, also of what its slices still hold beyond their
// ends, so that it keeps no text in memory. Slices of an ordinary size stay.
func (r *Record) forget() {
	argv, effects := emptied(r.Argv), r.Effects[:cap(r.Effects)]
	if len(effects) > keptLength {
		effects = nil
	}
	for i := range effects {
		effects[i] = Effect{Argv: emptied(effects[i].Argv)}
	}
	*r = Record{Argv: argv, Effects: effects[:0]}
}

func emptied(list []string) []string {
	if cap(list) > keptLength {
		return nil
	}
	clear(list[:cap(list)])
	return list[:0]
}

// keptLength is the longest slice that is kept to be used again.
const keptLength = 32
