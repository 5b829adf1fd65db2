// Package cli tests rampart's commands by scripts, one file in testdata for
// each: what a person types, what is printed, and the exit status.
package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rampart/test/binary"
)

func TestMain(m *testing.M) { os.Exit(binary.Main(m)) }

func TestScripts(t *testing.T) {
	path := binary.Path(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("USER", "dev")
			env.Setenv("RAMPART", path)
			return os.MkdirAll(filepath.Join(home, ".ssh"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a program whose exit status matters: exits STATUS PROGRAM
// [ARG...]. Standard input is what `stdin` has set.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG...]")
	}
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if e, ok := err.(*exec.ExitError); ok {
		got = strconv.Itoa(e.ExitCode())
	} else if err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit status %s, want %s", got, want)
	}
}
