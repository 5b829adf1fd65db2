package shellparse

import (
	"strings"
)

// arguments collects the values in a call's parentheses, lists flattened.
func (s *codeScan) arguments(i int) ([]str, bool) {
	t := s.toks
	if i >= len(t) {
		return nil, false
	}
	bare := false
	if t[i].text != "(" {
		if t[i].kind == 's' && s.lang != "python" && s.lang != "js" || t[i].text == "[" && s.lang == "ruby" || t[i].kind == 'i' && s.lang == "perl" {
			bare = true // perl, ruby, php, lua: no parentheses needed
		} else {
			return nil, false
		}
	} else {
		i++
	}
	var out []str
	depth := 0
	for n := 0; i < len(t) && n < 200; n++ {
		k := t[i]
		switch {
		case k.kind == 's' || k.kind == 'i':
			v, next := s.expression(i)
			out = append(out, v)
			i = next
			continue
		case k.text == "(" || k.text == "[" || k.text == "{":
			depth++
		case k.text == ")" || k.text == "]" || k.text == "}":
			if depth == 0 {
				return out, true
			}
			depth--
		case bare && (k.text == ";" || k.text == "\n"):
			return out, true
		}
		i++
	}
	return out, true
}

// expression reads literals and names joined by + or . and returns where it
// ends.
func (s *codeScan) expression(i int) (str, int) {
	t := s.toks
	var b builder
	for i < len(t) {
		switch t[i].kind {
		case 's':
			if i+3 < len(t) && t[i+1].text == "." && t[i+2].text == "join" && t[i+3].text == "(" {
				for k, v := range s.inner(i + 3) { // " ".join(["rm", "x"])
					if k > 0 {
						b.add(t[i].val)
					}
					b.add(v)
				}
				i = s.skip(i+3) - 1
				break
			}
			b.add(t[i].val)
		case 'i':
			b.add(s.name(i))
		default:
			return b.str(), i
		}
		i++
		if i < len(t) && t[i-1].kind == 'i' {
			// what follows a name: a call's or index's brackets are looked
			// into by the scan itself
			if t[i].text == "(" || t[i].text == "[" {
				inner, known := s.wrapped(i - 1)
				if known {
					b = builder{}
					b.add(inner)
				}
				i = s.skip(i)
			}
		}
		if i+2 < len(t) && t[i].text == "." && t[i+1].kind == 'i' && t[i+2].text == "(" && s.lang != "perl" && s.lang != "php" {
			switch t[i+1].text { // methods that keep the text
			case "decode", "encode", "strip", "trim", "toString", "chomp", "to_s", "format":
				i = s.skip(i + 2)
			}
		}
		if i < len(t) && (t[i].text == "+" || t[i].text == "." && (s.lang == "perl" || s.lang == "php" || s.lang == "lua") || t[i].text == "/" && s.lang == "python") {
			if t[i].text == "/" {
				b.lit("/")
			}
			i++
			continue
		}
		if i < len(t) && t[i].kind == 's' && t[i-1].kind == 's' {
			continue // "a" "b"
		}
		break
	}
	return b.str(), i
}

// name is the value of a name in an expression.
func (s *codeScan) name(i int) str {
	n := s.toks[i].text
	if v, ok := s.vars[n]; ok {
		return v
	}
	if n == "f" || n == "r" || n == "b" || n == "rb" || n == "u" {
		if i+1 < len(s.toks) && s.toks[i+1].kind == 's' {
			return str{}
		}
	}
	switch n {
	case "process.env.HOME", "Dir.home", "os.homedir":
		return s.a.homeOf(s.cmd.st, "")
	}
	return unknown(nil)
}

// wrapped is the value of calls that keep their argument: expanduser("~/x"),
// join(home, "x"), environ["HOME"].
func (s *codeScan) wrapped(i int) (str, bool) {
	name := s.toks[i].text
	last := name[strings.LastIndexAny(name, ".:>")+1:]
	switch last {
	case "environ", "getenv", "ENV", "env":
		args := s.inner(i + 1)
		if len(args) > 0 && args[0].known() {
			return s.a.scalar(s.cmd.st, args[0].t), true
		}
	case "homedir", "home":
		return s.a.homeOf(s.cmd.st, ""), true
	case "expanduser", "expand_path", "Path", "abspath", "realpath", "resolve", "str", "String", "encode", "normpath", "pathlib", "expandvars", "File", "URI":
		args := s.inner(i + 1)
		if len(args) > 0 {
			s.last = args[0]
			return args[0], true
		}
	case "b64decode", "atob", "base64_decode", "decode_base64", "decode64", "strict_decode64":
		args := s.inner(i + 1)
		if len(args) > 0 && args[0].known() {
			if v, ok := foldBase64(&call{modes: []string{"decode"}}, args[0].t); ok {
				return str{t: v, src: &source{from: Decoded}}, true
			}
		}
	case "join":
		args := s.inner(i + 1)
		var b builder
		for k, v := range args {
			if k > 0 {
				b.lit("/")
			}
			b.add(v)
		}
		if len(args) > 0 {
			return b.str(), true
		}
	}
	return str{}, false
}

func (s *codeScan) inner(i int) []str {
	if s.cmd == nil || !s.a.enter() {
		return nil
	}
	defer s.a.leave()
	var out []str
	end := s.skip(i)
	for i++; i < end-1; {
		if k := s.toks[i]; k.kind == 's' || k.kind == 'i' {
			v, next := s.expression(i)
			out = append(out, v)
			i = max(next, i+1)
			continue
		}
		i++
	}
	return out
}

// skip returns the index after the brackets that start at i.
func (s *codeScan) skip(i int) int {
	depth := 0
	for ; i < len(s.toks); i++ {
		switch s.toks[i].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

// path makes a code string a path: ~ counts, for expanduser may be near.
func (s *codeScan) path(v str) str {
	if p := v.prefix(); p == "~" || strings.HasPrefix(p, "~/") {
		return concat(s.a.homeOf(s.cmd.st, ""), v.cutPrefix(1))
	}
	return v
}
