package shellparse

import (
	"mvdan.cc/sh/v3/syntax"
)

// stmts writes a list of statements. Before a reserved word that closes it
// the last one needs an end of its own.
func (e *emitter) stmts(list []*syntax.Stmt, closed bool) {
	for i, s := range list {
		e.stmt(s)
		newline := e.gap()
		switch {
		case !s.Semicolon.IsValid():
			if !newline && closed && i == len(list)-1 {
				e.put(";")
			}
		case s.Background:
			e.token(s.Semicolon, "&")
		case s.Disown:
			if op := e.src[s.Semicolon.Offset():]; len(op) > 1 {
				e.token(s.Semicolon, op[:2])
			}
		case s.Coprocess:
			e.refuse(int(s.Semicolon.Offset()), int(s.Semicolon.Offset())+2, "coprocesses (|&) are read differently by different shells; use a pipe or a file")
		default:
			e.glue = true
			e.token(s.Semicolon, ";")
		}
	}
}

func (e *emitter) stmt(s *syntax.Stmt) {
	e.enter(s)
	defer e.leave()
	if s.Negated {
		e.token(s.Position, "!")
	}
	switch cmd := s.Cmd.(type) {
	case *syntax.CallExpr:
		e.call(cmd, s.Redirs)
		return
	case nil:
		if e.dialect == Zsh && s != e.reading {
			e.next()
			e.put(zshNullCommand(s))
		}
		for _, r := range s.Redirs {
			e.redirect(r)
		}
		return
	}
	if len(s.Redirs) > 0 && s.Redirs[0].OpPos.Offset() < s.Cmd.Pos().Offset() {
		e.refuse(int(s.Redirs[0].OpPos.Offset()), int(s.Cmd.Pos().Offset()), "a redirection before a compound command is read differently by different shells; put it after the command")
	}
	e.command(s.Cmd)
	for _, r := range s.Redirs {
		e.redirect(r)
	}
}

// zshNullCommand is what zsh runs for a redirection without a command: the
// value of NULLCMD or READNULLCMD, which a text could change. Written out, it
// is these.
func zshNullCommand(s *syntax.Stmt) string {
	if len(s.Redirs) == 1 && s.Redirs[0].Op == syntax.RdrIn {
		return "more"
	}
	return "cat"
}

func (e *emitter) command(c syntax.Command) {
	switch c := c.(type) {
	case *syntax.BinaryCmd:
		e.binary(c)
	case *syntax.Block:
		e.block(c)
	case *syntax.Subshell:
		e.token(c.Lparen, "(")
		e.nested(func() { e.stmts(c.Stmts, false) })
		e.token(c.Rparen, ")")
	case *syntax.IfClause:
		e.ifClause(c)
	case *syntax.WhileClause:
		word := "while"
		if c.Until {
			word = "until"
		}
		e.token(c.WhilePos, word)
		e.stmts(c.Cond, true)
		e.token(c.DoPos, "do")
		e.stmts(c.Do, true)
		e.token(c.DonePos, "done")
	case *syntax.ForClause:
		e.forClause(c)
	case *syntax.CaseClause:
		e.caseClause(c)
	case *syntax.FuncDecl:
		e.function(c)
	case *syntax.ArithmCmd:
		if c.Unsigned {
			e.refuse(int(c.Left.Offset()), int(c.Left.Offset())+3, "unsigned arithmetic is read differently by different shells")
		}
		e.next()
		e.arithmetic(c.Left, "((", c.Right, "))", "", c.X)
	case *syntax.TestClause:
		e.token(c.Left, "[[")
		e.nested(func() { e.testExpr(c.X) })
		e.token(c.Right, "]]")
	case *syntax.DeclClause:
		e.declare(c)
	case *syntax.TimeClause:
		e.time(c)
	default:
		e.refuse(int(c.Pos().Offset()), int(c.End().Offset()), "coproc is read differently by different shells; use a pipe or a background job")
	}
}

// binary walks the left side in a loop: a && b && c ... is as deep as it is long.
func (e *emitter) binary(b *syntax.BinaryCmd) {
	spine := []*syntax.BinaryCmd{b}
	for {
		x := spine[len(spine)-1].X
		left, ok := x.Cmd.(*syntax.BinaryCmd)
		if !ok || x.Negated || len(x.Redirs) > 0 {
			e.stmt(x)
			break
		}
		spine = append(spine, left)
	}
	for i := len(spine) - 1; i >= 0; i-- {
		e.token(spine[i].OpPos, spine[i].Op.String())
		if t, ok := spine[i].Y.Cmd.(*syntax.TimeClause); ok && (spine[i].Op == syntax.Pipe || spine[i].Op == syntax.PipeAll) {
			e.refuse(int(t.Time.Offset()), int(t.Time.Offset())+4, "time behind a pipe is read differently by different shells; put it before the pipeline, or use command time")
		}
		e.stmt(spine[i].Y)
	}
}

func (e *emitter) block(b *syntax.Block) {
	e.token(b.Lbrace, "{")
	if len(b.Stmts) == 0 {
		e.refuse(int(b.Lbrace.Offset()), int(b.Rbrace.Offset())+1, "an empty block is read differently by different shells; put : in it")
	}
	e.stmts(b.Stmts, true)
	e.token(b.Rbrace, "}")
}

func (e *emitter) ifClause(c *syntax.IfClause) {
	fi := c.FiPos
	for word := "if"; c != nil; c, word = c.Else, "elif" {
		if !c.ThenPos.IsValid() {
			e.token(c.Position, "else")
		} else {
			e.token(c.Position, word)
			e.stmts(c.Cond, true)
			e.token(c.ThenPos, "then")
		}
		e.stmts(c.Then, true)
	}
	e.token(fi, "fi")
}

