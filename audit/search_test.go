package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// searched returns the numbers of the records that a filter finds.
func searched(t *testing.T, dir string, f Filter) (string, Searched) {
	t.Helper()
	var found []string
	s, err := Search(t.Context(), dir, f, func(m Match) error {
		if r, err := ParseRecord(m.JSON()); err != nil || r.Seq != m.Seq {
			t.Errorf("%v: %s is the line of record %d", err, m.JSON(), m.Seq)
		}
		found = append(found, fmt.Sprint(m.Seq))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Matched != len(found) {
		t.Errorf("%d matched, %d shown", s.Matched, len(found))
	}
	return strings.Join(found, " "), s
}

func TestSearch(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{SegmentSize: 1200})
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	exec := func(name, path string) Effect {
		return Effect{Kind: "exec", Certainty: "exact", Program: name, Path: path}
	}
	for i, r := range []*Record{
		{Event: EventSessionStart, Session: "s1", Agent: "claude", Argv: []string{"claude", "--resume"}},
		{Event: EventDecision, Session: "s1", Agent: "claude", Layer: "shell", Tool: "exec", Command: "cd ~ && Cat .ssh/id_rsa", Action: "deny", Outcome: "refused",
			Policy: "secrets", Rule: "standard.yaml:68", Effects: []Effect{exec("cat", ""), {Kind: "read", Certainty: "exact", Path: "/home/u/.ssh/id_rsa"}}},
		{Event: EventDecision, Session: "s1", Agent: "claude", Layer: "preload", Tool: "exec", Argv: []string{"/opt/bin/git", "push"}, Path: "/opt/bin/git",
			Action: "allow", Outcome: "run", Effects: []Effect{exec("git", "/opt/bin/git")}, Unpredicted: true},
		{Event: EventDecision, Session: "s2", Agent: "codex", Layer: "hook", Tool: "mcp__files__read", Path: "/etc/passwd", Action: "ask", Outcome: "refused",
			Policy: "system", Rule: "/etc/rampart/a.yaml:3", Details: map[string]string{"answer": "nobody [there]"}},
		{Event: EventDecision, Session: "s2", Agent: "codex", Layer: "shell", Tool: "exec", Command: "echo \x1b[2J \"ÄÖ\" \\ x", Action: "allow", Outcome: "run",
			Files: []File{{Path: "/home/u/p/run.sh", SHA256: strings.Repeat("ab", 32)}}, Effects: []Effect{{Kind: "fetch", Certainty: "exact", Host: "example.com"}}, Unresolved: true},
	} {
		r.Time = at(i)
		appendAll(t, l, r)
	}
	l.Close()
	seq := map[string]string{} // number in the table to number in the trail
	n := 0
	for _, line := range lines(t, dir) {
		if r, _ := ParseRecord([]byte(line)); r.Event != EventRotate {
			n++
			seq[fmt.Sprint(n)] = fmt.Sprint(r.Seq)
		}
	}
	if nums, _ := segments(dir); len(nums) < 2 || n != 5 {
		t.Fatalf("%d segments, %d records", len(nums), n)
	}
	for _, tt := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "1 2 3 4 5"},
		{Filter{Text: []string{"id_rsa"}}, "2"},
		{Filter{Text: []string{"cat"}}, "2"}, // of the effect
		{Filter{Text: []string{"Cat .ssh"}}, "2"},
		{Filter{Text: []string{"CAT .SSH"}}, ""},
		{Filter{Text: []string{"CAT .SSH"}, IgnoreCase: true}, "2"},
		{Filter{Text: []string{"Äö"}, IgnoreCase: true}, ""},
		{Filter{Text: []string{`"ÄÖ" \ `}}, "5"},
		{Filter{Text: []string{"\x1b"}}, "5"},
		{Filter{Text: []string{"nobody [there]"}}, "4"},
		{Filter{Text: []string{"push", "git"}}, "3"},
		{Filter{Text: []string{"push", "rsa"}}, ""},
		{Filter{Text: []string{"example.com"}}, "5"},
		{Filter{Text: []string{"--resume"}}, "1"},
		{Filter{Text: []string{"run.sh"}}, "5"},
		{Filter{Text: []string{strings.Repeat("ab", 32)}}, "5"},
		{Filter{Action: []string{"deny"}}, "2"},
		{Filter{Action: []string{"deny", "ask"}}, "2 4"},
		{Filter{Action: []string{"den"}}, ""},
		{Filter{Outcome: []string{"refused"}}, "2 4"},
		{Filter{Tool: []string{"mcp__*"}}, "4"},
		{Filter{Agent: []string{"claude"}, Layer: []string{"shell"}}, "2"},
		{Filter{Session: []string{"s2"}}, "4 5"},
		{Filter{Event: []string{EventSessionStart}}, "1"},
		{Filter{Rule: []string{"standard.yaml:68"}}, "2"},
		{Filter{Rule: []string{"standard.yaml"}}, "2"},
		{Filter{Rule: []string{"secrets"}}, "2"},
		{Filter{Rule: []string{"/etc/rampart/*:3"}}, "4"},
		{Filter{Rule: []string{"standard.yaml:6"}}, ""},
		{Filter{Path: []string{"/home/u/.ssh/id_rsa"}}, "2"},
		{Filter{Path: []string{"/home/**"}}, "2 5"},
		{Filter{Path: []string{"/home/*"}}, ""},
		{Filter{Path: []string{".ssh/*"}}, "2"},
		{Filter{Path: []string{"passwd", "run.sh"}}, "4 5"},
		{Filter{Program: []string{"git"}}, "3"},
		{Filter{Program: []string{"/opt/bin/git"}}, "3"},
		{Filter{Program: []string{"/opt/**"}}, "3"},
		{Filter{Program: []string{"c*"}}, "2"},
		{Filter{Program: []string{"/bin/git"}}, ""},
		{Filter{Since: at(3)}, "4 5"},
		{Filter{Until: at(3)}, "1 2 3"},
		{Filter{Since: at(1), Until: at(4), Action: []string{"allow"}}, "3"},
		{Filter{Unpredicted: true}, "3"},
		{Filter{Unresolved: true}, "5"},
	} {
		var want []string
		for _, n := range strings.Fields(tt.want) {
			want = append(want, seq[n])
		}
		if got, _ := searched(t, dir, tt.f); got != strings.Join(want, " ") {
			t.Errorf("%+v finds %s, want %s", tt.f, got, want)
		}
	}
	if got, _ := searched(t, dir, Filter{Event: []string{EventRotate}}); got == "" {
		t.Error("rotations are not found by name")
	}
	if _, s := searched(t, dir, Filter{Trail: true}); s.Matched != len(lines(t, dir)) || s.Records != s.Matched {
		t.Errorf("%+v of %d lines", s, len(lines(t, dir)))
	}
}

