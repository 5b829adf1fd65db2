package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// pairs measures what one exec costs under preload, next to the same past the
// library and with an empty library loaded: one repeated, which needs no
// question, one that is asked about each time, and one of those that is not the
// system's: it is not started ahead of its answer.
func pairs(env []string, dir, rampart string) error {
	loop, empty, own := filepath.Join(dir, "execpairs"), filepath.Join(dir, "empty.so"), filepath.Join(dir, "own-true")
	for _, argv := range [][]string{
		{"cc", "-O2", "-o", loop, "preload/testdata/execpairs.c"},
		{"cp", "/bin/true", own},
		{"cc", "-shared", "-nostdlib", "-fPIC", "-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-s", "-x", "c", "/dev/null", "-o", empty},
	} {
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", argv, err, out)
		}
	}
	for _, c := range []struct{ what, mode, program string }{
		{"repeated", "same", "/bin/true"}, {"asked about", "new", "/bin/true"}, {"asked about, not the system's", "new", own},
	} {
		cmd := exec.Command(rampart, "preload", "--kernel=off", "--", loop, "1000", c.mode, empty, c.program)
		cmd.Env, cmd.Stderr = env, os.Stderr
		out, err := cmd.Output()
		var bare, alone, guarded float64
		if err == nil {
			_, err = fmt.Sscan(string(out), &bare, &alone, &guarded)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", cmd, err)
		}
		fmt.Printf("%-57s ratio %.3f   with an empty library %.3f   bare %.0f µs, %.0f µs more\n",
			"an exec under preload, "+c.what, guarded/bare, alone/bare, bare/1000, (guarded-bare)/1000)
	}
	return nil
}
