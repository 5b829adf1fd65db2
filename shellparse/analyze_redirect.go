package shellparse

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// channel is what a file descriptor other than the standard three leads to.
type channel struct {
	path string
	host string
	url  string
	in   str
	ins  []str  // more than one: the texts that in is one of
	file string // that it was opened on, to read
}

// sink is where the standard output of one command goes by redirection.
type sink struct {
	channel
	append          bool
	content         *output // of what nothing else writes to
	held, meanwhile []str   // what is known of the file, before and while the command runs

	unsure bool // it may be closed to what is written, which then stays undone
	span   Span
	tee    []*output // descriptors that get it as well
	also   *sink     // zsh: where it goes as well
}

// outSubst is a >(command) that waits for what will be written to it.
type outSubst struct {
	name  string
	st    *state
	stmts []*syntax.Stmt
	at    *unit
}

// redirects carries out the redirections of a statement before its command
// runs. The sink is nil when standard output stays where it was.
func (a *analyzer) redirects(st *state, list []*syntax.Redirect, io stdio) (stdio, *sink) {
	var out *sink
	io.errTo, io.ins = nil, nil
	outer, pipe := io.in, io.out
	var read []string
	for _, r := range list {
		if !a.tick(1) {
			break
		}
		sp := a.span(r.Pos(), r.End())
		before, in := out, io.in
		fd := ""
		if r.N != nil {
			fd = r.N.Value
		}
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			io = a.feed(a.numbered(st, fd), io, a.valuesOf(func() str { return a.hereDoc(st, r) })...)
		case syntax.WordHdoc:
			texts := a.valuesOf(func() str { return concat(a.hereString(st, r.Word), lit("\n")) })
			io = a.feed(a.numbered(st, fd), io, texts...)
		case syntax.RdrIn, syntax.RdrInOut:
			target := a.target(st, r.Word)
			fd = a.numbered(st, fd)
			if a.dialect == Zsh {
				target = a.alsoOpened(st, r, target, sp)
			}
			if p, cert := a.resolve(st, target, true); cert == Exact {
				read = append(read, p)
			}
			texts := []str{a.readTarget(st, target, sp)}
			if several := a.contents(st, target); len(several) > 1 {
				texts = several
			}
			io = a.feed(fd, io, texts...)
			a.nameChannel(st, fd, target)
			if r.Op == syntax.RdrInOut {
				ch := a.writeTarget(st, target, sp)
				if fd == "1" {
					out = &sink{channel: ch, span: sp}
				}
				a.setChannel(fd, ch, true)
			}
		case syntax.DplIn:
			s := a.text(st, r.Word)
			if ch, ok := a.fds[strings.TrimSuffix(s.t, "-")]; ok && s.known() {
				io = a.feed(fd, io, ch.texts()...)
			} else if s.known() && s.t == "1" {
				io = a.feed(fd, io, unknown(a.netOf(out)))
			}
		case syntax.DplOut:
			s := a.text(st, r.Word)
			if t := strings.TrimSuffix(s.t, "-"); s.known() && (t == "" || isNumber(t)) {
				io, out = a.duplicate(fd, t, io, out, sp)
				break
			}
			if (a.dialect == Bash || a.dialect == POSIX) && s.known() && strings.ContainsAny(s.t, "'\"\\$`~*?[") {
				a.substitutionsIn(st, s.t) // it is expanded once more, and quotes are taken off
				s = unknown(s.src)
				out = &sink{channel: a.writeTarget(st, s, sp), span: sp}
				break
			}
			ch, more := a.writeTargets(st, r.Word, sp)
			out = &sink{channel: ch, span: sp, also: more}
		default:
			ch, more := a.writeTargets(st, r.Word, sp)
			if n := descriptorName(ch.path); n != "" && n != "0" {
				if fd == "" || r.Op == syntax.RdrAll || r.Op == syntax.AppAll {
					fd = "1"
				}
				io, out = a.duplicate(fd, n, io, out, sp)
				if r.Op == syntax.RdrAll || r.Op == syntax.AppAll {
					io.dups = io.dups.with("2", io.out)
				}
				break
			}
			app := r.Op == syntax.AppOut || r.Op == syntax.AppAll || r.Op == syntax.AppClob || r.Op == syntax.AppAllClob
			if all := r.Op == syntax.RdrAll || r.Op == syntax.AppAll || r.Op == syntax.RdrAllClob || r.Op == syntax.AppAllClob; all || fd == "" || fd == "1" {
				out = &sink{channel: ch, append: app, span: sp, also: more, unsure: st.options().noclobber && (r.Op == syntax.RdrOut || r.Op == syntax.RdrAll)}
				for ; more != nil; more = more.also {
					more.append = app
				}
				if all {
					io.out = &output{under: pipe, apart: true}
					io.dups, before = io.dups.with("2", io.out), out
				}
			} else if fd == "2" {
				io.errTo = &sink{channel: ch, append: app, span: sp}
				io.dups = io.dups.with(fd, io.errTo.opened())
			} else {
				a.setChannel(a.numbered(st, fd), ch, false)
			}
		}
		if out != nil && out != before {
			io.out = &output{under: pipe, apart: true}
			if f := a.files[out.path]; f != nil { // until the command is done
				out.held = f.vals
				a.unsettled([]string{out.path})
				out.meanwhile = f.vals
			}
			if slices.Contains(read, out.path) && io.in != outer {
				none := unknown(io.in.src)
				io.in = &none
			}
		}
		if a.dialect == Zsh && (in != outer || io.joins) && io.in != in {
			both := concat(*in, *io.in) // it reads one behind the other
			if !in.known() || in.t != "" {
				both.src = both.src.altered() // no file alone
			}
			io.in = &both
		}
		if a.dialect == Zsh && out != nil && before != nil && out != before {
			last := out
			for last.also != nil {
				last = last.also
			}
			last.also = before
		}
	}
	if a.dialect == Zsh && io.split && io.out != pipe { // which sends it to both
		if out == nil {
			out = &sink{tee: []*output{io.out}}
			io.out = &output{under: pipe, apart: true}
		}
		out.tee = append(out.tee, pipe)
	}
	return io, out
}

