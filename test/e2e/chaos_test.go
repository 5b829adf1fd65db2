package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a process may go on whose guard was killed.
const patience = 15 * time.Second

// TestChaos kills the guard at any moment while eight processes start programs,
// again and again, over one trail: what ran was judged and recorded, what is
// forbidden never ran, nothing hangs, and the trail is whole. Programs that a
// process was let to repeat unasked may have run without a record when the guard
// died, which is no more than each process's last.
func TestChaos(t *testing.T) {
	t.Parallel()
	need(t, "bash", "tac")
	rounds, err := strconv.Atoi(os.Getenv("RAMPART_ROUNDS"))
	if err != nil {
		rounds = 6
	}
	const processes = 8
	w := newWorld(t)
	made := w.write("bin/made", "#!/bin/sh\necho \"$1\" >> \"$2\"\n")
	// Each start is another one; what is forbidden comes in between.
	word := w.write("word", "FORBIDDEN\n")
	var numbers strings.Builder
	for i := range 400 {
		fmt.Fprintln(&numbers, i)
	}
	count := w.write("numbers", numbers.String())
	loop := w.write("loop", `f=$(tac `+word+`)
for i in $(tac `+count+`); do
  `+made+` $1.$2.$i `+w.root+`/ran.$1.$2 || exit 0
  `+made+` $f `+w.root+`/forbidden 2>/dev/null
done
`)
	script := w.write("script", fmt.Sprintf("for p in $(seq %d); do bash %s $1 $p 2>/dev/null & done; wait", processes, loop))
	for round := range rounds {
		layer := []string{wrapped, preload}[round%2]
		if round%4 >= 2 && os.Getuid() == 0 {
			layer = kernel
		}
		c := w.command(layer, "bash", script, strconv.Itoa(round))
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if begun, _ := filepath.Glob(fmt.Sprintf("%s/ran.%d.*", w.root, round)); len(begun) > 0 {
				break
			}
		}
		time.Sleep(time.Duration(rand.IntN(600)) * time.Millisecond)
		c.Process.Kill()
		c.Wait()
		end := time.Now().Add(patience)
		for len(w.members()) > 0 && time.Now().Before(end) {
			time.Sleep(20 * time.Millisecond)
		}
		if left := w.members(); len(left) > 0 {
			t.Errorf("round %d, %s: still there after %v: %v", round, layer, patience, left)
			for _, p := range left {
				syscall.Kill(p.pid, syscall.SIGKILL)
			}
		}
	}
	if _, err := os.Stat(w.root + "/forbidden"); err == nil {
		t.Error("what is forbidden has run")
	}
	allowed := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(w.home, ".rampart/audit/trail-*.jsonl"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var r struct {
				Argv    []string
				Outcome string
			}
			if json.Unmarshal(line, &r) == nil && r.Outcome == "run" && len(r.Argv) > 1 {
				for _, word := range r.Argv {
					allowed[word] = true
				}
			}
		}
	}
	ran := 0
	logs, _ := filepath.Glob(w.root + "/ran.*")
	for _, f := range logs {
		data, _ := os.ReadFile(f)
		for name := range strings.FieldsSeq(string(data)) {
			if ran++; !allowed[name] {
				t.Errorf("%s ran, and the trail knows nothing of it", name)
			}
		}
	}
	if ran < 2*rounds {
		t.Errorf("only %d programs ran in %d rounds", ran, rounds)
	}
	t.Logf("%d rounds, %d programs", rounds, ran)
	if got := w.do(bare, "", append(w.argv(preload)[:1:1], "audit", "verify")...); got.exit != 0 && got.exit != 3 {
		t.Errorf("the trail: %+v", got)
	}
}
