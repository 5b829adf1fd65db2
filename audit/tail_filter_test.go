package audit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// With a filter, tail shows what search would show last, wherever that is: search
// reads from the beginning, tail from the end.
func TestTailFilter(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{SegmentSize: 200_000, SealRecords: 7})
	for i := range 120 {
		r := decision("allow", fmt.Sprintf("echo %d %s", i, strings.Repeat("x", i*i%3000*20)))
		r.Agent = [...]string{"claude", "codex", "other"}[i%3]
		if i%7 == 3 {
			r.Action, r.Rule = "deny", "standard.yaml:31"
		}
		appendAll(t, l, r)
		if i%11 == 0 {
			if err := l.Seal(); err != nil {
				t.Fatal(err)
			}
		}
	}
	l.Close()
	nums, _ := segments(dir)
	if len(nums) < 4 {
		t.Fatalf("only %d segments", len(nums))
	}
	f, err := os.OpenFile(filepath.Join(dir, segmentName(nums[len(nums)-1])), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "no record, deny\n%s\n{\"v\":1,\"torn\":\"deny", strings.Repeat("deny", MaxLine/4+1))
	f.Close()
	for name, filter := range map[string]Filter{
		"action":      {Action: []string{"deny"}},
		"agent":       {Agent: []string{"cl*", "other"}},
		"text":        {Text: []string{"ECHO 1"}, IgnoreCase: true},
		"rule":        {Rule: []string{"standard.yaml"}},
		"seals":       {Event: []string{"seal"}},
		"of all":      {Trail: true},
		"nothing":     {Text: []string{"no such thing"}},
		"not long":    {Since: time.Now().Add(-time.Hour)},
		"from now on": {Since: time.Now()},
	} {
		for _, n := range []int{0, 1, 3, 50, 1000} {
			for _, json := range []bool{false, true} {
				var want bytes.Buffer
				if n > 0 {
					if _, err := List(t.Context(), &want, dir, filter, Listing{Last: n, JSON: json}); err != nil {
						t.Fatal(err)
					}
				}
				if got := tailOf(t, dir, TailOptions{N: n, JSON: json, Filter: filter}); got != want.String() {
					t.Errorf("%s, last %d: %d bytes, search has %d", name, n, len(got), want.Len())
				}
			}
		}
	}
	if err := Tail(t.Context(), &bytes.Buffer{}, dir, TailOptions{Filter: Filter{Path: []string{"[", "{"}}}); err == nil {
		t.Error("a pattern that is none")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if got := new(bytes.Buffer); Tail(ctx, got, dir, TailOptions{N: 9}) != nil || got.Len() > 0 {
		t.Errorf("stopped before it began: %q", got)
	}
}

// Of what is to come only that which fits is shown.
func TestFollowFilter(t *testing.T) {
	dir := trail(t, 3)
	ctx, stop := context.WithCancel(t.Context())
	var out syncBuffer
	done := make(chan error)
	go func() {
		done <- Tail(ctx, &out, dir, TailOptions{Follow: true, N: 1, Filter: Filter{Action: []string{"deny"}}})
	}()
	l := openLog(t, dir, Options{SegmentSize: 1500})
	for i := range 30 {
		appendAll(t, l, decision("allow", fmt.Sprintf("echo <%d>", i)), decision("deny", fmt.Sprintf("rm <%d>", i)))
	}
	for range 500 {
		if strings.Contains(out.String(), "rm <29>") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	got := out.String()
	if strings.Contains(got, "echo <") || !strings.Contains(got, "rm <29>") {
		t.Errorf("%s", got)
	}
	if first := strings.Index(got, "rm <"); first >= 0 { // from where it began, without a gap
		var i int
		fmt.Sscanf(got[first:], "rm <%d>", &i)
		if n := strings.Count(got, "rm <"); n != 30-i {
			t.Errorf("%d of %d:\n%s", n, 30-i, got)
		}
	}
}
