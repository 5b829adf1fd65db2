package shellparse

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

func parseInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func padNumber(n int64, width int) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if neg {
		width--
	}
	for len(s) < width {
		s = "0" + s
	}
	if neg {
		return "-" + s
	}
	return s
}

// arithText evaluates an arithmetic expression to its decimal text.
func (a *analyzer) arithText(st *state, x syntax.ArithmExpr) str {
	a.wrong = false
	n, ok := a.arith(st, x)
	if a.wrong {
		a.mayAbort(st)
	}
	if !ok {
		return unknown(nil)
	}
	return lit(strconv.FormatInt(n, 10))
}

// arith evaluates an arithmetic expression, with its assignments. Whatever is
// unknown in it is still walked for the commands it would run.
func (a *analyzer) arith(st *state, x syntax.ArithmExpr) (int64, bool) {
	if x == nil || !a.tick(1) {
		return 0, x == nil
	}
	switch x := x.(type) {
	case *syntax.Word:
		return a.arithWord(st, a.text(st, x))
	case *syntax.ParenArithm:
		return a.arith(st, x.X)
	case *syntax.FlagsArithm:
		a.arith(st, x.X)
		return 0, false
	case *syntax.UnaryArithm:
		return a.arithUnary(st, x)
	case *syntax.BinaryArithm:
		return a.arithBinary(st, x)
	}
	return 0, false
}

// arithWord evaluates text in an arithmetic context: a number, or a name whose
// value is an expression again, subscripts of which run command substitutions.
func (a *analyzer) arithWord(st *state, s str) (int64, bool) {
	if !s.known() {
		return 0, false
	}
	t := strings.TrimSpace(s.t)
	if t == "" {
		return 0, true
	}
	if n, ok := parseNumber(t); (a.dialect == Korn || a.dialect == Zsh) && leadingZero(t) { // which may be octal there, or not
		return 0, false
	} else if ok {
		a.based = a.based || strings.ContainsAny(t, "#xX")
		return n, a.inRange(n)
	}
	if a.dialect == Zsh && strings.IndexByte(t, '.') >= 0 {
		return 0, false // a fraction
	}
	if !a.enter() {
		return 0, false
	}
	defer a.leave()
	if syntax.ValidName(t) {
		if w := st.lookup(t); w != nil && len(w.vals) > 1 {
			for _, v := range w.vals {
				if v.t != t {
					a.arithWord(st, v)
				}
			}
			return 0, false
		}
		v := a.scalar(st, t)
		if v.known() && v.t == t {
			return 0, false
		}
		return a.arithWord(st, v)
	}
	e := a.parseArith(t)
	if e == nil {
		a.wrong = true
		if strings.Contains(t, "$(") || strings.IndexByte(t, '`') >= 0 {
			a.substitutionsIn(st, t) // which may run before the error shows
		}
		return 0, false
	}
	if w, ok := e.(*syntax.Word); ok && w.Lit() == t {
		a.wrong = true
		return 0, false
	}
	return a.arith(st, e)
}

// parseArith parses text that a value holds, nil if it is no expression or one
// too long to be anybody's.
func (a *analyzer) parseArith(t string) syntax.ArithmExpr {
	if len(t) > 4096 || !a.tick(10+len(t)) || scanText(t) != nil {
		return nil
	}
	e, err := canonParseArith(t)
	if err != nil {
		return nil
	}
	return e
}

// leadingZero reports whether t is a number that some shells read in base 8.
func leadingZero(t string) bool {
	return len(t) > 1 && t[0] == '0' && t[1] >= '0' && t[1] <= '9'
}

func parseNumber(t string) (int64, bool) {
	if base, digits, ok := strings.Cut(t, "#"); ok {
		b, good := parseInt(base)
		if !good || b < 2 || b > 36 {
			return 0, false
		}
		n, err := strconv.ParseInt(digits, int(b), 64)
		return n, err == nil
	}
	if len(t) > 1 && t[0] == '0' && t[1] >= '0' && t[1] <= '9' {
		n, err := strconv.ParseInt(t, 8, 64)
		return n, err == nil
	}
	n, err := strconv.ParseInt(t, 0, 64)
	return n, err == nil
}

// inRange reports whether a number is the same in all shells of a kind: mksh
// counts in 32 bits.
func (a *analyzer) inRange(n int64) bool { return a.dialect != Korn || n == int64(int32(n)) }

// term is arith for a part of an expression. What a parameter or a command
// gives there is text of the expression: 1+2 beside a * is no number.
func (a *analyzer) term(st *state, x syntax.ArithmExpr) (int64, bool) {
	w, ok := x.(*syntax.Word)
	if !ok || w.Lit() != "" || !a.tick(1) {
		return a.arith(st, x)
	}
	s := a.text(st, w)
	t := strings.TrimSpace(s.t)
	if _, number := parseNumber(t); !s.known() || number || t == "" || syntax.ValidName(t) {
		return a.arithWord(st, s)
	}
	b := st.fork()
	a.arithWord(b, s)
	for name := range b.vars {
		a.setVar(st, name, unknown(s.src))
	}
	return 0, false
}

