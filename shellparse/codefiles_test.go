package shellparse

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// project makes a directory of files. A name that ends in * is executable.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		mode := os.FileMode(0o644)
		if n, ok := strings.CutSuffix(name, "*"); ok {
			name, mode = n, 0o755
		}
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Each text runs what its project's files say: the effects are those, with the
// project's directory as ".".
func TestCodeFiles(t *testing.T) {
	const gitHead = "ref: refs/heads/main\n"
	for _, tt := range []struct {
		text  string
		files map[string]string
		want  string // among the effects; "!" before what must not be
		code  string // files that were read
	}{
		{"./x.sh a", map[string]string{"x.sh*": "#!/bin/sh\nrm \"$1\"\n"}, "x rm a; d ./a", "x.sh"},
		{"./x.sh a", map[string]string{"x.sh*": "rm $1\n"}, "d ./a", "x.sh"},
		{"./x a", map[string]string{"x*": "#!/usr/bin/env -S bash -e\nrm \"$1\"\n"}, "d ./a", "x"},
		{"./x a", map[string]string{"x*": "#!/usr/bin/env python3\nimport os, sys\nos.remove(sys.argv[1])\n"}, "d ./a", "x"},
		{"./ls", map[string]string{"ls*": "#!/bin/sh\nrm a\n"}, "d ./a", "ls"}, // a known name says nothing about it
		{"./x", map[string]string{"x*": "#!/bin/busybox sh\nrm a\n"}, "d ./a", "x"},
		{"./x", map[string]string{"x*": "#!/usr/bin/env -S rm -rf\n"}, "x rm -rf ./x; d ./x/**", "x"},
		{"./x", map[string]string{"x*": "#!/usr/bin/awk -f\nBEGIN { system(\"rm a\") }\n"}, "x /usr/bin/awk -f ./x", "x"},
		{"python3 x.py", map[string]string{"x.py": "import os\nos.remove('a')\n"}, "d ./a", "x.py"},
		{". ./env", map[string]string{"env": "rm a\n"}, "d ./a", "env"},
		{"make", map[string]string{"Makefile": "all: dep\n\trm a\ndep:\n\trm b\nother:\n\trm c\n"}, "d ./a; d ./b; !d ./c", "Makefile"},
		{"make other", map[string]string{"Makefile": "all:\n\trm a\nother:\n\trm c\n"}, "d ./c; !d ./a", "Makefile"},
		{"make", map[string]string{"Makefile": "include x.mk\n", "x.mk": "all:\n\trm a\n"}, "d ./a", "Makefile x.mk"},
		{"make", map[string]string{"Makefile": "X := $(shell rm a)\nall:\n\techo\n"}, "d ./a", "Makefile"},
		{"make -C sub", map[string]string{"sub/Makefile": "all:\n\trm a\n"}, "d ./sub/a", "sub/Makefile"},
		{"make", map[string]string{"Makefile": "D = build\nall:\n\trm -rf $(D)\n"}, "d ./build/**", "Makefile"},
		{"make x.o", map[string]string{"Makefile": "%.o: %.c\n\tcc -o $@ $<\n\trm a\n"}, "d ./a", "Makefile"},
		{"npm test", map[string]string{"package.json": `{"scripts":{"pretest":"rm a","test":"rm b","posttest":"rm c","build":"rm d"}}`}, "d ./a; d ./b; d ./c; !d ./d", "package.json"},
		{"npm run build -- d", map[string]string{"package.json": `{"scripts":{"build":"rm"}}`}, "d ./d", "package.json"},
		{"npm install", map[string]string{"package.json": `{"scripts":{"postinstall":"rm a","test":"rm b"}}`}, "d ./a; !d ./b", "package.json"},
		{"npm install --ignore-scripts", map[string]string{"package.json": `{"scripts":{"postinstall":"rm a"}}`}, "!d ./a", ""},
		{"npm install lodash", map[string]string{"package.json": `{"scripts":{"postinstall":"rm a"}}`}, "!d ./a", ""},
		{"npm --prefix sub run x", map[string]string{"sub/package.json": `{"scripts":{"x":"rm a"}}`}, "d ./sub/a", "sub/package.json"},
		{"yarn xx", map[string]string{"package.json": `{"scripts":{"xx":"rm a"}}`}, "d ./a", "package.json"},
		{"pnpm run x", map[string]string{"package.json": `{"scripts":{"x":"rm a"}}`}, "d ./a", "package.json"},
		{"bun run x", map[string]string{"package.json": `{"scripts":{"x":"rm a"}}`}, "d ./a", "package.json"},
		{"composer install", map[string]string{"composer.json": `{"scripts":{"post-install-cmd":["@x","A::b"],"x":"rm a"}}`}, "d ./a", "composer.json"},
		{"composer x", map[string]string{"composer.json": `{"scripts":{"x":"rm a"}}`}, "d ./a", "composer.json"},
		{"just", map[string]string{"justfile": "all: dep\n    rm a\ndep:\n    @rm b\nother:\n    rm c\n"}, "d ./a; d ./b; !d ./c", "justfile"},
		{"just x", map[string]string{"justfile": "x:\n    #!/usr/bin/env python3\n    import os; os.remove('a')\n"}, "d ./a", "justfile"},
		{"task build", map[string]string{"Taskfile.yml": "version: '3'\ntasks:\n  build:\n    deps: [gen]\n    cmds:\n      - rm a\n      - cmd: rm b\n      - |\n        rm e\n  gen: rm c\n  other:\n    cmds: [rm d]\n"}, "d ./a; d ./b; d ./c; d ./e; !d ./d", "Taskfile.yml"},
		{"pip install .", map[string]string{"setup.py": "import os\nos.remove('a')\n"}, "d ./a", "setup.py"},
		{"pip install requests", map[string]string{"setup.py": "import os\nos.remove('a')\n"}, "!d ./a", ""},
		{"direnv allow", map[string]string{".envrc": "rm a\n"}, "d ./a", ".envrc"},
		{"go generate ./...", map[string]string{"x.go": "package x\n\n//go:generate rm a\n"}, "d ./a", "x.go"},
		{"logrotate x.conf", map[string]string{"x.conf": "/var/log/x {\n postrotate\n  rm a\n endscript\n}\n"}, "d ./a", "x.conf"},
		// git: what the repository says
		{"git status", map[string]string{".git/HEAD": gitHead, ".git/config": "[core]\n\tfsmonitor = rm a\n"}, "x git status; d ./a", ""},
		{"cd sub && git status", map[string]string{".git/HEAD": gitHead, ".git/config": "[core]\n\tfsmonitor = \"rm a\"\n", "sub/x": ""}, "x rm a", ""},
		{"git -C sub status", map[string]string{"sub/.git/HEAD": gitHead, "sub/.git/config": "[core]\nfsmonitor=rm a ; comment\n"}, "d ./sub/a", ""},
		{"git --git-dir=g status", map[string]string{"g/HEAD": gitHead, "g/config": "[core]\nfsmonitor=rm a\n"}, "d ./a", ""},
		{"git status", map[string]string{"HEAD": gitHead, "objects/x": "", "refs/x": "", "config": "[core]\nfsmonitor=rm a\n"}, "d ./a", ""},
		{"git x", map[string]string{".git/HEAD": gitHead, ".git/config": "[alias]\n\tx = !rm a\n"}, "d ./a", ""},
		{"git x", map[string]string{".git/HEAD": gitHead, ".git/config": "[include]\npath = ../inc\n", "inc": "[alias]\n\tx = !rm a\n"}, "d ./a", ""},
		{"git log", map[string]string{".git/HEAD": gitHead, ".git/config": "[core]\n\tfsmonitor = rm a\n"}, "!d ./a", ""},
		{"git fetch", map[string]string{".git/HEAD": gitHead, ".git/config": "[core]\n\tsshCommand = rm a\n"}, "d ./a", ""},
		{"git add x", map[string]string{".git/HEAD": gitHead, ".git/config": "[filter \"f\"]\n\tclean = rm a\n"}, "d ./a", ""},
		{"git diff", map[string]string{".git/HEAD": gitHead, ".git/config": "[diff]\n\texternal = rm a\n"}, "d ./a", ""},
		{"git commit -m x", map[string]string{".git/HEAD": gitHead, ".git/config": "", ".git/hooks/pre-commit*": "#!/bin/sh\nrm a\n", ".git/hooks/pre-push*": "rm b\n"}, "d ./a; !d ./b", ".git/hooks/pre-commit"},
		{"git commit -n -m x", map[string]string{".git/HEAD": gitHead, ".git/config": "", ".git/hooks/pre-commit*": "#!/bin/sh\nrm a\n"}, "!d ./a", ""},
		{"git commit -m x", map[string]string{".git/HEAD": gitHead, ".git/config": "", ".git/hooks/pre-commit": "#!/bin/sh\nrm a\n"}, "!d ./a", ""},
		{"git commit -m x", map[string]string{".git/HEAD": gitHead, ".git/config": "[core]\nhooksPath = .husky\n", ".husky/pre-commit*": "rm a\n"}, "d ./a", ".husky/pre-commit"},
		{"git -c core.hooksPath=h commit", map[string]string{".git/HEAD": gitHead, ".git/config": "", "h/pre-commit*": "rm a\n"}, "d ./a", "h/pre-commit"},
		{"git push", map[string]string{".git/HEAD": gitHead, ".git/config": "", ".git/hooks/pre-push*": "#!/bin/sh\nrm a\n"}, "d ./a", ".git/hooks/pre-push"},
		{"printf 'rm a' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; git commit -m x", map[string]string{".git/HEAD": gitHead, ".git/config": ""}, "d ./a", ""},
		{"printf '[core]\\nfsmonitor=rm a' > .git/config; git status", map[string]string{".git/HEAD": gitHead}, "d ./a", ""},
	} {
		dir := project(t, tt.files)
		in := testInput(tt.text)
		in.Cwd, in.FS = dir, diskFS{}
		r := Analyze(in)
		if r.Refusal != "" {
			t.Errorf("%s: %s", tt.text, r.Refusal)
		}
		var got []string
		for _, e := range r.Effects {
			got = append(got, strings.ReplaceAll(strings.ReplaceAll(show(e), dir+"/", "./"), dir, "."))
		}
		for want := range strings.SplitSeq(tt.want, "; ") {
			not := strings.HasPrefix(want, "!")
			if contains(got, strings.TrimPrefix(want, "!")) == not {
				t.Errorf("%s with %v\n want %s\n have %s", tt.text, tt.files, want, strings.Join(got, "; "))
			}
		}
		var names []string
		for _, f := range r.Files {
			names = append(names, strings.TrimPrefix(f.Path, dir+"/"))
		}
		if s := strings.Join(names, " "); s != tt.code {
			t.Errorf("%s with %v: files %q, want %q", tt.text, tt.files, s, tt.code)
		}
	}
}

