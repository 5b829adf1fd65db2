package shellparse

import "strings"

// This file follows functions that are values: what a call hands on to those
// that it is given, fetch(url).then(r => r.text()).then(eval), map(exec, texts),
// Thread(target=os.system, args=(text,)), and those that are called by way of
// another: eval.call(null, text), method(:system).call(text).

// handing is what a call hands on to the functions among its arguments.
type handing struct{ v val }

// handedBy is what a method of recv hands on, or a call of v, nil if that is
// nothing known.
func (s *codeScan) handedBy(v *val) *handing {
	if s.lang == "js" && s.roleOf(v) == "u" {
		return &handing{nothing(s.network())} // to a function that is told of the answer
	}
	r := v.recv
	switch {
	case r == nil:
		return nil
	case r.list && len(r.items) > 0:
		one := r.items[0]
		for _, it := range r.items[1:] {
			one = either(one, it)
		}
		one.kw = ""
		return &handing{one}
	case r.isText() && s.lang == "ruby":
		return &handing{*r}
	case r.src() != nil:
		return &handing{nothing(r.src())}
	case lastPart(v.name) == "then" && r.name != "" && r.recv == nil:
		return &handing{*r} // import("fs").then(fs => ...)
	}
	return nil
}

// callItems are the arguments between i and m of a call of v.
func (s *codeScan) callItems(v *val, i, m int) []val {
	if s.lang != "js" {
		return s.items(i, m)
	}
	handed := s.handedBy(v)
	if handed == nil {
		return s.items(i, m)
	}
	outer := s.handed
	s.handed = handed
	args := s.items(i, m)
	s.handed = outer
	for _, f := range args {
		if s.callable(&f) {
			s.invoke(f, []val{handed.v, handed.v})
		}
	}
	return args
}

// parameters gives the names from i up to the arrow at n what is handed on.
func (s *codeScan) parameters(i, n int) {
	if s.handed == nil {
		return
	}
	members := s.is(i, "{")
	for ; i < n; i++ {
		if s.kind(i) != 'i' {
			continue
		}
		name, v := s.toks[i].text, s.handed.v
		if members {
			v = s.member(v, name, ".", false)
			if s.is(i+1, ":") && s.kind(i+2) == 'i' {
				name = s.toks[i+2].text
				i += 2
			}
		}
		s.set(name, v, "=")
	}
}

// blockParameters gives the names of a block of ruby, from i up to a bar, what
// the method v hands on.
func (s *codeScan) blockParameters(v *val, i, end int) {
	n := i
	for n < end && !s.is(n, "|") {
		n++
	}
	if outer := s.handed; n < end {
		s.handed = s.handedBy(v)
		s.parameters(i, n)
		s.handed = outer
	}
}

// perlMap is map or grep of perl, with a block that begins at i.
func (s *codeScan) perlMap(i, end int) (val, int) {
	m := min(s.mate[i-1], end)
	v, n := s.expr(m+1, end)
	s.vars["$_"] = anyOf(v)
	s.seq(i, m)
	return nothing(v.src()), max(n, m+1)
}

// callable reports whether v is a function that acts on what it is given.
func (s *codeScan) callable(v *val) bool {
	if v.name == "" || v.isText() || v.list || strings.HasSuffix(v.name, "()") {
		return false
	}
	if in(" sh run eval evalfile d D ", s.roleOf(v)) {
		return true
	}
	return s.roleOf(v) == "" && s.funcs[lastPart(strings.TrimPrefix(v.name, "&"))] != nil
}

// handsOn carries out the functions that a call got, of which nothing else is
// known: it may call them with the rest of what it got, or with each of a list.
func (s *codeScan) handsOn(f val, args []val) {
	for i := range args {
		g := args[i]
		if s.lang == "php" && i == 0 && in(phpCallers, f.name) && g.s.known() {
			g = val{s: unknown(nil), name: g.s.t}
		}
		if !s.callable(&g) {
			continue
		}
		rest := append([]val(nil), args[i+1:]...)
		if g.kw == "target" || len(rest) == 0 && i > 0 {
			rest = append(append([]val(nil), args[:i]...), rest...) // in any order
		}
		if len(rest) == 0 && f.recv != nil && !s.callable(f.recv) {
			rest = []val{*f.recv}
		}
		s.handsTo(g, rest, f)
	}
}

// phpCallers are the functions of PHP that call one by its name.
const phpCallers = " call_user_func call_user_func_array forward_static_call array_map array_walk array_filter register_shutdown_function usort "

// handsTo calls g with these arguments, if anything is known of them.
func (s *codeScan) handsTo(g val, rest []val, by val) {
	var flat []val
	each := false
	for _, r := range rest {
		switch last := lower(lastPart(by.name)); {
		case r.kw == "kwargs" || r.name == "null" || r.name == "undefined":
		case r.list && (r.kw == "args" || s.lang == "js" || s.lang == "php" || strings.Contains(last, "map") || strings.Contains(last, "each") || strings.Contains(last, "filter")):
			each = each || r.kw != "args"
			flat = append(flat, r.items...)
		default:
			r.kw = ""
			flat = append(flat, r)
		}
	}
	known := false
	for i := range flat {
		known = known || flat[i].isText() || flat[i].list || flat[i].src() != nil
	}
	if !known {
		return
	}
	if !each || s.lang == "php" && by.name == "call_user_func_array" {
		s.invoke(g, flat)
		return
	}
	for _, x := range flat {
		s.invoke(g, []val{x})
	}
}

// byWay is a call of a function by way of another: f.call(x), f.bind(x).
func (s *codeScan) byWay(f val, args []val) (val, bool) {
	if f.recv == nil || !s.callable(f.recv) {
		return val{}, false
	}
	g := *f.recv
	switch last := lastPart(f.name); {
	case s.lang == "js" && last == "call" && len(args) > 0:
		return s.invoke(g, args[1:]), true
	case s.lang == "js" && last == "apply" && len(args) > 1:
		return s.invoke(g, argsOf(args[1])), true
	case s.lang == "js" && last == "bind":
		if len(args) > 1 {
			s.invoke(g, args[1:])
		}
		return g, true
	case s.lang == "ruby" && (last == "call" || last == "yield"):
		return s.invoke(g, args), true
	case s.lang == "ruby" && in(" to_proc unbind bind curry ", last):
		return g, true
	case s.lang == "python" && last == "__call__":
		return s.invoke(g, args), true
	}
	return val{}, false
}
