package shellparse

import (
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
			if p, cert := a.resolve(c.cmd.st, g.val, true); cert == Exact {
				a.flowInto(c.cmd.name, a.noted(p, false), c.cmd.span)
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
	toks := tokenize(prog.t, "awk")
	none := str{}
	in := *c.cmd.io.in
	sub := stdio{in: &none}
	sockets := map[string]bool{} // variables that name a connection
	known := a.awkVars(c, toks)
	for i, t := range toks {
		prev, next := "", ""
		if i > 0 {
			prev = toks[i-1].text
		}
		if i+1 < len(toks) {
			next = toks[i+1].text
		}
		switch {
		case t.kind == 's' && strings.HasPrefix(t.val().prefix(), "/inet"):
			parts := strings.Split(t.val().t, "/")
			host := ""
			if len(parts) > 4 {
				host = parts[4]
			}
			if host == "0" {
				host = ""
			}
			c.peers = append(c.peers, peer{host: host})
			c.sends = true
			if prev == "=" && i > 1 {
				sockets[toks[i-2].text] = true
			}
		case t.kind == 's' && (prev == "(" && i > 1 && toks[i-2].text == "system"):
			s, _ := awkConcat(toks, i, known)
			a.inFileDo(c.cmd.span, func() {
				a.runPartText(&command{st: c.cmd.st, io: sub, span: c.cmd.span, name: c.cmd.name}, s, POSIX)
			})
		case t.kind == 's' && (prev == "|" || prev == "&" || next == "|" && i+2 < len(toks) && (toks[i+2].text == "getline" || toks[i+2].text == "&")):
			s, _ := awkConcat(toks, i, known)
			fed := stdio{in: &in, piped: true}
			if printed, ok := awkPrinted(toks, i-1, known); ok && prev == "|" {
				fed.in = &printed
			}
			a.inFileDo(c.cmd.span, func() {
				a.runPartText(&command{st: c.cmd.st, io: fed, span: c.cmd.span, name: c.cmd.name}, s, POSIX)
			})
		case prev == ">" || prev == "<":
			if t.text == "(" {
				i++
			}
			// A name of which nothing is known may as well be compared.
			if name, end := awkConcat(toks, i, known); end > i && name.prefix() != "" {
				if prev == ">" {
					a.writeArg(c, name)
				} else {
					a.readArg(c, name)
				}
			}
		case t.kind == 'i' && t.text == "system" && next == "(" && i+2 < len(toks) && toks[i+2].kind != 's':
			c.modes = append(c.modes, "runs")
			a.unknownCode(unknown(in.src), c.cmd.span)
			a.flowInto("sh", in.src, c.cmd.span)
		case t.kind == 'i' && (prev == "|" || next == "|" && i+2 < len(toks) && (toks[i+2].text == "getline" || toks[i+2].text == "&")):
			if t.text != "getline" && !sockets[t.text] {
				c.modes = append(c.modes, "runs")
				a.unknownCode(unknown(in.src), c.cmd.span)
				a.flowInto("sh", in.src, c.cmd.span)
			}
		}
	}
}

// awkPrinted is what the print before the bar at i writes, if that is literal.
func awkPrinted(toks []token, i int, known map[string]str) (str, bool) {
	for k := i - 1; k >= 0 && toks[k].text != ";" && toks[k].text != "{"; k-- {
		if toks[k].text == "print" || toks[k].text == "printf" {
			if k+1 == i {
				return str{}, false // the record
			}
			s, end := awkConcat(toks, k+1, known)
			return concat(s, lit("\n")), end == i && s.known()
		}
	}
	return str{}, false
}

// awkVars are the variables of an awk program that strings are put into, by -v
// or in the text, and the environment as ENVIRON["NAME"]. One that is given
// different values may have any.
func (a *analyzer) awkVars(c *call, toks []token) map[string]str {
	known := map[string]str{}
	for i := 0; i+3 < len(toks); i++ {
		if toks[i].text == "ENVIRON" && toks[i+1].text == "[" && toks[i+2].kind == 's' && toks[i+3].text == "]" {
			if name := toks[i+2].val(); name.known() {
				known[awkEnviron+name.t] = a.scalar(c.cmd.st, name.t)
			}
		}
	}
	set := func(name string, v str) {
		if old, ok := known[name]; ok && old.t != v.t {
			v = unknown(nil)
		}
		known[name] = v
	}
	for _, v := range c.all("awkvar") {
		if name, val, ok := v.cut('='); ok && name.known() {
			set(name.t, val)
		}
	}
	for i := 0; i+2 < len(toks); i++ {
		if toks[i].kind == 'i' && toks[i+1].text == "=" {
			if v, end := awkConcat(toks, i+2, known); end > i+2 {
				set(toks[i].text, v)
			}
		}
	}
	return known
}

// awkEnviron stands before the names of the environment among variables.
const awkEnviron = "ENVIRON "

// awkConcat reads the literals and names that stand side by side from i on.
func awkConcat(toks []token, i int, known map[string]str) (str, int) {
	var b builder
	for ; i < len(toks); i++ {
		switch t := toks[i]; {
		case t.kind == 's':
			b.add(t.val())
		case t.text == "ENVIRON" && i+3 < len(toks) && toks[i+1].text == "[" && toks[i+3].text == "]":
			v, ok := known[awkEnviron+toks[i+2].val().t]
			if !ok || toks[i+2].kind != 's' {
				v = unknown(nil)
			}
			b.add(v)
			i += 3
		case t.kind == 'i' && t.text != "getline":
			v, ok := known[t.text]
			if !ok {
				v = unknown(nil)
			}
			b.add(v)
		default:
			return b.str(), i
		}
	}
	return b.str(), i
}

// sed scripts can run commands (e, s///e) and read and write files (r, w).
func (a *analyzer) sed(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role == "prog" {
			a.sedProgram(c, g.val)
			continue
		}
		a.carry(c, g)
	}
	if out, ok := a.foldSed(c); ok {
		out.src = join(out.src, c.src)
		c.cmd.io.write(out)
		return
	}
	if c.on("inplace") {
		for _, f := range append(c.all("r"), c.all("rw")...) {
			if a.contentOf(c.cmd.st, f).known() {
				a.storeAt(c.cmd.st, f, unknown(c.src))
			}
		}
	}
	a.finishCall(c)
}

