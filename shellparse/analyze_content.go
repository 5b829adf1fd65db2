package shellparse

import "mvdan.cc/sh/v3/syntax"

// eachContent runs a statement once for each of the texts that a file which it
// names may hold, and reports whether there is such a file. Of one file at a time.
func (a *analyzer) eachContent(st *state, s *syntax.Stmt, io stdio) bool {
	p := ""
	if !a.oneContent {
		p = a.severalContents(st, s)
	}
	if p == "" {
		return false
	}
	vals, unsure := fewValues(a.files[p].vals, maxValues), a.files[p].unsure
	states := make([]*state, len(vals))
	for i := range states {
		states[i] = st.fork()
	}
	var after []str
	a.oneContent = true
	a.branches++
	a.eachState(st, io, states, func(i int, f *state, one stdio) {
		a.files[p] = &fileState{vals: vals[i : i+1 : i+1], unsure: unsure}
		a.stmt(f, s, one)
		for _, v := range a.files[p].vals {
			after = addValue(after, v)
		}
	})
	a.branches--
	a.oneContent = false
	a.files[p].vals = fewValues(after, 2*maxValues)
	return true
}

// severalContents is a file that a statement names and that may hold one of
// several texts.
func (a *analyzer) severalContents(st *state, s *syntax.Stmt) string {
	if !a.filesDiffer() {
		return ""
	}
	var words []*syntax.Word
	for _, r := range s.Redirs {
		if r.Op == syntax.RdrIn || r.Op == syntax.RdrInOut {
			words = append(words, r.Word)
		}
	}
	if c, ok := s.Cmd.(*syntax.CallExpr); ok && len(c.Args) > 1 {
		words = append(words, c.Args[1:]...)
	}
	for _, w := range words {
		if !a.tick(1) || !repeatable(w) {
			continue
		}
		p, cert := a.resolve(st, a.text(st, w), true)
		if f := a.files[p]; cert == Exact && f != nil && len(f.vals) > 1 {
			return p
		}
	}
	return ""
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

// repeatable reports whether nothing comes of expanding a word but its text.
func repeatable(w *syntax.Word) bool {
	yes := true
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst, *syntax.ArithmExp, *syntax.ExtGlob:
			yes = false
		case *syntax.ParamExp:
			yes = yes && n.Exp == nil && n.Index == nil && n.Slice == nil && n.Repl == nil && n.NestedParam == nil
		}
		return yes
	})
	return yes
}
