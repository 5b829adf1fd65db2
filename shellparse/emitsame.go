package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// sameFile compares two trees by what they mean. It is blind to positions and
// comments, and to these spellings, which are the emitter's own:
//
//   - `...` and $(...), $[...] and $((...)), $"..." and "..."
//   - for ...; { } and for ...; do done
//   - a literal in one piece or in several
//   - in zsh, > file and cat > file
//   - the words that e has rewritten, which stand for another text
//
// On a difference it returns where it is in the first tree.
func sameFile(a, b *syntax.File, e *emitter) (syntax.Pos, bool) {
	c := comparer{rewritten: e.rewritten, zsh: e.dialect == Zsh}
	ok := c.stmts(a.Stmts, b.Stmts)
	return c.at, ok
}

type comparer struct {
	rewritten map[*syntax.Word]string
	zsh       bool
	at        syntax.Pos // the last statement or word of the first tree looked at
}

func (c *comparer) stmts(a, b []*syntax.Stmt) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !c.stmt(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (c *comparer) stmt(a, b *syntax.Stmt) bool {
	if a == nil || b == nil {
		return a == b
	}
	c.at = a.Position
	if a.Negated != b.Negated || a.Background != b.Background || a.Coprocess != b.Coprocess || a.Disown != b.Disown || len(a.Redirs) != len(b.Redirs) {
		return false
	}
	for i, r := range a.Redirs {
		s := b.Redirs[i]
		if r.Op != s.Op || !c.lit(r.N, s.N) || !c.word(r.Word, s.Word) || !c.word(r.Hdoc, s.Hdoc) {
			return false
		}
	}
	if call, ok := b.Cmd.(*syntax.CallExpr); ok && a.Cmd == nil {
		return c.zsh && len(call.Args) == 1 && len(call.Assigns) == 0 && call.Args[0].Lit() == zshNullCommand(a)
	}
	return c.command(a.Cmd, b.Cmd)
}

func (c *comparer) command(a, b syntax.Command) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case *syntax.CallExpr:
		b, ok := b.(*syntax.CallExpr)
		return ok && c.assigns(a.Assigns, b.Assigns) && c.words(a.Args, b.Args)
	case *syntax.BinaryCmd:
		// The left side in a loop, for it is as deep as a chain is long.
		for {
			b2, ok := b.(*syntax.BinaryCmd)
			if !ok || a.Op != b2.Op || !c.stmt(a.Y, b2.Y) {
				return false
			}
			x, y := a.X, b2.X
			left, ok := x.Cmd.(*syntax.BinaryCmd)
			if !ok || len(x.Redirs) > 0 || x.Negated {
				return c.stmt(x, y)
			}
			if y.Negated || len(y.Redirs) > 0 || x.Background != y.Background || x.Coprocess != y.Coprocess || x.Disown != y.Disown {
				return false
			}
			a, b = left, y.Cmd
		}
	case *syntax.Block:
		b, ok := b.(*syntax.Block)
		return ok && c.stmts(a.Stmts, b.Stmts)
	case *syntax.Subshell:
		b, ok := b.(*syntax.Subshell)
		return ok && c.stmts(a.Stmts, b.Stmts)
	case *syntax.IfClause:
		b, ok := b.(*syntax.IfClause)
		return ok && c.ifClause(a, b)
	case *syntax.WhileClause:
		b, ok := b.(*syntax.WhileClause)
		return ok && a.Until == b.Until && c.stmts(a.Cond, b.Cond) && c.stmts(a.Do, b.Do)
	case *syntax.ForClause:
		b, ok := b.(*syntax.ForClause)
		return ok && a.Select == b.Select && c.loop(a.Loop, b.Loop) && c.stmts(a.Do, b.Do)
	case *syntax.CaseClause:
		b, ok := b.(*syntax.CaseClause)
		return ok && a.Braces == b.Braces && c.word(a.Word, b.Word) && c.items(a.Items, b.Items)
	case *syntax.FuncDecl:
		b, ok := b.(*syntax.FuncDecl)
		return ok && a.RsrvWord == b.RsrvWord && a.Parens == b.Parens && c.lit(a.Name, b.Name) && len(a.Names) == len(b.Names) && c.stmt(a.Body, b.Body)
	case *syntax.ArithmCmd:
		b, ok := b.(*syntax.ArithmCmd)
		return ok && a.Unsigned == b.Unsigned && c.arith(a.X, b.X)
	case *syntax.TestClause:
		b, ok := b.(*syntax.TestClause)
		return ok && c.test(a.X, b.X)
	case *syntax.DeclClause:
		b, ok := b.(*syntax.DeclClause)
		return ok && c.lit(a.Variant, b.Variant) && c.assigns(a.Args, b.Args)
	case *syntax.TimeClause:
		b, ok := b.(*syntax.TimeClause)
		return ok && a.PosixFormat == b.PosixFormat && c.stmt(a.Stmt, b.Stmt)
	}
	return false // what the emitter doesn't write
}

