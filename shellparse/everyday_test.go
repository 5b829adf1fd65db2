package shellparse

import (
	_ "embed"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
)

// everydayText is the project's own sample of what people and agents type.
//
//go:embed testdata/everyday.txt
var everydayText string

func everydayCommands() []string {
	var out []string
	for line := range strings.SplitSeq(everydayText, "\n") {
		if line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// precision counts the effects of commands by how certain they are, and by
// which program or construct those come about that are not exact.
type precision struct {
	commands, refused int
	effects           [Unknown + 1]int
	allExact          int
	blame             map[string]int
}

// sampleProject makes the files of a project in which everyday commands find
// what they name.
func sampleProject(t *testing.T) string {
	files := map[string]string{"node_modules/": "", "dist/": "", "build/": "", "backup/": "", "docs/": "", "tests/": "", ".env.example": "A=1\n", "list.txt": "a.txt\n", "logs/app.log": "x\n",
		".git/config": "[remote \"origin\"]\n\turl = https://github.com/example/app.git\n[branch \"main\"]\n\tremote = origin\n", ".git/HEAD": "ref: refs/heads/main\n",
		"package.json": `{"name":"app","version":"1.0.0","scripts":{"build":"tsc","lint":"eslint src","test":"vitest run","dev":"vite","start":"node server.js"}}`, "Makefile": "all:\n\tcc -o app main.c\ntest: all\n\t./app --test\nclean:\n\trm -f app\ninstall:\n\tcp app /usr/local/bin/app\n"}
	for _, f := range strings.Fields("README.md NOTES.md main.go go.mod a.txt b.txt c.txt main.c main.py old.log app.log disk.iso src/app.ts src/app.py src/util.go src/main.cpp src/a.c scripts/build.sh scripts/test.sh scripts/deploy.sh run.sh public/index.html") {
		files[f] = "x\n"
	}
	return onDisk(t, files)
}

func measurePrecision(texts []string, dir string) precision {
	p := precision{blame: map[string]int{}}
	for _, text := range texts {
		p.commands++
		in := testInput(text)
		if dir != "" {
			in.Cwd, in.FS = dir, diskFS{}
		}
		r := Analyze(in)
		if r.Refusal != "" || r.SyntaxError != "" {
			p.refused++
			continue
		}
		exact := true
		for _, e := range r.Effects {
			c := e.Certainty
			for _, v := range e.Argv {
				c = max(c, min(v.Certainty, Pattern)) // some argument is not known
			}
			p.effects[c]++
			if c != Exact {
				exact = false
				p.blame[fmt.Sprintf("%s %s of %s", c, e.Kind, program0(r.Effects, e))]++
			}
		}
		if exact {
			p.allExact++
		}
	}
	return p
}

// program0 is the program that an effect belongs to: the last that started.
func program0(effects []Effect, e Effect) string {
	name := "the shell"
	for _, f := range effects {
		if f.Kind == Exec && f.Span.Start <= e.Span.Start && f.Span.End >= e.Span.End && f.Program != "" {
			name = f.Program
		}
	}
	return name
}

func (p precision) share(c Certainty) float64 {
	n := p.effects[Exact] + p.effects[Pattern] + p.effects[Unknown]
	return 100 * float64(p.effects[c]) / float64(max(1, n))
}

func (p precision) String() string {
	return fmt.Sprintf("%d commands (%d refused), %d effects: exact %.1f %%, pattern %.1f %%, unknown %.1f %%; commands with exact effects only %.1f %%",
		p.commands, p.refused, p.effects[Exact]+p.effects[Pattern]+p.effects[Unknown], p.share(Exact), p.share(Pattern), p.share(Unknown),
		100*float64(p.allExact)/float64(max(1, p.commands)))
}

// TestPrecision measures how much of everyday commands is known exactly. What
// can't be known (what a program prints) keeps it below 100 %.
func TestPrecision(t *testing.T) {
	bare := measurePrecision(everydayCommands(), "")
	t.Logf("everyday.txt, by the text alone: %s", bare)
	own := measurePrecision(everydayCommands(), sampleProject(t))
	t.Logf("everyday.txt, in a project: %s", own)
	own.logBlame(t)
	if own.share(Exact) < 95 {
		t.Errorf("%.1f %% of the effects of everyday commands are exact, 95 are wanted", own.share(Exact))
	}
	if own.refused > 0 {
		t.Errorf("%d everyday commands are refused", own.refused)
	}
	if os.Getenv("RAMPART_CORPORA") == "" {
		t.Log("RAMPART_CORPORA is not set: real commands are not counted")
		return
	}
	all := measurePrecision(corpusTexts(1<<20), "")
	t.Logf("syntax.jsonl, by the text alone: %s", all)
	all.logBlame(t)
}

// logBlame lists what most often is not exact.
func (p precision) logBlame(t *testing.T) {
	var rows []string
	for b := range p.blame {
		rows = append(rows, b)
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := p.blame[rows[i]], p.blame[rows[j]]
		return a > b || a == b && rows[i] < rows[j]
	})
	for _, b := range rows[:min(len(rows), 20)] {
		t.Logf("%6d  %s", p.blame[b], b)
	}
}
