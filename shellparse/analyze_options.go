package shellparse

import (
	"strconv"
	"strings"
)

func (a *analyzer) setBuiltin(c *command) {
	o := c.st.options()
	switch last := c.argv[len(c.argv)-1]; {
	case len(c.argv) == 1:
		c.io.write(unknown(&source{from: Environment}))
	case !last.known() || strings.HasSuffix(last.t, "o") || last.several():
		a.prints(c) // the options, or what it has to complain about
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
			a.changeOptions(c, o)
			return
		case p == "-o" || p == "+o":
			if i+1 < len(c.argv) {
				i++
				a.setOption(a.dialect, &o, c.argv[i].str, p[0] == '-', c.span)
			}
		case p[1:] == "A" && (a.dialect == Zsh || a.dialect == Korn):
			a.changeOptions(c, o)
			a.setArray(c, i+1, p[0] == '+')
			return
		case a.dialect == Zsh:
			if letters, _, _ := strings.Cut(p, "o"); strings.ContainsAny(letters, "sA") || !o.setZshLetters(p) { // the parameters in another order
				a.unknownCode(unknown(nil), c.span)
			}
			if _, name, ok := strings.Cut(p, "o"); ok && name != "" {
				a.setOption(Zsh, &o, lit(name), p[0] == '-', c.span)
			} else if ok && i+1 < len(c.argv) {
				i++
				a.setOption(Zsh, &o, c.argv[i].str, p[0] == '-', c.span)
			}
		case a.dialect == Bash && strings.Trim(p[1:], "abefhkmnptuvxBCEHPTo") != "" || !o.setLetters(p):
			c.st.setParams(nil, true) // an error, and all stays as it was
			return
		default:
			if unfollowedLetters(a.dialect, p) {
				a.unknownCode(unknown(nil), c.span)
			}
			if strings.HasSuffix(p, "o") && i+1 < len(c.argv) {
				i++
				a.setOption(a.dialect, &o, c.argv[i].str, p[0] == '-', c.span)
			}
			if strings.HasSuffix(p, "A") && a.dialect == Korn {
				a.changeOptions(c, o)
				a.setArray(c, i+1, p[0] == '+')
				return
			}
		}
	}
	a.changeOptions(c, o)
}

// setLetters sets the options of an argument such as -eu, and reports whether
// there are such.
func (o *options) setLetters(p string) bool {
	for _, r := range p[1:] {
		switch r {
		case 'f':
			o.noglob, o.unsureGlob = p[0] == '-', false
		case 'a':
			o.allexport = p[0] == '-'
		case 'H':
			o.histExpand = p[0] == '-'
		case 'C':
			o.noclobber = o.noclobber || p[0] == '-'
		case 'e':
			o.errexit = p[0] == '-'
		case 'u':
			o.nounset = p[0] == '-'
		case 'b', 'h', 'k', 'm', 'n', 'p', 't', 'v', 'x', 'B', 'E', 'P', 'T', 'X', 'i', 'l', 'o', 's', 'w', 'y', 'A', '-', '+':
		default:
			return false
		}
	}
	return true
}

// unfollowedLetters reports whether there are options among letters of which
// what they do is not followed: braces that count no more, assignments anywhere
// on a line, parameters in another order, directories with a slash behind them.
func unfollowedLetters(d Dialect, p string) bool {
	if p[0] == '+' {
		return strings.Contains(p, "B")
	}
	return strings.Contains(p, "k") || d == Korn && strings.ContainsAny(p, "sX")
}

// unfollowed is unfollowedLetters for an option by its name.
func unfollowed(d Dialect, name string, on bool) bool {
	switch name {
	case "braceexpand":
		return !on
	case "keyword", "markdirs", "sh":
		return on
	case "posix":
		return on && d != POSIX
	}
	return false
}

// setArray is set -A NAME VALUE..., and set +A, which leaves the elements
// behind those that it gives.
func (a *analyzer) setArray(c *command, at int, some bool) {
	if at >= len(c.argv) || !c.argv[at].known() {
		return
	}
	vals := c.argv[at+1:]
	if len(vals) > 0 && vals[0].known() && vals[0].t == "--" && a.dialect == Korn {
		vals = vals[1:]
	}
	v := &variable{array: true, open: some || anySeveral(vals)}
	for i, f := range vals {
		v.elems = append(v.elems, element{strconv.Itoa(i), f.str})
	}
	c.st.assign(c.argv[at].t, v)
}

