package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// mayBeGone notes that nothing may be left of files that are deleted.
func (a *analyzer) mayBeGone(e *Effect) {
	for p, f := range a.files {
		if !strings.HasPrefix(p, pipeName) && a.tick(1) && reaches(e, p) {
			f.vals = addValue(f.vals, str{})
		}
	}
}

// reaches reports whether an effect may be one on a file.
func reaches(e *Effect, p string) bool {
	switch {
	case e.Certainty == Unknown:
		return false
	case e.Certainty == Exact && e.Path == p, e.Certainty == Pattern && globMatch(e.Path, p):
		return true
	}
	return e.Recursive && strings.HasPrefix(p, strings.TrimSuffix(unescape(e.Path), "/")+"/")
}

// unsettled makes the content of files unknown, besides what they are known to
// hold: somebody writes to them at the same time.
func (a *analyzer) unsettled(paths []string) {
	for _, p := range paths {
		f := a.files[p]
		f.vals = slices.Insert(slices.DeleteFunc(slices.Clone(f.vals), str.opaque), 0, unknown(f.content().src))
	}
}

// written are the files of known content that some effects write to or delete.
func (a *analyzer) written(effects []Effect) []string {
	var paths []string
	for i := range effects {
		e := &effects[i]
		if e.Kind != Write && e.Kind != Delete {
			continue
		}
		for p := range a.files {
			if !strings.HasPrefix(p, pipeName) && a.tick(1) && reaches(e, p) && !slices.Contains(paths, p) {
				paths = append(paths, p)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// reads are the files of known content that some effects read.
func (a *analyzer) reads(effects []Effect) []string {
	var paths []string
	for p := range a.files {
		if a.tick(1) && slices.ContainsFunc(effects, func(e Effect) bool { return e.Kind == Read && reaches(&e, p) }) {
			paths = append(paths, p)
		}
	}
	return paths
}

// shared are the files that one of two processes writes to and the other reads.
func (a *analyzer) shared(one, other []Effect) []string {
	both := func(reads, writes []Effect) []string {
		in := a.reads(reads)
		return slices.DeleteFunc(a.written(writes), func(p string) bool { return !slices.Contains(in, p) })
	}
	return append(both(one, other), both(other, one)...)
}

// pipe analyses X | Y. Files that both use are looked at once more as what they
// may hold at any time.
func (a *analyzer) pipe(st *state, c *syntax.BinaryCmd, io stdio) {
	if a.sharing {
		a.pipeOnce(st, c, io)
		return
	}
	n, before, first := len(a.res.Effects), *io.in, io.branch()
	k := a.pipeOnce(st, c, first)
	common := a.shared(a.res.Effects[n:min(k, len(a.res.Effects))], a.res.Effects[min(k, len(a.res.Effects)):])
	outs := first.parts()
	if len(common) > 0 && !a.over {
		again := io.branch()
		again.in = &before
		a.unsettled(common)
		a.sharing = true
		a.branches++
		b := st.fork()
		a.pipeOnce(b, c, again)
		st.merge(b, st.fork())
		a.branches--
		a.sharing = false
		a.status = unsure
		outs = append(outs, again.parts()...)
	}
	io.out.choose(outs...)
}
