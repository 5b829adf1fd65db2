package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxLoops bounds the turns of a loop that are followed one by one.
const maxLoops = 512

func (a *analyzer) forClause(st *state, c *syntax.ForClause, io stdio) {
	var items []field
	if l, ok := c.Loop.(*syntax.WordIter); ok && !c.Select {
		if items, ok = a.itemsOf(st, c, l, io); !ok {
			return
		}
	}
	a.leavable(loopRegion, c.Do, st, io, func(st *state) { a.forTurns(st, c, items, io) })
}

// itemsOf is the list that a loop runs over. If there are several that it may be
// the loop is run for each, and there is nothing left to do.
func (a *analyzer) itemsOf(st *state, c *syntax.ForClause, l *syntax.WordIter, io stdio) ([]field, bool) {
	if st.multi {
		var names []string
		for _, w := range l.Items {
			names = append(names, a.variants(st, w)...)
		}
		if !l.InPos.IsValid() && len(st.owner(ownParams).ways) > 0 {
			names = []string{"@"}
		}
		slices.Sort(names)
		if names = slices.Compact(names); len(names) > 0 {
			a.eachVariant(st, io, names[:min(len(names), 2)], func(f *state, one stdio) { a.forClause(f, c, one) })
			return nil, false
		}
	}
	if !l.InPos.IsValid() {
		return a.loopItems(st, l), true
	}
	items, ok := a.sureFields(st, l.Items)
	if !ok {
		a.eachChoice(st, io, func(f *state, one stdio) { a.forClause(f, c, one) })
	}
	return items, ok
}

// turn runs the body of a loop once.
func (a *analyzer) turn(st *state, body []*syntax.Stmt, io stdio) {
	a.leavable(turnRegion, body, st, io, func(st *state) { a.stmts(st, body, io) })
}

func (a *analyzer) forTurns(st *state, c *syntax.ForClause, items []field, io stdio) {
	switch l := c.Loop.(type) {
	case *syntax.CStyleLoop:
		a.ands++ // there may be nothing to loop over
		defer func() { a.ands-- }()
		a.arith(st, l.Init)
		for range maxLoops {
			n, ok := a.arith(st, l.Cond)
			if l.Cond == nil || !ok {
				a.loopBody(st, nil, c.Do, io)
				return
			}
			if n == 0 || a.over {
				return
			}
			a.turn(st, c.Do, io)
			a.arith(st, l.Post)
		}
	case *syntax.WordIter:
		if c.Select {
			items = a.loopItems(st, l)
		}
		if !slices.ContainsFunc(items, func(f field) bool { return !f.several() }) {
			a.ands++ // there may be nothing to loop over
			defer func() { a.ands-- }()
		}
		if c.Select {
			a.selectLoop(st, c, l.Name.Value, items, io)
			return
		}
		for i, f := range items {
			if f.loose || i >= maxLoops {
				s := f.str
				if i >= maxLoops {
					s = unknown(nil)
				}
				b := st.fork()
				a.setLoopVar(b, l.Name.Value, s)
				a.loopBody(b, nil, c.Do, io)
				st.merge(b, st.fork())
				if i >= maxLoops {
					return
				}
				continue
			}
			turn, to := st, io
			if f.several() {
				turn, to = st.fork(), io.branch()
			}
			a.setLoopVar(turn, l.Name.Value, f.str)
			a.filled(turn, l.Name.Value, a.span(l.Pos(), l.End()))
			a.turn(turn, c.Do, to)
			if a.over {
				return
			}
			if turn != st {
				io.out.orAny(to.out)
				a.moreTurns(turn, l.Name.Value, f, c.Do, to)
				st.merge(turn)
			}
			if f.spread {
				a.restOfSplit(st, l.Name.Value, f, c.Do, io)
			}
		}
	}
}

// setLoopVar gives the variable of a for loop its next value. One that is a name
// for another becomes a name for what the value names, in bash.
func (a *analyzer) setLoopVar(st *state, name string, s str) {
	v := st.lookup(name)
	switch {
	case v == nil || v.nameTo == "" || a.dialect == Korn:
		a.setVar(st, name, s)
	case s.known() && syntax.ValidName(s.t) && s.t != name && a.dialect == Bash:
		st.assign(name, &variable{nameTo: s.t})
	default:
		a.setVar(st, name, unknown(s.src))
		st.free(name)
		a.unknownCode(unknown(s.src), Span{}) // whatever is assigned to it, behind this
	}
}