func (o *options) set(name string, on bool) {
	if name == "extglob" { // as bash spells it
		o.extglob = on
	}
	switch name = strings.ReplaceAll(lower(name), "_", ""); name {
	case "glob":
		o.set("noglob", !on)
	case "ksharrays":
		o.zeroArrays = o.zeroArrays || on
	case "noglob":
		o.noglob, o.unsureGlob = on, false
	case "noclobber":
		o.noclobber = o.noclobber || on
	case "dotglob", "globstar":
		o.unsureGlob = o.unsureGlob || on
	case "allexport":
		o.allexport = on
	case "errexit", "errreturn":
		o.errexit = on
	case "nounset":
		o.nounset = on
	case "unset":
		o.nounset = !on
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

// startOptions sets what the arguments of a shell before its text or script set.
func (s *state) startOptions(argv []Value, inv invocation) {
	o := s.options()
	syntax := invocationSyntaxes[inv.dialect]
	for i := 1; i < len(argv) && (i < inv.index || inv.index == 0); i++ {
		w := argv[i].Text
		if argv[i].Certainty != Exact || len(w) < 2 || w[0] != '-' && w[0] != '+' || w == "--" {
			break
		}
		if _, long := syntax.long[strings.TrimLeft(w, "-")]; long || w[1] == '-' {
			continue
		}
		on := w[0] == '-'
		for k, r := range w[1:] {
			switch r {
			case 'e':
				o.errexit = on
			case 'u':
				o.nounset = on
			case 'a':
				o.allexport = on
			case 'f', 'F':
				o.noglob = (r == 'F') == (inv.dialect == Zsh) && on || o.noglob
			case 'o', 'O':
				if rest := w[k+2:]; rest != "" && syntax.attached {
					o.set(rest, on)
				} else if i+1 < len(argv) {
					i++
					o.set(argv[i].Text, on)
				}
			}
			if r == 'o' && syntax.attached {
				break
			}
		}
	}
	if o != s.options() {
		s.setOptions(o)
	}
}

func (a *analyzer) changeOptions(c *command, o options) {
	if o.restored { // to what they are now, when the function ends
		for s := c.st; s != nil; s = s.parent {
			if s.call {
				s.regains = true
				break
			}
		}
		o.restored = false
	}
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
	set, unset, was := false, false, o.extglob
	sure := !a.disabled && len(a.redirected) == 0 // else it may not be done
	names := c.argv[1:]
	for len(names) > 0 && names[0].known() && len(names[0].t) > 1 && names[0].t[0] == '-' {
		flags := names[0].t
		names = names[1:]
		if flags == "--" {
			break
		}
		set, unset = set || strings.Contains(flags, "s"), unset || strings.Contains(flags, "u")
		sure = sure && strings.Trim(flags[1:], "sq") == "" // -o is about other names
	}
	for _, f := range names {
		if !f.known() {
			o.extglob = false
		} else if set != unset { // else it only looks, or is an error
			o.set(f.t, set)
			if set && f.t == "extdebug" { // in a file: a trap leaves out what it likes
				a.unknownCode(unknown(f.src), c.span)
			}
		}
	}
	o.extglob = o.extglob && (was || sure)
	a.changeOptions(c, o)
}

// emulate changes many options at once: to those of zsh, where they may be that
// already. Other shells, as which text is read otherwise, are not followed.
func (a *analyzer) emulate(c *command) {
	o, known := c.st.options(), false
	for i, f := range c.argv[1:] {
		switch p := f.prefix(); {
		case p == "zsh":
			known = o == options{restored: o.restored}
		case len(p) > 1 && p[0] == '-':
			o.restored = o.restored || strings.Contains(p, "L")
			if p[1:] == "c" && i+2 < len(c.argv) {
				a.runText(c.st, c.argv[i+2].str, a.dialect, c.span, c.io)
			}
		}
	}
	if !known && len(c.argv) > 1 {
		a.unknownCode(unknown(nil), c.span)
	}
	a.changeOptions(c, o)
}
