package ship

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rampart/audit"
)

// world is a trail with what was told about its destinations.
type world struct {
	t   *testing.T
	dir string
	log *audit.Log

	mu     sync.Mutex
	events []Event
}

func newWorld(t *testing.T, opt audit.Options) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "audit")}
	w.open(opt)
	if err := w.log.Seal(); err != nil { // so that it is not done in the middle
		t.Fatal(err)
	}
	return w
}

func (w *world) open(opt audit.Options) {
	var err error
	if w.log, err = audit.Open(w.dir, opt); err != nil {
		w.t.Fatal(err)
	}
	log := w.log
	w.t.Cleanup(func() { log.Close() })
}

func (w *world) add(commands ...string) {
	w.t.Helper()
	for _, c := range commands {
		if err := w.log.Append(&audit.Record{Event: audit.EventDecision, Session: "s1", Agent: "a", Layer: "shell", Tool: "exec", Action: "allow", Outcome: "run", Command: c}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) report(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

func (w *world) reported(kind EventKind) (out []Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

func (w *world) options() Options { return Options{Dir: w.dir, Report: w.report} }

// lines are those of the trail.
func (w *world) lines() (out []string) {
	f := audit.NewFollower(w.dir, audit.Position{})
	defer f.Close()
	for {
		line, err := f.Next()
		if err != nil {
			return out
		}
		out = append(out, string(line))
	}
}

// collector is a sink that fails when told to.
type collector struct {
	mu    sync.Mutex
	lines []string
	fail  func(items []Item) error
}

func (c *collector) Send(_ context.Context, items []Item) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		if err := c.fail(items); err != nil {
			return err
		}
	}
	for _, it := range items {
		c.lines = append(c.lines, string(it.Line))
	}
	return nil
}

func (c *collector) Close(context.Context) {}

func (c *collector) got() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.lines)
}

func (c *collector) setFail(f func([]Item) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = f
}

func has(c *collector, command string) bool {
	return slices.ContainsFunc(c.got(), func(l string) bool { return strings.Contains(l, `"command":"`+command+`"`) })
}

