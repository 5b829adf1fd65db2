package shellparse

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// stdio is what a command reads from and writes to. Reading consumes *in.
type stdio struct {
	in    *str
	out   *output // nil: nobody looks
	split bool    // out is a pipe that this command itself writes to
	dups  dups    // where other descriptors lead
	errTo *sink   // a file to which standard error goes by redirection
	joins bool    // in is a pipe that this command itself reads
	piped bool    // stdin is a pipe, a file or a here-document of this text
	ins   []str   // the texts that a redirection makes stdin one of, until its command runs
}

// write appends what a command prints.
func (io stdio) write(s str) {
	if io.out == nil {
		return
	}
	if len(io.out.b)+len(s.t) > maxText {
		s = unknown(s.src)
	}
	io.out.add(s)
}

// choose appends what a branch has printed that runs if a status is success.
func (io stdio) choose(is status, branch stdio) {
	switch {
	case io.out == nil || is == failure:
	case is == success:
		io.out.choose(branch.out)
	default:
		io.out.choose(branch.out, &output{})
	}
}

func (a *analyzer) stmts(st *state, list []*syntax.Stmt, io stdio) {
	var gone *state
	for _, s := range list {
		if a.over {
			return
		}
		a.stays = nil
		if st.dead {
			if gone == nil {
				gone = st.fork()
			}
			a.ghost(gone, s, io)
			a.status = unsure
			continue
		}
		if st.options().nounset && a.mayLack(st, s) {
			a.mayEnd(st, io)
		}
		a.stmt(st, s, io)
		if goesOn(s.Cmd) {
			st.alsoIn(a.stays...) // what follows is done all the same
		}
		if a.status != success && !st.dead && st.options().errexit {
			a.mayEnd(st, io)
		}
	}
}

// goesOn reports whether what follows a statement is done though a cd in it,
// the last command that changed something, has failed.
func goesOn(c syntax.Command) bool {
	switch c := c.(type) {
	case *syntax.CallExpr:
		return true
	case *syntax.BinaryCmd:
		return c.Op == syntax.AndStmt
	}
	return false
}

