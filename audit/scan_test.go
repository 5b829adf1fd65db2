package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestScan(t *testing.T) {
	dir := t.TempDir()
	if _, err := Scan(filepath.Join(dir, "none"), time.Time{}, nil); !errors.Is(err, ErrNoTrail) {
		t.Errorf("without a trail: %v", err)
	}
	l, err := Open(dir, Options{SegmentSize: 2000})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 50 {
		if err := l.Append(&Record{Event: EventDecision, Action: "allow", Command: fmt.Sprint(i), Time: start.Add(time.Duration(i) * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	nums, _ := segments(dir)
	if len(nums) < 3 {
		t.Fatalf("%d segments", len(nums))
	}
	commands := func(since time.Time) (out []string) {
		if _, err := Scan(dir, since, func(r *Record) error {
			if r.Event == EventDecision {
				out = append(out, r.Command)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if all := commands(time.Time{}); len(all) != 50 || all[0] != "0" || all[49] != "49" {
		t.Errorf("all: %v", all)
	}
	if some := commands(start.Add(41 * time.Hour)); len(some) != 9 || some[0] != "41" {
		t.Errorf("since hour 41: %v", some)
	}
	f, err := os.OpenFile(filepath.Join(dir, segmentName(nums[0])), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "not a record")
	f.Close()
	if s, err := Scan(dir, time.Time{}, func(*Record) error { return nil }); err != nil || s.Unreadable != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	stop := errors.New("stop")
	if s, err := Scan(dir, time.Time{}, func(*Record) error { return stop }); err != stop || s.Records != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
