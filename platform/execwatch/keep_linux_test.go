//go:build amd64 || arm64

package execwatch

import (
	"os"
	"regexp"
	"strconv"
	"testing"
	"unsafe"
)

// TestKeeperSpeaksTheSame holds the numbers here against the keeper's.
func TestKeeperSpeaksTheSame(t *testing.T) {
	header, err := os.ReadFile("../../preload/c/keep.h")
	if err != nil {
		t.Fatal(err)
	}
	here := map[string]int{
		"STARTED": keepStarted, "FAILED": keepFailed, "HELD": keepHeld, "UNHELD": keepUnheld, "PASSED": keepPassed, "EXITED": keepExited,
		"RUN": keepRun, "REFUSE": keepRefuse, "END": keepEnd,
	}
	found := regexp.MustCompile(`#define KEEP_(\w+) (\d+)`).FindAllStringSubmatch(string(header), -1)
	if len(found) != len(here) {
		t.Errorf("%d numbers there, %d here", len(found), len(here))
	}
	for _, m := range found {
		if n, _ := strconv.Atoi(m[2]); here[m[1]] != n {
			t.Errorf("%s is %s there, %d here", m[1], m[2], here[m[1]])
		}
	}
	if unsafe.Sizeof(report{}) != reportSize {
		t.Error("a report has another size")
	}
}
