package shellparse

import (
	"maps"
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

// readInput is read where its options are known.
func (a *analyzer) readInput(c *command) {
	line, src := str{}, c.io.in.src
	raw, array, part, coprocess := false, false, false, false
	delim := "\n"
	var names []str
	argv := c.argv[1:]
	for i := 0; i < len(argv); i++ {
		p := argv[i].prefix()
		if p == "-" || p == "--" {
			continue
		}
		if len(p) < 2 || p[0] != '-' || len(names) > 0 {
			names = append(names, argv[i].str)
			continue
		}
		raw = raw || strings.Contains(p, "r")
		coprocess = coprocess || a.dialect == Zsh && strings.ContainsAny(p, "qkEezcl") // from the terminal, or the editor
		switch last := p[len(p)-1]; last {
		case 'a', 'A', 'd', 'i', 'n', 'N', 'p', 't', 'u':
			array = array || last == 'a' || last == 'A'
			coprocess = coprocess || last == 'a' && a.dialect == Korn // the numbers of its characters
			if a.dialect == Zsh && strings.IndexByte("anNip", last) >= 0 {
				coprocess = coprocess || last == 'p'
				continue // without a value there
			}
			if i+1 < len(argv) {
				i++
				switch last {
				case 'a', 'A':
					names = append(names, argv[i].str)
				case 'd':
					delim = argv[i].prefix()
				case 'p':
					coprocess = a.dialect == Zsh || a.dialect == Korn // there it says where to read
				case 'n', 'N':
					part = true
				case 'u':
					if ch, ok := a.fds[argv[i].prefix()]; ok {
						c.io.in = &ch.in
						src = ch.in.src
					}
				}
			}
		}
	}
	a.readEnded = true
	if coprocess {
		none := unknown(nil)
		c.io.in, src = &none, nil
	}
	if part && c.io.in.known() && c.io.in.t != "" {
		*c.io.in = unknown(src) // how much of it is taken is not followed
	}
	if c.io.in.known() {
		t := c.io.in.t
		if delim != "" {
			if i := recordEnd(t, delim[0], raw); i >= 0 {
				line, c.io.in.t = str{t: t[:i], src: src}, t[i+1:]
				a.readEnded = false
			} else {
				line, c.io.in.t = str{t: t, src: src}, ""
			}
		} else {
			line, c.io.in.t = str{t: t, src: src}, ""
		}
		if !raw && a.dialect == Korn && delim != "\n" && strings.Contains(line.t, "\\\n") {
			line = unknown(src) // a newline that is quoted is kept there
		} else if !raw {
			line.t = strings.ReplaceAll(strings.ReplaceAll(line.t, "\\\n", ""), `\`, "")
		}
	} else {
		a.readEnded = false
		line = unknown(src)
		if before, after, ok := c.io.in.cut('\n'); ok && delim == "\n" && !before.opaque() {
			line = before
			line.src = src
			if !before.glob || after.t != "" {
				*c.io.in = after
				after.src = src
			}
		}
	}
	if len(names) == 0 {
		names = []str{lit("REPLY")}
	}
	if slices.ContainsFunc(names, func(n str) bool { v := c.st.lookup(n.t); return v != nil && v.fixed }) {
		line, *c.io.in = unknown(src), unknown(src) // it fails, and a loop ends
	}
	a.assignSplit(c.st, names, line, array)
	for _, n := range names {
		if n.known() {
			a.filled(c.st, n.t, c.span)
		}
	}
}

// recordEnd is where read stops: at the first delimiter that no backslash
// quotes, unless they count for nothing.
func recordEnd(t string, delim byte, raw bool) int {
	if raw || strings.IndexByte(t, '\\') < 0 {
		return strings.IndexByte(t, delim)
	}
	for i := 0; i < len(t); i++ {
		if t[i] == '\\' {
			i++
		} else if t[i] == delim {
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
	for i, n := range names {
		if !n.known() {
			continue
		}
		a.subscriptCode(st, n)
		name := n.t
		if k := strings.IndexByte(name, '?'); k > 0 {
			name = name[:k] // zsh's NAME?PROMPT
		}
		if a.dialect == Zsh && isNumber(name) {
			st.setParams(nil, true) // a parameter, there
			continue
		}
		switch {
		case array && line.known() && ok:
			v := &variable{array: true}
			for k, w := range strings.FieldsFunc(line.t, func(r rune) bool { return strings.ContainsRune(ifs, r) }) {
				v.elems = append(v.elems, element{strconv.Itoa(k), str{t: w, src: line.src}})
			}
			st.assign(name, v)
		case array:
			st.assign(name, &variable{array: true, open: true, elems: []element{{"0", unknown(line.src)}}})
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
			t := strings.TrimLeft(line.t, blanks)
			k := strings.IndexAny(t, ifs)
			if k < 0 {
				k = len(t)
			}
			a.setVar(st, name, str{t: t[:k], src: line.src})
			if t = strings.TrimLeft(t[k:], blanks); t != "" && strings.IndexByte(ifs, t[0]) >= 0 {
				t = strings.TrimLeft(t[1:], blanks) // one that is no blank ends one field
			}
			line.t = t
		}
	}
}

func (a *analyzer) mapfile(c *command) {
	name := lit("MAPFILE")
	trim := false
	delim := "\n"
	in := *c.io.in
	for i := 1; i < len(c.argv); i++ {
		p := c.argv[i].prefix()
		if !strings.HasPrefix(p, "-") {
			name = c.argv[i].str
			continue
		}
		trim = trim || strings.Contains(p, "t")
		letter := strings.IndexAny(p, "dnOsuCc")
		if letter < 0 {
			continue
		}
		val := c.argv[i].cutPrefix(letter + 1)
		if val.known() && val.t == "" {
			if i++; i == len(c.argv) {
				break
			}
			val = c.argv[i].str
		}
		switch p[letter] {
		case 'C':
			a.runText(c.st.fork(), concat(val, lit(" 0 x")), a.dialect, c.span, c.io)
		case 'd':
			delim = val.prefix()
		case 'u':
			if ch, ok := a.fds[val.prefix()]; ok {
				in = ch.in
			}
		}
	}
	if !name.known() {
		return
	}
	a.subscriptCode(c.st, name)
	*c.io.in = str{}
	v := &variable{array: true}
	if in.opaque() || delim == "" {
		v.open = true
		v.elems = []element{{"0", unknown(in.src)}}
		c.st.assign(name.t, v)
		return
	}
	for rest, more := in, true; more; {
		var line str
		line, rest, more = rest.cut(delim[0])
		if !more && line.t == "" || !a.tick(1) {
			break
		}
		if !trim && more {
			line = concat(line, lit(delim[:1]))
		}
		line.src = in.src
		v.open = v.open || line.glob // it may stand for any number of lines
		v.elems = append(v.elems, element{strconv.Itoa(len(v.elems)), line})
	}
	c.st.assign(name.t, v)
}

func (a *analyzer) shift(c *command) {
	n := 1
	if len(c.argv) > 1 {
		v, ok := parseInt(c.argv[1].prefix())
		for _, f := range c.argv[1:] {
			if old := c.st.lookup(f.t); a.dialect == Zsh && f.known() && old != nil && old.array {
				c.st.assign(f.t, &variable{array: true, open: true, export: old.export}) // it is shifted, there
				ok = false
			}
		}
		if !ok {
			c.st.setParams(nil, true)
			return
		}
		n = int(v)
	}
	ps, open := c.st.parameters()
	if n < 0 || n >= len(ps) {
		if open {
			return
		}
		n = max(0, len(ps)-1)
	}
	var next []str
	if len(ps) > 0 && a.tick(len(ps)/4) {
		next = append([]str{ps[0]}, ps[1+n:]...)
	}
	c.st.setParams(next, open)
}

func (a *analyzer) aliasBuiltin(c *command) {
	a.lists(c)
	kind := ""
	for _, f := range c.argv[1:] {
		if p := f.prefix(); a.dialect == Zsh && (p == "-s" || p == "-g") {
			kind = p
		}
		if name, val, ok := f.str.cut('='); ok && name.known() && kind != "" {
			if a.anywhere == nil {
				a.anywhere = map[string]bool{}
			}
			a.anywhere[kind+name.t] = true
		} else if ok && name.known() {
			c.st.setAlias(name.t, val)
		}
	}
}

func (a *analyzer) trapBuiltin(c *command) {
	a.lists(c)
	ops := operandsOf(c.argv)
	if a.dialect == Zsh && len(c.argv) > 1 && c.argv[1].prefix() != "--" {
		ops = c.argv[1:] // it has no options: "- rm" is a command
	}
	if len(ops) < 2 || (ops[0].known() && (ops[0].t == "" || ops[0].t == "-")) {
		return
	}
	a.flowInto("trap", ops[0].src, c.span)
	if slices.ContainsFunc(ops[1:], func(f field) bool { return !f.known() || f.t != "EXIT" && f.t != "0" }) && !a.inTrap {
		// It goes off at any time from here on, in this very shell.
		a.trapped = true
		a.inTrap = true
		b, in := c.st.fork(), unknown(nil)
		if goesOffOften(ops[1:]) {
			a.forget(b, ops[0].t)
		}
		before := maps.Clone(b.vars)
		a.runText(b, ops[0].str, a.dialect, c.span, stdio{in: &in})
		maps.DeleteFunc(b.vars, func(name string, v *variable) bool { return before[name] == v })
		changed := b.set != [3]bool{}
		names := slices.Sorted(maps.Keys(b.vars))
		c.st.merge(b, c.st.fork())
		for _, name := range names {
			c.st.free(name)
		}
		if changed {
			a.unknownCode(unknown(nil), c.span) // where, and on what, all else is done from here on
		}
		a.inTrap = false
	}
	if len(a.traps) < 64 {
		a.traps = append(a.traps, trap{text: ops[0].str, span: c.span, dialect: a.dialect, often: goesOffOften(ops[1:])})
	}
}

// goesOffOften tells the events apart that come with other commands.
func goesOffOften(events []field) bool {
	return slices.ContainsFunc(events, func(f field) bool { return f.t == "DEBUG" || f.t == "ERR" || f.t == "ZERR" })
}

// trapsHere runs the traps that go off with any command where a cd has led.
func (a *analyzer) trapsHere(st *state) {
	if !a.trapped || a.inTrap {
		return
	}
	a.inTrap = true
	for _, t := range a.traps {
		if b, in := st.fork(), unknown(nil); t.often {
			a.forget(b, t.text.t)
			a.runText(b, t.text, t.dialect, t.span, stdio{in: &in})
		}
	}
	a.inTrap = false
}

// forget makes unknowns of the variables that a text names: it runs again and
// again, whatever they are by then.
func (a *analyzer) forget(st *state, text string) {
	for i := 0; i < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		name := strings.TrimPrefix(text[i+1:], "{")
		if n := strings.IndexFunc(name, func(r rune) bool { return r > 'z' || !plainName(string(r)) || r == '-' || r == '.' }); n >= 0 {
			name = name[:n]
		}
		if syntax.ValidName(name) && a.tick(4) {
			st.assign(name, &variable{vals: []str{unknown(nil)}})
		}
	}
}

func (a *analyzer) let(c *command) {
	for _, f := range c.argv[1:] {
		if !f.known() {
			continue
		}
		if e := a.parseArith(f.t); e != nil {
			a.arith(c.st, e)
		} else {
			a.arithWord(c.st, f.str) // for what runs before the error shows
		}
	}
}