// stmt analyses one statement with its redirections.
func (a *analyzer) stmt(st *state, s *syntax.Stmt, io stdio) {
	if s == nil || !a.tick(1+st.depth/4) {
		return
	}
	a.trapsPrint(io)
	defer a.trapsPrint(io)
	outer := a.stdio
	a.stdio = io
	defer func() { a.stdio = outer }()
	if s.Background || s.Coprocess || s.Disown {
		outer := st
		if s.Cmd != nil {
			r, looks, from := racer{st: a.snapshot(st), stmt: s, io: io, at: a.unit}, a.looks, len(a.res.Effects)
			if a.touched {
				looks = maxSteps // it found none of what was there before
			}
			defer func() { a.besides(r, looks, from) }()
		}
		st = st.spawn()
		if c, ok := s.Cmd.(*syntax.BinaryCmd); ok && a.dialect == Zsh && (c.Op == syntax.AndStmt || c.Op == syntax.OrStmt) {
			defer func() { outer.merge(st, outer.fork()) }() // only its last pipeline is put there
		}
		a.spawning++
		plain := *s
		plain.Background, plain.Coprocess, plain.Disown = false, false, false
		to, n := io.ofProcess(), len(a.res.Effects)
		a.process(st, to, func() { a.stmt(st, &plain, to) })
		a.unsettled(a.written(a.res.Effects[min(n, len(a.res.Effects)):]))
		for _, o := range to.parts() {
			io.out.mixed(o)
		}
		a.spawning--
		a.status = unsure
		return
	}
	if s.Cmd == nil {
		if st.multi {
			if names := a.variants(st, s); len(names) > 0 {
				a.eachVariant(st, io, names, func(f *state, one stdio) { a.stmt(f, s, one) })
				return
			}
		}
		io2, out := a.redirects(st, s.Redirs, io)
		if io2.in != io.in && (a.dialect == Zsh || a.dialect == Korn || s.Redirs[len(s.Redirs)-1].Hdoc == nil) {
			a.eachText(st, io2, func(_ *state, one stdio) { one.write(*one.in) }) // $(<file); zsh runs cat for a bare < as well
		}
		if a.dialect == Zsh && a.inFile > 0 && len(s.Redirs) > 0 && (io.out == nil || io.split) {
			a.nullCommand(st, s, io2)
		}
		a.finish(out, io2)
		return
	}
	if s.Negated {
		before := st.owner(ownCwd).cwds
		defer func() {
			if a.status != success || a.assumed {
				st.alsoIn(before...) // of a cd, what follows knows that it failed
			}
			a.status = a.status.not()
		}()
	}
	if c, ok := s.Cmd.(*syntax.CallExpr); ok {
		if a.in.FS == nil || a.spawning > 0 || !runsBeside(s, c) {
			a.callStmt(st, s, c, io)
			return
		}
		before := *io.in
		a.racing(st, func() { a.callStmt(st, s, c, io) }, func(st *state) {
			again := before
			a.callStmt(st, s, c, stdio{in: &again, dups: io.dups, piped: io.piped})
		})
		return
	}
	if len(s.Redirs) > 0 {
		if names := a.redirectVariants(st, s.Redirs); len(names) > 0 {
			a.eachVariant(st, io, names, func(f *state, one stdio) { a.stmt(f, s, one) })
			return
		}
		mark := len(a.waiting)
		io2, out := a.redirects(st, s.Redirs, io)
		if a.mayFail(st, s.Redirs) {
			outer, printed := st, io2
			st = st.fork() // or not run at all
			if out == nil {
				io2 = io2.branch()
			}
			a.branches++
			defer func() {
				a.branches--
				if st.changed() {
					outer.merge(st, outer.fork())
				}
				if out == nil {
					printed.choose(unsure, io2)
				}
			}()
		}
		a.withRedirections(s.Redirs, func() {
			a.eachText(st, io2, func(st *state, one stdio) { a.command(st, s.Cmd, one) })
		})
		a.finish(out, io2)
		a.flushOut(mark, io2)
		a.status = unsure
		return
	}
	a.command(st, s.Cmd, io)
}

// nullCommand runs what zsh does for a redirection alone, in a text that was not
// written anew: NULLCMD, and READNULLCMD as it may be built.
func (a *analyzer) nullCommand(st *state, s *syntax.Stmt, io stdio) {
	names := []string{"cat"}
	if len(s.Redirs) == 1 && s.Redirs[0].Op == syntax.RdrIn {
		names = []string{"more", "pager"}
	}
	for _, name := range names {
		a.dispatch(&command{st: st, io: io, span: a.span(s.Pos(), s.End()), argv: []field{{str: lit(name)}}})
	}
}

