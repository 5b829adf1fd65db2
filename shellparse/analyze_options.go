package shellparse

import (
	"strconv"
	"strings"
)

func (a *analyzer) setBuiltin(c *command) {
	a.lists(c)
	o := c.st.options()
	if len(c.argv) == 1 {
		c.io.write(unknown(&source{from: Environment}))
	}
	for i := 1; i < len(c.argv); i++ {
		f := c.argv[i]
		p := f.prefix()
		switch {
		case f.known() && p == "--" || len(p) == 0 || (p[0] != '-' && p[0] != '+'):
			if p == "--" {
				i++
			}
			ps, _ := c.st.parameters()
			first := lit(a.shellName())
			if len(ps) > 0 {
				first = ps[0]
			}
			next := []str{first}
			open := false
			for _, f := range c.argv[i:] {
				open = open || f.several()
				next = append(next, f.str)
			}
			c.st.setParams(next, open)
			c.st.setOptions(o)
			return
		case p == "-o" || p == "+o":
			if i+1 < len(c.argv) {
				i++
				o.set(c.argv[i].prefix(), p[0] == '-')
			}
		case a.dialect == Zsh && p[1:2] == "o" && len(p) > 2:
			o.set(p[2:], p[0] == '-')
		case p[1:] == "A" && (a.dialect == Zsh || a.dialect == Korn):
			c.st.setOptions(o)
			a.setArray(c, i+1, p[0] == '+')
			return
		default:
			for _, r := range p[1:] {
				switch r {
				case 'f', 'F':
					if (r == 'F') == (a.dialect == Zsh) {
						o.noglob, o.unsureGlob = p[0] == '-', false
					}
				case 'a':
					o.allexport = p[0] == '-'
				case 'H':
					o.histExpand = p[0] == '-'
				case 'b', 'e', 'h', 'k', 'm', 'n', 'p', 't', 'u', 'v', 'x', 'B', 'C', 'E', 'P', 'T', 'i', 'l', 'o', 's', 'w', 'y', 'A', '-', '+':
				default:
					if a.dialect != Zsh {
						c.st.setParams(nil, true) // an error, and all stays as it was
						return
					}
				}
			}
		}
	}
	a.changeOptions(c, o)
}

// setArray is set -A NAME VALUE..., and set +A, which leaves the elements
// behind those that it gives.
func (a *analyzer) setArray(c *command, at int, some bool) {
	if at >= len(c.argv) || !c.argv[at].known() {
		return
	}
	v := &variable{array: true, open: some || anySeveral(c.argv[at+1:])}
	for i, f := range c.argv[at+1:] {
		v.elems = append(v.elems, element{strconv.Itoa(i), f.str})
	}
	c.st.assign(c.argv[at].t, v)
}

func (o *options) set(name string, on bool) {
	switch name = strings.ReplaceAll(lower(name), "_", ""); name {
	case "glob":
		o.set("noglob", !on)
	case "ksharrays":
		o.zeroArrays = o.zeroArrays || on
	case "noglob":
		o.noglob, o.unsureGlob = on, false
	case "allexport":
		o.allexport = on
	case "shwordsplit":
		o.split = on
	case "globsubst", "extendedglob":
		o.globCode = on || o.globCode
	case "lastpipe":
		o.lastpipe = on
	case "histexpand":
		o.histExpand = on
	case "nullglob":
		o.nullglob = on || o.nullglob
	case "nocasematch", "nocaseglob":
		o.nocase = on
	}
}

func (a *analyzer) changeOptions(c *command, o options) {
	if old := c.st.options(); o != old {
		c.st.setOptions(o)
		if o.histExpand && !old.histExpand && (a.dialect == Bash || a.dialect == POSIX) {
			a.emit(Effect{Kind: Exec, Certainty: Unknown, Span: c.span})
		}
	}
}

func (a *analyzer) shopt(c *command) {
	a.lists(c)
	o := c.st.options()
	on := c.argv[0].t != "unsetopt"
	for _, f := range c.argv[1:] {
		switch p := f.prefix(); p {
		case "-s":
			on = true
		case "-u":
			on = false
		default:
			o.set(p, on)
		}
	}
	a.changeOptions(c, o)
}

func (a *analyzer) emulate(c *command) {
	o := c.st.options()
	ops := c.argv[1:]
	for i, f := range ops {
		switch p := f.prefix(); p {
		case "sh", "ksh", "bash":
			o.split = true
		case "-c":
			c.st.setOptions(o)
			if i+1 < len(ops) {
				a.runText(c.st, ops[i+1].str, a.dialect, c.span, c.io)
			}
		}
	}
	c.st.setOptions(o)
}
