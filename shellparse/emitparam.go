package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// param writes $x and ${x...}: names and operators as they stand, the words
// and subscripts within through their own rules.
func (e *emitter) param(p *syntax.ParamExp, in place) {
	from, to := int(p.Dollar.Offset()), int(p.End().Offset())
	if !p.Dollar.IsValid() { // a[i] in arithmetic
		e.literal(int(p.Param.ValueEnd.Offset()), inArith)
		e.operators(int(p.Index.Pos().Offset()), "[ \t")
		e.arith(p.Index)
		e.operators(to, "] \t")
		return
	}
	switch {
	case p.NestedParam != nil:
		e.refuse(from, to, "a nested expansion is read by zsh alone; use two steps")
	case p.GlobSubst == syntax.OptOn:
		e.refuse(from, to, "${~x} makes a pattern of a value, and patterns can run code in zsh")
	case p.Exp != nil && p.Exp.Op == syntax.OtherParamOps && p.Exp.Word.Lit() == "P":
		e.refuse(from, to, "${x@P} runs the code in a value")
	case p.Short && (p.Split != syntax.OptUnset || p.RcExpand != syntax.OptUnset || p.GlobSubst != syntax.OptUnset):
		e.refuse(from, to, "write the braces of ${=x} or ${^x}")
	case p.Width:
		e.refuse(from, to, "${%x} is read by mksh alone")
	}
	word, pattern := inParam, inParam
	if in&(inQuotes|inHeredoc|inParamQ|inPattern|inArith) != 0 {
		word, pattern = inParamQ, inPattern
	}
	const prefix = "${!#=^+"
	if p.Flags != nil {
		e.zshFlags(p.Flags)
	}
	if p.Param != nil {
		e.operators(int(p.Param.ValuePos.Offset()), prefix)
		if end := int(p.Param.ValueEnd.Offset()); e.src[e.at:end] != p.Param.Value {
			e.refuse(e.at, end, "a name is split by a continued line; write it in one piece")
		}
		e.copyTo(int(p.Param.ValueEnd.Offset()))
	} else if e.dialect != Zsh {
		e.misread(from)
	}
	if p.Index != nil {
		e.operators(int(p.Index.Pos().Offset()), "[ \t")
		e.subscript(p.Index)
		e.operators(min(to, e.at+1), "]")
	}
	switch {
	case p.Slice != nil:
		e.slice(p.Slice)
	case p.Repl != nil:
		e.replacement(p.Repl, pattern)
	case p.Exp != nil:
		if p.Exp.Word != nil {
			e.operators(int(p.Exp.Word.Pos().Offset()), ":+-=?%#^,@/")
			switch p.Exp.Op {
			case syntax.RemSmallSuffix, syntax.RemLargeSuffix, syntax.RemSmallPrefix, syntax.RemLargePrefix:
				word = pattern
			}
			e.wordIn(p.Exp.Word, word)
		}
	case len(p.Modifiers) > 0:
		for _, m := range p.Modifiers {
			for i := 0; i < len(m.Value); i++ {
				if c := m.Value[i]; c != ':' && c != '&' && !scanNameByte(c) {
					e.refuse(from, to, "this modifier is read differently by different shells")
				}
			}
		}
		e.copyTo(to - 1)
	}
	e.operators(to, ":+-=?%#^,@/*|}")
	if p.Short {
		e.afterShort(in)
	}
}

// afterShort refuses what zsh takes for a part of an unbraced $x.
func (e *emitter) afterShort(in place) {
	if e.dialect != Zsh || e.at+1 >= len(e.src) {
		return
	}
	rest := e.src[e.at:]
	if rest[0] == '[' || rest[0] == ':' && (rest[1] >= 'a' && rest[1] <= 'z' || rest[1] >= 'A' && rest[1] <= 'Z' || rest[1] == '&') {
		e.refuse(e.at, e.at+2, "zsh takes what stands behind this variable for a modifier of it; write ${name}")
	}
}

