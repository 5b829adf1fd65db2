package shellparse

import "strings"

// maxOutcomes bounds the texts that are told apart of which one was printed.
const maxOutcomes = 4

// output collects what a command prints. Where it depends on a condition, or
// where control may leave early, it holds all that may have been printed by then.
type output struct {
	builder
	others  []outcome // what else it may hold
	idle    bool      // control has left: all that it holds is among the others
	under   *output   // the one that this becomes a part of, or stands in for
	apart   bool      // a redirection's, which is no part of the one around it
	process bool      // that of a process: what is around it is not its business
	jumbled bool      // two printed to it at a time: what it holds is one way that may have gone
	strays  *output   // where it is written to at a time that is not known
}

// outcome is a text that may have been printed.
type outcome struct {
	s    str
	left *region // where control left for, which is not there yet; nil for none
}

// openLines stands for what a command prints that is not known, within an output:
// any number of lines, or none, so that what is known behind it may begin a line.
const openLines = `\` + hole

// withoutOpenLines is a text without those that another line begins behind.
func withoutOpenLines(t string) string {
	var b strings.Builder
	for begins := true; t != ""; t = t[1:] {
		for begins && strings.HasPrefix(t, openLines) {
			t = t[len(openLines):]
		}
		if t == "" {
			break
		}
		begins = t[0] == '\n'
		b.WriteByte(t[0])
	}
	return b.String()
}

// openAsUnknown is glob text in which they are unknown parts like others.
func openAsUnknown(t string) string {
	if !strings.Contains(t, openLines) {
		return t
	}
	var b strings.Builder
	for i := 0; i < len(t); i++ {
		if t[i] == '\\' && i+1 < len(t) {
			if i++; t[i] != hole[0] {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(t[i])
	}
	return b.String()
}

// add appends s to whatever it holds.
func (o *output) add(s str) {
	if t := o.strays; t != nil {
		t.src, t.over = join(t.src, s.src), true
	}
	if s.opaque() {
		s.t = openLines
	}
	if o.src = join(o.src, s.src); !o.idle {
		o.builder.add(s)
	}
	for i := range o.others {
		if o.others[i].left == nil {
			o.others[i].s = bounded(concat(o.others[i].s, s))
		}
	}
}

// empty reports whether nothing was printed, and all is as it was.
func (o *output) empty() bool {
	return len(o.b) == 0 && len(o.others) == 0 && !o.idle && !o.over && !o.jumbled
}

// all is what it may hold.
func (o *output) all() []outcome {
	var list []outcome
	if !o.idle {
		list = append(list, outcome{s: o.builder.str()})
	}
	return append(list, o.others...)
}

// set makes it hold one of a list.
func (o *output) set(list []outcome) {
	var kept []outcome
	for _, c := range list {
		known := false
		for _, k := range kept {
			known = known || k.left == c.left && same(k.s, c.s)
		}
		if !known {
			kept = append(kept, c)
		}
	}
	if len(kept) > maxOutcomes { // the first, any other, and the last of those that go on
		some := kept[:0:0]
		for _, c := range kept {
			n := 0
			for _, k := range some {
				if k.left == c.left {
					n++
				}
			}
			switch {
			case n == 0:
				some = append(some, c)
			case n == 1:
				some = append(some, outcome{unknown(o.src), c.left})
			case c.left == nil && n == 2:
				some = append(some, c)
			case c.left == nil:
				i := len(some) - 1
				for some[i].left != nil {
					i--
				}
				some[i] = c
			}
		}
		kept = some
	}
	over := o.over
	o.builder, o.others, o.idle = builder{src: o.src}, nil, true
	for _, c := range kept {
		if c.left == nil && o.idle {
			o.idle = false
			o.builder.add(c.s)
		} else {
			o.others = append(o.others, c)
		}
	}
	o.over = o.over || over
}

// choose appends what one of several branches has printed.
func (o *output) choose(branches ...*output) {
	if o == nil {
		return
	}
	some := false
	for _, b := range branches {
		o.src = join(o.src, b.src)
		o.over, o.jumbled = o.over || b.over, o.jumbled || b.jumbled
		some = some || !b.empty()
	}
	if !some {
		return
	}
	var list []outcome
	for _, c := range o.all() {
		if c.left != nil {
			list = append(list, c)
			continue
		}
		for _, b := range branches {
			for _, d := range b.all() {
				list = append(list, outcome{bounded(concat(c.s, d.s)), d.left})
			}
		}
	}
	o.set(list)
}

// orAny appends what the turns of a loop have printed that has any number of them.
func (o *output) orAny(turns *output) {
	if o != nil && turns != nil && !turns.empty() {
		any := &output{}
		any.add(unknown(turns.src))
		o.choose(turns, any)
	}
}

// mixed appends what a process prints that runs beside others, as it is if it is the
// quicker one.
func (o *output) mixed(of *output) {
	if o != nil && !of.empty() {
		o.choose(of)
		o.jumbled = true
	}
}

// leave notes that control leaves for r from where o is written to.
func (o *output) leave(r *region, sure bool) {
	for o != nil {
		list := o.all()
		for i := range list {
			if list[i].left != nil {
				continue
			}
			gone := list[i]
			if gone.left = r; sure {
				list[i] = gone
			} else {
				list = append(list, gone)
			}
		}
		o.set(list)
		for ; o != nil; o = o.under {
			if o.process || o == r.out {
				return
			}
			if o.apart {
				o = o.under
				break
			}
		}
	}
}

// arrive makes part of it what control has left for r with.
func (o *output) arrive(r *region) {
	found := false
	for i := range o.others {
		if o.others[i].left == r {
			o.others[i].left, found = nil, true
		}
	}
	if found {
		o.set(o.all())
	}
}

// outcomes are the texts of which it holds one.
func (o *output) outcomes() []str {
	if o.over {
		return []str{unknown(o.src)}
	}
	var vals []str
	for _, c := range o.all() {
		s := str{t: openAsUnknown(c.s.t), glob: c.s.glob, src: join(c.s.src, o.src)}
		vals = addValue(vals, s)
		if rest := withoutOpenLines(c.s.t); s.glob && len(rest) < len(c.s.t) {
			if s.t = rest; s.prefix() == unescape(rest) && rest != "" {
				vals = addValue(vals, str{t: s.prefix(), src: s.src})
			}
		}
	}
	if len(vals) == 0 {
		vals = []str{{src: o.src}}
	}
	if o.jumbled {
		vals = addValue(vals, unknown(o.src))
	}
	return vals
}

// str is what it holds, if that is certain.
func (o *output) str() str {
	if len(o.others) == 0 && !o.idle && !o.jumbled {
		s := o.builder.str()
		s.t = openAsUnknown(s.t)
		return s
	}
	return eitherOf(o.outcomes())
}

// root is the output that o is a part of.
func (o *output) root() *output {
	for o != nil && !o.apart && o.under != nil {
		o = o.under
	}
	return o
}

// branch is io with an output for what may not be printed.
func (io stdio) branch() stdio {
	if io.out != nil {
		io.out = &output{under: io.out}
	}
	return io
}