// moreTurns runs a loop's body for the other files that a wildcard stands for,
// if the first turn has changed anything for them.
func (a *analyzer) moreTurns(st *state, name string, f field, body []*syntax.Stmt, io stdio) {
	changed := len(st.funcs) > 0 || len(st.alias) > 0 || st.set != [3]bool{}
	for n := range st.vars {
		changed = changed || n != name
	}
	if !changed || st.dead {
		return
	}
	b := st.fork()
	a.setLoopVar(b, name, f.str)
	a.loopBody(b, nil, body, io)
	st.merge(b, st.fork())
}

// restOfSplit runs a loop's body for the words that follow the first that a
// word becomes.
func (a *analyzer) restOfSplit(st *state, name string, f field, body []*syntax.Stmt, io stdio) {
	b, in := st.fork(), *io.in
	io.in = &in
	a.setLoopVar(b, name, unknown(f.src))
	a.aside(f.src.hasFrom(Network), func() { a.loopBody(b, nil, body, io) })
	st.merge(b, st.fork())
}

// selectLoop runs its body for any choice, in any order and number; a choice
// that is none makes the variable empty.
func (a *analyzer) selectLoop(st *state, c *syntax.ForClause, name string, items []field, io stdio) {
	vals := []str{{}}
	for _, f := range items {
		vals = addValue(vals, f.str)
	}
	if len(vals) > maxValues {
		vals = []str{unknown(vals[1].src)}
	}
	b := st.fork()
	b.assign(a.referent(b, name), &variable{vals: vals})
	a.setVar(b, "REPLY", unknown(nil))
	a.loopBody(b, nil, c.Do, io)
	st.merge(b, st.fork())
}

func (a *analyzer) loopItems(st *state, l *syntax.WordIter) []field {
	if l.InPos.IsValid() {
		return a.fields(st, l.Items)
	}
	ps, open := st.parameters()
	var items []field
	for i, p := range ps {
		if i > 0 {
			items = append(items, field{str: p})
		}
	}
	if open {
		items = append(items, field{str: unknown(nil), loose: true})
	}
	return items
}

// while analyses a loop of unknown length. `while read` over text is followed
// line by line, and other conditions as long as they are sure to hold.
func (a *analyzer) while(st *state, c *syntax.WhileClause, io stdio) {
	if a.dialect == POSIX && a.readsInput(c.Cond) && slices.ContainsFunc(c.Cond[len(c.Cond)-1].Cmd.(*syntax.CallExpr).Args, func(w *syntax.Word) bool { return optionOfBash(w.Lit()) }) {
		outer := st
		st = st.fork() // or it never runs, where read has no such option
		defer func() { outer.merge(st, outer.fork()) }()
	}
	a.leavable(loopRegion, c.Do, st, io, func(st *state) { a.whileTurns(st, c, io) })
}

func (a *analyzer) whileTurns(st *state, c *syntax.WhileClause, io stdio) {
	if a.readsInput(c.Cond) && io.in.known() {
		for range maxLoops {
			a.readEnded = false
			a.stmts(st, c.Cond, io)
			if a.readEnded || a.over || st.dead {
				return // the last read sets its variables too
			}
			before := len(io.in.t)
			a.turn(st, c.Do, io)
			if before == 0 && !io.in.known() {
				return
			}
		}
		*io.in = unknown(io.in.src)
	}
	if a.readsInput(c.Cond) && io.in.glob && !io.in.opaque() {
		a.eachLine(st, c, io)
		a.lastRead(st, c, io)
		return
	}
	if mayEnd(c.Cond) && a.turns(st, c, io) {
		return
	}
	a.loopBody(st, c.Cond, c.Do, io)
	if a.readsInput(c.Cond) {
		a.lastRead(st, c, io)
	}
}

// lastRead is the read that ends a loop, which leaves its variables empty.
func (a *analyzer) lastRead(st *state, c *syntax.WhileClause, io stdio) {
	b, none := st.fork(), str{}
	io.in, io.piped, io.out = &none, true, nil
	a.stmts(b, c.Cond, io)
	b.dead = false
	st.merge(b, st.fork())
}

