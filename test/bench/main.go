// Command bench measures what a guarded session costs, as ratios to bare in the
// same run: `$SHELL -c true` under wrap, and the start of `wrap -- true` with an
// empty and with a long audit trail. Guarded and bare runs alternate, so that
// what else the machine does falls on both.
//
//	go run ./test/bench [-n RUNS] [-rampart FILE]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	runs := flag.Int("n", 300, "runs of each kind")
	rampart := flag.String("rampart", "bin/rampart", "the binary to measure")
	child := flag.Bool("child", false, "measure inside a session")
	flag.Parse()
	if err := run(*runs, *rampart, *child); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(runs int, rampart string, child bool) error {
	if child {
		return shells(runs)
	}
	file, err := filepath.Abs(rampart)
	if err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "rampart-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	env := append(os.Environ(), "RAMPART_HOME="+home, "RAMPART_NO_PROJECT_POLICY=1")

	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := session(env, file, self, "-child", "-n", fmt.Sprint(runs)); err != nil {
		return err
	}
	if err := starts("start of wrap -- true, audit empty", runs, env, file); err != nil {
		return err
	}
	if err := fillAudit(env, file); err != nil {
		return err
	}
	return starts("start of wrap -- true, audit long", runs, env, file)
}

// session runs a program guarded.
func session(env []string, rampart string, argv ...string) error {
	cmd := exec.Command(rampart, append([]string{"wrap", "--"}, argv...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, os.Stdout, os.Stderr
	return cmd.Run()
}

// shells measures `$SHELL -c true` from inside a session. This program is
// static, so that the substitute shell does the asking, not a shim in it.
func shells(runs int) error {
	guarded := os.Getenv("SHELL")
	real, err := exec.LookPath("/bin/bash")
	if err != nil {
		return err
	}
	var bareEnv []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "LD_PRELOAD=") {
			bareEnv = append(bareEnv, kv)
		}
	}
	return compare("$SHELL -c true under wrap", runs,
		func() *exec.Cmd { c := exec.Command(real, "-c", "true"); c.Env = bareEnv; return c },
		func() *exec.Cmd { return exec.Command(guarded, "-c", "true") })
}

func starts(what string, runs int, env []string, rampart string) error {
	return compare(what, max(10, runs/5),
		func() *exec.Cmd { return exec.Command("/bin/true") },
		func() *exec.Cmd { c := exec.Command(rampart, "wrap", "--", "/bin/true"); c.Env = env; return c })
}

// fillAudit makes the audit trail long by running many commands.
func fillAudit(env []string, rampart string) error {
	return session(env, rampart, "bash", "-c", "i=0; while [ $i -lt 3000 ]; do /bin/true; i=$((i+1)); done")
}

// compare times both kinds alternately and prints the medians, their ratio and
// their difference.
func compare(what string, runs int, bare, guarded func() *exec.Cmd) error {
	var times [2][]time.Duration
	for i := range runs + 5 {
		for k, make := range []func() *exec.Cmd{bare, guarded} {
			cmd := make()
			start := time.Now()
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s: %s: %w", what, cmd, err)
			}
			if i >= 5 { // the first ones warm up
				times[k] = append(times[k], time.Since(start))
			}
		}
	}
	b, g := median(times[0]), median(times[1])
	fmt.Printf("%-40s bare %8.0f µs   guarded %8.0f µs   ratio %.2f   more %.1f ms\n",
		what, micros(b), micros(g), float64(g)/float64(b), float64(g-b)/1e6)
	return nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