// operators copies src[e.at:to], which must be made of the given bytes.
func (e *emitter) operators(to int, chars string) {
	if to < e.at || to > len(e.src) {
		e.misread(e.at)
	}
	for i := e.at; i < to; i++ {
		if strings.IndexByte(chars, e.src[i]) < 0 {
			e.misread(i)
		}
	}
	e.copyTo(to)
}

func (e *emitter) slice(s *syntax.Slice) {
	const between = ": \t"
	for _, x := range []syntax.ArithmExpr{s.Offset, s.Length} {
		if x != nil {
			e.operators(int(x.Pos().Offset()), between)
			e.arith(x)
		}
	}
	for e.at < len(e.src) && (e.src[e.at] == ' ' || e.src[e.at] == ':') {
		e.copyTo(e.at + 1)
	}
}

func (e *emitter) replacement(r *syntax.Replace, word place) {
	e.operators(e.at+1, "/")
	if r.All {
		e.operators(e.at+1, "/")
	}
	if r.Orig != nil {
		e.wordIn(r.Orig, word)
	}
	if r.With != nil {
		e.operators(e.at+1, "/")
		e.wordIn(r.With, word)
	}
}

// subscript writes the index of an array or the key of a table.
func (e *emitter) subscript(x syntax.ArithmExpr) {
	if w, ok := x.(*syntax.Word); ok {
		if l := w.Lit(); l == "@" || l == "*" {
			e.copyTo(e.at + 1)
			return
		}
		if len(w.Parts) == 1 {
			if q, ok := w.Parts[0].(*syntax.SglQuoted); ok && !q.Dollar && emitInert(q.Value) && !strings.ContainsAny(q.Value, "[]") {
				e.copyTo(int(q.Right.Offset()) + 1)
				return
			}
		}
	}
	e.arith(x)
}

// arithmetic writes expressions between open and shut, each verbatim: blanks
// tell `- -x` from `--x`. between are bytes that may separate them.
func (e *emitter) arithmetic(left syntax.Pos, open string, right syntax.Pos, shut, between string, list ...syntax.ArithmExpr) {
	if e.at != int(left.Offset()) || !strings.HasPrefix(e.src[e.at:], open) {
		e.misread(e.at)
	}
	if open == "$[" {
		e.replace(e.at+2, "$((")
	} else {
		e.copyTo(e.at + len(open))
	}
	e.nested(func() {
		for _, x := range list {
			if x != nil {
				e.arithGap(int(x.Pos().Offset()), between)
				e.arith(x)
			}
		}
		e.arithGap(int(right.Offset()), between)
	})
	if !strings.HasPrefix(e.src[e.at:], shut) {
		e.misread(e.at)
	}
	if shut == "]" {
		e.replace(e.at+1, "))")
	} else {
		e.copyTo(e.at + len(shut))
	}
}

// arithGap copies operators and blanks.
func (e *emitter) arithGap(to int, also string) {
	if i := strings.IndexByte(e.src[e.at:max(to, e.at)], '\n'); i >= 0 && e.buried > 0 {
		e.refuse(e.at, to, "arithmetic runs over the line behind which a here-document begins; put it in a variable")
	}
	e.operators(to, " \t\n+-*/%<>=!&|^~?:,()"+also)
}

// arith writes one expression. The order of its words is that of the source.
func (e *emitter) arith(x syntax.ArithmExpr) {
	e.enter(x)
	defer e.leave()
	switch x := x.(type) {
	case *syntax.Word:
		e.arithGap(int(x.Pos().Offset()), "")
		e.wordIn(x, inArith)
	case *syntax.BinaryArithm:
		e.arith(x.X)
		e.arith(x.Y)
	case *syntax.UnaryArithm:
		e.arith(x.X)
		if x.Post {
			e.arithGap(int(x.OpPos.Offset())+2, "")
		}
	case *syntax.ParenArithm:
		e.arith(x.X)
		e.arithGap(int(x.Rparen.Offset())+1, "")
	default:
		e.refuse(int(x.Pos().Offset()), int(x.End().Offset()), "a subscript with flags is read by zsh alone")
	}
}
