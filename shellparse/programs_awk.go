package shellparse

import (
	"slices"
	"strings"
)

// awk programs can run commands and read and write files.
func (a *analyzer) awk(c *call) {
	for i := range c.args {
		g := &c.args[i]
		switch {
		case g.role == "prog":
			a.awkProgram(c, g.val)
		case g.role == "awkvar":
		case g.role == "r" && g.name == "" && isAssignment(g.val):
		case g.name == "-f" || g.name == "--file":
			a.carry(c, g)
			if isInput(g.val) {
				a.flowInto(c.cmd.name, c.cmd.io.in.src, c.cmd.span)
			}
			if p, cert := a.resolve(c.cmd.st, g.val, true); cert == Exact {
				a.flowInto(c.cmd.name, a.noted(p, false), c.cmd.span)
			}
			if prog := a.programText(c, g.val); prog.known() && prog.t != "" {
				a.inFileDo(c.cmd.span, func() { a.awkProgram(c, prog) })
			}
		default:
			a.carry(c, g)
		}
	}
	if c.on("runs") && len(c.peers) > 0 {
		a.flowInto(c.cmd.name, unknownPeer(c), c.cmd.span)
	}
	if out, ok := a.foldAwk(c); ok && len(c.peers) == 0 {
		out.src = join(out.src, c.src)
		c.cmd.io.write(out)
		return
	}
	a.finishCall(c)
}

func isAssignment(s str) bool {
	name, _, ok := strings.Cut(s.prefix(), "=")
	return ok && plainName(name) && !strings.ContainsAny(name, ".-")
}

func (a *analyzer) awkProgram(c *call, prog str) {
	a.flowInto(c.cmd.name, prog.src, c.cmd.span)
	if !prog.known() {
		a.unknownCode(prog, c.cmd.span)
		return
	}
	w := &awkCode{a: a, c: c, code: codeOf(tokenize(prog.t, "awk")), known: map[string]str{}, in: *c.cmd.io.in}
	if files := c.all("r"); len(files) > 0 {
		var b builder
		for _, f := range files {
			b.add(a.contentOf(c.cmd.st, f))
		}
		w.in = unknown(b.src.altered())
	}
	w.assigned()
	for i, t := range w.toks {
		switch {
		case t.kind == 's':
			w.connects(i)
		case t.kind != 'i':
		case t.text == "print" || t.text == "printf":
			w.prints(i)
		case t.text == "getline":
			w.reads(i)
		case t.text == "ARGV" && w.text(i+1) == "[" && w.text(min(w.mate[i+1], len(w.toks))+1) == "=": // read as if it had been named
			s, _ := w.concat(w.mate[i+1] + 2)
			a.readArg(c, s)
		case t.text == "@include" && i+1 < len(w.toks) && w.toks[i+1].kind == 's':
			a.readArg(c, w.toks[i+1].val())
		case t.text == "readfile" && w.text(i+1) == "(":
			s, _ := w.concat(i + 2)
			a.readArg(c, s)
		case t.text == "system" && w.text(i+1) == "(":
			s, _ := w.concat(i + 2)
			w.run(s, stdio{in: &str{}})
		}
	}
}

// awkCode is what an awk program does beside printing: the commands it runs
// and the files it opens, by names that it may put together.
type awkCode struct {
	a *analyzer
	c *call
	code
	known map[string]str // what its variables hold, where that can be told
	in    str            // what it reads
	depth int            // of brackets
}

func (w *awkCode) text(i int) string {
	if i < 0 || i >= len(w.toks) || w.toks[i].kind == 's' {
		return ""
	}
	return w.toks[i].text
}

// connects takes note of a string that names a connection.
func (w *awkCode) connects(i int) {
	v := w.toks[i].val()
	if !strings.HasPrefix(v.prefix(), "/inet") {
		return
	}
	host := ""
	if parts := strings.Split(v.t, "/"); len(parts) > 4 && parts[4] != "0" {
		host = parts[4]
	}
	w.c.peers = append(w.c.peers, peer{host: host})
	w.c.sends = true
}

