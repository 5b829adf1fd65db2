package shellparse

import (
	"encoding/hex"
	"strconv"
	"strings"
)

func pathClass(lang string) string {
	if lang == "python" {
		return "Path"
	}
	return ""
}

// joinPath joins parts as the languages' path functions do.
func (s *codeScan) joinPath(parts []val) val {
	out := val{s: lit("")}
	n := 0
	for _, p := range parts {
		if p.kw != "" || p.list && len(p.items) == 0 {
			continue
		}
		if p.list {
			p = s.joinPath(p.items)
		}
		absolute := strings.HasPrefix(p.s.prefix(), "/")
		switch {
		case n == 0 || absolute && s.lang == "python":
			out = p
		case strings.HasSuffix(out.s.t, "/") && !out.s.glob || absolute:
			out = glue(out, p, "")
		default:
			out = glue(out, p, "/")
		}
		n++
	}
	if n == 0 {
		out.s = lit(".")
		if len(parts) > 0 {
			out = nothing(nil)
		}
	}
	out.list, out.items, out.kw = false, nil, ""
	return out
}

func (s *codeScan) parent(v val) val {
	if v.s.known() {
		if i := strings.LastIndexByte(v.s.t, '/'); i > 0 {
			return text(v.s.t[:i])
		}
		if strings.HasPrefix(v.s.t, "/") {
			return text("/")
		}
		return text(".")
	}
	return nothing(v.src())
}

// catenate is " ".join(list) and its kin.
func (s *codeScan) catenate(f val, args []val) val {
	if len(args) == 0 {
		return nothing(nil)
	}
	sep, list := text(" "), args[0]
	switch {
	case len(args) > 1 && args[0].list: // js, ruby: list.join(sep)
		sep = args[1]
	case len(args) > 1: // python: sep.join(list); php: implode(sep, list)
		sep, list = args[0], args[1]
		if !list.list {
			list = val{list: true, items: args[1:]}
		}
	case s.lang == "js":
		sep = text(",")
	case s.lang == "ruby" || s.lang == "lua":
		sep = text("")
	}
	if !list.list || !sep.s.known() {
		return nothing(list.src())
	}
	out := text("")
	for i, it := range list.items {
		if i > 0 {
			out = glue(out, it, sep.s.t)
		} else {
			out = glue(out, it, "")
		}
	}
	return out
}

// format fills in %s, {} and {name}.
func (s *codeScan) format(f val, args []val) val {
	if !f.s.known() {
		v := nothing(f.src())
		for i := range args {
			v.s.src = join(v.s.src, args[i].src())
		}
		return v
	}
	pos, kw := sorted(args)
	out, n, t := text(""), 0, f.s.t
	add := func(v val) { out = glue(out, v, "") }
	for t != "" {
		k := strings.IndexAny(t, "%{")
		if k < 0 || k+1 >= len(t) {
			break
		}
		add(text(t[:k]))
		t = t[k:]
		switch {
		case t[0] == '%' && t[1] == '%':
			add(text("%"))
			t = t[2:]
		case t[0] == '%':
			end := strings.IndexAny(t, "sdrvqxifcbeg")
			if end < 0 {
				end = 0
			}
			t = t[end+1:]
			if n < len(pos) {
				add(pos[n])
			} else {
				add(nothing(nil))
			}
			n++
		default:
			end := strings.IndexByte(t, '}')
			if end < 0 || s.lang != "python" || strings.ContainsAny(t[:end], " \n") {
				add(text("{"))
				t = t[1:]
				continue
			}
			key, _, _ := strings.Cut(t[1:end], ":")
			t = t[end+1:]
			if i, err := strconv.Atoi(key); err == nil && i < len(pos) {
				add(pos[i])
			} else if v, ok := kw[key]; ok {
				add(v)
			} else if key == "" && n < len(pos) {
				add(pos[n])
				n++
			} else {
				add(nothing(nil))
			}
		}
	}
	add(text(t))
	return out
}

