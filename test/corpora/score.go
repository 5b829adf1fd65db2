// Package corpora scores `rampart eval` over labelled commands.
//
// A corpus is a directory named by RAMPART_CORPORA that holds public.jsonl and
// syntax.jsonl; without it the tests skip. Labels are other people's and some
// are wrong: a score is a measure of progress, not a truth.
package corpora

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Item is a labelled command.
type Item struct {
	ID       string `json:"id"`
	Command  string `json:"cmd"`
	Category string `json:"category"`
	Expect   string `json:"expect"` // deny, ask or allow
	Source   string `json:"source"` // PROJECT:FILE
	Soft     bool   `json:"soft"`   // experts differ
	OS       string `json:"os"`     // posix, macos or windows
	Tier     string `json:"tier"`   // A: clear ground truth; B: from taxonomies made for other ends
}

// Dangerous tells whether the command should be stopped.
func (i Item) Dangerous() bool { return i.Expect == "deny" || i.Expect == "ask" }

// Call is the line for `rampart eval`: the caller that the labels assume.
func (i Item) Call() map[string]any {
	system, ok := map[string]string{"windows": "windows", "macos": "darwin"}[i.OS]
	if !ok {
		system = "linux"
	}
	return map[string]any{
		"id": i.ID, "tool": "exec", "command": i.Command, "os": system,
		"cwd": "/home/dev/app", "home": "/home/dev", "user": "dev", "fs": false,
	}
}

// Answer is a line that `rampart eval` gives back.
type Answer struct {
	ID         string `json:"id"`
	Action     string `json:"action"`
	Policy     string `json:"policy"`
	Message    string `json:"message"`
	Unresolved bool   `json:"unresolved"`
	Error      string `json:"error"`
}

// Stopped tells whether the command doesn't run by itself.
func (a Answer) Stopped() bool { return a.Action == "deny" || a.Action == "ask" }

// Tally counts one group of items.
type Tally struct {
	Dangerous, Stopped   int // should be stopped; and are
	MustDeny, Denied     int // should be denied; and are
	Harmless, FalseAlarm int // should run; and are stopped
	Missing              int // not answered
}

// Add counts an item.
func (t *Tally) Add(i Item, a Answer, answered bool) {
	if !answered {
		t.Missing++
	}
	if !i.Dangerous() {
		t.Harmless++
		if a.Stopped() {
			t.FalseAlarm++
		}
		return
	}
	t.Dangerous++
	if a.Stopped() {
		t.Stopped++
	}
	if i.Expect == "deny" {
		t.MustDeny++
		if a.Action == "deny" {
			t.Denied++
		}
	}
}

// View is a part of a corpus.
type View struct {
	Name string
	Keep func(Item) bool
}

// Views are the parts that are reported, the one with targets last.
var Views = []View{
	{"all", func(Item) bool { return true }},
	{"hard", func(i Item) bool { return !i.Soft }},
	{"tier A", func(i Item) bool { return i.Tier == "A" }},
	{"tier B", func(i Item) bool { return i.Tier == "B" }},
	{"hard posix", func(i Item) bool { return !i.Soft && i.OS != "windows" }},
	{"hard posix, tier A", func(i Item) bool { return !i.Soft && i.OS != "windows" && i.Tier == "A" }},
}

// Project is the part of a source before the file.
func Project(i Item) string {
	p, _, _ := strings.Cut(i.Source, ":")
	return p
}

// Count tallies the items that a view keeps, by a key.
func Count(items []Item, answers map[string]Answer, keep func(Item) bool, by func(Item) string) map[string]*Tally {
	tallies := map[string]*Tally{}
	for _, i := range items {
		if !keep(i) {
			continue
		}
		t := tallies[by(i)]
		if t == nil {
			t = new(Tally)
			tallies[by(i)] = t
		}
		a, ok := answers[i.ID]
		t.Add(i, a, ok)
	}
	return tallies
}

// Write prints tallies as a table, the largest groups first.
func Write(w io.Writer, title string, tallies map[string]*Tally) {
	fmt.Fprintf(w, "%-32s %9s %8s %7s %7s %9s %7s %7s\n", title, "dangerous", "stopped", "recall", "denied", "harmless", "alarms", "rate")
	names := slices.SortedFunc(maps.Keys(tallies), func(a, b string) int {
		ta, tb := tallies[a], tallies[b]
		return cmp.Or(cmp.Compare(tb.Dangerous+tb.Harmless, ta.Dangerous+ta.Harmless), cmp.Compare(a, b))
	})
	for _, n := range names {
		t := tallies[n]
		fmt.Fprintf(w, "%-32.32s %9d %8d %7s %7s %9d %7d %7s\n", n, t.Dangerous, t.Stopped, share(t.Stopped, t.Dangerous), share(t.Denied, t.MustDeny), t.Harmless, t.FalseAlarm, share(t.FalseAlarm, t.Harmless))
	}
}

func share(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// Read reads JSON lines.
func Read[T any](r io.Reader) (out []T, err error) {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(strings.TrimSpace(string(line))) > 0 {
			var v T
			if err := json.Unmarshal(line, &v); err != nil {
				return out, fmt.Errorf("line %d: %w", n, err)
			}
			out = append(out, v)
		}
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
	}
}