// run is a text that goes to a shell.
func (w *awkCode) run(s str, io stdio) {
	if strings.HasPrefix(s.prefix(), "/inet") {
		return
	}
	cmd := w.c.cmd
	if s.opaque() {
		w.c.modes = append(w.c.modes, "runs")
		w.a.unknownCode(unknown(w.in.src), cmd.span)
		w.a.flowInto("sh", w.in.src, cmd.span)
		return
	}
	w.a.inFileDo(cmd.span, func() {
		w.a.runPartText(&command{st: cmd.st, io: io, span: cmd.span, name: cmd.name}, s, POSIX)
	})
}

// prints is a print statement. What it sends elsewhere stands after the first
// sign for that outside of brackets: within them > compares.
func (w *awkCode) prints(from int) {
	for i := from + 1; i < len(w.toks); i++ {
		switch w.text(i) {
		case ";", "\n", "}", "print", "printf":
			return
		case "(", "[", "{":
			i = w.mate[i]
		case ">":
			if w.text(i+1) == ">" {
				i++
			}
			s, _ := w.concat(i + 1)
			w.a.writeArg(w.c, s)
			if s.opaque() && w.namesOperands() {
				for _, v := range w.c.all("r") {
					w.a.writeArg(w.c, v)
				}
			}
			return
		case "|":
			if w.text(i+1) == "getline" {
				continue
			}
			at := i + 1
			if w.text(at) == "&" { // a coprocess
				at++
			}
			s, next := w.concat(at)
			if next == at || !in(" ; \n } ", w.text(next)) && next < len(w.toks) {
				w.a.unknownCode(unknown(nil), w.c.cmd.span) // more than strings
			}
			w.run(s, stdio{in: w.printed(from, i), piped: true})
			return
		}
	}
}

// namesOperands reports whether the program may take names of files from its
// own arguments.
func (w *awkCode) namesOperands() bool {
	return slices.ContainsFunc(w.toks, func(t token) bool { return t.kind == 'i' && (t.text == "ARGV" || t.text == "FILENAME") })
}

// printed is what the print statement at from writes, if that is known.
func (w *awkCode) printed(from, end int) *str {
	if from+1 < end {
		if s, next := w.concat(from + 1); next == end && s.known() {
			s = concat(s, lit("\n"))
			return &s
		}
	}
	return &w.in
}

// reads is a getline from a file or from a command. The awks differ in how much
// beside it belongs to the name: each reading counts.
func (w *awkCode) reads(i int) {
	if bar := w.text(i - 1); bar == "|" || bar == "&" && w.text(i-2) == "|" {
		end := i - 1
		if bar == "&" {
			end--
		}
		last, first := w.before(end)
		whole, _ := w.concat(first)
		in := stdio{in: &w.in, piped: true}
		w.run(whole, in)
		if last != first {
			part, _ := w.concat(last)
			w.run(part, in)
		}
		return
	}
	i++
	if i < len(w.toks) && w.toks[i].kind == 'i' { // the variable that is read into
		if i++; w.text(i) == "[" {
			i = w.mate[i] + 1
		}
	}
	if w.text(i) != "<" {
		return
	}
	first, next := w.primary(i + 1)
	w.a.readArg(w.c, first)
	if whole, end := w.concat(i + 1); end > next {
		w.a.readArg(w.c, whole)
	}
}

// before finds where the operands begin that stand side by side before end,
// and where the last of them does.
func (w *awkCode) before(end int) (last, first int) {
	last, first = end, end
	for i := end - 1; i >= 0; i-- {
		switch t := w.toks[i]; {
		case t.kind == 's' || t.kind == 'n' || t.kind == 'i' && !awkWord(t.text):
		case t.text == ")" || t.text == "]":
			if i = w.mate[i]; i >= len(w.toks) {
				return last, first
			}
			if i > 0 && w.toks[i-1].kind == 'i' && !awkWord(w.toks[i-1].text) {
				i-- // what is called, or the array
			}
		default:
			return last, first
		}
		if first = i; last == end {
			last = i
		}
	}
	return last, first
}

// awkWord reports whether a name is one of the language's own, no operand.
func awkWord(s string) bool {
	return in(" print printf getline if else while for do in return function func delete next exit break continue BEGIN END ", s)
}

