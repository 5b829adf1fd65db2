package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestArgumentRace has a thread rewrite an argument while another starts the
// program, without the kernel layer: what was asked about is what is executed.
func TestArgumentRace(t *testing.T) {
	t.Parallel()
	if built["race"] == "" {
		t.Skip("no compiler on this machine")
	}
	w := newWorld(t)
	ran := false
	for end := time.Now().Add(raceTime); time.Now().Before(end); {
		got := w.do(preload, "", built["race"], "100", "FORBID", "DEN", "ALLOWED..")
		if got.exit != 0 || w.has("FORBIDDEN") {
			t.Fatalf("FORBIDDEN is there: %v: %+v", w.has("FORBIDDEN"), got)
		}
		ran = ran || w.has("ALLOWED..")
		os.Remove(filepath.Join(w.work, "ALLOWED.."))
	}
	if !ran {
		t.Fatal("the racer made nothing at all")
	}
}
