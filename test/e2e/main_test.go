// Package e2e runs real shells and programs under `rampart wrap` and `rampart
// preload`, and compares with what they do without.
//
// Every test has a home, a project and a run-time directory of its own, and
// needs neither root nor a network. What is refused must leave no mark; what
// is allowed must leave the same bytes as the bare run.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rampart/test/binary"
)

// built holds the C programs made for this run, by name; a missing one has no
// compiler here.
var built = map[string]string{}

func TestMain(m *testing.M) {
	flag.Set("test.parallel", "6") // most of them wait for other processes
	dir, err := os.MkdirTemp("", "e2e-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Chmod(dir, 0o755)
	for name, line := range map[string]string{
		"launch":        "cc -O1 -pthread testdata/launch.c",
		"launch-musl":   "musl-gcc -O1 -pthread testdata/launch.c",
		"launch-static": "cc -O1 -static -pthread testdata/launch.c",
		"shell":         "cc testdata/shell.c",
		"shell-static":  "cc -static testdata/shell.c",
	} {
		argv := strings.Fields(line)
		if _, err := exec.LookPath(argv[0]); err != nil {
			continue
		}
		out := filepath.Join(dir, name)
		if msg, err := exec.Command(argv[0], append(argv[1:], "-o", out)...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", line, err, msg)
			os.RemoveAll(dir)
			os.Exit(1)
		}
		built[name] = out
	}
	code := binary.Main(m)
	os.RemoveAll(dir)
	os.Exit(code)
}
