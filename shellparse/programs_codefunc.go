package shellparse

import "strings"

// codeFunc is a function of the program.
type codeFunc struct {
	name     string
	params   []string
	in       code
	from, to int // its body
	end      int
	expr     bool // its body is an expression, which it yields
	called   bool
	running  bool
}

// define takes note of the functions, so that they run where they are called.
func (s *codeScan) define() {
	for i := range s.toks {
		if f := s.function(i); f != nil && f.end > i && len(s.order) < 512 {
			f.in = s.code
			s.starts[&s.toks[i]] = f
			s.order = append(s.order, f)
			if f.name != "" {
				s.funcs[f.name] = f
			}
		}
	}
}

// function reads the head of a function that begins at i, nil if none does.
func (s *codeScan) function(i int) *codeFunc {
	if s.kind(i) != 'i' && !s.is(i, "(") {
		return nil
	}
	f := &codeFunc{}
	k := i
	switch t := s.toks[i].text; {
	case s.lang == "python" && t == "def", s.lang == "perl" && t == "sub" && s.kind(i+1) == 'i', in(" js php lua ", s.lang) && t == "function", s.lang == "go" && t == "func":
		k = i + 1
		if s.lang == "go" && s.is(k, "(") { // a method
			k = min(s.mate[k], len(s.toks)-1) + 1
		}
		if s.kind(k) == 'i' {
			f.name = s.toks[k].text
			k++
		} else if i > 1 && s.is(i-1, "=") && s.kind(i-2) == 'i' {
			f.name = s.toks[i-2].text
		} else {
			return nil // handed on at once: runs where it stands
		}
	case s.lang == "js" && (t == "(" || s.kind(i) == 'i' && s.is(i+1, "=>")) && i > 1 && (s.is(i-1, "=") || s.is(i-1, "async") && s.is(i-2, "=")):
		k = i
		from := i - 2
		if s.is(i-1, "async") {
			from--
		}
		if s.kind(from) != 'i' {
			return nil
		}
		f.name = s.toks[from].text
		m := i
		if t == "(" {
			m = s.mate[i]
		} else {
			f.params = []string{t}
		}
		if !s.is(m+1, "=>") {
			return nil
		}
	default:
		return nil
	}
	if s.is(k, "(") {
		m := s.mate[k]
		for j := k + 1; j < m && j < len(s.toks); j++ {
			if s.kind(j) == 'i' && (j == k+1 || s.is(j-1, ",") || s.is(j-1, "*") || s.is(j-1, "...") || s.kind(j-1) == 'i' && s.lang == "php") && s.toks[j].text != "self" {
				f.params = append(f.params, s.toks[j].text)
			}
		}
		k = m + 1
	}
	return s.body(f, i, k)
}

// body finds where the body of f is, whose head goes from i to k.
func (s *codeScan) body(f *codeFunc, i, k int) *codeFunc {
	n := len(s.toks)
	for k < n && !s.is(k, "{") && !s.is(k, ":") && s.lang != "lua" {
		if s.is(k, ";") || s.is(k, "\n") && s.lang != "go" && s.lang != "js" || s.lang == "js" && k > i+60 {
			return nil
		}
		if s.is(k, "=>") && !s.is(k+1, "{") {
			f.from = k + 1 // an expression
			for f.to = k + 1; f.to < n && !s.is(f.to, ";") && !s.is(f.to, "\n"); f.to++ {
				if m := s.mate[f.to]; m > f.to && m < n {
					f.to = m
				}
			}
			f.end, f.expr = f.to, true
			return f
		}
		k++
	}
	switch {
	case k >= n:
		return nil
	case s.lang == "python":
		for k < n && !s.is(k, ":") {
			k++
		}
		f.from = k + 1
		col := -1
		for j := i; j >= 0 && col < 0; j-- {
			col = int(s.toks[j].col)
		}
		for f.to = k + 1; f.to < n; f.to++ {
			if c := s.toks[f.to].col; c >= 0 && int(c) <= col {
				break
			}
			if !s.is(k+1, "\n") && s.is(f.to, "\n") {
				break // def f(x): g(x)
			}
		}
		f.end = f.to
	case s.is(k, "{"):
		f.from, f.to = k+1, min(s.mate[k], n)
		f.end = f.to + 1
	default:
		return nil
	}
	return f
}

// inlined runs a function of the program with these arguments.
func (s *codeScan) inlined(name string, args []val) (val, bool) {
	f := s.funcs[lastPart(strings.TrimPrefix(name, "&"))]
	if f == nil || f.running || !s.deeper() {
		return val{}, false
	}
	defer s.back()
	f.called = true
	return s.runFunction(f, args), true
}

func (s *codeScan) runFunction(f *codeFunc, args []val) val {
	f.running = true
	code, vars, returned, block := s.code, s.vars, s.returned, s.block
	s.code, s.returned = f.in, nil
	pos, kw := sorted(args)
	s.vars = make(map[string]val, len(vars)+len(f.params))
	for k, v := range vars {
		s.vars[k] = v
	}
	delete(s.vars, "@_")
	for i, p := range f.params {
		switch v, ok := kw[p]; {
		case ok:
			s.vars[p] = v
		case i < len(pos):
			s.vars[p] = pos[i]
		default:
			s.vars[p] = nothing(nil)
		}
	}
	if s.lang == "perl" {
		s.vars["@_"] = val{s: unknown(nil), list: true, items: pos}
	}
	at := f.from
	if f.expr && s.lang == "js" {
		var v val
		v, at = s.expr(f.from, f.to)
		s.returned = append(s.returned, v)
	}
	s.seq(at, f.to)
	out := nothing(nil)
	for i, r := range s.returned {
		if i == 0 {
			out = r
		} else {
			out = either(out, r)
		}
	}
	for k, v := range s.vars { // globals
		if _, ok := vars[k]; ok && !contains(f.params, k) && k != "@_" {
			vars[k] = v
		}
	}
	s.code, s.vars, s.returned, s.block = code, vars, returned, block
	f.running = false
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// uncalled runs the functions that nothing here calls: a framework may.
func (s *codeScan) uncalled() {
	for _, f := range s.order {
		if !f.called && !s.a.over {
			s.branches, s.acts = true, true
			s.runFunction(f, nil)
		}
	}
}
