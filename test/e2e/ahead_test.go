package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnProgramStartsAhead has strace say how a program of the user's is started: by its name
// until the engine has looked at it, from then on by a descriptor while it is judged, and by its
// name again once it is another file. Ahead or not, what is refused does nothing, and all is recorded.
func TestOwnProgramStartsAhead(t *testing.T) {
	t.Parallel()
	need(t, "strace", "bash", "cp", "mv")
	w := newWorld(t)
	program, err := os.ReadFile("/usr/bin/touch")
	if err != nil {
		t.Skip(err)
	}
	own, log := filepath.Join(w.work, "own"), filepath.Join(w.root, "strace")
	if err := os.WriteFile(own, program, 0o755); err != nil {
		t.Fatal(err)
	}
	word := "./own $(<" + w.write("word", "FORBIDDEN") + "); "
	script := w.write("script", "./own 1; sleep .2; ./own 2; "+word+"cp own other; mv other own; ./own 3; "+word+"sleep .2; ./own 4\n")
	argv := append([]string{"strace", "-f", "-qq", "-e", "trace=execve,execveat", "-e", "signal=none", "-o", log}, w.argv(preload, "bash", script)...)
	got := w.do(bare, "", argv...)
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	how := ""
	for line := range strings.Lines(string(trace)) {
		if _, call, ok := strings.Cut(line, " exec"); !ok || !strings.Contains(call, `["./own", `) {
			continue
		} else if strings.HasPrefix(call, "veat(") {
			how += "d"
		} else {
			how += "n"
		}
	}
	if how != "nddnnn" {
		t.Errorf("strace saw %q: %+v", how, got)
	}
	for _, name := range []string{"1", "2", "3", "4"} {
		if !w.has(name) {
			t.Errorf("%s is not there: %+v", name, got)
		}
	}
	if w.has("FORBIDDEN") || strings.Count(got.stderr, "this mark is not to be made") != 2 {
		t.Errorf("%+v", got)
	}
	times := 0
	for _, argv := range recorded(t, w) {
		if len(argv) > 0 && argv[0] == "./own" {
			times++
		}
	}
	if times != 6 {
		t.Errorf("%d are recorded", times)
	}
}
