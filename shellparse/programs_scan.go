package shellparse

import (
	"slices"
	"strings"
)

// codeScan goes through the calls of a program in another language.
type codeScan struct {
	a       *analyzer
	cmd     *command
	lang    string
	toks    []token
	vars    map[string]str
	reads   *source // files it opens
	writes  []str   // files it writes
	peers   []peer
	evals   bool              // it runs text: eval, exec, system
	method  bool              // the call under way is one of an object
	last    str               // what the object was made with: Path("x").unlink()
	alias   map[string]string // other names of calls: const {exec: e} = ...
	prints  int               // calls that print
	printed builder
}

func (s *codeScan) scan() {
	for i := 0; i < len(s.toks) && !s.a.over; i++ {
		t := s.toks[i]
		if t.kind == 's' && t.exec {
			s.evals = true
			s.shell([]str{t.val})
			continue
		}
		if t.kind != 'i' || !s.a.tick(1) {
			continue
		}
		if s.assignment(i) {
			continue
		}
		s.method = i > 0 && (s.toks[i-1].text == "." || s.toks[i-1].text == ">")
		if t.text == "getattr" {
			s.getattr(i)
			continue
		}
		if printCalls[t.text] {
			s.print(i)
		}
		role := s.roleOf(t.text)
		if role == "" {
			continue
		}
		s.rename(i, role)
		s.evals = s.evals || role == "eval"
		if args, ok := s.arguments(i + 1); ok {
			s.call(role, t.text, args)
		}
	}
	s.finish()
}

// print takes note of what is printed, if it is literal.
func (s *codeScan) print(i int) {
	s.prints++
	args, ok := s.arguments(i + 1)
	if !ok || len(args) != 1 {
		s.printed.add(unknown(nil))
		return
	}
	s.printed.add(args[0])
	if n := s.toks[i].text; n != "process.stdout.write" && n != "io.write" && n != "echo" && !(n == "print" && s.lang == "perl") {
		s.printed.lit("\n")
	}
}

// output is what the program prints, if printing is all it does.
func (s *codeScan) output() (str, bool) {
	names := 0
	for _, t := range s.toks {
		if t.kind == 'i' {
			names++
		}
	}
	v := s.printed.str()
	return v, s.prints > 0 && names == s.prints && v.known()
}

// rename takes note of other names that a call gets: system as s, {exec: e},
// e = os.system.
func (s *codeScan) rename(i int, role string) {
	t := s.toks
	name := ""
	switch {
	case i+2 < len(t) && (t[i+1].text == "as" || t[i+1].text == ":") && t[i+2].kind == 'i':
		name = t[i+2].text
	case i > 1 && t[i-1].text == "=" && t[i-2].kind == 'i' && (i+1 >= len(t) || t[i+1].text != "("):
		name = t[i-2].text
	case i > 3 && s.method: // e = require("x").exec
		for k := i - 1; k > 1 && k > i-8; k-- {
			if t[k].text == "=" && t[k-1].kind == 'i' && (i+1 >= len(t) || t[i+1].text != "(") {
				name = t[k-1].text
			}
		}
	}
	if name != "" {
		if s.alias == nil {
			s.alias = map[string]string{}
		}
		s.alias[name] = role
	}
}

// getattr is getattr(os, "system")("rm x").
func (s *codeScan) getattr(i int) {
	name, ok := s.arguments(i + 1)
	end := s.skip(i + 1)
	if !ok || len(name) < 2 || !name[1].known() || end >= len(s.toks) || s.toks[end].text != "(" {
		return
	}
	if role := s.roleOf(name[1].t); role != "" {
		if args, ok := s.arguments(end); ok {
			s.call(role, name[1].t, args)
		}
	}
}

// assignment takes note of NAME = "literal".
func (s *codeScan) assignment(i int) bool {
	t := s.toks
	if i+2 >= len(t) || t[i+1].text != "=" || t[i+2].kind != 's' || t[i+2].exec {
		return false
	}
	v, _ := s.expression(i + 2)
	s.vars[t[i].text] = v
	return true
}

