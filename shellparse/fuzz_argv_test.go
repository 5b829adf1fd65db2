package shellparse

import (
	"io/fs"
	"strings"
	"testing"
	"time"
)

// checkArgv holds what must be true of the analysis of a process that starts.
func checkArgv(t *testing.T, in *Input) {
	t.Helper()
	start := time.Now()
	r := Analyze(in)
	if strings.Contains(r.Refusal, "internal fault") {
		t.Fatalf("%s for %q", r.Refusal, in.Argv)
	}
	for _, w := range r.Rewrites {
		if w.Index <= 0 || w.Index >= len(in.Argv) {
			t.Fatalf("rewrites argument %d of %q", w.Index, in.Argv)
		}
	}
	if r.TextIndex < 0 || r.TextIndex >= max(1, len(in.Argv)) {
		t.Fatalf("text at %d of %q", r.TextIndex, in.Argv)
	}
	if r.Refusal == "" && r.SyntaxError == "" && !hasExec(r.Effects) {
		t.Fatalf("%q starts nothing", in.Argv)
	}
	for _, e := range r.Effects {
		if strings.Contains(e.Path, hole) || e.Path != "" && e.Path[0] != '/' {
			t.Fatalf("path of %s of %q", show(e), in.Argv)
		}
		for _, v := range e.Argv {
			if strings.Contains(v.Text, hole) {
				t.Fatalf("hole in %s of %q", show(e), in.Argv)
			}
		}
	}
	t.Logf("took %v", time.Since(start))
}

func hasExec(effects []Effect) bool {
	for _, e := range effects {
		if e.Kind == Exec {
			return true
		}
	}
	return false
}

// FuzzArguments gives every program of the table arguments: which is chosen by
// number, the arguments are lines of the text.
func FuzzArguments(f *testing.F) {
	names := programNames()
	where := map[string]int{}
	for i, n := range names {
		where[n] = i
	}
	for _, text := range append(everydayCommands(), fileCommands...) {
		words := strings.Fields(text)
		if n, ok := where[words[0]]; ok {
			f.Add(uint16(n), strings.Join(words[1:], "\n"))
		}
	}
	for i := range names {
		f.Add(uint16(i), "-e\n-c\nrm x\n--to-command=rm\n-o\ny\n--\n@f\nhttp://h/p\n{}\n+\n;")
	}
	f.Fuzz(func(t *testing.T, which uint16, args string) {
		argv := []string{names[int(which)%len(names)]}
		if args != "" {
			argv = append(argv, strings.Split(args, "\n")...)
		}
		in := testInput("")
		in.Argv = argv
		checkArgv(t, in)
	})
}

// oneFile is a file system of one directory with one file of many names.
type oneFile struct{ text string }

func (f oneFile) Lstat(p string) (fs.FileInfo, error) { return nil, fs.ErrNotExist }
func (f oneFile) Readlink(p string) (string, error)   { return "", fs.ErrNotExist }
func (f oneFile) ReadDirNames(p string) ([]string, error) {
	return []string{"f", "Makefile", "package.json"}, nil
}

func (f oneFile) ReadFile(p string, limit int64) ([]byte, error) {
	if !strings.HasPrefix(p, "/home/dev/app/") || int64(len(f.text)) > limit {
		return nil, fs.ErrNotExist
	}
	return []byte(f.text), nil
}

// fileRunners run the file as each kind of code that is followed into.
var fileRunners = [][]string{
	{"sh", "f"}, {"bash", "f", "a"}, {"zsh", "f"}, {"./f", "a"}, {"bash", "-c", ". ./f; g"}, {"make", "all"}, {"make", "-f", "f"}, {"npm", "run", "build"}, {"python3", "f"}, {"node", "f"},
	{"perl", "f"}, {"ruby", "f"}, {"php", "f"}, {"awk", "-f", "f", "x"}, {"sed", "-f", "f", "x"}, {"git", "l"}, {"lua", "f"}, {"vim", "-S", "f"}, {"bash", "-c", "sh < f"}, {"xargs", "-a", "f", "rm"},
}

// FuzzFiles gives files of code any content.
func FuzzFiles(f *testing.F) {
	for i, text := range []string{
		"#!/bin/sh\nrm -rf \"$1\"\n", "#!/usr/bin/env python3\nimport os\nos.system('rm x')\n", "all: dep\n\trm -f out\ndep:\n\ttouch $(X)\n", `{"scripts":{"build":"rm -rf dist","prebuild":"sh f"}}`,
		"[alias]\n\tl = !rm x\n", "BEGIN { system(\"rm x\") }", "1e rm x\nw out\n", "require('child_process').execSync('rm x')", "system('rm x'); `rm y`; open(F, '|rm z');", "<?php system('rm x');", "os.execute('rm x')", ":!rm x\n", ". ./f\n", "all: all\n\t$(MAKE) all\n",
	} {
		for k := range fileRunners {
			if (i+k)%5 == 0 {
				f.Add(uint8(k), text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		in := testInput("")
		in.Argv = fileRunners[int(which)%len(fileRunners)]
		in.FS = oneFile{text: text}
		checkArgv(t, in)
	})
}

// FuzzEvaluate makes whole programs out of numbers: the coverage of Go's fuzzer
// steers the generator of TestSoundness. Nothing is run.
func FuzzEvaluate(f *testing.F) {
	for i := range 64 {
		f.Add(uint64(i), uint64(i)*7919)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		text := generated(a, b)
		for d := Bash; d < Foreign; d++ {
			checkAnalysis(t, text, d)
		}
	})
}
