package shellparse

import (
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
	if strings.TrimSpace(s.t) == "" {
		return
	}
	if d == Foreign || len(s.t) > maxScript {
		a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: sp})
		return
	}
	if !a.tick(10 + len(s.t)/16) {
		return
	}
	c, ref := canonicalize(s.t, d)
	if ref != nil {
		a.refuse(ref.reason)
		a.res.RefusalSpan = sp
		return
	}
	savedUnit, savedDialect := a.unit, a.dialect
	a.unit, a.dialect = &unit{c: c, fixed: &sp}, d
	a.stmts(st, c.file.Stmts, io)
	a.unit, a.dialect = savedUnit, savedDialect
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

// shellRun is one start of a shell.
type shellRun struct {
	dialect Dialect
	name    string
	st      *state
}

// runShell analyses a shell that is started with argv.
func (a *analyzer) runShell(cmd *command, d Dialect) {
	inv, ok := stopgapInvocation(cmd.argv)
	if !ok {
		a.unknownCode(unknown(nil), cmd.span)
		return
	}
	st := cmd.st.fork()
	sub := &state{parent: a.exported(st)}
	if inv.rc != nil {
		a.runFile(&command{st: sub, io: cmd.io, span: cmd.span, name: cmd.name}, *inv.rc, d, true)
	}
	switch {
	case inv.text != nil:
		params := fieldStrs(inv.args)
		if len(params) == 0 {
			params = []str{lit(cmd.name)}
		}
		sub.setParams(params, false)
		a.flowInto(cmd.name, inv.text.src, cmd.span)
		saved := a.traps
		a.traps = nil
		a.runText(sub, *inv.text, d, cmd.span, cmd.io)
		a.runTraps(sub)
		a.traps = saved
	case inv.script != nil:
		sub.setParams(append([]str{*inv.script}, fieldStrs(inv.args)...), false)
		a.runFile(&command{st: sub, io: cmd.io, span: cmd.span, name: cmd.name}, *inv.script, d, true)
	case inv.nothing:
	default:
		sub.setParams(append([]str{lit(cmd.name)}, fieldStrs(inv.args)...), false)
		a.runStdin(&command{st: sub, io: cmd.io, span: cmd.span, name: cmd.name}, d)
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
	out := &state{vars: map[string]*variable{}}
	for s := st; s != nil; s = s.parent {
		for n, v := range s.vars {
			if _, ok := out.vars[n]; !ok {
				if v.export && !v.array {
					out.vars[n] = v
				} else {
					out.vars[n] = nil
				}
			}
		}
		for n, f := range s.funcs {
			if out.funcs == nil {
				out.funcs = map[string]*function{}
			}
			if _, ok := out.funcs[n]; !ok && a.exportedFuncs[n] {
				out.funcs[n] = f
			}
		}
	}
	for n, v := range out.vars {
		if v == nil {
			delete(out.vars, n)
		}
	}
	out.cwds = st.owner(ownCwd).cwds
	out.set[ownCwd] = true
	out.multi = len(out.cwds) > 1
	return out
}

// runStdin analyses an interpreter of shell text that reads standard input.
func (a *analyzer) runStdin(cmd *command, d Dialect) {
	s := *cmd.io.in
	*cmd.io.in = str{}
	a.flowInto(cmd.name, s.src, cmd.span)
	if s.known() {
		a.runText(cmd.st, s, d, cmd.span, cmd.io)
		return
	}
	if !cmd.io.piped && s.src == nil {
		return // a terminal, or whatever the caller has there: judged as it comes
	}
	if p := onlyFile(s); p != "" {
		if text, ok := a.readFile(p); ok {
			a.runText(cmd.st, text, d, cmd.span, cmd.io)
			return
		}
	}
	a.unknownCode(s, cmd.span)
}

// onlyFile is the file that s is the unread content of.
func onlyFile(s str) string {
	if s.opaque() && s.src != nil && s.src.next == nil && s.src.from == File && s.src.cert == Exact {
		return s.src.path
	}
	return ""
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
		if f := a.files[p]; f != nil {
			for _, v := range f.vals {
				a.flowInto(cmd.name, v.src, cmd.span)
				if v.known() {
					a.runText(cmd.st, v, d, cmd.span, cmd.io)
				} else {
					a.unknownCode(v, cmd.span)
				}
			}
			return
		}
		if p == "/dev/stdin" || p == "/proc/self/fd/0" {
			a.runStdin(cmd, d)
			return
		}
		if text, ok := a.readFile(p); ok {
			a.runText(cmd.st, text, d, cmd.span, cmd.io)
			return
		}
	}
	a.flowInto(cmd.name, name.src, cmd.span)
	a.unresolvedFile(cmd, p, c)
}

// unresolvedFile records that a script runs whose content can't be seen.
func (a *analyzer) unresolvedFile(cmd *command, p string, c Certainty) {
	a.res.Unresolved = true
	cmd.io.write(unknown(nil))
}

// runTraps runs what trap has set, in the state at the end of the text.
func (a *analyzer) runTraps(st *state) {
	for len(a.traps) > 0 && !a.over {
		t := a.traps[0]
		a.traps = a.traps[1:]
		in := unknown(nil)
		a.runText(st.fork(), t.text, a.dialect, t.span, stdio{in: &in})
	}
}
