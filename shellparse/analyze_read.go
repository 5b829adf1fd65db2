package shellparse

import (
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// read assigns a line of standard input to variables.
func (a *analyzer) read(c *command) {
	if a.dialect == POSIX && slices.ContainsFunc(c.argv[1:], func(f field) bool { return optionOfBash(f.prefix()) }) {
		is, not, st := *c, c.st.fork(), c.st // dash has no such option
		is.st = st.fork()
		a.readInput(&is)
		st.merge(is.st, not)
		return
	}
	a.readInput(c)
}

// optionOfBash reports whether an argument of read is more than POSIX knows.
func optionOfBash(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && strings.Trim(arg[1:], "rp-") != ""
}

// readCall is a call of read, as its options have it.
type readCall struct {
	names []str
	delim str
	fd    str  // "" is standard input
	raw   bool // a backslash is nothing special
	array bool
	part  bool // of a line: how much is not followed
	other bool // not the line, or not from there: the terminal, a coprocess, numbers of characters
	shows bool // what is read is printed
	tty   bool // of zsh: it reads from the terminal, if there is one
	wrong bool // an option that there is not
}

// readLetters are the options that read knows.
var readLetters = map[Dialect]string{Bash: "adeEinNprstu", POSIX: "adeEinNprstu", Korn: "AaCdnNprsStuv", Zsh: "rszpqAclneEtkdu"}

// readValued are the letters behind which a value stands, in this argument or
// the next one. In zsh those of t and k are numbers or none.
var readValued = map[Dialect]string{Bash: "adinNptu", POSIX: "adinNptu", Korn: "dnNtu", Zsh: "dutk"}

// readOptions reads the arguments of read.
func (a *analyzer) readOptions(argv []field) readCall {
	r := readCall{delim: lit("\n")}
	zsh, korn := a.dialect == Zsh, a.dialect == Korn
	i := 0
	for ; i < len(argv); i++ {
		p := argv[i].prefix()
		if p == "-" && zsh {
			continue
		}
		if p == "--" {
			i++
			break
		}
		if len(p) < 2 || p[0] != '-' {
			break
		}
		for k := 1; k < len(p); k++ {
			r.wrong = r.wrong || strings.IndexByte(readLetters[a.dialect], p[k]) < 0
			switch p[k] {
			case 'r':
				r.raw = true
			case 'A', 'a':
				r.array = true
				r.other = r.other || p[k] == 'a' && korn
			case 'n', 'N', 'k':
				r.part = r.part || p[k] == 'k' || !zsh
				r.tty = r.tty || p[k] == 'k' && zsh
			case 'q', 'z', 'c', 'l', 'p', 'E', 'e':
				r.tty = r.tty || p[k] == 'q' && zsh
				r.shows = r.shows || zsh && (p[k] == 'e' || p[k] == 'E')
				r.other = r.other || zsh && p[k] != 'E' || korn && p[k] == 'p'
			}
			if strings.IndexByte(readValued[a.dialect], p[k]) < 0 {
				continue
			}
			val := argv[i].cutPrefix(k + 1)
			if val.t == "" {
				next := field{}
				if i+1 < len(argv) {
					next = argv[i+1]
				}
				if zsh && (p[k] == 't' || p[k] == 'k') && (next.prefix() == "" || strings.IndexByte("0123456789", next.prefix()[0]) < 0) {
					break
				}
				val = next.str
				i++
			}
			switch p[k] {
			case 'a':
				r.names = append(r.names, val)
			case 'd':
				r.delim = val
			case 'u':
				r.fd = val
			case 't':
				r.other = r.other || val.t == "0" // it only looks
			}
			break
		}
	}
	for ; i < len(argv); i++ {
		name := argv[i].str
		if (zsh || korn) && name.glob && !name.hasHole() {
			name = lit(unescape(name.t)) // NAME?PROMPT
		}
		r.names = append(r.names, name)
	}
	if len(r.names) == 0 {
		r.names = []str{lit("REPLY")}
	}
	return r
}

// readInput is read where its options are known.
func (a *analyzer) readInput(c *command) {
	r := a.readOptions(c.argv[1:])
	if r.wrong || slices.ContainsFunc(r.names, func(n str) bool { return n.known() && !a.assignable(n.t) }) {
		a.readWrongly(c, r)
		return
	}
	if r.tty && r.fd.t == "" {
		a.readWrongly(c, r) // without one it is an error
		return
	}
	if r.fd.known() && r.fd.t != "" && r.fd.t != "0" {
		ch, ok := a.fds[r.fd.t]
		if !ok {
			ch.in = unknown(nil) // not open, or not by what is seen
			c.io.in = &ch.in
			a.readWrongly(c, r)
			return
		}
		c.io.in = &ch.in
	}
	src := c.io.in.src
	a.readEnded = true
	if r.other || !r.delim.known() || !r.fd.known() {
		none := unknown(nil)
		c.io.in, src = &none, nil
	}
	if r.shows {
		c.io.write(unknown(src))
	}
	if r.part && c.io.in.known() && c.io.in.t != "" {
		*c.io.in = unknown(src) // how much of it is taken is not followed
	}
	line := a.readLine(c.st, c.io.in, r)
	if slices.ContainsFunc(r.names, func(n str) bool { v := c.st.lookup(n.t); return v != nil && v.fixed }) {
		line, *c.io.in = unknown(src), unknown(src) // it fails, and a loop ends
	}
	a.assignSplit(c.st, r.names, line, r.array)
	for _, n := range r.names {
		if n.known() {
			a.filled(c.st, n.t, c.span)
		}
	}
}

// readWrongly is read with a name or an option that is none: an error, before
// anything is read or behind it.
func (a *analyzer) readWrongly(c *command, r readCall) {
	before, is := *c.io.in, c.st.fork()
	for _, n := range r.names {
		if n.known() {
			a.setVar(is, n.t, unknown(before.src))
		}
	}
	c.st.merge(is, c.st.fork())
	if !before.known() || before.t != "" {
		*c.io.in = unknown(before.src)
	}
	a.readEnded = true
}

// assignable reports whether read may assign to what has this name: a variable,
// an element, and in zsh a parameter or a name with a prompt.
func (a *analyzer) assignable(name string) bool {
	if a.dialect == Zsh || a.dialect == Korn {
		name, _, _ = strings.Cut(name, "?")
	}
	if a.dialect == Zsh && isNumber(name) {
		return true
	}
	base, _, _ := strings.Cut(name, "[")
	return syntax.ValidName(base)
}

// readLine takes a line off in.
func (a *analyzer) readLine(st *state, in *str, r readCall) str {
	src, delim := in.src, r.delim.prefix()
	if !in.known() {
		a.readEnded = false
		line := unknown(src)
		if before, after, ok := in.cut('\n'); ok && delim == "\n" && !before.opaque() {
			line = before
			line.src = src
			if !before.glob || after.t != "" {
				*in = after
				after.src = src
			}
		}
		return line
	}
	line := str{t: in.t, src: src}
	if at := recordEnd(in.t, delim, r.raw); at >= 0 {
		line.t, in.t = in.t[:at], in.t[at+1:]
		a.readEnded = false
	} else {
		in.t = ""
	}
	if r.raw || strings.IndexByte(line.t, '\\') < 0 {
		return line
	}
	if a.dialect == Korn && delim != "\n" && strings.Contains(line.t, "\\\n") {
		return unknown(src) // a newline that is quoted is kept there
	}
	ifs, _ := a.ifs(st)
	var b strings.Builder
	for i := 0; i < len(line.t); i++ {
		if c := line.t[i]; c != '\\' {
			b.WriteByte(c)
		} else if i++; i < len(line.t) && line.t[i] != '\n' {
			if strings.IndexByte(ifs, line.t[i]) >= 0 {
				return unknown(src) // a separator that is quoted parts nothing
			}
			b.WriteByte(line.t[i])
		}
	}
	line.t = b.String()
	return line
}

// recordEnd is where read stops: at the first delimiter that no backslash
// quotes, unless they count for nothing.
func recordEnd(t, delim string, raw bool) int {
	if delim == "" {
		return -1
	}
	if raw || strings.IndexByte(t, '\\') < 0 {
		return strings.IndexByte(t, delim[0])
	}
	for i := 0; i < len(t); i++ {
		if t[i] == '\\' {
			i++
		} else if t[i] == delim[0] {
			return i
		}
	}
	return -1
}

// assignSplit gives the names the fields of a line, the last one the rest.
func (a *analyzer) assignSplit(st *state, names []str, line str, array bool) {
	ifs, ok := a.ifs(st)
	blanks := strings.Map(func(r rune) rune {
		if r > ' ' {
			return -1
		}
		return r
	}, ifs)
	if array {
		a.assignWords(st, names, line, ifs, blanks, ok)
		return
	}
	for i, n := range names {
		if !n.known() {
			continue
		}
		a.subscriptCode(st, n)
		name := n.t
		if k := strings.IndexByte(name, '?'); k > 0 {
			name = name[:k] // zsh's NAME?PROMPT
		}
		switch {
		case !line.known() || !ok:
			v := line
			if len(names) > 1 {
				v = unknown(line.src)
			}
			if !v.opaque() && ok && v.glob {
				v.t = strings.Trim(v.t, ifs)
			}
			a.setVar(st, name, v)
		case i == len(names)-1:
			last := str{t: strings.Trim(line.t, blanks), src: line.src}
			if n := len(last.t); n > 0 && strings.IndexByte(ifs, last.t[n-1]) >= 0 {
				last = unknown(line.src) // some leave out what separates nothing
			}
			a.setVar(st, name, last)
		default:
			var t string
			t, line.t = cutField(line.t, ifs, blanks)
			a.setVar(st, name, str{t: t, src: line.src})
		}
	}
}

// cutField takes the first field off a line.
func cutField(line, ifs, blanks string) (field, rest string) {
	t := strings.TrimLeft(line, blanks)
	k := strings.IndexAny(t, ifs)
	if k < 0 {
		k = len(t)
	}
	if rest = strings.TrimLeft(t[k:], blanks); rest != "" && strings.IndexByte(ifs, rest[0]) >= 0 {
		rest = strings.TrimLeft(rest[1:], blanks) // one that is no blank ends one field
	}
	return t[:k], rest
}

// assignWords makes an array of the fields of a line.
func (a *analyzer) assignWords(st *state, names []str, line str, ifs, blanks string, ok bool) {
	v := &variable{array: true}
	text := strings.Trim(line.t, blanks)
	if n := len(text); !line.known() || !ok || len(names) > 1 || a.dialect == Zsh && strings.IndexFunc(text, func(r rune) bool { return r > ' ' && strings.ContainsRune(ifs, r) }) >= 0 || n > 0 && strings.IndexByte(ifs, text[n-1]) >= 0 {
		v.open, v.elems = true, []element{{"0", unknown(line.src)}} // of what ends in a separator, too, some have one more
	} else {
		for rest := text; rest != "" && a.tick(1); {
			var word string
			word, rest = cutField(rest, ifs, blanks)
			v.elems = append(v.elems, element{strconv.Itoa(len(v.elems)), str{t: word, src: line.src}})
		}
	}
	for _, n := range names {
		if !n.known() {
			continue
		}
		a.subscriptCode(st, n)
		if name, _, _ := strings.Cut(n.t, "?"); a.dialect == Zsh && (isNumber(name) || name == "argv") {
			a.setVar(st, name, unknown(nil))
		} else {
			st.assign(name, v)
		}
	}
}
