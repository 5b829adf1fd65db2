package shellparse

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

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
