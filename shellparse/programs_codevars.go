package shellparse

import "strings"

// assigns reports whether the token at i gives the name before it a value.
func (s *codeScan) assigns(i int) bool {
	return s.kind(i) == 'p' && in(" = := += .= ||= //= ??= ", s.toks[i].text)
}

// given2 are the names of the program's arguments, and of the environment.
func (s *codeScan) given2(name string) (val, bool) {
	switch name {
	case "sys.argv", "process.argv", "$argv", "arg", "ARGV", "@ARGV", "$ARGV":
		return val{s: unknown(nil), list: true, items: s.arguments(name), name: name}, true
	case "os.environ", "process.env", "ENV", "%ENV", "$ENV", "$_ENV", "$_SERVER", "Bun.env", "os.environb":
		return val{s: unknown(nil), name: name, class: "Environment"}, true
	case "$HOME":
		return val{s: s.a.homeOf(s.cmd.st, "")}, true
	}
	return val{}, false
}

// variable is one of the environment.
func (s *codeScan) variable(name string) val {
	if name == "HOME" {
		return val{s: s.a.homeOf(s.cmd.st, "")}
	}
	return val{s: s.a.scalar(s.cmd.st, name)}
}

// member is what is called name in v.
func (s *codeScan) member(v val, name, by string, assigned bool) val {
	if v.class == "Environment" && s.lang == "js" {
		return s.variable(name)
	}
	if name == "__dict__" && s.lang == "python" && !assigned {
		return v // by its members
	}
	full := name
	if v.name != "" {
		sep := "."
		if by == "::" {
			sep = "::"
			if s.lang == "ruby" && name[0] >= 'a' {
				sep = "."
			}
		}
		full = v.name + sep + name
	} else {
		full = "." + name
	}
	if assigned {
		return val{s: unknown(nil), name: full}
	}
	if w, ok := s.vars[full]; ok {
		return w
	}
	if w, ok := s.given2(full); ok {
		return w
	}
	switch {
	case v.class == "Path" && (name == "parent" || name == "parents"):
		d := s.parent(v)
		d.class = "Path"
		return d
	case v.list:
		for _, it := range v.items {
			if it.kw == name {
				return it
			}
		}
	}
	recv := v
	return val{s: unknown(v.src()), name: full, recv: &recv}
}

// assign is NAME = VALUE and its kin.
func (s *codeScan) assign(to val, op string, i, end int) (val, int) {
	v, n := s.expr(i, end)
	if n == i {
		return v, n
	}
	if in(" perl php ", s.lang) && strings.HasPrefix(to.name, "@") && !v.list {
		v = val{s: unknown(nil), list: true, items: []val{v}}
	}
	s.set(to.name, v, op)
	return v, n
}

func (s *codeScan) set(name string, v val, op string) {
	if len(s.vars) > 4096 {
		return
	}
	old, had := s.vars[name]
	switch {
	case op != "=" && op != ":=" && had:
		if op == "+=" || op == ".=" {
			v = glue(old, v, "")
		} else {
			v = either(old, v)
		}
	case had && s.block > 0 && s.lang != "perl":
		v = either(v, old)
	}
	v.kw = ""
	s.vars[name] = v
	if (s.lang == "perl" || s.lang == "php") && len(name) > 1 && name[0] == '@' {
		s.vars["$"+name[1:]] = v
	}
}

// destructure is {a, b: c} = require("x"), (my $a, $b) = @_, [a, b] = f().
func (s *codeScan) destructure(i, m, end int) (int, bool) {
	if !s.is(m+1, "=") || m+1 >= end || m-i > 60 {
		return 0, false
	}
	from, n := s.expr(m+2, end)
	k := 0
	for j := i + 1; j < m; j++ {
		if s.kind(j) != 'i' || in(prefixWords, s.toks[j].text) {
			continue
		}
		key, name := s.toks[j].text, s.toks[j].text
		if s.is(j+1, ":") && s.kind(j+2) == 'i' {
			name = s.toks[j+2].text
			j += 2
		}
		v := nothing(from.src())
		switch {
		case s.is(i, "{"):
			v = s.member(from, key, ".", false)
		case k < len(from.items):
			v = from.items[k]
		}
		s.set(name, v, "=")
		k++
	}
	return max(n, m+2), true
}