// perhaps is term for a part that only some outcomes evaluate.
func (a *analyzer) perhaps(st *state, x syntax.ArithmExpr) (int64, bool) {
	b := st.fork()
	n, ok := a.term(b, x)
	if b.changed() {
		st.merge(b, st.fork())
	}
	return n, ok
}

func (a *analyzer) arithUnary(st *state, x *syntax.UnaryArithm) (int64, bool) {
	n, ok := a.term(st, x.X)
	switch x.Op {
	case syntax.Inc, syntax.Dec:
		ok = ok && a.dialect != POSIX // dash reads two signs, or nothing
		next := n + 1
		if x.Op == syntax.Dec {
			next = n - 1
		}
		a.arithAssign(st, x.X, next, ok)
		if !x.Post {
			n = next
		}
	case syntax.Minus:
		n = -n
	case syntax.Not:
		n = truth(n == 0)
	case syntax.BitNegation:
		n = ^n
	}
	return n, ok && a.inRange(n)
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// arithAssign sets the variable that x names.
func (a *analyzer) arithAssign(st *state, x syntax.ArithmExpr, n int64, ok bool) {
	w, isWord := x.(*syntax.Word)
	if !isWord {
		return
	}
	v := unknown(nil)
	if ok {
		v = lit(strconv.FormatInt(n, 10))
	}
	if name := w.Lit(); syntax.ValidName(name) {
		if a.dialect == Zsh && st.lookup(name) == nil {
			st.assign(name, &variable{unset: true, number: true, export: a.fromEnv(name)}) // a number from here on
		}
		a.setVar(st, name, v)
		return
	}
	if len(w.Parts) == 1 {
		if p, isParam := w.Parts[0].(*syntax.ParamExp); isParam && p.Param != nil {
			a.setElement(st, p.Param.Value, a.subscript(st, p.Param.Value, p.Index), v)
		}
	}
}

func (a *analyzer) arithBinary(st *state, x *syntax.BinaryArithm) (int64, bool) {
	switch x.Op {
	case syntax.TernQuest:
		c, ok := a.term(st, x.X)
		y, isBranch := x.Y.(*syntax.BinaryArithm)
		if !isBranch {
			return 0, false
		}
		p, pok := a.perhaps(st, y.X)
		q, qok := a.perhaps(st, y.Y)
		if c != 0 {
			return p, ok && pok
		}
		return q, ok && qok
	case syntax.Assgn:
		n, ok := a.term(st, x.Y)
		a.arithAssign(st, x.X, n, ok)
		return n, ok
	}
	p, pok := a.term(st, x.X)
	second := a.term
	if x.Op == syntax.AndArit || x.Op == syntax.OrArit {
		second = a.perhaps
	}
	q, qok := second(st, x.Y)
	if (x.Op == syntax.Shl || x.Op == syntax.Shr || x.Op == syntax.ShlAssgn || x.Op == syntax.ShrAssgn) && a.dialect == Korn {
		qok = qok && q >= 0 && q < 32
	}
	op, assigns := x.Op, true
	switch x.Op {
	case syntax.AddAssgn:
		op = syntax.Add
	case syntax.SubAssgn:
		op = syntax.Sub
	case syntax.MulAssgn:
		op = syntax.Mul
	case syntax.QuoAssgn:
		op = syntax.Quo
	case syntax.RemAssgn:
		op = syntax.Rem
	case syntax.AndAssgn:
		op = syntax.And
	case syntax.OrAssgn:
		op = syntax.Or
	case syntax.XorAssgn:
		op = syntax.Xor
	case syntax.ShlAssgn:
		op = syntax.Shl
	case syntax.ShrAssgn:
		op = syntax.Shr
	default:
		assigns = false
	}
	n, ok := arithOp(op, p, q)
	a.wrong = a.wrong || !ok && qok
	ok = ok && pok && qok && a.inRange(n)
	if assigns {
		a.arithAssign(st, x.X, n, ok)
	}
	return n, ok
}

func arithOp(op syntax.BinAritOperator, p, q int64) (int64, bool) {
	switch op {
	case syntax.Add:
		return p + q, true
	case syntax.Sub:
		return p - q, true
	case syntax.Mul:
		return p * q, true
	case syntax.Quo, syntax.Rem:
		if q == 0 {
			return 0, false
		}
		if op == syntax.Quo {
			return p / q, true
		}
		return p % q, true
	case syntax.Pow:
		if q < 0 || q > 64 {
			return 0, false
		}
		n := int64(1)
		for range q {
			n *= p
		}
		return n, true
	case syntax.Eql:
		return truth(p == q), true
	case syntax.Neq:
		return truth(p != q), true
	case syntax.Lss:
		return truth(p < q), true
	case syntax.Gtr:
		return truth(p > q), true
	case syntax.Leq:
		return truth(p <= q), true
	case syntax.Geq:
		return truth(p >= q), true
	case syntax.And:
		return p & q, true
	case syntax.Or:
		return p | q, true
	case syntax.Xor:
		return p ^ q, true
	case syntax.Shl:
		return p << (uint64(q) & 63), true
	case syntax.Shr:
		return p >> (uint64(q) & 63), true
	case syntax.AndArit:
		return truth(p != 0 && q != 0), true
	case syntax.OrArit:
		return truth(p != 0 || q != 0), true
	case syntax.Comma:
		return q, true
	}
	return 0, false
}