func (a *analyzer) sedProgram(c *call, prog str) {
	if !prog.known() {
		a.flowInto(c.cmd.name, prog.src, c.cmd.span)
		return
	}
	for _, cmd := range sedCommands(prog.t) {
		switch cmd.name {
		case 'e':
			s := lit(cmd.arg)
			if strings.TrimSpace(cmd.arg) == "" {
				s = unknown(c.cmd.io.in.src)
				if c.cmd.io.in.known() {
					s = *c.cmd.io.in
				}
			}
			a.flowInto("sh", s.src, c.cmd.span)
			a.runText(a.exported(c.cmd.st), s, POSIX, c.cmd.span, c.cmd.io)
		case 'r', 'R':
			a.readArg(c, lit(cmd.arg))
		case 'w', 'W':
			a.writeArg(c, lit(cmd.arg))
		}
	}
}

type sedCommand struct {
	name byte
	arg  string // of e r w: the text; of s: the replacement
	pat  string
	glob bool
}

// sedCommands finds the commands of a sed script, as far as it is simple.
func sedCommands(t string) []sedCommand {
	var out []sedCommand
	for i := 0; i < len(t); {
		switch ch := t[i]; ch {
		case ' ', '\t', '\n', ';', '{', '}', '!', ',', '$', '+', '~', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			i++
		case '/', '\\':
			if ch == '\\' {
				i++
				if i == len(t) {
					return out
				}
			}
			d := t[i]
			i = sedPart(t, i+1, d) + 1
			for i < len(t) && (t[i] == 'I' || t[i] == 'M') {
				i++
			}
		case 's', 'y':
			if i+1 >= len(t) {
				return out
			}
			d := t[i+1]
			m := sedPart(t, i+2, d)
			n := sedPart(t, m+1, d)
			if n > len(t) || m+1 > n {
				return out
			}
			s := sedCommand{name: ch, pat: t[i+2 : m], arg: t[m+1 : n]}
			i = n + 1
			for ; i < len(t) && strings.IndexByte("gpIiMmew0123456789", t[i]) >= 0; i++ {
				switch t[i] {
				case 'g':
					s.glob = true
				case 'e':
					out = append(out, sedCommand{name: 'e'})
				case 'w':
					end := lineEnd(t, i)
					out = append(out, sedCommand{name: 'w', arg: strings.TrimSpace(t[i+1 : end])})
					i = end - 1
				}
			}
			out = append(out, s)
		case 'e', 'r', 'R', 'w', 'W', 'a', 'i', 'c', 'b', 't', 'T', ':', '#':
			end := lineEnd(t, i)
			out = append(out, sedCommand{name: ch, arg: strings.TrimSpace(t[i+1 : end])})
			i = end
		default:
			out = append(out, sedCommand{name: ch})
			i++
		}
	}
	return out
}

func lineEnd(t string, i int) int {
	if n := strings.IndexByte(t[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(t)
}

// sedPart returns the index of the next delimiter that is not escaped.
func sedPart(t string, i int, d byte) int {
	for ; i < len(t); i++ {
		if t[i] == '\\' {
			i++
		} else if t[i] == d {
			return i
		}
	}
	return len(t)
}
