package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trail returns a directory with n records in segments of about three.
func trail(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	l := openLog(t, dir, Options{SegmentSize: 1500})
	for i := range n {
		appendAll(t, l, decision("allow", fmt.Sprintf("echo %d", i)))
	}
	l.Close()
	return dir
}

func verify(t testing.TB, dir string) *Report {
	t.Helper()
	r, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerifyIntact(t *testing.T) {
	dir := trail(t, 20)
	r := verify(t, dir)
	if !r.Intact || r.Found != 0 || r.Segments < 4 || r.Records < 20 || r.Unsealed != r.Records || r.HeadSeq != r.Records {
		t.Errorf("%s", r)
	}
	if !strings.Contains(r.String(), "intact; not sealed") {
		t.Errorf("%s", r)
	}
}

func TestVerifyNothing(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		if _, err := Verify(dir); !errors.Is(err, ErrNoTrail) {
			t.Errorf("%v", err)
		}
	}
}

// What is done to a trail, and the first thing that Verify must say of it.
func TestTamper(t *testing.T) {
	type files = map[string][]string // segment: lines with their line feeds
	first, second := segmentName(1), segmentName(2)
	for _, tt := range []struct {
		name  string
		spoil func(f files)
		want  string
	}{
		{"flip a byte of the text", func(f files) { f[first][1] = strings.Replace(f[first][1], "echo 1", "echo 9", 1) }, first + ":2: record 2 was changed"},
		{"flip a byte of the hash", func(f files) { f[first][1] = swapEnd(f[first][1]) }, first + ":2: record 2 was changed"},
		{"delete a record", func(f files) { f[first] = slices.Delete(f[first], 1, 2) }, first + ":2: record 3 follows 1"},
		{"delete the first record", func(f files) { f[first] = f[first][1:] }, first + ":1: record 2 follows 0"},
		{"delete the end of a segment", func(f files) { f[first] = f[first][:2] }, first + ":2: the segment has no end"},
		{"insert a line", func(f files) { f[first] = slices.Insert(f[first], 1, "{\"v\":1}\n") }, first + ":2: not a record"},
		{"insert an empty line", func(f files) { f[first] = slices.Insert(f[first], 1, "\n") }, first + ":2: not a record"},
		{"repeat a record", func(f files) { f[first] = slices.Insert(f[first], 1, f[first][0]) }, first + ":2: record 1 follows 1"},
		{"swap two records", func(f files) { f[first][0], f[first][1] = f[first][1], f[first][0] }, first + ":1: record 2 follows 0"},
		{"swap two segments", func(f files) { f[first], f[second] = f[second], f[first] }, first + ":1: record "},
		{"remove the first segment", func(f files) { delete(f, first) }, second + ":1: record "},
		{"remove a segment", func(f files) { delete(f, second) }, second + ": the segment is missing"},
		{"remove the last segment", func(f files) { delete(f, lastKey(f)) }, ": the segment is missing"},
		{"empty a segment", func(f files) { f[second] = nil }, second + ": the segment has no end"},
		{"truncate within a record", func(f files) { f[first][1] = f[first][1][:100] + "\n" }, first + ":2: not a record"},
		{"CRLF", func(f files) { f[first][1] = strings.Replace(f[first][1], "\n", "\r\n", 1) }, first + ":2: not a record"},
		{"a blank added", func(f files) { f[first][1] = " " + f[first][1] }, first + ":2: not a record"},
		{"a NUL added", func(f files) { f[first][1] = strings.Replace(f[first][1], "echo", "ec\x00o", 1) }, first + ":2: record 2 was changed"},
		{"a record rewritten with its hash", func(f files) { f[first][1] = rewrite(f[first][1], `echo 1`, `echo 9`) }, first + ":3: record 3 does not follow from 2"},
		{"an unknown field, and its hash", func(f files) { f[first][0] = rewrite(f[first][0], `"event"`, `"x":1,"event"`) }, first + ":1: record 1 is not in the form"},
		{"a field twice, and its hash", func(f files) {
			f[first][0] = rewrite(f[first][0], `"event"`, `"event":"decision","event"`)
		}, first + ":1: record 1 is not in the form"},
		{"a raw escape, and its hash", func(f files) { f[first][0] = rewrite(f[first][0], `echo`, "\x1b[2J") }, first + ":1: record 1 is not in the form"},
		{"garbage at the end", func(f files) { f[lastKey(f)] = append(f[lastKey(f)], "garbage") }, ": 7 bytes that are neither"},
		{"garbage line at the end", func(f files) { f[lastKey(f)] = append(f[lastKey(f)], "garbage\n") }, ": not a record"},
		{"a record after the end of a segment", func(f files) { f[first] = append(f[first], f[first][0]) }, first + ":"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := trail(t, 12)
			f := files{}
			for _, num := range must(segments(dir)) {
				b, _ := os.ReadFile(filepath.Join(dir, segmentName(num)))
				f[segmentName(num)] = slices.Collect(strings.Lines(string(b)))
				os.Remove(filepath.Join(dir, segmentName(num)))
			}
			tt.spoil(f)
			for name, lines := range f {
				os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "")), 0o600)
			}
			r := verify(t, dir)
			if r.Intact || r.Found == 0 || !strings.Contains(r.Problems[0].String(), tt.want) {
				t.Errorf("%s", r)
			}
			// Nobody is locked out, and nothing is covered up.
			l := openLog(t, dir, Options{SegmentSize: 1500})
			appendAll(t, l, decision("deny", "later"))
			l.Close()
			if r := verify(t, dir); r.Intact {
				t.Errorf("no longer found:\n%s", r)
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func lastKey(f map[string][]string) string {
	last := ""
	for k := range f {
		last = max(last, k)
	}
	return last
}

func swapEnd(line string) string {
	i := len(line) - len(lineEnd) - 3
	c := "0"
	if line[i] == '0' {
		c = "1"
	}
	return line[:i] + c + line[i+1:]
}

// rewrite changes a record and gives it the hash that it would have.
func rewrite(line, old, new string) string {
	c, ok := readChained([]byte(line[:len(line)-1]))
	if !ok {
		panic("not a record")
	}
	body := line[strings.Index(line, `"time"`) : len(line)-1-trailerLen]
	b, _ := appendLine(nil, []byte(strings.Replace(body, old, new, 1)), link{c.seq - 1, c.prev})
	return string(b)
}

// Verifying while others write raises no false alarm, whatever it meets.
func TestVerifyWhileWriting(t *testing.T) {
	dir := t.TempDir()
	openLog(t, dir, Options{})
	p := startWriter(t, dir, 2000)
	done := make(chan struct{})
	go func() { defer close(done); p.end() }()
	var last uint64
	for n := 0; ; n++ {
		r := verify(t, dir)
		if !r.Intact || r.Torn != 0 || r.Records < last {
			t.Fatalf("after %d records: %s", last, r)
		}
		last = r.Records
		select {
		case <-done:
			if n < 3 {
				t.Logf("verified only %d times", n)
			}
			return
		default:
		}
	}
}