func (c *comparer) ifClause(a, b *syntax.IfClause) bool {
	for ; a != nil && b != nil; a, b = a.Else, b.Else {
		if a.ThenPos.IsValid() != b.ThenPos.IsValid() || !c.stmts(a.Cond, b.Cond) || !c.stmts(a.Then, b.Then) {
			return false
		}
	}
	return a == nil && b == nil
}

func (c *comparer) loop(a, b syntax.Loop) bool {
	switch a := a.(type) {
	case *syntax.WordIter:
		b, ok := b.(*syntax.WordIter)
		return ok && a.InPos.IsValid() == b.InPos.IsValid() && c.lit(a.Name, b.Name) && c.words(a.Items, b.Items)
	case *syntax.CStyleLoop:
		b, ok := b.(*syntax.CStyleLoop)
		return ok && c.arith(a.Init, b.Init) && c.arith(a.Cond, b.Cond) && c.arith(a.Post, b.Post)
	}
	return false
}

func (c *comparer) items(a, b []*syntax.CaseItem) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Op != b[i].Op || !c.words(a[i].Patterns, b[i].Patterns) || !c.stmts(a[i].Stmts, b[i].Stmts) {
			return false
		}
	}
	return true
}

func (c *comparer) test(a, b syntax.TestExpr) bool {
	switch a := a.(type) {
	case *syntax.BinaryTest:
		b, ok := b.(*syntax.BinaryTest)
		return ok && a.Op == b.Op && c.test(a.X, b.X) && c.test(a.Y, b.Y)
	case *syntax.UnaryTest:
		b, ok := b.(*syntax.UnaryTest)
		return ok && a.Op == b.Op && c.test(a.X, b.X)
	case *syntax.ParenTest:
		b, ok := b.(*syntax.ParenTest)
		return ok && c.test(a.X, b.X)
	case *syntax.Word:
		b, ok := b.(*syntax.Word)
		return ok && c.word(a, b)
	}
	return false
}

func (c *comparer) assigns(a, b []*syntax.Assign) bool {
	if len(a) != len(b) {
		return false
	}
	for i, x := range a {
		y := b[i]
		if x.Append != y.Append || x.Naked != y.Naked || !c.lit(x.Name, y.Name) || !c.arith(x.Index, y.Index) || !c.word(x.Value, y.Value) {
			return false
		}
		if x.Array == nil || y.Array == nil {
			if x.Array != y.Array {
				return false
			}
			continue
		}
		if len(x.Array.Elems) != len(y.Array.Elems) {
			return false
		}
		for j, el := range x.Array.Elems {
			if !c.arith(el.Index, y.Array.Elems[j].Index) || !c.word(el.Value, y.Array.Elems[j].Value) {
				return false
			}
		}
	}
	return true
}

func (c *comparer) arith(a, b syntax.ArithmExpr) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case *syntax.Word:
		b, ok := b.(*syntax.Word)
		return ok && c.word(a, b)
	case *syntax.BinaryArithm:
		b, ok := b.(*syntax.BinaryArithm)
		return ok && a.Op == b.Op && c.arith(a.X, b.X) && c.arith(a.Y, b.Y)
	case *syntax.UnaryArithm:
		b, ok := b.(*syntax.UnaryArithm)
		return ok && a.Op == b.Op && a.Post == b.Post && c.arith(a.X, b.X)
	case *syntax.ParenArithm:
		b, ok := b.(*syntax.ParenArithm)
		return ok && c.arith(a.X, b.X)
	}
	return false
}

