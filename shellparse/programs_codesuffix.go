package shellparse

import (
	"strconv"
	"strings"
)

// suffixes follows members, calls and indices.
func (s *codeScan) suffixes(v val, i, end int) (val, int) {
	for i < end && !s.a.over && s.a.tick(1) {
		t := &s.toks[i]
		if t.text == "\n" && (s.is(i+1, ".") || s.is(i+1, "?.")) && s.lang != "python" {
			i++
			continue
		}
		if s.lang == "ruby" && (t.text == "{" || t.text == "do") && s.is(i+1, "|") && v.recv != nil {
			s.blockParameters(&v, i+2, end)
			return v, i
		}
		if t.kind == 's' {
			if t.val().t != "" && s.taggable(&v) || s.bare(&v, i, end) {
				args, n := s.bareArgs(i, end)
				v, i = s.invoke(v, args), n
				continue
			}
			return v, i
		}
		switch {
		case (t.text == "." || t.text == "->" || t.text == "::" || t.text == "?." || t.text == "&" && s.is(i+1, ".")) && t.kind == 'p':
			if (s.lang == "perl" || s.lang == "php") && t.text == "." {
				return v, i
			}
			if t.text == "&" {
				i++
			}
			if s.is(i+1, "(") && s.lang != "perl" {
				i++ // ruby's f.(x)
				continue
			}
			if s.kind(i+1) != 'i' {
				if s.is(i+1, "!") && v.isText() { // scala's "cmd".!
					v = s.runs([]val{v}, true)
					i += 2
					continue
				}
				if s.lang == "perl" && (s.is(i+1, "[") || s.is(i+1, "{") || s.is(i+1, "(")) {
					i++
					continue
				}
				return v, i
			}
			if v, i = s.member(v, s.toks[i+1].text, t.text, s.assigns(i+2)), i+2; s.plainCall(&v, i, end) {
				v = s.invoke(v, nil)
			}
		case t.text == ":" && s.lang == "lua" && s.kind(i+1) == 'i':
			v, i = s.member(v, s.toks[i+1].text, ".", false), i+2
		case t.text == ":" && s.lang == "other" && s.kind(i+1) == 'i' && s.is(i+2, "("):
			v, i = s.member(v, s.toks[i+1].text, ".", false), i+2
			v.name = strings.Replace(v.name, ".", ":", 1)
		case t.text == "(" && s.lang == "php" && v.s.known() && !v.num && v.s.t != "": // $f("x")
			m := min(s.mate[i], end)
			v, i = s.invoke(val{s: unknown(nil), name: v.s.t}, s.items(i+1, m)), m+1
		case t.text == "(" && (v.name != "" || v.recv != nil || v.list):
			m := min(s.mate[i], end)
			args := s.callItems(&v, i+1, m)
			v, i = s.invoke(v, args), m+1
		case t.text == "[" || t.text == "{" && (s.lang == "perl" || v.class == "Environment"):
			if t.text == "[" && s.bare(&v, i, end) {
				args, n := s.bareArgs(i, end)
				v, i = s.invoke(v, args), n
				continue
			}
			if t.text == "{" && !(strings.HasPrefix(v.name, "$") || v.class == "Environment" || s.is(i-1, "->") || s.is(i-1, "}")) {
				return v, i
			}
			m := min(s.mate[i], end)
			v, i = s.at(v, i+1, m), m+1
		case s.assigns(i) && v.name != "":
			return s.assign(v, t.text, i+1, end)
		default:
			if s.bare(&v, i, end) {
				args, n := s.bareArgs(i, end)
				v, i = s.invoke(v, args), n
				continue
			}
			return v, i
		}
	}
	return v, i
}

// plainCall reports whether a method is called that takes nothing, in a
// language that needs no parentheses for it.
func (s *codeScan) plainCall(v *val, i, end int) bool {
	if s.lang == "perl" && !s.is(i, "(") && strings.HasPrefix(s.roleOf(v), "=") {
		return true // LWP::UserAgent->new
	}
	if !in(" ruby scala groovy kotlin crystal ", s.lang) || s.is(i, "(") || s.assigns(i) {
		return false
	}
	return in(" home tmp envall same r d D parent glob ", s.roleOf(v)) && (i >= end || !s.bare(v, i, end))
}

// taggable is a JavaScript template that is given to a function: $`ls`.
func (s *codeScan) taggable(v *val) bool {
	return s.lang == "js" && (v.name == "$" || v.name == "Bun.$" || v.name == "zx.$" || strings.HasSuffix(v.name, ".$"))
}

// bare reports whether a call without parentheses begins at i.
func (s *codeScan) bare(v *val, i, end int) bool {
	if v.name == "" || s.toks[i].col >= 0 || !in(" perl ruby php lua julia r elixir nim haskell ocaml other vim raku crystal groovy scala ", s.lang) {
		return false
	}
	t := &s.toks[i]
	if s.lang == "lua" && t.kind != 's' || t.kind == 'p' && t.text != "[" && t.text != ":" && t.text != "*" && t.text != "(" {
		return false
	}
	if t.text == "[" && s.lang != "ruby" && s.lang != "perl" && s.lang != "other" || t.text == ":" && s.lang != "ruby" || t.text == "*" && s.lang != "ruby" {
		return false
	}
	if t.kind == 'i' && (in(infix, t.text) || in(" if unless while until for foreach and or do then else end as as? ", t.text)) {
		return false
	}
	return s.roleOf(v) != ""
}

