package e2e

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// trailOf are all records of a world's trail.
func trailOf(t *testing.T, w *world) (records []trailRecord) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, ".rampart/audit/*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("no trail: %v %v", files, err)
	}
	for _, line := range linesOf(t, files[0]) {
		var r trailRecord
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

type trailRecord struct {
	Event   string
	Argv    []string
	Details map[string]string
}

// TestGarbageIsCounted: who sends garbage to the session fills the trail with
// none of it, and how much it was is told.
func TestGarbageIsCounted(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	w := newStandardWorld(t)
	script := w.write("home/app/flood.py", `import socket
s = socket.socket(fileno=57)
for i in range(2000):
    s.send(b"x" * 40)
print("sent")
`)
	if got := w.do(preload, "", "python3", script); got.exit != 0 || got.stdout != "sent\n" {
		t.Fatalf("%+v", got)
	}
	records, told := 0, 0
	for _, r := range trailOf(t, w) {
		if r.Event != "layer_failure" {
			continue
		}
		records++
		told++
		if n := r.Details["repeated"]; n != "" {
			more, err := strconv.Atoi(n)
			if err != nil {
				t.Error(err)
			}
			told += more - 1
		}
	}
	if told != 2000 || records > 50 {
		t.Errorf("%d records tell of %d packets, not of 2000", records, told)
	}
}

// TestEndIsTheLast: what was let go as a repetition stands before the end of its
// session.
func TestEndIsTheLast(t *testing.T) {
	t.Parallel()
	for _, kernel := range []string{"on", "off"} {
		w := newStandardWorld(t)
		w.flags = []string{"--kernel=" + kernel}
		got := w.do(preload, "", "bash", "-c", "for i in 1 2 3 4 5; do /usr/bin/true same; done")
		if got.exit != 0 {
			t.Fatalf("%+v", got)
		}
		ended, ran := false, 0
		for _, r := range trailOf(t, w) {
			ended = ended || r.Event == "session_end"
			if !ended && strings.Join(r.Argv, " ") == "/usr/bin/true same" {
				ran++
			}
		}
		if ran != 5 || !ended {
			t.Errorf("kernel=%s: %d of 5 recorded before the end", kernel, ran)
		}
	}
}
