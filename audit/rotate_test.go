package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A writer that dies while it begins a new segment leaves one of these behind.
func TestRotateInterrupted(t *testing.T) {
	for name, ended := range map[string]bool{"before the end is written": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openLog(t, dir, Options{})
			appendAll(t, l, decision("allow", "echo 1"))
			if ended {
				appendAll(t, l, &Record{Event: EventRotate})
			}
			l.Close()
			os.WriteFile(filepath.Join(dir, segmentName(2)), nil, 0o600)
			if r := verify(t, dir); !r.Intact {
				t.Errorf("%s", r)
			}
			l = openLog(t, dir, Options{})
			appendAll(t, l, decision("allow", "echo 2"))
			if want := map[bool]int{false: 1, true: 2}[ended]; l.seg.num != want {
				t.Errorf("went on in segment %d", l.seg.num)
			}
			l.opt.SegmentSize = 1
			appendAll(t, l, decision("allow", "echo 3"))
			if r := verify(t, dir); !r.Intact || strings.Contains(events(t, dir), EventBroken) {
				t.Errorf("%s\n%s", r, events(t, dir))
			}
		})
	}
}

// A writer that slept through any number of segments wakes up in the last.
func TestRotatedByOthers(t *testing.T) {
	dir := t.TempDir()
	sleeper, busy := openLog(t, dir, Options{}), openLog(t, dir, Options{SegmentSize: 1})
	appendAll(t, sleeper, decision("allow", "first"))
	for i := range 150 {
		appendAll(t, busy, decision("allow", fmt.Sprint(i)))
	}
	appendAll(t, sleeper, decision("allow", "last"))
	if r := verify(t, dir); !r.Intact || r.Segments < 150 {
		t.Errorf("%s", r)
	}
}

func TestSegmentNames(t *testing.T) {
	for name, want := range map[string]int{
		segmentName(1): 1, segmentName(123456789): 123456789, "trail-1.jsonl": 0, "trail-00000000.jsonl": 0, "trail--0000001.jsonl": 0,
		"trail-00000001.jsonl.gz": 0, "trail-0000000x.jsonl": 0, "trail-9223372036854775807.jsonl": 0, "x": 0, "trail-+0000001.jsonl": 0,
	} {
		if got := segmentNumber(name); got != want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// What is planted beside the segments keeps nobody from recording.
func TestPlantedSegments(t *testing.T) {
	for name, content := range map[string]string{
		segmentName(99999999): "junk\n", segmentName(3): "", segmentName(7): "\x00\x00\x00", segmentName(2): strings.Repeat("x", 100_000),
	} {
		dir := trail(t, 1)
		os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600)
		l := openLog(t, dir, Options{SegmentSize: 600})
		for range 5 {
			appendAll(t, l, decision("allow", "x"))
		}
		l.Close()
		if r := verify(t, dir); r.Intact && content != "" {
			t.Errorf("%s is not noticed: %s", name, r)
		}
	}
}

func TestOddTimes(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, Options{})
	for _, year := range []int{-5, 1, 10000, 99999} {
		appendAll(t, l, &Record{Event: EventDecision, Time: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)})
	}
	for _, l := range lines(t, dir) {
		if r, err := ParseRecord([]byte(l)); err != nil || time.Since(r.Time) > time.Hour {
			t.Errorf("%s: %v", l, err)
		}
	}
}