func (a *analyzer) command(st *state, c syntax.Command, io stdio) {
	if !a.enter() {
		return
	}
	defer a.leave()
	a.status = unsure
	_, list := c.(*syntax.BinaryCmd)
	io.split, io.joins = io.split && list, false // of a pipe, the end writes to it
	if st.multi {
		switch c.(type) {
		case *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause, *syntax.DeclClause:
			if names := a.variants(st, c); len(names) > 0 {
				a.eachVariant(st, io, names, func(f *state, one stdio) { a.command(f, c, one) })
				return
			}
		}
	}
	switch c := c.(type) {
	case *syntax.BinaryCmd:
		a.binary(st, c, io)
	case *syntax.Block:
		a.stmts(st, c.Stmts, io)
	case *syntax.Subshell:
		own, to := st.spawn(), io.ofProcess()
		a.process(own, to, func() { a.stmts(own, c.Stmts, to) })
		io.out.choose(to.parts()...)
	case *syntax.IfClause:
		a.ifClause(st, c, io)
		a.status = unsure
	case *syntax.WhileClause:
		a.while(st, c, io)
		a.status = unsure
	case *syntax.ForClause:
		a.forClause(st, c, io)
		a.status = unsure
	case *syntax.CaseClause:
		a.caseClause(st, c, io)
		a.status = unsure
	case *syntax.FuncDecl:
		a.declare(st, c)
	case *syntax.ArithmCmd:
		if n, ok := a.arith(st, c.X); ok {
			a.status = statusOf(n != 0)
		}
	case *syntax.LetClause:
		for _, x := range c.Exprs {
			a.arith(st, x)
		}
	case *syntax.TestClause:
		a.status = a.test(st, c.X)
	case *syntax.DeclClause:
		a.declClause(st, c, io)
	case *syntax.TimeClause:
		if a.dialect == Zsh { // which runs some of it in a subshell
			is, not := st.fork(), st.fork()
			a.stmt(is, c.Stmt, io)
			st.merge(is, not)
			break
		}
		a.stmt(st, c.Stmt, io)
	case *syntax.CoprocClause:
		in, out := unknown(nil), &output{process: true}
		own, io := st.spawn(), stdio{in: &in, out: out, dups: io.dups, piped: true}
		a.process(own, io, func() { a.stmt(own, c.Stmt, io) })
		a.setVar(st, "COPROC", unknown(out.src))
	}
}

// binary analyses a pipeline or an && or || list.
func (a *analyzer) binary(st *state, c *syntax.BinaryCmd, io stdio) {
	switch c.Op {
	case syntax.Pipe, syntax.PipeAll:
		if a.spawning > 0 {
			a.pipe(st, c, io)
			break
		}
		before := *io.in
		a.racing(st, func() { a.pipe(st, c, io) }, func(st *state) {
			again := before
			a.pipe(st, c, stdio{in: &again, dups: io.dups, piped: io.piped})
		})
	case syntax.AndStmt:
		a.andList(st, andChain(c), io)
	default:
		before := st.owner(ownCwd).cwds
		a.stmt(st, c.X, io)
		if st.dead {
			a.ghost(st.fork(), c.Y, io)
			return
		}
		first, stays := a.status, a.stays
		if a.assumed {
			first = unsure
		}
		if first != success {
			stays = append(stays, before...) // where a cd that failed has left it
		}
		defer func() { a.status = first.or(a.status) }()
		to := io.branch()
		defer func() { io.choose(first.not(), to) }()
		if leaves(c.Y) && first != failure {
			failed := st.fork()
			failed.alsoIn(stays...)
			a.stmt(failed, c.Y, to)
			return
		}
		st.alsoIn(stays...)
		yes, no := st.fork(), st.fork()
		a.branches++
		a.stmt(yes, c.Y, to)
		a.branches--
		if yes.changed() {
			st.merge(yes, no)
		}
	}
}

// pipeOnce runs X and then Y on what it has printed, and returns how many effects
// there were in between.
func (a *analyzer) pipeOnce(st *state, c *syntax.BinaryCmd, io stdio) int {
	mid := &output{process: true}
	a.spawning++
	defer func() { a.spawning-- }()
	a.pipesAll = c.Op == syntax.PipeAll
	first, to := st.spawn(), stdio{in: io.in, out: mid, dups: io.dups, piped: io.piped, split: true}
	if c.Op == syntax.PipeAll {
		to.dups = to.dups.with("2", mid)
	}
	a.process(first, to, func() { a.stmt(first, c.X, to) })
	a.pipesAll = false
	n := len(a.res.Effects)
	ins := mid.outcomes()
	if len(ins) == 1 {
		a.pipeEnd(st, c.Y, ins[0], io)
		return n
	}
	var states []*state
	var outs []*output
	a.branches++
	for _, in := range ins {
		f, one := st.fork(), io.branch()
		a.pipeEnd(f, c.Y, in, one)
		states, outs = append(states, f), append(outs, one.parts()...)
	}
	a.branches--
	io.out.choose(outs...)
	st.merge(states...)
	a.status = unsure
	return n
}

