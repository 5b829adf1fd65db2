package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// testExpr writes what is between [[ and ]].
func (e *emitter) testExpr(x syntax.TestExpr) {
	e.enter(x)
	defer e.leave()
	switch x := x.(type) {
	case *syntax.Word:
		e.operand(x)
	case *syntax.ParenTest:
		e.token(x.Lparen, "(")
		e.testExpr(x.X)
		e.token(x.Rparen, ")")
	case *syntax.UnaryTest:
		e.testOperator(x.OpPos)
		if w, ok := x.X.(*syntax.Word); ok && (x.Op == syntax.TsVarSet || x.Op == syntax.TsRefVar) {
			e.subscriptIn(w)
		}
		e.testExpr(x.X)
	case *syntax.BinaryTest:
		e.testExpr(x.X)
		switch x.Op {
		case syntax.AndTest, syntax.OrTest, syntax.TsBefore, syntax.TsAfter:
			e.token(x.OpPos, x.Op.String())
		default:
			e.testOperator(x.OpPos)
		}
		switch x.Op {
		case syntax.TsReMatch:
			e.gap()
			e.space()
			e.wordIn(x.Y.(*syntax.Word), inRegex)
			return
		case syntax.TsEql, syntax.TsNeq, syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr:
			for _, y := range []syntax.TestExpr{x.X, x.Y} {
				if w, ok := y.(*syntax.Word); ok {
					e.subscriptIn(w)
				}
			}
		}
		e.testExpr(x.Y)
	}
}

// testOperator writes an operator that is a word, in the spelling of the source.
func (e *emitter) testOperator(pos syntax.Pos) {
	e.gap()
	n := strings.IndexAny(e.src[e.at:], " \t\n\\(")
	if e.at != int(pos.Offset()) || n <= 0 {
		e.misread(e.at)
	}
	if e.src[e.at] == '!' {
		n = min(n, len("!="))
	}
	e.space()
	e.copyTo(e.at + n)
}

// subscriptIn refuses a quoted subscript where a test takes its operand for a
// variable or for arithmetic: quotes do not stop the shell from running the
// substitution in 'a[$(cmd)]' there.
func (e *emitter) subscriptIn(w *syntax.Word) {
	from, to := int(w.Pos().Offset()), int(w.End().Offset())
	if strings.IndexByte(e.src[from:to], '[') >= 0 && emitQuotesExpansion(w.Parts) {
		e.refuse(from, to, "the shell runs the command within this subscript although it is quoted; assign its output to a variable first")
	}
}

// emitQuotesExpansion reports whether a '$' or '`' is quoted in parts.
func emitQuotesExpansion(parts []syntax.WordPart) bool {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.SglQuoted:
			if strings.ContainsAny(p.Value, "$`\\") {
				return true
			}
		case *syntax.Lit:
			if strings.Contains(p.Value, "\\") {
				return true
			}
		case *syntax.DblQuoted:
			if emitQuotesExpansion(p.Parts) {
				return true
			}
		}
	}
	return false
}
