package shellparse

import (
	"slices"
	"strconv"
	"strings"
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
	if open && (n >= len(ps) || n > 0 && slices.ContainsFunc(ps[1:n+1], func(s str) bool { return !s.known() })) {
		c.st.setParams(ps[:min(1, len(ps))], true)
		return
	}
	if n < 0 || n >= len(ps) {
		return // an error
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
