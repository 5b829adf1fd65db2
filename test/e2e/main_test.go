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

// built holds the programs made for this run, by name; a missing one has no
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
		"launch":        "cc -O1 -pthread -o OUT testdata/launch.c",
		"launch-musl":   "musl-gcc -O1 -pthread -o OUT testdata/launch.c",
		"launch-static": "cc -O1 -static -pthread -o OUT testdata/launch.c",
		"files":         "cc -O1 -pthread -o OUT testdata/files.c",
		"files-musl":    "musl-gcc -O1 -D_LARGEFILE64_SOURCE -pthread -o OUT testdata/files.c",
		"places":        "cc -O1 -pthread -o OUT testdata/places.c",
		"outside":       "cc -O1 -o OUT testdata/outside.c",
		"shell":         "cc -o OUT testdata/shell.c",
		"launch-shared": "cc -O1 -static -o OUT testdata/sharedrace.c",
		"launch-race":   "cc -O1 -static -pthread -o OUT testdata/race.c",
		"race":          "cc -O1 -pthread -o OUT testdata/race.c",
		"launch-loop":   "cc -O1 -static -o OUT ../../preload/testdata/spawnloop.c",
		"launch-go":     "go build -o OUT ./testdata/launchgo",
		"shell-static":  "cc -static -o OUT testdata/shell.c",
	} {
		build(dir, name, line, true)
	}
	// What not every machine can make.
	for name, line := range map[string]string{
		"launch-go-dynamic": "go build -ldflags=-linkmode=external -o OUT ./testdata/launchgo",
		"launch-rust":       "rustc -O -o OUT testdata/launch.rs",
		"launch-32":         "cc -m32 -idirafter /usr/include/x86_64-linux-gnu -O1 -pthread -o OUT testdata/launch.c",
		"launch-32-static":  "cc -m32 -idirafter /usr/include/x86_64-linux-gnu -O1 -static -pthread -o OUT testdata/launch.c",
	} {
		build(dir, name, line, false)
	}
	code := binary.Main(m)
	os.RemoveAll(dir)
	os.Exit(code)
}

// build makes a program for this run. One that is needed and can't be made ends it.
func build(dir, name, line string, needed bool) {
	out := filepath.Join(dir, name)
	argv := strings.Fields(strings.Replace(line, "OUT", out, 1))
	if _, err := exec.LookPath(argv[0]); err != nil {
		return
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if !needed {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	}
	msg, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		built[name] = out
	case needed:
		fmt.Fprintf(os.Stderr, "%s: %v\n%s", line, err, msg)
		os.RemoveAll(dir)
		os.Exit(1)
	}
}
