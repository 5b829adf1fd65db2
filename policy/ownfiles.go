package policy

import (
	_ "embed"
	"sync"

	"rampart/shellparse"
)

//go:embed builtin/own-files.yaml
var ownFiles []byte

// Ownership says in which way a file is a program's own.
type Ownership uint8

// The ways, by the policies of own-files.yaml.
const (
	NotOwn      Ownership = iota
	Own                   // of the program
	OwnBelow              // and of what it starts
	OwnSettings           // even where the guard's own protection keeps it from others
)

var ownerships = map[string]Ownership{"own-files": Own, "own-files-below": OwnBelow, "own-settings": OwnSettings}

var ownFilesSet = sync.OnceValue(func() *Set {
	// As a file of the lowest tier, so that it brings no protection of its own.
	f, problems := load(Source{Name: "own-files.yaml", Data: ownFiles, Tier: tierBuiltin}, 0)
	if len(problems) > 0 {
		panic(&LoadError{problems}) // embedded: a test reads it
	}
	g := &group{tier: tierBuiltin}
	g.add(f)
	g.seal()
	return &Set{groups: []*group{g}}
})

// Owns says whether a file is one of the program's own, which it touches by its
// nature. c is a Call with that program as By.
func Owns(c *Call, effect shellparse.Effect) Ownership {
	one, best := *c, NotOwn
	one.Effects = []shellparse.Effect{effect}
	for _, m := range ownFilesSet().Explain(&one).Matched {
		best = max(best, ownerships[m.Policy])
	}
	return best
}

// Guarded reports whether the guard's own protection stops a Call: what no
// exception takes back.
func (s *Set) Guarded(c *Call) bool {
	e := evaluation{set: s, call: c, effects: c.Effects}
	e.prepare()
	for _, g := range s.groups {
		if g.tier == tierBuiltin {
			e.judgeGroup(g)
		}
	}
	return e.best.Action >= Ask
}
