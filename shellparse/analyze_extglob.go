package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

const patternInArray = "a pattern like @(...) among the elements of an array is an error to bash unless extglob was on before this line, and bash then runs the lines behind it one by one; " +
	"put `shopt -s extglob` on a line of its own before it, or quote the pattern"

// checkLine stops where bash would lose the thread within a line: it gives up what it
// cannot read in the parentheses of an array, and goes on with the next line as with a
// command, in the middle of a function, a loop or a here-document.
func (a *analyzer) checkLine(st *state, line []*syntax.Stmt) bool {
	if st.options().extglob {
		return true
	}
	for _, s := range line {
		if !hasPatternInArray(s) {
			continue
		}
		sp := a.span(s.Pos(), s.End())
		if a.inFile > 0 {
			a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: sp})
			return true
		}
		a.refuse(patternInArray)
		a.res.RefusalSpan = sp
		return false
	}
	return true
}

// mayHavePatternInArray is quick.
func mayHavePatternInArray(text string) bool {
	if !strings.Contains(text, "=(") {
		return false
	}
	for i := 1; i < len(text); i++ {
		if text[i] == '(' && strings.IndexByte("@!?*+", text[i-1]) >= 0 {
			return true
		}
	}
	return false
}

func hasPatternInArray(s *syntax.Stmt) bool {
	found := false
	syntax.Walk(s, func(n syntax.Node) bool {
		if el, ok := n.(*syntax.ArrayElem); ok && el.Value != nil {
			found = found || hasExtGlob(el.Value)
		}
		return !found
	})
	return found
}

func hasExtGlob(w *syntax.Word) bool {
	return slices.ContainsFunc(w.Parts, func(p syntax.WordPart) bool {
		_, ok := p.(*syntax.ExtGlob)
		return ok
	})
}
