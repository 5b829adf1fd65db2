package shellparse

import (
	"path/filepath"
	"testing"
	"time"
)

// A script file is never a reason to refuse the command that runs it: it runs
// as it is, and what can't be followed in it is unknown.
func TestScriptsOfThisMachine(t *testing.T) {
	files, _ := filepath.Glob("/var/lib/dpkg/info/*inst")
	if len(files) == 0 {
		t.Skip("no maintainer scripts here")
	}
	var slowestFile string
	var longest time.Duration
	unresolved := 0
	for _, f := range files {
		in := testInput("sh " + f + " configure")
		in.FS = diskFS{}
		start := time.Now()
		r := Analyze(in)
		if took := time.Since(start); took > longest {
			longest, slowestFile = took, f
		}
		if r.Refusal != "" {
			t.Errorf("%s: %s", f, r.Refusal)
		}
		if r.Unresolved {
			unresolved++
		}
	}
	t.Logf("%d scripts, %d unresolved, slowest %v: %s", len(files), unresolved, longest, slowestFile)
	if longest > 2*time.Second {
		t.Errorf("%v for %s", longest, slowestFile)
	}
}
