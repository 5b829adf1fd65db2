package engine

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestShowsNoEnvironment: the real ps shows no variable, whatever it is told of what
// is said to show none; and of some that would show them, nothing is said.
func TestShowsNoEnvironment(t *testing.T) {
	ps, err := exec.LookPath("ps")
	if err != nil {
		t.Skip("no ps on this machine")
	}
	const marker = "shown-by-ps-42"
	shows := func(words ...string) bool {
		cmd := exec.Command(ps, words...)
		cmd.Env = append(os.Environ(), "MARKER="+marker, "COLUMNS=9000")
		out, _ := cmd.Output()
		return strings.Contains(string(out), marker)
	}
	for _, line := range []string{"e", "auxe", "-ef e", "eww", "--headers e", "-N e", "-au e", "-e -u nobody-there", "-- e", "ax e", "-o environ", "-eo pid,environ", "-p 1 -o environ="} {
		if showsNoEnvironment(append([]string{"ps"}, strings.Fields(line)...)) {
			t.Errorf("ps %s is said to show none", line)
		}
	}
	if !shows("axewww") {
		t.Fatal("this ps shows no environment at all")
	}
	words := []string{
		"-e", "-A", "-ef", "-F", "-l", "-j", "-H", "-L", "-T", "-y", "-ly", "-w", "-ww", "-d", "-a", "aux", "axf", "l", "u", "v", "s", "X", "j", "axo", "e", "-N", "-u", "root", "--headers",
		"-o", "-eo", "pid,args", "args", "pid=,comm%", "nosuch", "env", "-p", "1", "99999", "1,2", "-C", "ps", "--sort=-pcpu", "--sort=nosuch", "--no-headers", "--forest", "--",
	}
	r, tried := rand.New(rand.NewPCG(1, 2)), 0
	for range 20000 {
		line := make([]string, 1+r.IntN(4))
		for i := range line {
			line[i] = words[r.IntN(len(words))]
		}
		if !showsNoEnvironment(append([]string{"ps"}, line...)) || tried > 250 {
			continue
		}
		if tried++; shows(line...) {
			t.Errorf("ps %q shows an environment", line)
		}
	}
	if tried < 100 {
		t.Errorf("only %d were tried", tried)
	}
}