func (e *emitter) forClause(c *syntax.ForClause) {
	word := "for"
	if c.Select {
		word = "select"
	}
	e.token(c.ForPos, word)
	switch l := c.Loop.(type) {
	case *syntax.CStyleLoop:
		e.next()
		e.arithmetic(l.Lparen, "((", l.Rparen, "))", ";", l.Init, l.Cond, l.Post)
	case *syntax.WordIter:
		e.next()
		e.name(l.Name)
		if l.InPos.IsValid() {
			e.token(l.InPos, "in")
			for _, w := range l.Items {
				e.operand(w)
			}
		}
	}
	e.optional(";")
	open, shut := "do", "done"
	if c.Braces {
		open, shut = "{", "}"
	}
	e.expectAs(c.DoPos, open, "do")
	e.stmts(c.Do, true)
	e.expectAs(c.DonePos, shut, "done")
}

// expectAs writes a token of the source in another spelling.
func (e *emitter) expectAs(pos syntax.Pos, s, as string) {
	if s == as {
		e.token(pos, s)
		return
	}
	e.gap()
	if e.at != int(pos.Offset()) || e.src[e.at:e.at+len(s)] != s {
		e.misread(e.at)
	}
	e.space()
	e.replace(e.at+len(s), as)
}

func (e *emitter) caseClause(c *syntax.CaseClause) {
	if c.Braces {
		e.refuse(int(c.Case.Offset()), int(c.In.Offset()), "case with braces is read differently by different shells; use in and esac")
	}
	e.token(c.Case, "case")
	e.operand(c.Word)
	e.token(c.In, "in")
	for _, item := range c.Items {
		// Old shells count the parentheses in $(...).
		open := e.optional("(")
		if !open && e.substituting+e.nesting > 0 {
			e.space()
			e.put("(")
			open = true
		}
		e.glue = open
		for i, w := range item.Patterns {
			if i > 0 {
				e.expect("|")
			}
			if w.Lit() == "esac" {
				e.refuse(int(w.Pos().Offset()), int(w.End().Offset()), "esac as a pattern is read differently by different shells; quote it")
			}
			e.operand(w)
		}
		e.glue = true
		e.expect(")")
		e.nested(func() { e.stmts(item.Stmts, false) })
		if item.OpPos.IsValid() {
			e.token(item.OpPos, item.Op.String())
		} else {
			e.space()
			e.put(";;")
		}
	}
	e.token(c.Esac, "esac")
}

func (e *emitter) function(f *syntax.FuncDecl) {
	pos := int(f.Position.Offset())
	if f.Name == nil {
		e.refuse(pos, pos+2, "a function without a name, or with several, is read differently by different shells; give it one name")
	}
	if f.RsrvWord {
		e.token(f.Position, "function")
	}
	e.next()
	e.functionName(f.Name)
	if f.Parens {
		e.glue = true
		e.expect("(")
		e.glue = true
		e.expect(")")
	}
	body := f.Body
	switch body.Cmd.(type) {
	case *syntax.Block, *syntax.Subshell, *syntax.IfClause, *syntax.WhileClause, *syntax.ForClause, *syntax.CaseClause:
	case *syntax.ArithmCmd, *syntax.TestClause:
	case *syntax.BinaryCmd:
		// The parser takes `f() { a; } && b` for a body of two commands; to a
		// shell b runs at once.
		e.refuse(int(body.Cmd.(*syntax.BinaryCmd).OpPos.Offset()), int(body.Cmd.End().Offset()), "an operator right behind the body of a function is read differently by different shells; put a newline or ; there")
	default:
		e.refuse(pos, int(body.End().Offset()), "the body of a function must be in braces")
	}
	if body.Negated {
		e.refuse(pos, int(body.End().Offset()), "the body of a function must be in braces")
	}
	e.stmt(body)
}

func (e *emitter) functionName(l *syntax.Lit) {
	from, to := int(l.ValuePos.Offset()), int(l.ValueEnd.Offset())
	if from != e.at || e.src[from:to] != l.Value || emitReserved[l.Value] != 0 {
		e.misread(e.at)
	}
	for i := 0; i < len(l.Value); i++ {
		if c := l.Value[i]; !scanPlain[c] || c == '=' || c == ' ' {
			e.refuse(from, to, "this name of a function is read differently by different shells; use letters, digits and underscores")
		}
	}
	e.copyTo(to)
	e.wordEnd = e.at
}

// name writes the name of a variable.
func (e *emitter) name(l *syntax.Lit) {
	from, to := int(l.ValuePos.Offset()), int(l.ValueEnd.Offset())
	if from != e.at || e.src[from:to] != l.Value || !syntax.ValidName(l.Value) {
		e.misread(e.at)
	}
	e.copyTo(to)
	e.wordEnd = e.at
}

func (e *emitter) time(c *syntax.TimeClause) {
	e.token(c.Time, "time")
	if c.PosixFormat {
		if e.dialect == Zsh {
			e.refuse(int(c.Time.Offset()), int(c.Time.Offset())+7, "zsh has no time -p")
		}
		e.expect("-p")
	}
	if c.Stmt == nil {
		return
	}
	if _, again := c.Stmt.Cmd.(*syntax.TimeClause); again {
		e.refuse(int(c.Time.Offset()), int(c.Stmt.End().Offset()), "time behind time is read differently by different shells; write it once")
	}
	if call, ok := c.Stmt.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 && len(call.Assigns) == 0 {
		if w := call.Args[0].Lit(); w != "" && w[0] == '-' {
			e.refuse(int(call.Pos().Offset()), int(call.Args[0].End().Offset()), "an option of time is read differently by different shells; use command time")
		}
	}
	e.stmt(c.Stmt)
}