func (s *codeScan) call(role, name string, args []str) {
	if last := name[strings.LastIndexAny(name, ".:>")+1:]; s.method && s.last.t != "" && (role == "r" || role == "w" || role == "d") && pathMethods[last] {
		args = []str{s.last}
	} else if last == "Path" && len(args) > 0 {
		s.last = args[0]
	}
	if len(args) == 0 {
		if role == "eval" || role == "sh" {
			s.evals = true
		}
		return
	}
	a, st, sp := s.a, s.cmd.st, s.cmd.span
	first := args[0]
	if role == "open" && strings.HasSuffix(name, "OpenFile") {
		role = "w" // Go's, whose flags are names
	}
	if role == "open" {
		role = "r"
		mode := ""
		if len(args) > 1 {
			mode = args[len(args)-1].prefix()
			if k := args[1].prefix(); k != "" && len(k) < 5 {
				mode = k
			}
		}
		if s.lang == "perl" {
			role, first = s.perlOpen(args)
		} else if strings.ContainsAny(mode, "wax+") && len(mode) < 5 {
			role = "w"
		}
	}
	if role == "u" {
		s.contact(name, args)
		return
	}
	if first.opaque() && (role == "r" || role == "w") {
		for _, v := range args[1:] {
			if looksLikePath(s.path(v)) {
				first = v // open(f -> read(f), "/x")
				break
			}
		}
	}
	if first.opaque() && role != "sh" && role != "eval" && role != "mv" {
		return
	}
	switch role {
	case "sh":
		s.evals = true
		s.shell(args)
	case "eval":
		s.evals = true
		if first.known() && s.lang != "" {
			a.runCode(s.cmd, s.lang, first)
		}
	case "r":
		if strings.Contains(first.prefix(), "://") {
			s.peer(first)
			return
		}
		v := a.readPath(st, s.path(first), false, sp)
		s.reads = join(s.reads, v.src)
	case "w":
		c := call{cmd: s.cmd, p: &program{}}
		a.writeArg(&c, s.path(first))
		s.writes = append(s.writes, s.path(first))
	case "mv":
		c := call{cmd: s.cmd, p: &program{}}
		if !first.opaque() {
			v := a.readPath(st, s.path(first), false, sp)
			s.reads = join(s.reads, v.src)
		}
		if len(args) > 1 && !args[1].opaque() {
			a.writeArg(&c, s.path(args[1]))
			s.writes = append(s.writes, s.path(args[1]))
		}
	case "d":
		for _, v := range args {
			if v.opaque() || v.t == "" {
				continue
			}
			p, cert := a.resolve(st, s.path(v), false)
			if cert == Unknown {
				continue
			}
			rec := strings.Contains(name, "tree") || strings.Contains(name, "rm_r") || strings.Contains(lower(name), "all") || strings.HasSuffix(name, "rmSync") || strings.HasSuffix(name, ".rm")
			a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: rec, Span: sp})
		}
	}
}

// contact is a call that opens a connection: the host is the argument that
// looks like one.
func (s *codeScan) contact(name string, args []str) {
	found := false
	for i, v := range args {
		if v.opaque() || v.t == "" {
			continue
		}
		p := v.prefix()
		if i > 0 && looksLikePath(s.path(v)) {
			c := call{cmd: s.cmd, p: &program{}}
			a := s.a
			a.writeArg(&c, s.path(v)) // urlretrieve(URL, FILE)
			s.writes = append(s.writes, s.path(v))
			continue
		}
		if strings.Contains(p, "://") || strings.Contains(p, ".") && !strings.ContainsAny(p, " /\n") || p == "localhost" {
			s.peer(v)
			found = true
		}
	}
	if !found && (s.method || strings.ContainsAny(name, ".:>")) {
		s.peers = append(s.peers, peer{cert: Unknown})
	}
}

func (s *codeScan) peer(u str) {
	host, cert := hostOf(u)
	if cert == Exact && host == "" {
		return
	}
	s.peers = append(s.peers, peer{host, u.value().Text, max(cert, u.value().Certainty)})
}

