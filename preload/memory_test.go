package preload_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestMemory: of what the library adds to a process, its table of files and
// all, at most 64 KiB are the process's alone.
func TestMemory(t *testing.T) {
	s := newFileSession(t, t.TempDir())
	// The shell before it has the library too, as processes under guard have.
	res, _ := s.run(s.guarded(), need(t, "sh"), "-c", "true </etc/passwd; cat /proc/self/smaps; true")
	if res.code != 0 {
		t.Fatalf("%+v", res)
	}
	private, mappings := 0, 0
	ours := false
	for line := range strings.Lines(res.out) {
		fields := strings.Fields(line)
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"): // where a mapping begins
			if ours = len(fields) > 5 && (strings.HasPrefix(fields[5], s.dir) || strings.HasPrefix(fields[5], "/memfd:rampart")); ours {
				mappings++
			}
		case ours && strings.HasPrefix(line, "Private_"):
			var n int
			fmt.Sscan(fields[1], &n)
			private += n
		}
	}
	if mappings < 3 || private == 0 || private > 64 {
		t.Errorf("%d KiB are private, in %d mappings", private, mappings)
	}
	t.Logf("%d KiB private", private)
}
