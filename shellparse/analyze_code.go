package shellparse

import (
	"slices"
	"strings"
)

// runText analyses known shell text found inside the command: eval, sh -c, a
// script, standard input of a shell. It changes st as the text would.
func (a *analyzer) runText(st *state, s str, d Dialect, sp Span, io stdio) {
	if !a.enter() {
		return
	}
	defer a.leave()
	if !s.known() {
		a.unknownCode(s, sp)
		io.write(unknown(s.src))
		return
	}
	if a.inFile > 0 {
		s.t = strings.ReplaceAll(s.t, "\x00", "") // as shells do that read a file
	}
	if strings.TrimSpace(s.t) == "" {
		return
	}
	if d == Foreign || len(s.t) > maxScript {
		a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: sp})
		return
	}
	c, ref := a.canonical(s.t, d)
	if c == nil && ref == nil {
		return
	}
	if ref != nil && a.inFile > 0 {
		a.unknownCode(s, sp)
		a.runLines(st, s, d, sp, io)
		return
	}
	if ref != nil {
		a.refuse(ref.reason)
		a.res.RefusalSpan = sp
		return
	}
	savedUnit, savedDialect := a.unit, a.dialect
	a.unit, a.dialect = &unit{c: c, fixed: &sp}, d
	a.lines(st, c.file.Stmts, io)
	a.unit, a.dialect = savedUnit, savedDialect
}

// canonical is the canonical form of code that the text runs; nil, and no
// refusal, when the budget is used up. A file is read once, and runs as it is.
func (a *analyzer) canonical(text string, d Dialect) (*canonical, *refusal) {
	t := textKey{text, d, a.inFile > 0}
	if c := a.known.texts[t]; c != nil {
		return c, nil
	}
	cost := len(text) / 2
	if t.asIs {
		cost = len(text) / 8
	}
	if !a.tick(10 + cost) {
		return nil, nil
	}
	return a.known.canonicalize(t, 0)
}

// inFileDo runs f on the content of a file. A file runs as it is, whatever we
// make of it: what can't be followed in it is unknown, and no refusal.
func (a *analyzer) inFileDo(sp Span, f func()) {
	a.inFile++
	f()
	a.inFile--
	if a.fileOver {
		a.over, a.fileOver = false, false
		a.steps = min(a.steps, maxSteps-maxSteps/8)
		a.unknownCode(unknown(nil), sp)
	}
}

// unknownCode records that something runs of which the text is not known.
func (a *analyzer) unknownCode(s str, sp Span) {
	a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: sp, Argv: []Value{s.value()}})
}

// evalDocument expands s as the shell does a prompt: substitutions run.
func (a *analyzer) evalDocument(st *state, s str) str {
	if !s.known() {
		return unknown(s.src)
	}
	if !strings.ContainsAny(s.t, "$`\\") {
		return s
	}
	return a.substitutionsIn(st, s.t)
}