// pipeEnd is what stands behind the | of a pipe, and reads in.
func (a *analyzer) pipeEnd(st *state, s *syntax.Stmt, in str, io stdio) {
	if a.dialect == Zsh || st.options().lastpipe { // there the end of a pipe runs in the shell itself
		if a.stmt(st, s, stdio{in: &in, out: io.out, dups: io.dups, piped: true, joins: true, split: io.split}); a.status == success {
			a.status = unsure // another part of it may count, by pipefail
		}
		return
	}
	last, to := st.spawn(), io.ofProcess()
	a.process(last, to, func() { a.stmt(last, s, stdio{in: &in, out: to.out, dups: to.dups, piped: true, joins: true}) })
	io.out.choose(to.parts()...)
	if a.dialect == Korn {
		st.merge(last, st.fork()) // in some Korn shells as well
	}
}

// racing runs what consists of processes that run at the same time. Where one
// of them expands wildcards and another makes or removes files, it is looked
// at once more with the wildcards left open.
func (a *analyzer) racing(st *state, run func(), again func(*state)) {
	looks, touched := a.looks, a.touched
	run()
	if !touched && a.touched && a.looks > looks {
		a.openly(st, again)
	}
}

// openly looks at something with its wildcards left open.
func (a *analyzer) openly(st *state, run func(*state)) {
	if a.asides {
		return
	}
	a.aside(false, func() {
		open := st.fork()
		o := open.options()
		o.unsureGlob = true
		open.setOptions(o)
		run(open)
	})
}

// andChain takes a && b && c apart, which the tree nests to the left.
func andChain(c *syntax.BinaryCmd) []*syntax.Stmt {
	var list []*syntax.Stmt
	for {
		list = append(list, c.Y)
		x, ok := c.X.Cmd.(*syntax.BinaryCmd)
		if !ok || x.Op != syntax.AndStmt || len(c.X.Redirs) > 0 || c.X.Negated {
			list = append(list, c.X)
			break
		}
		c = x
	}
	slices.Reverse(list)
	return list
}

// andList runs each statement in the state that the one before leaves when it
// succeeds; any of them may fail.
func (a *analyzer) andList(st *state, list []*syntax.Stmt, io stdio) {
	all := success
	var stays []str
	states := make([]*state, 1, len(list))
	states[0] = st
	ios, known := make([]stdio, 1, len(list)), make([]status, 0, len(list))
	ios[0] = io
	for i, s := range list {
		if i > 0 {
			states = append(states, states[i-1].fork())
			ios = append(ios, ios[i-1].branch())
			known = append(known, a.status)
		}
		a.stays = nil
		if i > 0 && states[i-1].dead {
			a.ghost(states[i], s, ios[i])
			continue
		}
		a.stmt(states[i], s, ios[i])
		for _, dir := range a.stays {
			stays = addValue(stays, dir)
		}
		all = all.and(a.status)
		a.ands++
	}
	a.ands -= len(list)
	a.stays = stays
	a.status = all
	for i := len(states) - 1; i > 0; i-- {
		ios[i-1].choose(known[i-1], ios[i])
		if states[i].changed() {
			states[i-1].merge(states[i], states[i-1].fork())
		}
	}
}

// leaves reports whether a statement ends the shell or the function, as the
// usual `|| exit 1` does.
func leaves(s *syntax.Stmt) bool {
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) > 0 {
			switch c.Args[0].Lit() {
			case "exit", "return", "break", "continue":
				return true
			}
		}
	case *syntax.Block:
		return len(c.Stmts) > 0 && leaves(c.Stmts[len(c.Stmts)-1])
	}
	return false
}

// changed reports whether a fork knows anything that its parent does not.
func (s *state) changed() bool {
	return len(s.vars) > 0 || len(s.funcs) > 0 || len(s.alias) > 0 || s.set != [3]bool{} || s.dead
}
