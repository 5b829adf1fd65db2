package audit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func openLog(t testing.TB, dir string, opt Options) *Log {
	t.Helper()
	opt.unsealed = opt.SealRecords == 0 // what lies below the seals is tested without them
	l, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func decision(action, command string) *Record {
	return &Record{
		Event: EventDecision, Session: "s1", Agent: "claude", Layer: "shell", PID: 4711, UID: 1000,
		Cwd: "/home/u/p", Tool: "exec", Command: command, Action: action, Policy: "standard", Rule: "standard.yaml:31",
		Effects:  []Effect{{Kind: "exec", Certainty: "exact", Program: "git", Argv: []string{"git", "status"}}},
		Duration: 17 * time.Microsecond,
	}
}

func appendAll(t testing.TB, l *Log, records ...*Record) {
	t.Helper()
	for _, r := range records {
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

func lines(t testing.TB, dir string) []string {
	t.Helper()
	nums, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range nums {
		b, err := os.ReadFile(filepath.Join(dir, segmentName(n)))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			all = append(all, line)
		}
	}
	return all
}

// events returns the events in a trail, with the messages of those that are
// not decisions.
func events(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	for _, line := range lines(t, dir) {
		r, err := ParseRecord([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if r.Event != EventDecision {
			all = append(all, r.Event+": "+r.Message)
		} else {
			all = append(all, r.Command)
		}
	}
	return strings.Join(all, "\n")
}

func TestAppend(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "audit")
	l := openLog(t, dir, Options{})
	r := decision("allow", "git status")
	appendAll(t, l, r, decision("deny", "rm -rf /"))
	if r.Seq != 1 || r.Prev != strings.Repeat("0", 64) || len(r.Hash) != 64 || r.Time.IsZero() {
		t.Errorf("Append left %+v", r)
	}
	got := lines(t, dir)
	if len(got) != 2 {
		t.Fatalf("%d lines", len(got))
	}
	for _, line := range got {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	back, err := ParseRecord([]byte(got[0]))
	if err != nil {
		t.Fatal(err)
	}
	if back.Command != "git status" || back.Duration != 17*time.Microsecond || !back.Time.Equal(r.Time) || back.Effects[0].Argv[1] != "status" {
		t.Errorf("read back %+v", back)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, segmentName(1)): 0o600} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, fi.Mode(), err)
		}
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		l := openLog(t, dir, Options{SegmentSize: 1000})
		r := decision("allow", "x")
		appendAll(t, l, r)
		if i == 0 && r.Seq != 1 {
			t.Errorf("first record has number %d", r.Seq)
		}
		l.Close()
		if err := l.Append(r); err == nil {
			t.Error("append after close")
		}
	}
	if n := len(lines(t, dir)); n < 5 {
		t.Errorf("%d lines", n)
	}
}

func TestManyGoroutines(t *testing.T) {
	dir := t.TempDir()
	logs := []*Log{openLog(t, dir, Options{SegmentSize: 20000}), openLog(t, dir, Options{SegmentSize: 20000})}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				if err := logs[i%2].Append(decision("allow", "x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var prev string
	for i, line := range lines(t, dir) {
		r, err := ParseRecord([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if r.Seq != uint64(i+1) || prev != "" && r.Prev != prev {
			t.Fatalf("line %d: %s", i, line)
		}
		prev = r.Hash
	}
}