// runShell analyses a shell that is started with argv.
func (a *analyzer) runShell(cmd *command, d Dialect) {
	argv := values(cmd.argv)
	argv[0] = Value{Text: cmd.name}
	inv, ok := parseInvocation(argv)
	if !ok {
		inv = invocation{dialect: d}
	}
	sub := a.exported(cmd.st)
	run := &command{st: sub, io: cmd.io, span: cmd.span, name: cmd.name}
	a.startup(run, inv)
	for i, p := range inv.params {
		several := p.Spread || p.Certainty == Pattern && strings.ContainsAny(p.Text, "*?[")
		if sub.open = sub.open || several; !several || p.Certainty != Unknown || i+1 < len(inv.params) {
			sub.params = append(sub.params, settled(strOf(p)))
		}
	}
	sub.set[ownParams] = true
	for i := 1; i+1 < len(argv) && inv.dialect == Zsh && argv[i].Certainty == Exact && strings.IndexByte("-+", (argv[i].Text + " ")[0]) >= 0; i++ {
		if argv[i].Text == "-" || argv[i].Text == "--" || argv[i].Text == "-b" {
			break
		}
		o := sub.options()
		if name, ok := strings.CutPrefix(argv[i].Text, "--"); ok {
			a.setOption(Zsh, &o, lit(strings.ReplaceAll(name, "-", "")), true, cmd.span)
			sub.setOptions(o)
			continue
		}
		on := argv[i].Text[0] == '-'
		letters, name, named := strings.Cut(argv[i].Text, "o")
		if !o.setZshLetters(strings.ReplaceAll(letters, "c", "")) {
			a.unknownCode(unknown(nil), cmd.span)
		}
		if named && name == "" {
			i++
			name = argv[i].Text
		}
		if named {
			a.setOption(Zsh, &o, lit(name), on, cmd.span)
		}
		sub.setOptions(o)
		if strings.Contains(letters, "c") {
			break
		}
	}
	if inv.dialect != Zsh {
		sub.startOptions(argv, inv)
	}
	run.io = cmd.io.ofProcess()
	a.process(sub, run.io, func() {
		a.traps = nil
		switch inv.mode {
		case invocationText:
			a.runShellText(run, cmd.argv[inv.index].str, inv.dialect)
		case invocationScript:
			a.runFile(run, cmd.argv[inv.index].str, inv.dialect, true)
		case invocationStdin, invocationInteractive:
			a.runStdin(run, inv.dialect)
		case invocationUnknown:
			a.unclearShell(cmd, run, inv.dialect)
		}
	})
	cmd.io.out.choose(run.io.parts()...)
}

// runShellText is sh -c TEXT: traps set in it go off in it.
func (a *analyzer) runShellText(run *command, text str, d Dialect) {
	a.flowInto(run.name, text.src, run.span)
	saved := a.traps
	a.traps = nil
	a.runPartText(run, text, d)
	a.runTraps(run.st, run.io)
	savedDialect := a.dialect
	a.dialect = d
	a.runHooks(run.st)
	a.dialect = savedDialect
	a.traps = saved
}

// unclearShell is a shell of which an argument is not known: the text after an
// option with a c in it, or a script, or neither.
func (a *analyzer) unclearShell(cmd, run *command, d Dialect) {
	a.res.Unresolved = true
	command := false
	for _, f := range cmd.argv[1:] {
		p := f.prefix()
		if f.known() && strings.HasPrefix(p, "-") {
			command = command || !strings.HasPrefix(p, "--") && strings.Contains(p, "c")
			continue
		}
		if !command {
			a.flowInto(cmd.name, f.src, cmd.span)
			a.runFile(run, f.str, d, true)
			return
		}
		a.runShellText(run, f.str, d)
		return
	}
	a.unknownCode(unknown(nil), cmd.span)
}

// startup runs the files that a variable or an option makes a shell read first.
// The user's own are not looked into here: what protects them is that writing
// to them is judged.
func (a *analyzer) startup(run *command, inv invocation) {
	for _, f := range inv.startup {
		name, isVar := strings.CutPrefix(f, "$")
		switch {
		case isVar && name != "ZDOTDIR" && !strings.Contains(name, "/"):
			if v := run.st.lookup(name); v != nil && !v.unset {
				if s := a.scalar(run.st, name); !s.known() || s.t != "" {
					a.runFile(run, s, inv.dialect, true)
				}
			}
		case !isVar && !strings.HasPrefix(f, "~/") && !strings.HasPrefix(f, "/etc/"):
			a.runFile(run, lit(f), inv.dialect, true)
		}
	}
}

func fieldStrs(fs []field) []str {
	out := make([]str, len(fs))
	for i, f := range fs {
		out[i] = f.str
	}
	return out
}

