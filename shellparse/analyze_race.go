package shellparse

import "mvdan.cc/sh/v3/syntax"

// maxRacers bounds the statements in the background that are remembered.
const maxRacers = 16

// racer is a statement that runs beside what follows it, in the state that it was
// started in. Wildcards were looked up for it when nothing had changed yet.
type racer struct {
	st   *state
	stmt *syntax.Stmt
	io   stdio
	at   *unit
}

// besides notes a statement that is put in the background.
func (a *analyzer) besides(r racer, looks int) {
	if a.looks > looks && len(a.racers) < maxRacers {
		a.racers = append(a.racers, r)
	}
}

// runRacers looks once more at what ran in the background while files changed,
// with its wildcards left open.
func (a *analyzer) runRacers() {
	racers := a.racers
	a.racers = nil
	if !a.touched {
		return
	}
	for _, r := range racers {
		a.aside(false, func() {
			saved := a.unit
			a.unit = r.at
			o := r.st.options()
			o.unsureGlob = true
			r.st.setOptions(o)
			a.stmt(r.st, r.stmt, r.io)
			a.unit = saved
		})
	}
}
