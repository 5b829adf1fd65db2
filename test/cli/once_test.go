package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"rampart/test/binary"
)

// What is allowed once runs once, however many sessions want it at the same
// time, and the record says by which exception.
func TestOnceAcrossProcesses(t *testing.T) {
	const sessions = 16
	rampart, home := binary.Path(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".ssh", "key"), []byte("the key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) ([]byte, error) {
		c := exec.Command(rampart, args...)
		c.Dir = home
		c.Env = append(os.Environ(), "HOME="+home, "RAMPART_HOME=")
		return c.Output()
	}
	for round := range 3 {
		if out, err := run("allow", "--once", "cat ~/.ssh/key"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var ran atomic.Int32
		var wg sync.WaitGroup
		for range sessions {
			wg.Go(func() {
				out, _ := run("preload", "--", "sh", "-c", "cat ~/.ssh/key")
				if string(out) == "the key\n" {
					ran.Add(1)
				}
			})
		}
		wg.Wait()
		if n := ran.Load(); n != 1 {
			t.Fatalf("round %d: %d sessions of %d ran it", round, n, sessions)
		}
		if out, err := run("rules"); err != nil || !strings.Contains(string(out), "[used]") {
			t.Errorf("%v: %s", err, out)
		}
	}
	out, err := run("log", "--json", "-n", "10000")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(out), `"used_up":`); n != 3 {
		t.Errorf("%d records say that an exception was used up, want 3", n)
	}
}