// getattr is getattr(os, "system") and obj.send(:system, "x").
func (s *codeScan) getattr(f val, args []val) val {
	if s.lang == "ruby" {
		if f.recv != nil && len(args) > 0 && args[0].name == f.recv.name {
			args = args[1:]
		}
		if len(args) == 0 || !args[0].isText() {
			return nothing(nil)
		}
		to := val{s: unknown(nil), name: args[0].s.prefix()}
		if f.recv != nil && f.recv.name != "Kernel" && f.recv.name != "Object" {
			to = s.member(*f.recv, to.name, ".", false)
		}
		if lastPart(f.name) == "method" {
			return to
		}
		return s.invoke(to, args[1:])
	}
	if len(args) < 2 || !args[1].isText() {
		return nothing(nil)
	}
	return s.member(args[0], args[1].s.prefix(), ".", false)
}

// decoded is what a decoder makes of known text.
func (s *codeScan) decoded(role string, f val, pos []val) val {
	src := &source{from: Decoded}
	v := val{s: lit("")}
	if len(pos) > 0 {
		v = pos[0]
	}
	switch role {
	case "chr":
		out := text("")
		for _, p := range pos {
			n, err := strconv.ParseInt(strings.TrimPrefix(p.s.t, "0x"), chrBase(p.s.t), 32)
			if err != nil || !p.num {
				return nothing(p.src())
			}
			out = glue(out, text(string(rune(n))), "")
		}
		return out
	case "hex":
		if f.name == "pack" && len(pos) > 1 {
			v = pos[1]
		}
		if v.list && len(v.items) > 0 {
			v = v.items[0] // ruby's [x].pack("H*")
		} else if len(pos) > 1 && strings.HasPrefix(pos[1].s.prefix(), "m") {
			return s.decoded("b64", f, pos[:1]) // and "x".unpack1("m")
		}
		if v.s.known() {
			if b, err := hex.DecodeString(strings.Join(strings.Fields(v.s.t), "")); err == nil {
				return val{s: str{t: string(b), src: src}}
			}
		}
	case "rot13":
		if v.s.known() && (len(pos) < 2 || strings.HasPrefix(lower(pos[1].s.t), "rot")) {
			return val{s: str{t: strings.Map(rot13, v.s.t), src: src}}
		}
	case "b64":
		if v.s.known() {
			t := strings.NewReplacer("-", "+", "_", "/").Replace(strings.Join(strings.Fields(v.s.t), ""))
			t = strings.TrimRight(t, "=")
			if b, ok := foldBase64(&call{modes: []string{"decode"}}, t+strings.Repeat("=", (4-len(t)%4)%4)); ok {
				return val{s: str{t: b, src: src}}
			}
		}
	}
	return nothing(join(v.src(), src))
}

func chrBase(t string) int {
	if strings.HasPrefix(t, "0x") {
		return 16
	}
	return 10
}

func rot13(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case r >= 'A' && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

// matches are the names that a pattern stands for.
func (s *codeScan) matches(f val, pos []val) val {
	out := val{s: unknown(nil), list: true}
	base := val{}
	for _, p := range pos {
		if p.class == "Path" {
			base = p
			continue
		}
		for _, t := range argsOf(p) {
			if base.class != "" {
				t = glue(base, t, "/")
			}
			if t.isText() {
				g := s.path(t.s)
				if strings.HasSuffix(f.name, "rglob") {
					g = concat(base.s, lit("/**/"), p.s)
				}
				s.walkOf(g)
				deep := unescape(g.globText())
				out.items = append(out.items, val{s: rawGlob(strings.ReplaceAll(deep, "**/", ""), g.src), class: base.class})
				if strings.Contains(deep, "**/") {
					out.items = append(out.items, val{s: rawGlob(strings.ReplaceAll(deep, "**/", "*/"), g.src), class: base.class})
				}
			}
		}
	}
	return out
}

// print takes note of what is printed, if it is known.
func (s *codeScan) print(role string, f val, args []val) val {
	pos, kw := sorted(args)
	for i := range args {
		s.shown = join(s.shown, args[i].src())
	}
	if to, ok := kw["file"]; ok && to.class == "Stream" {
		if len(pos) > 0 && to.name != "" {
			s.a.store(to.name, pos[0].s, to.mode == "a")
		}
		return val{}
	}
	for i, p := range pos {
		if i > 0 && s.lang != "perl" && s.lang != "php" {
			s.printed.lit(" ")
		}
		if p.list || p.class != "" {
			s.printed.add(unknown(p.src()))
			continue
		}
		s.printed.add(p.s)
	}
	if role == "print" {
		s.printed.lit("\n")
	}
	s.prints++
	return val{}
}