// eachLine runs a `while read` once for each line of which something is known.
func (a *analyzer) eachLine(st *state, c *syntax.WhileClause, io stdio) {
	a.branches++
	outer := io
	io = io.branch()
	defer func() { a.branches--; outer.out.orAny(io.out) }()
	rest := *io.in
	*io.in = str{}
	for range maxLoops {
		line, more, ok := rest.cut('\n')
		if !ok {
			line = rest
		}
		if a.over || !ok && line.t == "" {
			return
		}
		rest = more
		in := concat(line, lit("\n"))
		turn := io
		turn.in, turn.piped = &in, true
		b := st.fork()
		a.stmts(b, c.Cond, turn)
		a.turn(b, c.Do, turn)
		b.dead = false
		st.merge(b, st.fork())
		if !ok {
			return
		}
	}
}

// maxTurns bounds the turns of a loop followed by its condition.
const maxTurns = 64

// turns follows a loop as long as its condition is known, and reports whether
// that was to its end.
func (a *analyzer) turns(st *state, c *syntax.WhileClause, io stdio) bool {
	before := len(a.res.Effects)
	for range maxTurns {
		a.stmts(st, c.Cond, io)
		hold := a.status
		if c.Until {
			hold = hold.not()
		}
		if hold == failure || a.over || st.dead {
			return true
		}
		if hold == unsure || len(a.res.Effects)-before > 256 {
			return false
		}
		a.turn(st, c.Do, io)
	}
	return false
}

// mayEnd tells a condition apart that depends on anything, as `while true` does
// not.
func mayEnd(cond []*syntax.Stmt) bool {
	if len(cond) == 0 {
		return false
	}
	switch c := cond[len(cond)-1].Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) > 1 {
			switch c.Args[0].Lit() {
			case "[", "test", "getopts":
				return true
			}
		}
	case *syntax.TestClause, *syntax.ArithmCmd:
		return true
	}
	return false
}

// readsInput tells the conditions that hold as long as there is something to
// read.
func (a *analyzer) readsInput(cond []*syntax.Stmt) bool {
	if len(cond) == 0 {
		return false
	}
	call, ok := cond[len(cond)-1].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	switch call.Args[0].Lit() {
	case "read", "command", "builtin":
		name := call.Args[len(call.Args)-1].Parts
		if a.dialect == POSIX && len(call.Args) == 1 {
			return false // an error in dash
		}
		_, quoted := name[0].(*syntax.SglQuoted) // as in read ' ' x, which reads nothing
		for _, w := range call.Args[1:] {
			if p := w.Lit(); strings.HasPrefix(p, "-") && strings.Contains(p, "p") && (a.dialect == Zsh || a.dialect == Korn) {
				return false // from a coprocess
			}
		}
		return !quoted
	}
	return false
}

// loopBody analyses a body that runs any number of times: until what it
// assigns no longer surprises, which three turns settle by giving up on it.
func (a *analyzer) loopBody(st *state, cond, body []*syntax.Stmt, io stdio) {
	a.branches++
	outer := io
	io = io.branch()
	defer func() { a.branches--; outer.out.orAny(io.out) }()
	var before str
	if io.in != nil {
		before = *io.in
	}
	for turn := range 3 {
		if turn > 0 && io.in != nil && !same(before, *io.in) {
			*io.in = unknown(before.src) // each turn reads on from where the last one stopped
		}
		dirs := st.owner(ownCwd).cwds
		a.stmts(st, cond, io)
		st.alsoIn(dirs...)
		b := st.fork()
		a.turn(b, body, io)
		if !b.changed() && (turn > 0 || io.in == nil || same(before, *io.in)) {
			return
		}
		b.dead = false
		if turn == 1 {
			for name, v := range b.vars {
				if len(v.vals) == 1 && v.vals[0].known() && same(a.scalar(st, name), v.vals[0]) {
					continue
				}
				var src *source
				for _, x := range v.vals {
					src = join(src, x.src)
				}
				b.vars[name] = &variable{vals: []str{unknown(src)}, export: v.export, fixed: v.fixed, free: v.free}
			}
			if b.set[ownCwd] && !same(b.cwd(), st.cwd()) {
				b.cwds = []str{unknown(nil)}
			}
		}
		st.merge(b, st.fork())
	}
}