// perlOpen is open(F, "<", "path"), open(F, ">path"), open(F, "cmd|").
func (s *codeScan) perlOpen(args []str) (string, str) {
	args = slices.DeleteFunc(slices.Clone(args), func(v str) bool { return v.opaque() })
	if len(args) == 0 {
		return "r", unknown(nil)
	}
	mode := strings.TrimSpace(args[0].prefix())
	if strings.HasPrefix(strings.TrimLeft(mode, "<>+"), "&") {
		return "r", unknown(nil) // a descriptor
	}
	if len(args) > 1 {
		if strings.HasPrefix(mode, ">") || strings.HasPrefix(mode, "+") {
			return "w", args[1]
		}
		if strings.Contains(mode, "|") {
			s.shell(args[1:])
			return "r", unknown(nil)
		}
		return "r", args[1]
	}
	switch {
	case strings.HasPrefix(mode, ">"):
		return "w", lit(strings.TrimLeft(mode, "> "))
	case strings.HasPrefix(mode, "|"):
		s.shell([]str{lit(mode[1:])})
		return "r", unknown(nil)
	case strings.HasSuffix(mode, "|"):
		s.shell([]str{lit(strings.TrimSuffix(mode, "|"))})
		return "r", unknown(nil)
	}
	return "r", lit(strings.TrimLeft(mode, "< "))
}

// shell runs the arguments of a call that starts programs: one string is a
// command line, several are an argv.
func (s *codeScan) shell(args []str) {
	cmd := *s.cmd
	none := str{}
	cmd.io = stdio{in: &none}
	var lits []str
	for _, v := range args {
		if v.t != "" || v.glob {
			lits = append(lits, v)
		}
	}
	if len(lits) == 0 || lits[0].opaque() {
		s.a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: cmd.span})
		return
	}
	if !lits[0].known() || (len(lits) > 1 && lits[1].known() && !strings.ContainsAny(lits[0].t, " \t\n;|&")) {
		cmd.argv = nil
		for _, v := range lits {
			cmd.argv = append(cmd.argv, field{str: v})
		}
		if len(lits) > 1 && baseOf(lits[0]).t == lits[1].t {
			cmd.argv = cmd.argv[1:] // execl("/bin/rm", "rm", ...)
			cmd.argv[0] = field{str: lits[0]}
		}
		cmd.assigns = nil
		if !lits[0].known() {
			s.a.runPartText(&cmd, lits[0], POSIX)
			return
		}
		s.a.dispatchProgram(&cmd)
		return
	}
	s.a.flowInto(cmd.name, lits[0].src, cmd.span)
	s.a.inFileDo(cmd.span, func() { s.a.runText(s.a.exported(cmd.st), lits[0], POSIX, cmd.span, cmd.io) })
}

// finish records what the program as a whole may carry from where to where.
func (s *codeScan) finish() {
	s.keep()
	for _, p := range s.peers {
		s.a.emit(Effect{Kind: Fetch, Host: p.host, URL: p.url, Certainty: p.cert, Sends: s.reads != nil, Span: s.cmd.span})
		s.a.flowOut(s.cmd.name, s.reads, p.host, p.url, s.cmd.span)
		src := &source{from: Network, host: p.host, url: p.url, cert: p.cert}
		if s.evals {
			s.a.flowInto(s.cmd.name, src, s.cmd.span)
		}
		s.cmd.io.write(unknown(src))
	}
	if v, ok := s.output(); ok {
		s.cmd.io.write(v)
		return
	}
	s.cmd.io.write(unknown(s.reads))
}

// keep records what the files that the program writes may hold: anything that
// it reads.
func (s *codeScan) keep() {
	src := s.reads
	if s.cmd.io.piped {
		src = join(src, s.cmd.io.in.src)
	}
	for _, p := range s.peers {
		src = join(src, &source{from: Network, host: p.host, url: p.url, cert: p.cert})
	}
	for _, w := range s.writes {
		if p, cert := s.a.resolve(s.cmd.st, w, true); cert == Exact && src != nil {
			s.a.store(p, unknown(src), true)
		}
	}
}
