package engine

import (
	"path"
	"slices"
	"strings"
	"sync"

	"rampart/platform"
	"rampart/policy"
	"rampart/shellparse"
)

// foresight is what the judgement of a process's program said that it would
// start, and what those around it said.
type foresight struct {
	text  string // of a command, or a file of code, that was read; "" if there was none
	execs []shellparse.Effect
	files []shellparse.CodeFile
	outer []*foresight
}

// foresights are those of the running processes. They say what the record tells
// of an exec, and decide nothing: a number that is used anew does no harm.
type foresights struct {
	mu      sync.Mutex
	of      map[int]*foresight
	spawned map[int][]*foresight // by the parent, of children whose number was not known
}

const (
	maxForesights = 8192
	maxSpawned    = 8  // of one parent
	maxForebears  = 8  // looked at to find one
	maxOuter      = 32 // looked at for one exec
	maxShown      = 12 // of what was foreseen, in a record
)

// around returns the foresights that an exec by a process falls under.
func (f *foresights) around(pid, ppid int) []*foresight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if x := f.of[pid]; x != nil {
		return []*foresight{x}
	}
	nearest := ppid
	for range maxForebears {
		if ppid <= 1 {
			break
		}
		x, kids := f.of[ppid], f.spawned[ppid]
		if x != nil {
			f.of[nearest] = x // looking up a parent costs more than all else here
			return append(slices.Clone(kids), x)
		}
		if len(kids) > 0 {
			return slices.Clone(kids)
		}
		ppid = platform.ParentOf(ppid)
	}
	return nil
}

// add remembers the foresight of a program that is about to start.
func (f *foresights) add(c *policy.Call, outer []*foresight, child bool) {
	x := &foresight{outer: outer, files: c.Files}
	own := argvKey(c.Argv)
	for i := range c.Effects {
		if ef := &c.Effects[i]; ef.Kind == shellparse.Exec && !ef.Builtin {
			if key, ok := startedKey(ef); !ok || key != own {
				x.execs = append(x.execs, *ef)
			}
		}
	}
	switch {
	case c.Command != "":
		x.text = c.Command
	case len(c.Files) > 0:
		x.text = strings.Join(c.Argv, " ")
	case len(x.execs) == 0 && len(outer) == 1:
		x = outer[0]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil || len(f.of)+len(f.spawned) >= maxForesights {
		f.of, f.spawned = map[int]*foresight{}, map[int][]*foresight{}
	}
	if !child {
		f.of[c.PID] = x
		delete(f.spawned, c.PID) // whatever had that number
		return
	}
	if kids := f.spawned[c.PID]; !slices.Contains(kids, x) {
		f.spawned[c.PID] = append(kids[max(0, len(kids)-maxSpawned+1):], x)
	}
}

// unforeseen returns the nearest text that was judged around an exec and does
// not account for it, and what it was said to start; ok is false if the exec was
// foreseen, or if there was no text.
func unforeseen(c *policy.Call, around []*foresight) (text string, foreseen []string, ok bool) {
	if len(around) == 0 || len(c.Argv) == 0 {
		return "", nil, false
	}
	all := slices.Clone(around)
	for i := 0; i < len(all) && i < maxOuter; i++ {
		x := all[i]
		if x.text != "" && !ok {
			text, ok = x.text, true
			for k := range x.execs[:min(len(x.execs), maxShown)] {
				foreseen = append(foreseen, shownExec(&x.execs[k]))
			}
		}
		for _, o := range x.outer {
			if !slices.Contains(all, o) {
				all = append(all, o)
			}
		}
	}
	if !ok || accounted(all, c.Argv) || interprets(all, c) || c.Command != "" && onlyAccounted(all, c) {
		return "", nil, false
	}
	return text, foreseen, true
}

func accounted(all []*foresight, argv []string) bool {
	return slices.ContainsFunc(all, func(x *foresight) bool {
		for i := range x.execs {
			if accountsFor(&x.execs[i], argv) {
				return true
			}
		}
		return false
	})
}

// interprets reports whether an exec starts a program on a file that was read
// and judged: what env makes of a script's first line.
func interprets(all []*foresight, c *policy.Call) bool {
	return slices.ContainsFunc(all, func(x *foresight) bool {
		return slices.ContainsFunc(x.files, func(f shellparse.CodeFile) bool {
			return slices.ContainsFunc(c.Argv[1:], func(arg string) bool { return absolute(arg, c.Cwd, "") == f.Path })
		})
	})
}

// onlyAccounted reports whether all that a shell's text starts was foreseen: make
// gives its recipes, npm its scripts to a shell.
func onlyAccounted(all []*foresight, c *policy.Call) bool {
	own, some := argvKey(c.Argv), false
	for i := range c.Effects {
		ef := &c.Effects[i]
		if ef.Kind != shellparse.Exec || ef.Builtin {
			continue
		}
		words := make([]string, len(ef.Argv))
		for k, v := range ef.Argv {
			if v.Certainty != shellparse.Exact {
				return false
			}
			words[k] = v.Text
		}
		if argvKey(words) == own {
			continue
		}
		if some = true; !accounted(all, words) {
			return false
		}
	}
	return some
}

// accountsFor reports whether an effect is the start of argv: of a program that
// is known, with the arguments as far as they are.
func accountsFor(ef *shellparse.Effect, argv []string) bool {
	if ef.Certainty == shellparse.Unknown || len(argv) == 0 || len(ef.Argv) == 0 {
		return false
	}
	program := path.Base(strings.TrimPrefix(argv[0], "-"))
	first := ef.Argv[0]
	if first.Text = path.Base(first.Text); first.Spread { // what it is besides are arguments
		return shellparse.CoverArgs(ef.Argv, append([]string{program}, argv[1:]...))
	}
	return shellparse.CoverArgs([]shellparse.Value{first}, []string{program}) && shellparse.CoverArgs(ef.Argv[1:], argv[1:])
}

func shownExec(ef *shellparse.Effect) string {
	words := make([]string, len(ef.Argv))
	for i, v := range ef.Argv {
		words[i] = word(v)
	}
	if len(words) == 0 {
		return "?"
	}
	return strings.Join(words, " ")
}