// bareArgs are arguments without parentheses.
func (s *codeScan) bareArgs(i, end int) ([]val, int) {
	var out []val
	for i < end && !s.a.over {
		if t := &s.toks[i]; t.kind != 's' && (in(" ; \n } ) ] | if unless while until for foreach and or do then ", t.text) || t.text == "{" && s.lang != "ruby") {
			break
		}
		if s.is(i, "\n") {
			break
		}
		v, n := s.item(i, end)
		if n == i {
			break
		}
		out = append(out, v)
		i = n
		if s.is(i, ",") || s.is(i, "=>") {
			i++
			for s.is(i, "\n") {
				i++
			}
			continue
		}
		if !(in(" haskell ocaml other ", s.lang) && (s.kind(i) == 's' || s.is(i, "[") || s.is(i, "("))) {
			break
		}
	}
	return out, i
}

// items reads what is between brackets: arguments, a list, a table, or the
// statements of a function that is handed on.
func (s *codeScan) items(i, end int) []val {
	var out []val
	if !s.deeper() {
		return nil
	}
	defer s.back()
	s.block++
	if s.lang == "python" {
		s.comprehension(i, end)
	}
	for i < end && !s.a.over {
		if t := &s.toks[i]; t.kind == 'p' && in(" , ; \n => ", t.text) || t.text == "\n" {
			i++
			continue
		}
		if n := s.statement(i, end); n > i {
			i = n
			continue
		}
		v, n := s.item(i, end)
		if n == i {
			i++
			continue
		}
		out = append(out, v)
		i = n
	}
	s.block--
	return out
}

// comprehension gives the names after a for their values, before what stands in
// front of it is read: [open(f) for f in LIST].
func (s *codeScan) comprehension(i, end int) {
	for k := i + 1; k < end; k++ {
		switch {
		case in(" ( [ { ", s.toks[k].text) && s.kind(k) == 'p':
			k = max(k, min(s.mate[k], end))
		case s.kind(k) == 'i' && s.is(k, "for"):
			k = max(k, s.loop(k, end)-1)
		}
	}
}

// item is a value that may stand under a key.
func (s *codeScan) item(i, end int) (val, int) {
	kw, n := "", i
	switch k := s.kind(i); {
	case k == 'i' && s.is(i+1, "=") && in(" python lua r julia scala kotlin ", s.lang),
		(k == 'i' || k == 's') && s.is(i+1, ":") && !in(" python lua ", s.lang) && !s.is(i+2, ":"),
		k == 's' && s.is(i+1, ":") && s.lang == "python",
		(k == 'i' || k == 's') && s.is(i+1, "=>") && in(" perl php ruby elixir other ", s.lang):
		kw, n = s.toks[i].text, i+2
		if k == 's' {
			kw = s.toks[i].val().prefix()
		}
	}
	v, next := s.expr(n, end)
	if next == n && n > i {
		return val{s: unknown(nil), kw: kw}, n
	}
	v.kw = kw
	return v, next
}

// at is an element: a[0], env["HOME"], argv[1], text[::-1].
func (s *codeScan) at(v val, i, end int) val {
	if s.is(i, "::") && s.is(i+1, "-") && v.isText() || s.is(i, ":") && s.is(i+1, ":") && s.is(i+2, "-") && v.isText() {
		return val{s: reversed(v.s)}
	}
	if v.class == "Environment" && s.kind(i) == 'i' && i+1 == end {
		return s.variable(s.toks[i].text) // $ENV{HOME}
	}
	key, n := s.expr(i, end)
	slice := s.is(n, ":") || s.is(n, "..") || n == i
	s.seq(n, end)
	switch {
	case v.class == "Environment":
		if key.isText() {
			return s.variable(key.s.prefix())
		}
	case v.name == "sys.modules" && key.isText():
		return val{s: unknown(nil), name: key.s.prefix()}
	case v.name == "Dir" && s.lang == "ruby":
		return s.matches(val{}, argsOf(key))
	case v.list && !slice && key.num:
		k, err := strconv.Atoi(key.s.t)
		if s.lang == "lua" {
			k-- // arg[1] is the first
		}
		if err == nil && k >= 0 && k < len(v.items) {
			return v.items[k]
		}
		return nothing(v.src())
	case v.list && !slice && key.isText():
		for _, it := range v.items {
			if it.kw == key.s.t {
				return it
			}
		}
	case v.list && slice:
		if key.num { // argv[1:]
			if k, err := strconv.Atoi(key.s.t); err == nil && k < len(v.items) {
				v.items = v.items[k:]
			}
		}
		return v
	case v.name != "" && key.isText() && !key.num:
		return s.member(v, key.s.prefix(), ".", false) // require("fs")["rmSync"]
	}
	return nothing(join(v.src(), key.src()))
}

func reversed(v str) str {
	if !v.known() {
		return unknown(v.src)
	}
	b := []byte(v.t)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return str{t: string(b), src: v.src}
}