// exported is the state that a child process of the shell inherits: exported
// variables and functions, the working directory, no more.
func (a *analyzer) exported(st *state) *state {
	size := 0
	for s := st; s != nil; s = s.parent {
		for _, v := range s.vars {
			if v.export {
				size++
			}
		}
	}
	out := &state{vars: make(map[string]*variable, size)} // growing it costs more than counting
	for s := st; s != nil && a.tick(len(s.vars)); s = s.parent {
		for n, v := range s.vars {
			gone := !v.export || v.array
			if s.parent == nil && gone && !a.fromEnv(n) {
				continue // nothing is below that it could hide
			}
			if _, ok := out.vars[n]; ok || s.locals[n] && (gone && (a.dialect == Korn || a.dialect == Bash) || v.unset && a.dialect == Bash) {
				continue // the caller's is exported in place of a local one
			}
			if out.vars[n] = a.handedDown(v); gone {
				out.vars[n] = nil
			}
		}
		for n, f := range s.funcs {
			if out.funcs == nil {
				out.funcs = map[string]*function{}
			}
			if _, ok := out.funcs[n]; !ok && a.exportedFuncs[n] {
				if a.dialect == POSIX { // a bash can, others can't
					c := *f
					c.maybe = true
					f = &c
				}
				out.funcs[n] = f
			}
		}
	}
	for n, v := range out.vars {
		if v == nil && a.fromEnv(n) {
			out.vars[n] = &variable{unset: true}
		} else if v == nil {
			delete(out.vars, n)
		} else {
			out.multi = out.multi || len(v.vals) > 1 || v.maybe
		}
	}
	out.cwds = st.owner(ownCwd).cwds
	out.set[ownCwd] = true
	out.multi = out.multi || len(out.cwds) > 1
	return out
}

// handedDown is an exported variable as another process gets it: its value alone.
func (a *analyzer) handedDown(v *variable) *variable {
	if v.nameTo == "" && !v.mayExport && !v.lower && !v.upper && !v.number && !v.fixed && !v.free {
		return v
	}
	out := &variable{vals: v.vals, unset: v.unset, maybe: v.maybe, from: v.from, export: true}
	if v.nameTo != "" {
		out.vals = []str{unknown(nil)}
	}
	if v.mayExport {
		return eitherVariable(out, &variable{unset: true})
	}
	return out
}

// runStdin analyses an interpreter of shell text that reads standard input.
func (a *analyzer) runStdin(cmd *command, d Dialect) {
	s := *cmd.io.in
	*cmd.io.in = str{}
	a.flowInto(cmd.name, s.src, cmd.span)
	if !s.opaque() {
		if text := strings.TrimRight(s.t, "\n"); strings.Contains(text, "\n") {
			*cmd.io.in = unknown(s.src) // what is left of it by then, if the shell does not read ahead
		}
		a.runPartText(cmd, s, d)
		return
	}
	if !cmd.io.piped && s.src == nil {
		return // a terminal, or whatever the caller has there: judged as it comes
	}
	if p := onlyFile(s); p != "" {
		a.awaits(p, cmd, d)
		if text, ok := a.readFile(p); ok {
			a.inFileDo(cmd.span, func() { a.runText(cmd.st, text, d, cmd.span, cmd.io) })
			return
		}
	}
	a.unknownCode(s, cmd.span)
}

// awaits notes that a shell reads its text from a file of which the content is
// not known yet: a FIFO, into which it may still be written.
func (a *analyzer) awaits(p string, cmd *command, d Dialect) {
	if a.runners == nil {
		a.runners = map[string]runner{}
	}
	if _, ok := a.runners[p]; !ok {
		a.runners[p] = runner{name: cmd.name, span: cmd.span, dialect: d, st: cmd.st}
	}
}

// onlyFile is the file that s is the unread content of.
func onlyFile(s str) string {
	file := ""
	for src := s.src; src != nil; src = src.next {
		if src.via != "" {
			continue // of how that file came to be
		}
		if file != "" || src.made || src.from != File || src.cert != Exact {
			return ""
		}
		file = src.path
	}
	if !s.opaque() {
		return ""
	}
	return file
}