// mayFail reports whether a redirection may: one whose word becomes more than
// one, or that names what is not there. What it belongs to does not run then.
func (a *analyzer) mayFail(st *state, list []*syntax.Redirect) bool {
	for _, r := range list {
		if r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc || r.Op == syntax.WordHdoc || r.Word == nil {
			continue
		}
		if st.options().noclobber && (r.Op == syntax.RdrOut || r.Op == syntax.RdrAll) {
			return true
		}
		for _, p := range r.Word.Parts {
			switch p := p.(type) {
			case *syntax.SglQuoted, *syntax.ProcSubst:
			case *syntax.Lit:
				if !plainLiteral(p.Value) && p.Value[0] != '~' {
					return true
				}
				if a.in.FS != nil && !strings.HasPrefix(p.Value, "/dev/") && (r.Op == syntax.RdrIn || strings.Contains(p.Value, "/")) && !a.opens(st, r, lit(p.Value)) {
					return true
				}
			default:
				return true
			}
		}
	}
	return false
}

// opens reports whether a file that a redirection names is sure to be opened.
func (a *analyzer) opens(st *state, r *syntax.Redirect, name str) bool {
	p, cert := a.resolve(st, name, true)
	if cert != Exact || len(r.Word.Parts) > 1 || a.branches+a.ands > 0 {
		return false
	}
	if f := a.files[p]; f != nil {
		return !f.unsure
	}
	if r.Op != syntax.RdrIn {
		p = path.Dir(p)
	}
	fi, err := a.in.FS.Lstat(p)
	return err == nil && !a.touched && fi.IsDir() == (r.Op != syntax.RdrIn)
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// netOf is what reading back from a sink on the network yields.
func (a *analyzer) netOf(s *sink) *source {
	if s == nil || s.host == "" {
		return nil
	}
	return &source{from: Network, host: s.host, url: s.url}
}

// alsoOpened records the files that a redirection of zsh opens besides the
// first, which it returns.
func (a *analyzer) alsoOpened(st *state, r *syntax.Redirect, first str, sp Span) str {
	for i, f := range a.fields(st, []*syntax.Word{r.Word}) {
		if i == 0 {
			first = f.str
			continue
		}
		a.readTarget(st, f.str, sp)
		if r.Op == syntax.RdrInOut {
			a.writeTarget(st, f.str, sp)
		}
	}
	return first
}

// writeTargets records what a redirection writes to. In zsh one word may stand
// for several files, each of which gets it all.
func (a *analyzer) writeTargets(st *state, w *syntax.Word, sp Span) (first channel, more *sink) {
	if a.dialect != Zsh {
		return a.writeTarget(st, a.target(st, w), sp), nil
	}
	for i, f := range a.fields(st, []*syntax.Word{w}) {
		c := a.writeTarget(st, f.str, sp)
		if i == 0 || c.host != "" {
			first, c = c, first
		}
		if i > 0 {
			more = &sink{channel: c, span: sp, also: more}
		}
	}
	return first, more
}

// target expands the word of a redirection.
func (a *analyzer) target(st *state, w *syntax.Word) str {
	if a.dialect == Bash {
		// Split and expanded as an argument: more than one word is an error.
		if f := a.fields(st, []*syntax.Word{w}); len(f) == 1 && !f[0].loose {
			return f[0].str
		}
	}
	if a.dialect == POSIX || a.dialect == Korn {
		return a.text(st, w) // no wildcards there, in a script
	}
	s := a.pattern(st, w)
	if !s.glob || a.in.FS == nil {
		return s
	}
	if f := a.globbed(st, field{str: s}); len(f) == 1 {
		return f[0].str
	}
	return s
}

// hereDoc is the text of a here-document.
func (a *analyzer) hereDoc(st *state, r *syntax.Redirect) str {
	if r.Hdoc == nil {
		return str{}
	}
	var s str
	if quotedWord(r.Word) {
		var b strings.Builder
		for _, p := range r.Hdoc.Parts {
			if l, ok := p.(*syntax.Lit); ok {
				b.WriteString(l.Value)
			}
		}
		s = lit(b.String())
	} else {
		x := expander{a: a, st: st, single: true, heredoc: true}
		x.parts(r.Hdoc.Parts, true)
		s = x.cur.str()
	}
	if r.Op == syntax.DashHdoc {
		lines := strings.SplitAfter(s.t, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
		s.t = strings.Join(lines, "")
	}
	return s
}

// quotedWord reports whether any part of a here-document's delimiter is quoted.
func quotedWord(w *syntax.Word) bool {
	for _, p := range w.Parts {
		l, ok := p.(*syntax.Lit)
		if !ok || strings.IndexByte(l.Value, '\\') >= 0 {
			return true
		}
	}
	return false
}

// readTarget records that a redirection reads from s and returns the content.
func (a *analyzer) readTarget(st *state, s str, sp Span) str {
	a.redirecting = true
	defer func() { a.redirecting = false }()
	if host, url, ok := socketPath(s); ok {
		a.emit(Effect{Kind: Fetch, Host: host, URL: url, Span: sp, Certainty: s.value().Certainty})
		return unknown(&source{from: Network, host: host, url: url})
	}
	return a.readPath(st, s, false, sp)
}

// writeTarget records that a redirection writes to s.
func (a *analyzer) writeTarget(st *state, s str, sp Span) channel {
	a.redirecting = true
	defer func() { a.redirecting = false }()
	if host, url, ok := socketPath(s); ok {
		a.emit(Effect{Kind: Fetch, Host: host, URL: url, Sends: true, Span: sp, Certainty: s.value().Certainty})
		return channel{host: host, url: url, in: unknown(&source{from: Network, host: host, url: url})}
	}
	p, c := a.resolve(st, s, true)
	if c == Exact && deviceSink(p) {
		return channel{path: p}
	}
	a.touched = true
	a.emit(Effect{Kind: Write, Path: p, Certainty: c, Span: sp})
	if c != Exact {
		p = ""
	}
	return channel{path: p}
}

// socketPath takes /dev/tcp/HOST/PORT apart.
func socketPath(s str) (host, url string, ok bool) {
	p := s.prefix()
	if !strings.HasPrefix(p, "/dev/tcp/") && !strings.HasPrefix(p, "/dev/udp/") {
		return "", "", false
	}
	proto, rest := p[5:8], p[9:]
	host, port, _ := strings.Cut(rest, "/")
	if !s.known() && host == rest {
		host = ""
	}
	return lower(host), proto + "://" + rest2(host, port), true
}

func rest2(host, port string) string {
	if port == "" {
		return host
	}
	return host + ":" + port
}

// deviceSink tells the devices apart that keep nothing of what is written.
func deviceSink(p string) bool {
	switch p {
	case "/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/stdin", "/dev/zero", "/dev/full", "/proc/self/fd/1", "/proc/self/fd/2":
		return true
	}
	return strings.HasPrefix(p, "/dev/fd/")
}

// finish puts what a command printed where its redirection leads.
func (a *analyzer) finish(out *sink, io stdio) {
	if err := io.errTo; err != nil && err.path != "" && !strings.HasPrefix(err.path, "/dev/") {
		a.store(err.path, concat(err.content.str(), unknown(nil)), err.append) // and complaints
	}
	if out == nil {
		return
	}
	vals := io.out.outcomes()
	for _, b := range out.tee {
		if b != nil {
			b.add(eitherOf(vals))
		}
	}
	if out.unsure {
		vals = []str{unknown(io.out.src)}
	}
	for more := out.also; more != nil; more = more.also {
		if more.path != "" {
			a.storeAny(more.path, vals, more.append)
		}
	}
	s := eitherOf(vals)
	if out.host != "" || out.url != "" {
		a.flowOut("", s.src, out.host, out.url, out.span)
	}
	if out.path != "" {
		if f := a.files[out.path]; f != nil && len(out.meanwhile) > 0 && len(f.vals) > 0 && &f.vals[0] == &out.meanwhile[0] {
			f.vals = out.held // nobody else has written to it
		}
		a.storeAny(out.path, vals, out.append)
	}
}