func (c *comparer) words(a, b []*syntax.Word) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !c.word(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (c *comparer) lit(a, b *syntax.Lit) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Value == b.Value
}

func (c *comparer) word(a, b *syntax.Word) bool {
	if a == nil || b == nil {
		return a == b
	}
	c.at = a.Pos()
	if text, ok := c.rewritten[a]; ok {
		got, ok := emitStatic(b)
		return ok && got == text
	}
	return c.parts(a.Parts, b.Parts)
}

func (c *comparer) parts(a, b []syntax.WordPart) bool {
	for len(a) > 0 || len(b) > 0 {
		x, restA := leadingLiteral(a)
		y, restB := leadingLiteral(b)
		if x != y {
			return false
		}
		a, b = restA, restB
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if !c.part(a[0], b[0]) {
			return false
		}
		a, b = a[1:], b[1:]
	}
	return true
}

// leadingLiteral joins the literals at the head of parts.
func leadingLiteral(parts []syntax.WordPart) (string, []syntax.WordPart) {
	n := 0
	for n < len(parts) {
		if _, ok := parts[n].(*syntax.Lit); !ok {
			break
		}
		n++
	}
	switch n {
	case 0:
		return "", parts
	case 1:
		return parts[0].(*syntax.Lit).Value, parts[1:]
	}
	var b strings.Builder
	for _, p := range parts[:n] {
		b.WriteString(p.(*syntax.Lit).Value)
	}
	return b.String(), parts[n:]
}

func (c *comparer) part(a, b syntax.WordPart) bool {
	switch a := a.(type) {
	case *syntax.SglQuoted:
		b, ok := b.(*syntax.SglQuoted)
		return ok && a.Dollar == b.Dollar && a.Value == b.Value
	case *syntax.DblQuoted:
		b, ok := b.(*syntax.DblQuoted)
		return ok && c.parts(a.Parts, b.Parts)
	case *syntax.ParamExp:
		b, ok := b.(*syntax.ParamExp)
		return ok && c.param(a, b)
	case *syntax.CmdSubst:
		b, ok := b.(*syntax.CmdSubst)
		return ok && a.TempFile == b.TempFile && a.ReplyVar == b.ReplyVar && c.stmts(a.Stmts, b.Stmts)
	case *syntax.ArithmExp:
		b, ok := b.(*syntax.ArithmExp)
		return ok && a.Unsigned == b.Unsigned && c.arith(a.X, b.X)
	case *syntax.ProcSubst:
		b, ok := b.(*syntax.ProcSubst)
		return ok && a.Op == b.Op && c.stmts(a.Stmts, b.Stmts)
	case *syntax.ExtGlob:
		b, ok := b.(*syntax.ExtGlob)
		return ok && a.Op == b.Op && c.lit(a.Pattern, b.Pattern)
	}
	return false
}

func (c *comparer) param(a, b *syntax.ParamExp) bool {
	if a.Short != b.Short || a.Excl != b.Excl || a.Length != b.Length || a.Width != b.Width || a.IsSet != b.IsSet ||
		a.Split != b.Split || a.GlobSubst != b.GlobSubst || a.RcExpand != b.RcExpand || a.Names != b.Names ||
		a.NestedParam != nil || b.NestedParam != nil || len(a.Modifiers) != len(b.Modifiers) ||
		!c.lit(a.Flags, b.Flags) || !c.lit(a.Param, b.Param) || !c.arith(a.Index, b.Index) {
		return false
	}
	for i := range a.Modifiers {
		if !c.lit(a.Modifiers[i], b.Modifiers[i]) {
			return false
		}
	}
	if (a.Slice == nil) != (b.Slice == nil) || (a.Repl == nil) != (b.Repl == nil) || (a.Exp == nil) != (b.Exp == nil) {
		return false
	}
	if a.Slice != nil && !(c.arith(a.Slice.Offset, b.Slice.Offset) && c.arith(a.Slice.Length, b.Slice.Length)) {
		return false
	}
	if a.Repl != nil && !(a.Repl.All == b.Repl.All && c.word(a.Repl.Orig, b.Repl.Orig) && c.word(a.Repl.With, b.Repl.With)) {
		return false
	}
	return a.Exp == nil || a.Exp.Op == b.Exp.Op && c.word(a.Exp.Word, b.Exp.Word)
}
