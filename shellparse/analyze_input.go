package shellparse

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// read assigns a line of standard input to variables.
func (a *analyzer) read(c *command) {
	line, src := str{}, c.io.in.src
	raw, array := false, false
	delim := "\n"
	var names []str
	argv := c.argv[1:]
	for i := 0; i < len(argv); i++ {
		p := argv[i].prefix()
		if len(p) < 2 || p[0] != '-' || len(names) > 0 {
			names = append(names, argv[i].str)
			continue
		}
		raw = raw || strings.Contains(p, "r")
		switch last := p[len(p)-1]; last {
		case 'a', 'A', 'd', 'i', 'n', 'N', 'p', 't', 'u':
			array = array || last == 'a' || last == 'A'
			if i+1 < len(argv) {
				i++
				switch last {
				case 'a', 'A':
					names = append(names, argv[i].str)
				case 'd':
					delim = argv[i].prefix()
				case 'u':
					if ch, ok := a.fds[argv[i].prefix()]; ok {
						c.io.in = &ch.in
						src = ch.in.src
					}
				}
			}
		}
	}
	if c.io.in.known() {
		t := c.io.in.t
		if delim != "" {
			if i := strings.IndexByte(t, delim[0]); i >= 0 {
				line, c.io.in.t = str{t: t[:i], src: src}, t[i+1:]
			} else {
				line, c.io.in.t = str{t: t, src: src}, ""
			}
		} else {
			line, c.io.in.t = str{t: t, src: src}, ""
		}
		if !raw {
			line.t = strings.ReplaceAll(strings.ReplaceAll(line.t, "\\\n", ""), `\`, "")
		}
	} else {
		line = unknown(src)
		if before, _, ok := c.io.in.cut('\n'); ok && !before.opaque() {
			line = before
		}
	}
	if len(names) == 0 {
		names = []str{lit("REPLY")}
	}
	a.assignSplit(c.st, names, line, array)
}

// assignSplit gives the names the fields of a line, the last one the rest.
func (a *analyzer) assignSplit(st *state, names []str, line str, array bool) {
	ifs, ok := a.ifs(st)
	for i, n := range names {
		if !n.known() {
			continue
		}
		name := n.t
		if k := strings.IndexByte(name, '?'); k > 0 {
			name = name[:k] // zsh's NAME?PROMPT
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
			a.setVar(st, name, v)
		case i == len(names)-1:
			a.setVar(st, name, str{t: strings.Trim(line.t, ifs), src: line.src})
		default:
			t := strings.TrimLeft(line.t, ifs)
			k := strings.IndexAny(t, ifs)
			if k < 0 {
				k = len(t)
			}
			a.setVar(st, name, str{t: t[:k], src: line.src})
			line.t = strings.TrimLeft(t[k:], ifs)
		}
	}
}

func (a *analyzer) mapfile(c *command) {
	name := "MAPFILE"
	trim := false
	delim := "\n"
	for i := 1; i < len(c.argv); i++ {
		p := c.argv[i].prefix()
		if !strings.HasPrefix(p, "-") {
			name = p
			continue
		}
		switch p {
		case "-t":
			trim = true
		case "-d", "-n", "-O", "-s", "-u", "-C", "-c":
			if i+1 < len(c.argv) {
				i++
				if p == "-C" {
					a.runText(c.st.fork(), c.argv[i].str, a.dialect, c.span, c.io)
				}
				if p == "-d" {
					delim = c.argv[i].prefix()
				}
			}
		}
	}
	in := *c.io.in
	*c.io.in = str{}
	if !in.known() || delim == "" {
		c.st.assign(name, &variable{array: true, open: true, elems: []element{{"0", unknown(in.src)}}})
		return
	}
	v := &variable{array: true}
	for k, l := range strings.SplitAfter(in.t, delim[:1]) {
		if l == "" {
			continue
		}
		if trim {
			l = strings.TrimSuffix(l, delim[:1])
		}
		v.elems = append(v.elems, element{strconv.Itoa(k), str{t: l, src: in.src}})
		if !a.tick(1) {
			return
		}
	}
	c.st.assign(name, v)
}

func (a *analyzer) setBuiltin(c *command) {
	o := c.st.options()
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
				open = open || f.loose
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
		default:
			for _, r := range p[1:] {
				switch r {
				case 'f':
					o.noglob = p[0] == '-'
				case 'a':
					o.allexport = p[0] == '-'
				}
			}
		}
	}
	if o != c.st.options() {
		c.st.setOptions(o)
	}
}

func (o *options) set(name string, on bool) {
	switch strings.ReplaceAll(lower(name), "_", "") {
	case "noglob":
		o.noglob = on
	case "allexport":
		o.allexport = on
	case "shwordsplit":
		o.split = on
	case "lastpipe":
		o.lastpipe = on
	case "nocasematch", "nocaseglob":
		o.nocase = on
	}
}

func (a *analyzer) shopt(c *command) {
	o := c.st.options()
	on := true
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
	if o != c.st.options() {
		c.st.setOptions(o)
	}
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

func (a *analyzer) shift(c *command) {
	n := 1
	if len(c.argv) > 1 {
		v, ok := parseInt(c.argv[1].prefix())
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
	if len(ps) > 0 {
		next = append([]str{ps[0]}, ps[1+n:]...)
	}
	c.st.setParams(next, open)
}

func (a *analyzer) aliasBuiltin(c *command) {
	for _, f := range c.argv[1:] {
		if name, val, ok := f.str.cut('='); ok && name.known() {
			c.st.setAlias(name.t, val)
		}
	}
}

func (a *analyzer) trapBuiltin(c *command) {
	ops := operandsOf(c.argv)
	if len(ops) < 2 || (ops[0].known() && (ops[0].t == "" || ops[0].t == "-")) {
		return
	}
	a.flowInto("trap", ops[0].src, c.span)
	if len(a.traps) < 64 {
		a.traps = append(a.traps, trap{text: ops[0].str, span: c.span})
	}
}

func (a *analyzer) let(c *command) {
	for _, f := range c.argv[1:] {
		if !f.known() {
			continue
		}
		if e, err := syntax.NewParser().Arithmetic(strings.NewReader(f.t)); err == nil {
			a.arith(c.st, e)
		}
	}
}

// testBuiltin looks for the operators of test that evaluate arithmetic.
func (a *analyzer) testBuiltin(c *command) {
	for i, f := range c.argv {
		if !f.known() {
			continue
		}
		switch f.t {
		case "-v", "-R":
			if i+1 < len(c.argv) && strings.IndexByte(c.argv[i+1].prefix(), '[') > 0 {
				a.arithWord(c.st, c.argv[i+1].str)
			}
		}
	}
}

func (a *analyzer) getopts(c *command) {
	if len(c.argv) > 2 && c.argv[2].known() {
		a.setVar(c.st, c.argv[2].t, unknown(nil))
	}
	a.setVar(c.st, "OPTARG", unknown(nil))
	a.setVar(c.st, "OPTIND", unknown(nil))
}

// echo prints its arguments.
func (a *analyzer) echo(c *command) {
	if c.io.out == nil {
		return
	}
	argv := c.argv[1:]
	newline, escapes := true, a.dialect != Bash
	for len(argv) > 0 && argv[0].known() && len(argv[0].t) > 1 && argv[0].t[0] == '-' && strings.Trim(argv[0].t[1:], "neEr") == "" {
		newline = newline && !strings.Contains(argv[0].t, "n")
		if strings.Contains(argv[0].t, "e") {
			escapes = true
		}
		if strings.ContainsAny(argv[0].t, "Er") {
			escapes = false
		}
		argv = argv[1:]
	}
	s := joinFields(argv)
	if escapes && s.known() {
		s.t = printfEscapes(s.t)
	}
	c.io.write(s)
	if newline {
		c.io.write(lit("\n"))
	}
}

// printf prints, or assigns with -v.
func (a *analyzer) printf(c *command) {
	argv := c.argv[1:]
	name := ""
	if len(argv) > 1 && argv[0].known() && argv[0].t == "-v" {
		name = argv[1].prefix()
		argv = argv[2:]
	}
	if len(argv) > 0 && argv[0].known() && argv[0].t == "--" {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		return
	}
	s := format(argv)
	if name != "" {
		if i := strings.IndexByte(name, '['); i > 0 {
			a.arithWord(c.st, lit(name[i+1:len(name)-1]))
		}
		a.setVar(c.st, name, s)
		return
	}
	c.io.write(s)
}