// What can't be read is not known; nothing blocks, loops or reads too much.
func TestCodeFilesUnreadable(t *testing.T) {
	dir := project(t, map[string]string{
		"big.sh*": "rm a\n" + strings.Repeat("#\n", maxScript), "elf*": "\x7fELF\x02\x01\x01\x00rm a\n", "self.sh*": "./self.sh; . ./self.sh\n",
		"a.sh*": "./b.sh\n", "b.sh*": "./a.sh\n", "Makefile": "include Makefile\nall:\n\t$(MAKE) all\n", "package.json": `{"scripts":{"x":"npm run x"}}`,
		"justfile": "x: x\n    just x\n", ".git/HEAD": "", ".git/config": "[include]\npath=config\n[alias]\na = b\nb = a\n",
	})
	os.Symlink("loop", filepath.Join(dir, "loop"))
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o755); err != nil {
		t.Skip(err)
	}
	for _, text := range []string{"sh big.sh", "./elf", "./self.sh", "./a.sh", "make", "npm run x", "just x", "git a", "./loop", "sh loop", ". ./fifo", "sh fifo", "./fifo", "python3 fifo", "make -f fifo", "git -C fifo status"} {
		in := testInput(text)
		in.Cwd, in.FS = dir, diskFS{}
		r := Analyze(in)
		if r.Refusal != "" {
			t.Errorf("%s: %s", text, r.Refusal)
		}
		for _, f := range r.Files {
			if f.Size > maxScript || strings.HasSuffix(f.Path, "elf") || strings.HasSuffix(f.Path, "fifo") {
				t.Errorf("%s has read %v", text, f)
			}
		}
		if strings.Contains(text, "big.sh") && !r.Unresolved {
			t.Errorf("%s: what it runs is not known", text)
		}
	}
}
