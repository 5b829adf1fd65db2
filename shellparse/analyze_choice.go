package shellparse

import "mvdan.cc/sh/v3/syntax"

// alternatives are the texts that a substitution may stand for.
type alternatives struct {
	of   *syntax.CmdSubst
	vals []str
}

// sureFields expands words, unless a substitution among them may stand for one
// of several texts: a.alts says then what each may be.
func (a *analyzer) sureFields(st *state, words []*syntax.Word) ([]field, bool) {
	var alts []alternatives
	outer := a.alts
	a.alts = &alts
	try := st
	if counts(words) {
		try = st.fork()
	}
	fs := a.fields(try, words)
	a.alts, a.chosen = outer, nil // what the command runs has words of its own
	if !severalWays(alts) {
		if try != st {
			st.commit(try)
		}
		return fs, true
	}
	a.choices = alts
	return nil, false
}

// counts reports whether words have both a substitution and something that
// assigns, which is to be done once though they are looked at again.
func counts(words []*syntax.Word) bool {
	var w wordActs
	for _, word := range words {
		w.parts(word.Parts)
	}
	return w.assigns && w.runs
}

// wordActs is what expanding words does besides.
type wordActs struct{ assigns, runs bool }

// parts looks at most words without walking: it is done for each command.
func (w *wordActs) parts(parts []syntax.WordPart) {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit, *syntax.SglQuoted:
		case *syntax.DblQuoted:
			w.parts(p.Parts)
		case *syntax.CmdSubst:
			w.subst(p)
		case *syntax.ParamExp:
			if !p.Short {
				w.walk(p)
			}
		default:
			w.walk(p)
		}
	}
}

// subst is a substitution: what it assigns is its own process's, mostly.
func (w *wordActs) subst(c *syntax.CmdSubst) {
	w.runs = true
	w.assigns = w.assigns || c.TempFile || c.ReplyVar
}

func (w *wordActs) walk(p syntax.Node) {
	syntax.Walk(p, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			w.subst(n)
			return false
		case *syntax.ArithmExp:
			w.assigns = true
		case *syntax.ParamExp:
			w.assigns = w.assigns || n.Exp != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull) || n.Index != nil || n.Slice != nil
		}
		return true
	})
}

func severalWays(alts []alternatives) bool {
	for _, c := range alts {
		if len(c.vals) > 1 {
			return true
		}
	}
	return false
}

// combined is what substitutions are taken for, in each of the ways that there
// are; beyond a bound, those that are not certain are unknown.
func combined(alts []alternatives) []map[*syntax.CmdSubst]str {
	ways := []map[*syntax.CmdSubst]str{{}}
	for _, c := range alts {
		vals := c.vals
		if len(ways)*len(vals) > 2*maxOutcomes {
			vals = []str{eitherOf(vals)}
		}
		var next []map[*syntax.CmdSubst]str
		for _, w := range ways {
			for _, v := range vals {
				one := make(map[*syntax.CmdSubst]str, len(w)+1)
				for k, s := range w {
					one[k] = s
				}
				one[c.of] = v
				next = append(next, one)
			}
		}
		ways = next
	}
	return ways
}

// choosing runs something with the substitutions taken for certain texts.
func (a *analyzer) choosing(way map[*syntax.CmdSubst]str, run func()) {
	saved := a.chosen
	a.chosen = way
	for k, s := range saved {
		if _, ok := way[k]; !ok {
			way[k] = s
		}
	}
	run()
	a.chosen = saved
}

// eachChoice runs a command once for each of the ways that its words may be.
func (a *analyzer) eachChoice(st *state, io stdio, run func(*state, stdio)) {
	ways := combined(a.choices)
	states := make([]*state, len(ways))
	for i := range ways {
		states[i] = st.fork()
		states[i].vars = map[string]*variable{}
	}
	a.branches++
	a.eachState(st, io, states, func(i int, f *state, one stdio) {
		a.choosing(ways[i], func() { run(f, one) })
	})
	a.branches--
}

// valuesOf is what words may become.
func (a *analyzer) valuesOf(expand func() str) []str {
	var alts []alternatives
	outer := a.alts
	a.alts = &alts
	val := expand()
	a.alts = outer
	if !severalWays(alts) {
		return []str{val}
	}
	var vals []str
	for _, way := range combined(alts) {
		a.choosing(way, func() { vals = addValue(vals, expand()) })
	}
	return vals
}