func TestSearchRefuses(t *testing.T) {
	dir := trail(t, 3)
	none := func(Match) error { return nil }
	for want, f := range map[string]Filter{
		`"**/[a" is no pattern`: {Path: []string{"[a"}}, `"{a" is no pattern`: {Tool: []string{"{a"}}, "nothing lies between": {Since: time.Unix(2, 0), Until: time.Unix(1, 0)},
	} {
		if _, err := Search(t.Context(), dir, f, none); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if _, err := Search(t.Context(), t.TempDir(), Filter{}, none); !errors.Is(err, ErrNoTrail) {
		t.Errorf("without a trail: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Search(ctx, dir, Filter{}, none); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// An error of the caller ends a search, in whatever block.
func TestSearchStops(t *testing.T) {
	dir := bigTrail(t, 20_000)
	before := runtime.NumGoroutine()
	for _, at := range []int{1, 2, 5000, 19_999} {
		n := 0
		s, err := Search(t.Context(), dir, Filter{}, func(m Match) error {
			if n++; m.Seq != uint64(n) {
				t.Fatalf("record %d comes as number %d", m.Seq, n)
			}
			if n == at {
				return ErrStop
			}
			return nil
		})
		if err != nil || n != at || s.Matched != at {
			t.Errorf("stopped at %d: %d, %+v, %v", at, n, s, err)
		}
		own := errors.New("own")
		if _, err := Search(t.Context(), dir, Filter{}, func(Match) error { return own }); err != own {
			t.Errorf("%v", err)
		}
	}
	eventually(t, "all goroutines end", func() bool { return runtime.NumGoroutine() <= before })
}

// Lines that are damaged by hand are read if they are still records, and
// counted if they are not.
func TestSearchDamaged(t *testing.T) {
	dir := trail(t, 20)
	path := filepath.Join(dir, segmentName(1))
	b := must(os.ReadFile(path))
	all := strings.SplitAfter(string(b), "\n")
	all[0] = strings.Replace(all[0], `"command":`, ` "command" : `, 1)
	all[1] = strings.Replace(all[1], `"echo 1"`, `"\u0065cho 1"`, 1)
	junk := []string{"", "{}", `{"v":1}`[:6], "null", "\x00\x00", "{\"v\":1,", strings.Repeat("x", MaxLine+1), "\xff"}
	os.WriteFile(path, []byte(strings.Join(all, "")+strings.Join(junk, "\n")+"\ntorn"), 0o600)
	last := must(segments(dir))
	f := must(os.OpenFile(filepath.Join(dir, segmentName(last[len(last)-1])), os.O_WRONLY|os.O_APPEND, 0))
	f.WriteString(`{"v":1,"seq":99`)
	f.Close()
	got, s := searched(t, dir, Filter{Text: []string{"echo"}})
	if n := len(strings.Fields(got)); n != 20 || s.Unreadable != len(junk)+1 {
		t.Errorf("%d found, %+v", n, s)
	}
	if s2, err := Scan(dir, time.Time{}, func(*Record) error { return nil }); err != nil || s2.Records != s.Records {
		t.Errorf("Scan reads %+v, Search %+v, %v", s2, s, err)
	}
}

// Files that come and go while they are read change nothing about the rest.
func TestSearchWhilePruning(t *testing.T) {
	dir, _ := sealedTrail(t, 60)
	nums := must(segments(dir))
	seen := 0
	s, err := Search(t.Context(), dir, Filter{Trail: true}, func(m Match) error {
		if seen++; seen == 1 {
			if p, err := Prune(dir, Retention{Size: 1}); err != nil || p.Segments != len(nums)-1 {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		return nil
	})
	if err != nil || s.Matched == 0 || s.Unreadable > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	// Whatever takes the directory's name meanwhile is not read.
	big := bigTrail(t, 120_000)
	seen = 0
	if s, err := Search(t.Context(), big, Filter{}, func(m Match) error {
		if seen++; seen == 1 {
			os.Rename(big, big+".old")
			os.Rename(dir, big)
		}
		return nil
	}); err != nil || s.Matched != 120_000 {
		t.Errorf("%+v, %v", s, err)
	}
	seen = 0
	if _, err := Search(t.Context(), big+".old", Filter{}, func(m Match) error {
		if seen++; seen == 1 {
			os.RemoveAll(big + ".old")
		}
		return nil
	}); err == nil || !strings.Contains(err.Error(), "was removed while") {
		t.Errorf("%v", err)
	}
	os.RemoveAll(big)
	// A folder in a file's place.
	os.Mkdir(dir, 0o700)
	os.Mkdir(filepath.Join(dir, segmentName(1)), 0o700)
	if _, err := Search(t.Context(), dir, Filter{}, func(Match) error { return nil }); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("%v", err)
	}
}

// The memory of a search does not depend on the trail's length: what is in use
// is some blocks of it, of a trail of 60 MB that would be 200 MB in memory.
func TestSearchMemory(t *testing.T) {
	dir := bigTrail(t, 100_000)
	most, seen := uint64(0), 0
	if _, err := Search(t.Context(), dir, Filter{}, func(Match) error {
		if seen++; seen%5000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes in use at most", most)
	if most > 32<<20 {
		t.Errorf("%d bytes are in use", most)
	}
}

func FuzzSearch(f *testing.F) {
	good := string(line(decision("allow", "git status")))
	f.Add([]byte(good+"\n"+good+"\n"), "git", "**/x*")
	f.Add([]byte("{}\n\x00\n"+good), "", "[")
	search := func(b []byte, f Filter) (block, error) {
		m, err := f.compile()
		if err != nil {
			return block{}, err
		}
		var found block
		found.fill(newLineReader(bytes.NewReader(b)))
		found.search(m)
		return found, nil
	}
	f.Fuzz(func(t *testing.T, b []byte, text, glob string) {
		all, _ := search(b, Filter{Trail: true})
		if all.read+all.unreadable != bytes.Count(b, []byte("\n")) || all.found != all.read {
			t.Fatalf("%+v", all)
		}
		for i := range all.found {
			for _, c := range all.records[i].AppendText(nil, false) {
				if c < ' ' {
					t.Fatalf("%q", all.records[i].AppendText(nil, false))
				}
			}
		}
		for _, fold := range []bool{false, true} {
			f := Filter{Trail: true, Text: []string{text}, IgnoreCase: fold, Path: []string{glob}, Program: []string{glob}}
			some, err := search(b, f)
			if err != nil {
				continue
			}
			m, _ := f.compile()
			want := 0 // without the needles
			for i := range all.found {
				if m.match(&all.records[i]) {
					want++
				}
			}
			if some.read != all.read || some.unreadable != all.unreadable || some.found != want {
				t.Fatalf("%+v\n%+v\n%d are meant", some, all, want)
			}
		}
	})
}