// runFile analyses a file that is run as code of dialect d.
func (a *analyzer) runFile(cmd *command, name str, d Dialect, emitRead bool) {
	if !a.enter() {
		return
	}
	defer a.leave()
	p, c := a.resolve(cmd.st, name, true)
	if emitRead && !strings.HasPrefix(p, "/dev/fd/") {
		a.emit(Effect{Kind: Read, Path: p, Certainty: c, Span: cmd.span})
	}
	if c == Exact {
		a.running = append(a.running, p)
		defer func() { a.running = a.running[:len(a.running)-1] }()
		if f := a.files[p]; f != nil {
			states := make([]*state, len(f.vals))
			for i, v := range f.vals {
				if states[i] = cmd.st; len(f.vals) > 1 { // it is one of them
					states[i] = cmd.st.fork()
				}
				a.flowInto(cmd.name, v.src, cmd.span)
				if v.known() {
					a.inFileDo(cmd.span, func() { a.runText(states[i], v, d, cmd.span, cmd.io) })
				} else {
					run := *cmd
					run.st = states[i]
					a.inFileDo(cmd.span, func() { a.runPartText(&run, v, d) })
					a.awaits(p, cmd, d)
				}
			}
			if len(states) > 1 {
				cmd.st.merge(states...)
			}
			return
		}
		if isStdin(p) {
			a.runStdin(cmd, d)
			return
		}
		if ch, ok := a.descriptor(p); ok {
			io := a.feed("", cmd.io, ch.texts()...)
			a.eachText(cmd.st, io, func(st *state, one stdio) {
				run := *cmd
				run.st, run.io = st, one
				a.runStdin(&run, d)
			})
			return
		}
		a.awaits(p, cmd, d)
		a.ranFile(cmd.name, p, c, cmd.span)
		if text, ok := a.readFile(p); ok {
			a.inFileDo(cmd.span, func() { a.runText(cmd.st, text, d, cmd.span, cmd.io) })
			return
		}
	}
	a.flowInto(cmd.name, name.src, cmd.span)
	a.unresolvedFile(cmd, p, c)
}

// unresolvedFile records that a script runs whose content can't be seen.
func (a *analyzer) unresolvedFile(cmd *command, p string, c Certainty) {
	a.res.Unresolved = true
	if c != Exact {
		a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: cmd.span})
	}
	cmd.io.write(unknown(nil))
}

// process runs what is a process of its own: exec does nothing to the descriptors
// of the one around it, nor pushd to its directories; its traps are its own, and exit
// ends it alone.
func (a *analyzer) process(st *state, io stdio, run func()) {
	in, out, of, traps, dirs, dirsUnsure := a.stdin, a.stdout, a.stdoutOf, a.traps, a.dirStack, a.dirsUnsure
	err, dups := a.stderr, a.dups
	a.traps = slices.DeleteFunc(slices.Clone(traps), func(t trap) bool { return !t.often })
	kept := len(a.traps)
	alts, chosen := a.alts, a.chosen
	a.alts, a.chosen = nil, nil
	r := &region{kind: processRegion, base: st, out: io.out}
	a.regions = append(a.regions, r)
	run()
	if a.traps = a.traps[min(kept, len(a.traps)):]; !st.dead {
		a.runTraps(st, io)
	}
	a.ownHooks(st)
	a.regions = a.regions[:len(a.regions)-1]
	if r.files != nil {
		r.files.merge()
	}
	if io.out != nil {
		io.out.arrive(r)
	}
	a.stdin, a.stdout, a.stdoutOf, a.traps, a.alts, a.chosen = in, out, of, traps, alts, chosen
	a.dirStack, a.dirsUnsure, a.stderr, a.dups = dirs, dirsUnsure, err, dups
	a.status = unsure
}

// parts is the output of io as what one is to be chosen of.
func (io stdio) parts() []*output {
	if io.out == nil {
		return nil
	}
	return []*output{io.out}
}

// ofProcess is io with an output for a process that has none to itself.
func (io stdio) ofProcess() stdio {
	if io = io.branch(); io.out != nil {
		io.out.process = true
	}
	return io
}
