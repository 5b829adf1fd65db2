package shellparse

import (
	"strings"
)

// sed scripts can run commands (e, s///e) and read and write files (r, w).
func (a *analyzer) sed(c *call) {
	for i := range c.args {
		g := &c.args[i]
		if g.role == "prog" {
			a.sedProgram(c, g.val)
			continue
		}
		a.carry(c, g)
		if g.role == "r" && g.name != "" {
			if isInput(g.val) {
				a.flowInto(c.cmd.name, c.cmd.io.in.src, c.cmd.span)
			}
			a.ranIfLeft(c.cmd, g.val)
			if prog := a.programText(c, g.val); prog.known() && prog.t != "" {
				a.inFileDo(c.cmd.span, func() { a.sedProgram(c, prog) })
			}
		}
	}
	if c.on("inplace") {
		a.sedBackups(c)
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

// sedBackups are the copies that -iSUFFIX leaves, and the links that -i makes
// files of.
func (a *analyzer) sedBackups(c *call) {
	suffix := str{}
	for _, g := range c.args {
		if g.name == "-i" || g.name == "--in-place" {
			suffix = g.val
		}
	}
	for _, f := range append(c.all("r"), c.all("rw")...) {
		at, cert := a.resolve(c.cmd.st, f, false)
		if to, _ := a.resolve(c.cmd.st, f, true); cert == Exact && at != to {
			a.emit(Effect{Kind: Write, Path: at, Span: c.cmd.span})
			a.emit(Effect{Kind: Read, Path: at, Span: c.cmd.span}) // a file by the next time
		}
		if suffix.t == "" {
			continue
		}
		name := concat(f, suffix)
		if suffix.known() && strings.Contains(suffix.t, "*") {
			dir, base := str{}, baseOf(f)
			if f.known() {
				dir = lit(f.t[:len(f.t)-len(base.t)])
			}
			if name = concat(dir, substitute(field{str: suffix}, "*", base).str); strings.Contains(suffix.t, "/") {
				name = substitute(field{str: suffix}, "*", base).str
			}
		}
		a.writeArg(c, name)
		if dir, _ := a.isDir(c.cmd.st, f); dir && a.dialect == POSIX { // busybox gives a directory the other name
			for kind, s := range map[Kind]str{Write: name, Delete: f} {
				p, cert := a.resolve(c.cmd.st, s, false)
				a.emit(Effect{Kind: kind, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
			}
		}
	}
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
				s = a.sedLine(a.sedInput(c), cmd.pat)
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

// sedInput is what sed reads.
func (a *analyzer) sedInput(c *call) str {
	switch files := append(c.all("r"), c.all("rw")...); len(files) {
	case 0:
		return *c.cmd.io.in
	case 1:
		return a.contentOf(c.cmd.st, files[0])
	}
	return unknown(c.src)
}

// sedLine is what e runs that stands behind an s: the line, after that.
func (a *analyzer) sedLine(in str, subst string) str {
	if subst == "" {
		return in
	}
	if in.known() {
		for _, ere := range []bool{false, true} {
			if out, ok := a.runSed([]string{subst}, in.t, false, ere); ok {
				return str{t: out, src: in.src}
			}
		}
	}
	r := sedReader{t: subst}
	if prog := r.commands(0); !r.bad && len(prog) == 1 {
		if text, ok := prog[0].always(); ok {
			return str{t: text, src: in.src}
		}
	}
	return unknown(in.src)
}

type sedCommand struct {
	name byte
	arg  string // of e r w: the text; of s: the replacement
	pat  string // of an e that is a flag: the s before it
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
			whole := t[i:min(n+1, len(t))]
			i = n + 1
			for ; i < len(t) && strings.IndexByte("gpIiMmew0123456789", t[i]) >= 0; i++ {
				switch t[i] {
				case 'g':
					s.glob = true
				case 'e':
					out = append(out, sedCommand{name: 'e', pat: whole})
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
