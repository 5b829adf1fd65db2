package shellparse

import (
	"maps"
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// maxRacers bounds the statements in the background that are remembered.
const maxRacers = 16

// racer is a statement that runs beside what follows it, in the state that it was
// started in. Wildcards were looked up for it when nothing had changed yet.
type racer struct {
	st   *state
	stmt *syntax.Stmt
	io   stdio
	at   *unit

	looked bool     // at files
	reads  []string // what the text has put into files
	end    int      // how many effects there were behind it
}

// runsBeside reports whether a <(...) or >(...) runs beside a command.
func runsBeside(s *syntax.Stmt, c *syntax.CallExpr) bool {
	return slices.ContainsFunc(c.Args, hasProcess) || slices.ContainsFunc(s.Redirs, func(r *syntax.Redirect) bool { return hasProcess(r.Word) })
}

// besides notes a statement that is put in the background.
func (a *analyzer) besides(r racer, looks, from int) {
	r.looked, r.end = a.looks > looks, len(a.res.Effects)
	r.reads = a.reads(a.res.Effects[min(from, r.end):])
	if (r.looked || len(r.reads) > 0) && len(a.racers) < maxRacers {
		a.racers = append(a.racers, r)
	}
}

// runRacers looks once more at what ran in the background while files changed,
// with its wildcards left open, and the files that others write to unknown.
func (a *analyzer) runRacers() {
	racers := a.racers
	a.racers = nil
	if !a.touched {
		return
	}
	for _, r := range racers {
		both := slices.DeleteFunc(a.written(a.res.Effects[min(r.end, len(a.res.Effects)):]), func(p string) bool { return !slices.Contains(r.reads, p) })
		if !r.looked && len(both) == 0 {
			continue
		}
		run := func() {
			a.unsettled(both)
			saved := a.unit
			a.unit = r.at
			o := r.st.options()
			o.unsureGlob = true
			r.st.setOptions(o)
			a.stmt(r.st, r.stmt, r.io)
			a.unit = saved
		}
		if len(both) == 0 {
			a.aside(false, run)
			continue
		}
		saved := maps.Clone(a.files)
		for p, f := range saved {
			c := *f
			a.files[p] = &c
		}
		r.io.out = nil
		a.branches++
		run()
		a.branches--
		a.files = saved
	}
}