// concat reads the operands that stand side by side from i on: what they are as
// one text, and where they end.
func (w *awkCode) concat(i int) (str, int) {
	var parts []str
	for from := i; ; {
		v, next := w.primary(i)
		if next == i {
			break
		}
		parts = append(parts, v)
		i = next
		for in(" + - * / % ^ ** ++ -- ", w.text(i)) && i > from { // a number
			parts[len(parts)-1] = unknown(w.in.src)
			if _, next = w.primary(i + 1); next == i+1 && w.text(i) != "++" && w.text(i) != "--" {
				break
			}
			i = next
		}
	}
	if in(" ? == != < <= >= > ~ !~ && || in = += -= ", w.text(i)) {
		return unknown(w.in.src), i
	}
	return concat(parts...), i
}

// primary reads one operand.
func (w *awkCode) primary(i int) (str, int) {
	if i >= len(w.toks) || i < 0 || !w.a.tick(1) {
		return str{}, i
	}
	none := unknown(w.in.src)
	switch t := w.toks[i]; {
	case t.kind == 's':
		return t.val(), i + 1
	case t.kind == 'n':
		if strings.Trim(t.text, "0123456789") == "" && !strings.HasPrefix(t.text, "0") {
			return lit(t.text), i + 1
		}
		return none, i + 1
	case t.text == "(":
		v := none
		if w.depth++; w.depth < 64 {
			if in, end := w.concat(i + 1); end == w.mate[i] {
				v = in
			}
		}
		w.depth--
		return v, min(w.mate[i]+1, len(w.toks))
	case t.text == "$":
		if w.depth > 64 {
			return str{}, i
		}
		w.depth++
		_, next := w.primary(i + 1)
		if w.depth--; next > i+1 {
			return none, next
		}
	case t.kind == 'i' && !awkWord(t.text):
		switch w.text(i + 1) {
		case "(":
			return none, min(w.mate[i+1]+1, len(w.toks))
		case "[":
			end := w.mate[i+1]
			if t.text == "ENVIRON" && end == i+3 && w.toks[i+2].val().known() && w.toks[i+2].kind == 's' {
				return w.a.scalar(w.c.cmd.st, w.toks[i+2].val().t), end + 1
			}
			return none, min(end+1, len(w.toks))
		}
		if v, ok := w.known[t.text]; ok {
			return v, i + 1
		}
		return none, i + 1
	}
	return str{}, i
}

// assigned finds what the variables hold that are given a text, by -v, among
// the operands or in the program. One that is given different ones, or changed
// in another way, may hold any.
func (w *awkCode) assigned() {
	set := func(name string, v str) {
		if old, ok := w.known[name]; ok && (old.t != v.t || old.glob != v.glob) {
			v = unknown(w.in.src)
		}
		w.known[name] = v
	}
	give := func(s str) {
		if name, val, ok := s.cut('='); ok && name.known() {
			if strings.Contains(val.t, "\\") {
				val = unknown(val.src) // escapes count there
			}
			set(name.t, val)
		}
	}
	for _, v := range w.c.all("awkvar") {
		give(v)
	}
	for _, v := range w.c.all("r") {
		if isAssignment(v) {
			give(v)
		}
	}
	for i, t := range w.toks {
		if t.kind != 'i' || awkWord(t.text) {
			continue
		}
		switch after := w.text(i + 1); {
		case after == "=":
			if v, end := w.concat(i + 2); end > i+2 {
				set(t.text, v)
			}
		case in(" += -= *= /= %= ^= **= ++ -- in ", after), in(" ++ -- getline ", w.text(i-1)):
			set(t.text, unknown(w.in.src))
		case (t.text == "sub" || t.text == "gsub") && after == "(", w.text(i-1) == "function" || w.text(i-1) == "func":
			for k := i + 2; k < len(w.toks) && k < w.mate[i+1]; k++ {
				if w.toks[k].kind == 'i' { // what is changed in place; a parameter
					set(w.toks[k].text, unknown(w.in.src))
				}
			}
		}
	}
}
