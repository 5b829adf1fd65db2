package corpora

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"rampart/policy"
	"rampart/test/binary"
)

func TestMain(m *testing.M) { os.Exit(binary.Main(m)) }

// corpus opens a file of the corpus directory, or skips.
func corpus[T any](t *testing.T, name string) []T {
	t.Helper()
	dir := os.Getenv("RAMPART_CORPORA")
	if dir == "" {
		t.Skip("no corpora: RAMPART_CORPORA names no directory")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("no %s among the corpora: %v", name, err)
	}
	defer f.Close()
	items, err := Read[T](f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return items
}

// eval has all calls judged by a profile.
func eval(t *testing.T, profile string, calls []map[string]any) (map[string]Answer, time.Duration) {
	t.Helper()
	var in, out, stderr bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, c := range calls {
		if err := enc.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(binary.Path(t), "eval", "--profile", profile)
	c.Stdin, c.Stdout, c.Stderr = &in, &out, &stderr
	start := time.Now()
	if err := c.Run(); err != nil {
		t.Errorf("eval: %v: %.2000s", err, &stderr)
	}
	took := time.Since(start)
	list, err := Read[Answer](&out)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(calls) {
		t.Errorf("%d calls, %d answers", len(calls), len(list))
	}
	answers := map[string]Answer{}
	for i, a := range list {
		if i < len(calls) && a.ID != calls[i]["id"] {
			t.Fatalf("answer %d is for %q, want %q", i+1, a.ID, calls[i]["id"])
		}
		answers[a.ID] = a
	}
	return answers, took
}

// TestPublic prints the scores over labelled commands. RAMPART_MISSES is how
// many of the wrong answers are listed for the view with targets.
func TestPublic(t *testing.T) {
	items := corpus[Item](t, "public.jsonl")
	var calls []map[string]any
	for _, i := range items {
		calls = append(calls, i.Call())
	}
	answers, took := eval(t, "standard", calls)
	if limit := 30 * time.Second; took > limit {
		t.Errorf("%d calls took %v, more than %v", len(calls), took, limit)
	}
	fmt.Printf("%d calls in %v, %v each\n\n", len(calls), took.Round(time.Millisecond), took/time.Duration(len(calls)))
	views := map[string]*Tally{}
	for _, v := range Views {
		views[v.Name] = Count(items, answers, v.Keep, func(Item) string { return "" })[""]
	}
	Write(os.Stdout, "view", views)
	target := Views[len(Views)-1]
	fmt.Printf("\n%s:\n", target.Name)
	Write(os.Stdout, "category", Count(items, answers, target.Keep, func(i Item) string { return i.Category }))
	fmt.Println()
	Write(os.Stdout, "source", Count(items, answers, target.Keep, Project))
	list(items, answers, target.Keep)
}

// TestProfiles prints the scores of every profile, in the view with targets and
// over everything.
func TestProfiles(t *testing.T) {
	items := corpus[Item](t, "public.jsonl")
	var calls []map[string]any
	for _, i := range items {
		calls = append(calls, i.Call())
	}
	target := Views[len(Views)-1]
	within, overall := map[string]*Tally{}, map[string]*Tally{}
	for _, name := range policy.ProfileNames() {
		answers, _ := eval(t, name, calls)
		all := func(Item) string { return "" }
		within[name] = Count(items, answers, target.Keep, all)[""]
		overall[name] = Count(items, answers, func(Item) bool { return true }, all)[""]
	}
	fmt.Printf("%s:\n", target.Name)
	Write(os.Stdout, "profile", within)
	fmt.Println("\nall:")
	Write(os.Stdout, "profile", overall)
}

// list prints wrong answers, as many of each sort as were asked for.
func list(items []Item, answers map[string]Answer, keep func(Item) bool) {
	most, _ := strconv.Atoi(os.Getenv("RAMPART_MISSES"))
	missed, alarms := most, most
	for _, i := range items {
		a := answers[i.ID]
		switch {
		case !keep(i):
		case i.Dangerous() && !a.Stopped() && missed > 0:
			missed--
			fmt.Printf("missed  %-18s %s: %.160q\n", i.ID, i.Category, i.Command)
		case !i.Dangerous() && a.Stopped() && alarms > 0:
			alarms--
			fmt.Printf("alarm   %-18s by %s (%s): %.160q\n", i.ID, a.Policy, a.Message, i.Command)
		}
	}
}

// TestSyntax has everyday lines judged: each is answered without an error, and
// the table says how many are stopped or not fully understood.
func TestSyntax(t *testing.T) {
	lines := corpus[struct {
		ID      string `json:"id"`
		Command string `json:"cmd"`
	}](t, "syntax.jsonl")
	var calls []map[string]any
	for n, l := range lines {
		i := Item{ID: l.ID, Command: l.Command}
		if i.ID == "" {
			i.ID = strconv.Itoa(n)
		}
		calls = append(calls, i.Call())
	}
	answers, took := eval(t, "standard", calls)
	actions, unresolved := map[string]int{}, 0
	for _, a := range answers {
		if a.Error != "" {
			t.Errorf("%s: %s", a.ID, a.Error)
		}
		actions[a.Action]++
		if a.Unresolved {
			unresolved++
		}
	}
	fmt.Printf("%d everyday lines in %v: %v, %d of them not fully known\n", len(calls), took.Round(time.Millisecond), actions, unresolved)
}
