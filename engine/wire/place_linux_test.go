package wire

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestPlacement: questions from our own processor have us leave it, as long as another
// one is idle; the kernel says where we may run.
func TestPlacement(t *testing.T) {
	p := newPlacement()
	if p == nil {
		t.Skip("one processor")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p.looked, p.calm = time.Now().Add(time.Hour), true
	allowed := func() string {
		status, err := os.ReadFile("/proc/thread-self/status")
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(status), "\nCpus_allowed:\t")
		line, _, _ := strings.Cut(after, "\n")
		return line
	}
	before, left := allowed(), -1
	for range 1000 {
		if cpu := processor(); p.excluded < 0 {
			left = cpu
			p.asked(cpu)
		}
	}
	if p.excluded < 0 || p.excluded != left || allowed() == before || processor() == left {
		t.Errorf("on %d, which is left to others: %d; the kernel allows %s, at first %s", processor(), p.excluded, allowed(), before)
	}
	p.calm = false
	p.asked(left)
	if p.excluded != -1 || allowed() != before {
		t.Errorf("when all are busy: %d is left to others, the kernel allows %s, at first %s", p.excluded, allowed(), before)
	}
}
