package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// status is what is known of a command's exit status. It is only used to
// follow loops turn by turn: both branches of a condition are always judged.
type status uint8

const (
	unsure status = iota
	success
	failure
)

func statusOf(b bool) status {
	if b {
		return success
	}
	return failure
}

func (s status) not() status {
	switch s {
	case success:
		return failure
	case failure:
		return success
	}
	return unsure
}

func (s status) and(t status) status {
	switch {
	case s == failure || t == failure:
		return failure
	case s == success:
		return t
	}
	return unsure
}

func (s status) or(t status) status { return s.not().and(t.not()).not() }

// testStatus is the status of test(1) with these operands.
func testStatus(ops []field) status {
	for _, f := range ops {
		if !f.known() || f.loose {
			return unsure
		}
	}
	switch len(ops) {
	case 0:
		return failure
	case 1:
		return statusOf(ops[0].t != "")
	case 2:
		switch ops[0].t {
		case "-n":
			return statusOf(ops[1].t != "")
		case "-z":
			return statusOf(ops[1].t == "")
		case "!":
			return testStatus(ops[1:]).not()
		}
	case 3:
		l, r := ops[0].t, ops[2].t
		switch ops[1].t {
		case "=", "==":
			return statusOf(l == r)
		case "!=":
			return statusOf(l != r)
		}
		x, ok := parseInt(strings.TrimSpace(l))
		y, ok2 := parseInt(strings.TrimSpace(r))
		if !ok || !ok2 {
			break
		}
		switch ops[1].t {
		case "-eq":
			return statusOf(x == y)
		case "-ne":
			return statusOf(x != y)
		case "-lt":
			return statusOf(x < y)
		case "-le":
			return statusOf(x <= y)
		case "-gt":
			return statusOf(x > y)
		case "-ge":
			return statusOf(x >= y)
		}
	case 4:
		if ops[0].t == "!" {
			return testStatus(ops[1:]).not()
		}
	}
	return unsure
}

// testBuiltin looks for the operators of test that evaluate arithmetic: all
// that compare numbers, in zsh and ksh.
func (a *analyzer) testBuiltin(c *command) {
	ops := c.argv[1:]
	if c.argv[0].t == "[" && len(ops) > 0 {
		ops = ops[:len(ops)-1]
	}
	for i, f := range ops {
		if !f.known() {
			continue
		}
		switch f.t {
		case "-v", "-R":
			if i+1 < len(ops) {
				a.subscriptCode(c.st, ops[i+1].str)
			}
		case "-eq", "-ne", "-lt", "-le", "-gt", "-ge":
			if i > 0 && i+1 < len(ops) && (a.dialect == Zsh || a.dialect == Korn) {
				a.arithWord(c.st, ops[i-1].str)
				a.arithWord(c.st, ops[i+1].str)
			}
		}
	}
	a.status = testStatus(ops)
}

// subscriptCode runs the substitutions in the index of NAME[INDEX], where a
// builtin takes a variable's name.
func (a *analyzer) subscriptCode(st *state, name str) {
	if name.known() && strings.IndexByte(name.t, '[') > 0 {
		a.arithWord(st, name)
	}
}

// test walks a [[ ]] expression for what its words run.
func (a *analyzer) test(st *state, x syntax.TestExpr) status {
	if !a.tick(1) {
		return unsure
	}
	switch x := x.(type) {
	case *syntax.Word:
		if s := a.text(st, x); s.known() {
			return statusOf(s.t != "")
		}
	case *syntax.ParenTest:
		return a.test(st, x.X)
	case *syntax.UnaryTest:
		w, ok := x.X.(*syntax.Word)
		if !ok {
			if s := a.test(st, x.X); x.Op == syntax.TsNot {
				return s.not()
			}
			return unsure
		}
		s := a.text(st, w)
		switch x.Op {
		case syntax.TsVarSet, syntax.TsRefVar:
			a.arithWord(st, s)
		case syntax.TsNempStr, syntax.TsEmpStr, syntax.TsNot:
			if s.known() {
				return statusOf((s.t != "") == (x.Op == syntax.TsNempStr))
			}
		}
	case *syntax.BinaryTest:
		return a.binaryTest(st, x)
	}
	return unsure
}

func (a *analyzer) binaryTest(st *state, x *syntax.BinaryTest) status {
	l, ok := x.X.(*syntax.Word)
	r, ok2 := x.Y.(*syntax.Word)
	if !ok || !ok2 {
		p, q := a.test(st, x.X), a.test(st, x.Y)
		switch x.Op {
		case syntax.AndTest:
			return p.and(q)
		case syntax.OrTest:
			return p.or(q)
		}
		return unsure
	}
	switch x.Op {
	case syntax.TsEql, syntax.TsNeq, syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr:
		a.wrong = false
		p, known := a.arithWord(st, a.text(st, l))
		q, known2 := a.arithWord(st, a.text(st, r))
		if a.wrong && a.dialect == Zsh {
			a.mayAbort(st) // as behind $((x/0)): not so in (( ))
		}
		if !known || !known2 {
			return unsure
		}
		switch x.Op {
		case syntax.TsEql:
			return statusOf(p == q)
		case syntax.TsNeq:
			return statusOf(p != q)
		case syntax.TsLeq:
			return statusOf(p <= q)
		case syntax.TsGeq:
			return statusOf(p >= q)
		case syntax.TsLss:
			return statusOf(p < q)
		}
		return statusOf(p > q)
	case syntax.AndTest:
		return a.test(st, l).and(a.test(st, r))
	case syntax.OrTest:
		return a.test(st, l).or(a.test(st, r))
	}
	s, pat := a.text(st, l), a.pattern(st, r)
	if !s.known() || pat.hasHole() || st.options().nocase {
		return unsure
	}
	switch x.Op {
	case syntax.TsMatch, syntax.TsMatchShort:
		return statusOf(globMatch(pat.globText(), s.t))
	case syntax.TsNoMatch:
		return statusOf(!globMatch(pat.globText(), s.t))
	}
	return unsure
}
