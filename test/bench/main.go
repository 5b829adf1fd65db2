// Command bench measures what a guarded session costs, as ratios to bare in the
// same run: `$SHELL -c true` under wrap, an exec under preload, and the start of
// `wrap -- true` with an empty and with a long audit trail. Guarded and bare runs alternate, so that
// what else the machine does falls on both. Then it asks a short and a long trail, each as a person does.
//
//	go run ./test/bench [-n RUNS] [-rampart FILE] [-records N] [-only audit|build|exec]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	runs := flag.Int("n", 300, "runs of each kind")
	rampart := flag.String("rampart", "bin/rampart", "the binary to measure")
	child := flag.Bool("child", false, "measure inside a session")
	records := flag.Int("records", 1_000_000, "records of the long trail")
	only := flag.String("only", "", "audit asks the trails only, build compiles only, exec starts programs only")
	trail := flag.String("fill", "", "write a trail into this directory")
	flag.Parse()
	if *trail != "" {
		if err := fill(*trail, *records); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*runs, *records, *rampart, *child, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(runs, records int, rampart string, child bool, only string) error {
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
	switch only {
	case "":
	case "audit":
		return trails(home, self, file, records)
	case "exec":
		if err := pairs(env, home, file); err != nil {
			return err
		}
		return execs(env, home, file)
	case "build":
		return builds(env, file)
	default:
		return fmt.Errorf("-only %s: it is audit, build or exec", only)
	}
	if err := session(env, file, self, "-child", "-n", fmt.Sprint(runs)); err != nil {
		return err
	}
	if err := pairs(env, home, file); err != nil {
		return err
	}
	if err := execs(env, home, file); err != nil {
		return err
	}
	if err := builds(env, file); err != nil {
		return err
	}
	if err := starts("start of wrap -- true, audit empty", "off", runs, env, file); err != nil {
		return err
	}
	if err := fillAudit(env, file); err != nil {
		return err
	}
	if err := starts("start of wrap -- true, audit long", "off", runs, env, file); err != nil {
		return err
	}
	if runtime.GOOS == "linux" {
		if err := starts("start of wrap --kernel=on -- true", "on", runs, env, file); err != nil {
			return err
		}
	}
	return trails(home, self, file, records)
}

// session runs a program guarded.
func session(env []string, rampart string, argv ...string) error {
	cmd := exec.Command(rampart, append([]string{"wrap", "--kernel=off", "--"}, argv...)...)
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

func starts(what, kernel string, runs int, env []string, rampart string) error {
	return compare(what, max(10, runs/5),
		func() *exec.Cmd { return exec.Command("/bin/true") },
		func() *exec.Cmd {
			c := exec.Command(rampart, "wrap", "--kernel="+kernel, "--", "/bin/true")
			c.Env = env
			return c
		})
}

// execs measures what an exec costs under preload, judged and recorded, by a C
// program that starts /bin/true by vfork or posix_spawn from 1 or 8 processes, and
// by a static one, past the library.
func execs(env []string, dir, rampart string) error {
	loop := filepath.Join(dir, "spawnloop")
	if out, err := exec.Command("cc", "-O2", "-o", loop, "preload/testdata/spawnloop.c").CombinedOutput(); err != nil {
		return fmt.Errorf("build the loop that starts programs: %w\n%s", err, out)
	}
	static := loop + "-static"
	if out, err := exec.Command("cc", "-O2", "-static", "-o", static, "preload/testdata/spawnloop.c").CombinedOutput(); err != nil {
		fmt.Printf("exec under the kernel layer alone: no static program can be built here (%v: %s)\n", err, out)
		static = ""
	}
	doors := []string{"vfork", "spawn"}
	for _, g := range []struct {
		layers, kernel, loop string
		modes                []string
	}{{"preload", "off", loop, doors}, {"preload and kernel", "on", loop, doors}, {"kernel alone", "on", static, []string{"past"}}} {
		if g.loop == "" || g.kernel == "on" && runtime.GOOS != "linux" {
			continue
		}
		if err := execsUnder(g.layers, env, g.loop, g.modes, rampart, "preload", "--kernel="+g.kernel, "--"); err != nil {
			return err
		}
	}
	return sudos(env, loop, doors)
}

// execsUnder measures execs of the loop under a guard, which is given as what
// stands before its command line.
func execsUnder(layers string, env []string, loop string, modes []string, guard ...string) error {
	const total, rounds = 400, 7
	for _, mode := range modes {
		for _, processes := range []int{1, 8} {
			argv := []string{loop, mode, fmt.Sprint(total / processes), fmt.Sprint(processes), "/bin/true"}
			var ratios []float64
			for range rounds {
				bare, err := perExec(env, argv)
				if err != nil {
					return err
				}
				guarded, err := perExec(env, slices.Concat(guard, argv))
				if err != nil {
					return err
				}
				ratios = append(ratios, guarded/bare)
			}
			slices.Sort(ratios)
			what := fmt.Sprintf("exec under %s, %s, %d processes", layers, mode, processes)
			fmt.Printf("%-54s ratio %.2f (%.2f to %.2f)\n", what, ratios[rounds/2], ratios[0], ratios[rounds-1])
		}
	}
	return nil
}

// perExec runs the loop and returns what it says an exec took, in nanoseconds.
func perExec(env, argv []string) (float64, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Stderr = env, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", cmd, err)
	}
	var ns float64
	if _, err := fmt.Sscan(string(out), &ns); err != nil {
		return 0, fmt.Errorf("%s printed %q: %w", cmd, out, err)
	}
	return ns, nil
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
