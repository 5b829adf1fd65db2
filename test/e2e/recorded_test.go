package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestEveryExecIsRecorded: the trail has as many runs of a program as strace
// saw, asked about or not, those of one process in their order, also when it is
// killed right after.
func TestEveryExecIsRecorded(t *testing.T) {
	t.Parallel()
	need(t, "strace", "bash")
	processes, execs := 4, 30
	if n, err := strconv.Atoi(os.Getenv("RAMPART_EXECS")); err == nil {
		processes, execs = 8, n/16
		limit = 12 * time.Hour
	}
	w := newStandardWorld(t)
	loop := w.write("loop", fmt.Sprintf("for i in $(seq %d); do /usr/bin/true same; /usr/bin/true $1 $i; done; bash -c '/usr/bin/true last; kill -9 $$'", execs))
	script := w.write("script", fmt.Sprintf("for p in $(seq %d); do bash %s $p & done; wait", processes, loop))
	for _, layer := range guarded {
		log := filepath.Join(w.root, "strace")
		argv := append([]string{"strace", "-f", "-qq", "-e", "trace=execve,execveat", "-e", "signal=none", "-o", log},
			w.argv(layer, "bash", script)...)
		if got := w.do(bare, "", argv...); got.exit != 0 {
			t.Fatalf("%s: %+v", layer, got)
		}
		trace, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Count(string(trace), `execve("/usr/bin/true"`)
		if want != processes*(2*execs+1) {
			t.Errorf("%s: strace saw %d", layer, want)
		}
		got, last := 0, map[string]int{}
		for _, argv := range recorded(t, w) {
			if len(argv) == 0 || argv[0] != "/usr/bin/true" {
				continue
			}
			got++
			if len(argv) == 3 {
				var i int
				fmt.Sscan(argv[2], &i)
				if i != last[argv[1]]+1 {
					t.Errorf("%s: process %s: %d is recorded after %d", layer, argv[1], i, last[argv[1]])
				}
				last[argv[1]] = i
			}
		}
		if got != want {
			t.Errorf("%s: %d recorded, strace saw %d", layer, got, want)
		}
		os.RemoveAll(filepath.Join(w.home, ".rampart"))
	}
}

// recorded are the command lines of the trail, in its order.
func recorded(t *testing.T, w *world) (argvs [][]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, ".rampart/audit/*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no trail: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var r struct {
				Event string
				Argv  []string
			}
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			if r.Event == "decision" {
				argvs = append(argvs, r.Argv)
			}
		}
	}
	return argvs
}
