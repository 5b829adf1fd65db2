package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// pairs measures what one exec costs under preload, next to the same past the
// library and with an empty library loaded: one repeated, which needs no
// question, and one that is asked about each time.
func pairs(env []string, dir, rampart string) error {
	loop, empty := filepath.Join(dir, "execpairs"), filepath.Join(dir, "empty.so")
	for _, argv := range [][]string{
		{"cc", "-O2", "-o", loop, "preload/testdata/execpairs.c"},
		{"cc", "-shared", "-nostdlib", "-fPIC", "-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-s", "-x", "c", "/dev/null", "-o", empty},
	} {
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", argv, err, out)
		}
	}
	for _, c := range []struct{ what, mode string }{{"repeated", "same"}, {"asked about", "new"}} {
		cmd := exec.Command(rampart, "preload", "--kernel=off", "--", loop, "1000", c.mode, empty, "/bin/true")
		cmd.Env, cmd.Stderr = env, os.Stderr
		out, err := cmd.Output()
		var bare, alone, guarded float64
		if err == nil {
			_, err = fmt.Sscan(string(out), &bare, &alone, &guarded)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", cmd, err)
		}
		fmt.Printf("%-52s ratio %.3f   with an empty library %.3f   bare %.0f µs, %.0f µs more\n",
			"an exec under preload, "+c.what, guarded/bare, alone/bare, bare/1000, (guarded-bare)/1000)
	}
	return nil
}