func sameLines(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%d lines arrived, want %d\n%s\n---\n%s", len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestShipper: every record arrives, in order, across segments, sessions and
// failures, and nothing of before the first session.
func TestShipper(t *testing.T) {
	small := audit.Options{SegmentSize: 2000}
	w := newWorld(t, small)
	w.add("before")
	before := len(w.lines())
	from, err := audit.End(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{}
	s := Destination{"d", c}.Start(from, w.options())
	for i := range 30 {
		w.add(fmt.Sprint("one ", i))
	}
	if left := s.Close(time.Minute); left.Records != 0 {
		t.Errorf("left %+v", left)
	}
	sameLines(t, c.got(), w.lines()[before:])

	// Another session, whose destination is down for its whole life, and a third.
	w.add("between")
	c.setFail(func([]Item) error { return errors.New("down, token=ghp_0123456789abcdefghijABCDEFGHIJ012345") })
	end, _ := audit.End(w.dir)
	s = Destination{"d", c}.Start(end, w.options())
	w.add("two")
	until(t, "the outage to be told", func() bool { return len(w.reported(Down)) == 1 })
	left := s.Close(time.Minute)
	if left.Records < 2 || !strings.Contains(left.Reason, "down") || strings.Contains(left.Reason, "ghp_01") {
		t.Errorf("left %+v", left)
	}
	c.setFail(nil)
	s = Destination{"d", c}.Start(end, w.options())
	w.add("three")
	s.Close(time.Minute)
	sameLines(t, c.got(), w.lines()[before:])

	// One that fails in between.
	n := 0
	c.setFail(func([]Item) error {
		if n++; n%2 == 1 || n < 6 {
			return errors.New("flaky")
		}
		return nil
	})
	s = Destination{"d", c}.Start(end, w.options())
	for i := range 5 {
		w.add(fmt.Sprint("four ", i))
		time.Sleep(pollEvery / 2)
	}
	want := w.lines()[before:]
	until(t, "the rest", func() bool { return len(c.got()) >= len(want) })
	s.Close(time.Minute)
	sameLines(t, c.got(), w.lines()[before:])
	if up := w.reported(Up); len(up) != 1 {
		t.Errorf("up %+v", up)
	}
	if dropped := w.reported(Dropped); len(dropped) != 0 {
		t.Errorf("dropped %+v", dropped)
	}
}

// TestBacklog: a destination that is too far behind loses the oldest records, and
// the trail is told which.
func TestBacklog(t *testing.T) {
	w := newWorld(t, audit.Options{SegmentSize: 4000})
	c := &collector{fail: func([]Item) error { return errors.New("down") }}
	opt := w.options()
	opt.Backlog = 10_000
	s := Destination{"d", c}.Start(audit.Position{}, opt)
	for i := range 100 {
		w.add(fmt.Sprint("a ", i))
	}
	until(t, "records to be dropped", func() bool { return len(w.reported(Dropped)) > 0 })
	c.setFail(nil)
	until(t, "the end", func() bool {
		return has(c, "a 99")
	})
	s.Close(time.Minute)
	lines := w.lines()
	var lost uint64
	next := uint64(1)
	for _, e := range w.reported(Dropped) {
		if e.First != next || e.Last-e.First+1 != e.Records {
			t.Errorf("%+v, want from %d", e, next)
		}
		lost, next = lost+e.Records, e.Last+1
	}
	sameLines(t, c.got(), lines[lost:])
}

// TestRemoved: what retention removed before it was sent is counted.
func TestRemoved(t *testing.T) {
	w := newWorld(t, audit.Options{SegmentSize: 2000})
	c := &collector{fail: func([]Item) error { return errors.New("down") }}
	s := Destination{"d", c}.Start(audit.Position{}, w.options())
	for i := range 40 {
		w.add(fmt.Sprint("a ", i))
	}
	until(t, "a try", func() bool { return len(w.reported(Down)) > 0 })
	s.Close(time.Minute)
	if err := w.log.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := audit.Prune(w.dir, audit.Retention{Size: 6000})
	if err != nil || p.Through == 0 {
		t.Fatal(p, err)
	}
	c.setFail(nil)
	s = Destination{"d", c}.Start(audit.Position{}, w.options())
	if left := s.Close(time.Minute); left.Records > 0 {
		t.Error(left)
	}
	sameLines(t, c.got(), w.lines())
	if d := w.reported(Dropped); len(d) != 1 || d[0].First != 1 || d[0].Last != p.Through || d[0].Records != p.Through {
		t.Errorf("%+v, pruned %+v", d, p)
	}
}

// TestRejected: what a destination will never take keeps nothing else back.
func TestRejected(t *testing.T) {
	w := newWorld(t, audit.Options{})
	c := &collector{fail: func(items []Item) error {
		for _, it := range items {
			if it.Record.Command == "bad" {
				return &Rejection{"not this one"}
			}
		}
		return nil
	}}
	n := uint64(len(w.lines()))
	w.add("a", "b", "bad", "c", "d", "e", "bad", "f")
	s := Destination{"d", c}.Start(audit.Position{}, w.options())
	s.Close(time.Minute)
	want := slices.DeleteFunc(w.lines(), func(l string) bool { return strings.Contains(l, `"bad"`) })
	sameLines(t, c.got(), want)
	if d := w.reported(Dropped); len(d) != 2 || d[0].First != n+3 || d[1].Last != n+7 || d[0].Records != 1 || !strings.Contains(d[0].Reason, "not this one") {
		t.Errorf("%+v", d)
	}
}

// TestOneSender: two sessions do not send the same to one destination.
func TestOneSender(t *testing.T) {
	w := newWorld(t, audit.Options{})
	first, second := &collector{}, &collector{}
	a := Destination{"d", first}.Start(audit.Position{}, w.options())
	w.add("one")
	until(t, "the first", func() bool { return len(first.got()) > 0 })
	b := Destination{"d", second}.Start(audit.Position{}, w.options())
	w.add("two")
	until(t, "the second", func() bool { return has(first, "two") })
	a.Close(time.Minute)
	w.add("three")
	until(t, "the third", func() bool { return has(second, "three") })
	b.Close(time.Minute)
	sameLines(t, append(first.got(), second.got()...), w.lines())
}

// TestCursor: what is no cursor of this destination, or of another trail, makes
// sending start again, and never keeps it from starting.
func TestCursor(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"empty":          func(string) string { return "" },
		"garbage":        func(string) string { return "{{{" },
		"other":          func(s string) string { return strings.Replace(s, `"destination":"d"`, `"destination":"e"`, 1) },
		"version":        func(s string) string { return strings.Replace(s, `"version":1`, `"version":2`, 1) },
		"negative":       func(s string) string { return strings.Replace(s, `"offset":`, `"offset":-`, 1) },
		"behind the end": func(s string) string { return strings.Replace(s, `"offset":`, `"offset":9`, 1) },
		"other hash":     func(s string) string { return strings.Replace(s, `"hash":"`, `"hash":"0`, 1)[:len(s)] + "}" },
		"no segment":     func(s string) string { return strings.Replace(s, `"segment":1`, `"segment":0`, 1) },
		"huge":           func(string) string { return strings.Repeat(" ", 1<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, audit.Options{})
			w.add("one", "two")
			c := &collector{}
			Destination{"d", c}.Start(audit.Position{}, w.options()).Close(time.Minute)
			cur := newCursor(w.dir, "d")
			sent := w.lines()
			data, err := os.ReadFile(cur.path(".json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(cur.path(".json"), []byte(change(string(data))), 0o600); err != nil {
				t.Fatal(err)
			}
			w.add("three")
			Destination{"d", c}.Start(audit.Position{}, w.options()).Close(time.Minute)
			sameLines(t, c.got(), append(sent, w.lines()...))
		})
	}
}

// TestHangs: what never comes back does not keep a session from ending.
func TestHangs(t *testing.T) {
	w := newWorld(t, audit.Options{})
	stop := make(chan struct{})
	c := &collector{fail: func([]Item) error { <-stop; return nil }}
	s := Destination{"d", c}.Start(audit.Position{}, w.options())
	w.add("one")
	time.Sleep(2 * pollEvery)
	if left := s.Close(10 * time.Millisecond); left.Records == 0 || left.Reason == "" {
		t.Errorf("left %+v", left)
	}
	close(stop)
	<-s.(*Shipper).finished
}

// TestCursorPlanted: nothing that is put in a cursor's place is waited for.
func TestCursorPlanted(t *testing.T) {
	for _, plant := range []func(string) error{
		func(path string) error { return exec.Command("mkfifo", path).Run() },
		func(path string) error { return os.Symlink("/dev/zero", path) },
		func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		for _, ext := range []string{".json", ".lock", ".new"} {
			w := newWorld(t, audit.Options{})
			cur := newCursor(w.dir, "d")
			if err := errors.Join(os.Mkdir(cur.dir, 0o700), plant(cur.path(ext))); err != nil {
				t.Fatal(err)
			}
			s := Destination{"d", &collector{}}.Start(audit.Position{}, w.options())
			w.add("one")
			if left := s.Close(10 * time.Second); left.Reason == "it hangs" {
				t.Errorf("%s: left %+v", ext, left)
			}
		}
	}
}

// TestCursorDirPlanted: cursors are kept only where nobody else can change them;
// what can't be sent is said, and nothing is written elsewhere.
func TestCursorDirPlanted(t *testing.T) {
	elsewhere := t.TempDir()
	for want, plant := range map[string]func(string) error{
		"not a directory":  func(path string) error { return os.Symlink(elsewhere, path) },
		"others may write": func(path string) error { return errors.Join(os.Mkdir(path, 0o777), os.Chmod(path, 0o777)) },
	} {
		w := newWorld(t, audit.Options{})
		if err := plant(newCursor(w.dir, "d").dir); err != nil {
			t.Fatal(err)
		}
		c := &collector{}
		s := Destination{"d", c}.Start(audit.Position{}, w.options())
		w.add("one")
		if left := s.Close(10 * time.Second); !strings.Contains(left.Reason, want) {
			t.Errorf("%s: left %+v", want, left)
		}
	}
	if files, _ := os.ReadDir(elsewhere); len(files) > 0 {
		t.Errorf("written elsewhere: %v", files)
	}
}

// TestCursorDisk: a cursor that can't be written is told once, and stops nothing.
func TestCursorDisk(t *testing.T) {
	w := newWorld(t, audit.Options{})
	c := &collector{}
	cur := newCursor(w.dir, "d")
	if err := os.MkdirAll(cur.path(".new"), 0o700); err != nil { // where the file should be
		t.Fatal(err)
	}
	s := Destination{"d", c}.Start(audit.Position{}, w.options())
	w.add("one")
	until(t, "the first", func() bool { return has(c, "one") })
	w.add("two")
	s.Close(time.Minute)
	sameLines(t, c.got(), w.lines())
	if d := w.reported(Down); len(d) != 1 || !strings.Contains(d[0].Reason, "can't be remembered") {
		t.Errorf("%+v", d)
	}
}
