package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	buildFiles  = 200
	buildRounds = 3
)

// builds measures `make -j2` of a project of C files, bare and guarded in turn.
func builds(env []string, rampart string) error {
	project, err := os.MkdirTemp("", "bench-project-") // not among Rampart's own files
	if err != nil {
		return err
	}
	defer os.RemoveAll(project)
	if err := writeProject(project); err != nil {
		return err
	}
	argv := []string{"make", "-s", "-j2", "-C", project}
	kinds := []struct {
		name string
		argv []string
	}{
		{"bare", argv},
		{"preload", append([]string{rampart, "preload", "--kernel=off", "--"}, argv...)},
		{"wrap", append([]string{rampart, "wrap", "--kernel=off", "--"}, argv...)},
	}
	times, work := make([][]float64, len(kinds)), make([][]float64, len(kinds))
	for range buildRounds {
		var bare, bareWork time.Duration
		for i, k := range kinds {
			took, worked, err := build(env, project, k.argv)
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			if i == 0 {
				bare, bareWork = took, worked
			}
			times[i] = append(times[i], float64(took)/float64(bare))
			work[i] = append(work[i], float64(worked)/float64(bareWork))
		}
	}
	for i, k := range kinds[1:] {
		t, w := times[i+1], work[i+1]
		slices.Sort(t)
		slices.Sort(w)
		fmt.Printf("%-52s ratio %.3f (%.3f to %.3f)   of processor time %.3f\n", fmt.Sprintf("make -j2 of %d C files under %s", buildFiles, k.name),
			t[len(t)/2], t[0], t[len(t)-1], w[len(w)/2])
	}
	return nil
}

func writeProject(dir string) error {
	files := map[string]string{
		"Makefile":   "OBJECTS = $(patsubst %.c,%.o,$(wildcard *.c))\nCFLAGS = -O1 -Wall\nprogram: $(OBJECTS)\n\t$(CC) -o $@ $(OBJECTS)\n",
		"project.h":  "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n",
		"main.c":     "#include \"project.h\"\nint main(void) { return 0; }\n",
		".gitignore": "*.o\n",
	}
	for i := range buildFiles - 1 {
		files[fmt.Sprintf("part%d.c", i)] = fmt.Sprintf("#include \"project.h\"\nint part%d(int x) {\n  char text[32];\n  snprintf(text, sizeof text, \"%%d\", x);\n  return atoi(text) + %d;\n}\n", i, i)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// build returns how long it takes from clean sources, and how long processors
// worked for it, the guard's part included: other work on the machine bears less on that.
func build(env []string, project string, argv []string) (took, worked time.Duration, err error) {
	built, _ := filepath.Glob(filepath.Join(project, "*.o"))
	for _, name := range append(built, filepath.Join(project, "program")) {
		os.Remove(name)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = env
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	return time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
