package shellparse

import (
	"slices"
	"strings"
)

// eachText runs something once for each of the texts that its standard input may be.
func (a *analyzer) eachText(st *state, io stdio, run func(*state, stdio)) {
	texts := io.ins
	io.ins = nil
	if len(texts) < 2 {
		run(st, io)
		return
	}
	a.eachOf(st, io, fewValues(texts, maxValues), func(text str, f *state, one stdio) {
		one.in = &text
		run(f, one)
	})
}

// eachOf runs something once for each of several texts that something may be.
func (a *analyzer) eachOf(st *state, io stdio, texts []str, run func(str, *state, stdio)) {
	states := make([]*state, len(texts))
	for i := range states {
		states[i] = st.fork()
	}
	a.branches++
	a.eachState(st, io, states, func(i int, f *state, one stdio) { run(texts[i], f, one) })
	a.branches--
}

// eachReading runs a command once for each of the texts that its standard input
// may be, that are assigned to a variable for it, or that a file may hold which it
// names. Of one file at a time.
func (a *analyzer) eachReading(cmd *command) {
	if isExec(cmd.argv) && len(cmd.argv) == 1 { // all that follows reads it
		a.dispatch(cmd)
		return
	}
	if len(cmd.io.ins) > 1 {
		a.eachText(cmd.st, cmd.io, func(st *state, io stdio) {
			one := *cmd
			one.st, one.io = st, io
			a.eachReading(&one)
		})
		return
	}
	for i, as := range cmd.assigns {
		if len(as.vals) > 1 {
			a.eachOf(cmd.st, cmd.io, fewValues(as.vals, maxValues), func(val str, st *state, io stdio) {
				one := *cmd
				one.st, one.io, one.assigns = st, io, slices.Clone(cmd.assigns)
				one.assigns[i].val, one.assigns[i].vals = val, nil
				a.eachReading(&one)
			})
			return
		}
	}
	p := ""
	if !a.oneContent && a.filesDiffer() {
		p = a.namedOf(cmd)
	}
	if p == "" {
		a.dispatch(cmd)
		return
	}
	var after []str
	unsure := a.files[p].unsure
	a.oneContent = true
	a.eachOf(cmd.st, cmd.io, fewValues(a.files[p].vals, maxValues), func(text str, st *state, io stdio) {
		one := *cmd
		one.st, one.io = st, io
		a.files[p] = &fileState{vals: []str{text}, unsure: unsure}
		a.dispatch(&one)
		for _, v := range a.files[p].vals {
			after = addValue(after, v)
		}
	})
	a.oneContent = false
	a.files[p].vals = fewValues(after, 2*maxValues)
}

// filesDiffer reports whether any file may hold one of several texts.
func (a *analyzer) filesDiffer() bool {
	for _, f := range a.files {
		if len(f.vals) > 1 {
			return true
		}
	}
	return false
}

// namedOf is a file that a command names, or that programs look for by themselves,
// and that may hold one of several texts.
func (a *analyzer) namedOf(cmd *command) string {
	for _, f := range cmd.argv[1:] {
		if !a.tick(1) || !f.known() {
			continue
		}
		p, cert := a.resolve(cmd.st, f.str, true)
		if own := a.files[p]; cert == Exact && own != nil && len(own.vals) > 1 {
			return p
		}
	}
	if name := cmd.argv[0]; name.known() && builtins[name.t].run != nil {
		return ""
	}
	found := ""
	for p, f := range a.files {
		if len(f.vals) > 1 && lookedFor[path0(p)] && (found == "" || p < found) {
			found = p
		}
	}
	return found
}

// lookedFor are files of code that programs find by their names.
var lookedFor = map[string]bool{
	"Makefile": true, "makefile": true, "GNUmakefile": true, "package.json": true, "justfile": true, "Justfile": true, ".justfile": true,
	"Rakefile": true, "build.ninja": true, "CMakeLists.txt": true, "setup.py": true, "conftest.py": true, "build.rs": true, "Taskfile.yml": true,
	"config": true, ".gitconfig": true, ".gitattributes": true, "pre-commit": true, "post-checkout": true, "commit-msg": true, "pre-push": true,
}

// contents are the texts that a file may hold which the text has written to.
func (a *analyzer) contents(st *state, name str) []str {
	p, cert := a.resolve(st, name, true)
	if cert != Exact {
		return nil
	}
	if f := a.files[p]; f != nil {
		vals := make([]str, len(f.vals))
		for i, v := range f.vals {
			vals[i] = v
			if !strings.HasPrefix(p, "/dev/fd/") {
				vals[i].src = join(v.src, &source{from: File, path: p})
			}
		}
		return vals
	}
	if ch, ok := a.descriptor(p); ok {
		return ch.ins
	}
	return nil
}
