package shellparse

import (
	"encoding/hex"
	"path"
	"strconv"
	"strings"
)

// argsOf is a list's items, or the one value.
func argsOf(v val) []val {
	if v.list {
		return v.items
	}
	return []val{v}
}

// invoke carries out a call and returns what it yields.
func (s *codeScan) invoke(f val, args []val) val {
	role := s.roleOf(&f)
	if role == "" {
		if v, ok := s.inlined(f.name, args); ok {
			return v
		}
		return s.unlisted(f, args)
	}
	if f.recv != nil && (f.recv.class != "" && codeCalls()[s.lang][f.name] == "" || f.recv.s.t != hole || strings.HasPrefix(f.name, ".") || codeCalls()[s.lang][f.name] == "" && s.lang != "js" && codeCalls()[s.lang] != nil) {
		if r := *f.recv; r.class != "" || r.isText() || r.list || codeCalls()[s.lang]["#"+lastPart(f.name)] == role {
			args = append([]val{r}, args...) // a method: of what it is called on
		}
	}
	if strings.HasPrefix(role, "=") {
		v := s.joinPath(args)
		if class := role[1:]; class == "Path" || class == "File" {
			v.class = class
		} else {
			v = val{s: unknown(nil), class: class}
			if class == "Socket" {
				v.s = unknown(s.network())
			}
		}
		return v
	}
	if !in(" print write same join format cat chr home ", role) {
		s.acts = true
	}
	return s.carry(role, f, args)
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// unlisted is a call of which nothing is known: what goes in may come out.
func (s *codeScan) unlisted(f val, args []val) val {
	s.acts = true
	src := f.src()
	if f.recv != nil {
		src = join(src, f.recv.src())
	}
	var sent *source
	for i := range args {
		sent = join(sent, args[i].src())
	}
	v := nothing(join(src, sent))
	v.name = f.name + "()"
	if r := f.recv; r != nil {
		last := lastPart(f.name)
		switch {
		case r.class == "Socket" || r.class == "Session":
			s.sends(sent)
			v.class = r.class
		case r.class == "Stream" && strings.HasPrefix(lower(last), "write") && len(args) > 0:
			if r.name != "" {
				s.a.store(r.name, args[0].s, r.mode == "a")
			}
		case r.class == "Stream":
			v.class, v.mode = "Stream", r.mode
		case r.list && (last == "append" || last == "push" || last == "concat" || last == "extend"):
			if old, ok := s.vars[r.name]; ok && r.name != "" {
				old.items = append(append([]val(nil), old.items...), args...)
				s.vars[r.name] = old
			}
		case r.list && (last == "each" || last == "map" || last == "forEach"):
			v.items, v.list = r.items, true
		case r.isText() && (last == "replace" || last == "gsub" || last == "sub") && len(args) > 1 && args[0].s.known() && args[1].s.known() && r.s.known():
			return text(strings.ReplaceAll(r.s.t, args[0].s.t, args[1].s.t))
		case r.isText() && last == "split":
			sep := " "
			if len(args) > 0 && args[0].s.known() && args[0].s.t != "" {
				sep = args[0].s.t
			}
			if r.s.known() {
				out := val{s: unknown(nil), list: true}
				for _, w := range strings.Split(r.s.t, sep) {
					out.items = append(out.items, text(w))
				}
				return out
			}
		case r.isText() && last == "reverse":
			return val{s: reversed(r.s)}
		}
	}
	return v
}

// sorted returns the positional arguments, and what stands under a key that
// names the first of them.
func sorted(args []val) (pos []val, kw map[string]val) {
	kw = map[string]val{}
	for _, v := range args {
		if v.kw != "" {
			kw[v.kw] = v
			continue
		}
		if v.list && len(v.items) > 0 && v.items[0].kw != "" {
			for _, it := range v.items {
				kw[it.kw] = it
			}
			continue
		}
		pos = append(pos, v)
	}
	if len(pos) == 0 {
		for _, k := range []string{"path", "file", "filename", "src", "url", "args", "cmd", "command", "uri", "PeerAddr", "PeerHost", "host"} {
			if v, ok := kw[k]; ok {
				pos = append(pos, v)
				break
			}
		}
	}
	return pos, kw
}

// carry gives a call of a role its effects.
func (s *codeScan) carry(role string, f val, args []val) val {
	pos, kw := sorted(args)
	arg := func(i int) val {
		if i < len(pos) {
			return pos[i]
		}
		return nothing(nil)
	}
	first := arg(0)
	src := nothing(nil)
	for i := range args {
		src.s.src = join(src.s.src, args[i].src())
	}
	switch role {
	case "same":
		return first
	case "join":
		v := s.joinPath(pos)
		v.class = first.class
		return v
	case "cat":
		return s.catenate(f, args)
	case "format":
		return s.format(first, args[min(1, len(args)):])
	case "parent":
		return s.parent(first)
	case "home":
		return val{s: s.a.homeOf(s.cmd.st, ""), class: pathClass(s.lang)}
	case "env":
		if !first.isText() {
			return nothing(&source{from: Environment})
		}
		v := s.variable(first.s.prefix())
		if !v.isText() && len(pos) > 1 {
			v = either(v, pos[1])
		}
		return v
	case "envall":
		return nothing(&source{from: Environment})
	case "module":
		if first.isText() {
			return val{s: unknown(nil), name: strings.ReplaceAll(plainModule(first.s.prefix()), "/", ".")}
		}
	case "getattr":
		return s.getattr(f, args)
	case "b64", "hex", "rot13", "chr", "decoded":
		return s.decoded(role, f, pos)
	case "glob":
		return s.matches(pos)
	case "tmp":
		return val{s: str{t: "/tmp/" + hole, glob: true}, class: pathClass(s.lang)}
	case "print", "write":
		return s.print(role, f, args)
	case "cwd":
		if first.isText() {
			s.a.changeDir(s.cmd.st, s.path(first.s))
		}
	case "sh", "run":
		return s.runWords(role, f, pos, kw)
	case "shmodule":
		return s.runs(append([]val{text(lastPart(f.name))}, pos...), false)
	case "eval":
		return s.evals(first)
	case "evalfile":
		s.evalFile(first)
	case "open":
		return s.opens(f, pos, kw)
	case "r":
		return s.readsFile(first)
	case "rw", "sqlite":
		if first.isText() && !strings.HasPrefix(first.s.prefix(), ":memory:") {
			s.readsFile(first)
			s.writesFile(first)
		}
	case "w":
		s.writesFile(first)
		if n := lower(lastPart(f.name)); len(pos) > 1 && (strings.Contains(n, "write") || strings.Contains(n, "put") || strings.Contains(n, "append") || n == "spit") {
			s.holds(first, pos[1], strings.Contains(n, "append"))
		}
	case "d", "D":
		s.deletes(role, f, pos, kw)
	case "cp", "mv", "ln":
		s.transfer(role, f, pos)
	case "u", "getfile":
		return s.fetches(role, f, pos, args)
	case "host":
		return s.contacts(pos, args)
	case "listen":
		s.listens = true
		if f.recv != nil {
			return nothing(s.network())
		}
		return val{s: unknown(s.network()), class: "Socket"}
	}
	return src
}

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
		if f.recv != nil {
			to = s.member(*f.recv, to.name, ".", false)
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
func (s *codeScan) matches(pos []val) val {
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
				g.t, g.glob = strings.ReplaceAll(unescape(g.globText()), "**/", ""), true
				out.items = append(out.items, val{s: rawGlob(g.t, g.src)})
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

// path makes a code string a path: ~ counts, for expanduser may be near.
func (s *codeScan) path(v str) str {
	if p := v.prefix(); p == "~" || strings.HasPrefix(p, "~/") {
		return concat(s.a.homeOf(s.cmd.st, ""), v.cutPrefix(1))
	}
	return v
}

func (s *codeScan) call() *call { return &call{cmd: s.cmd, p: &program{}} }

// readsFile is a file that the program reads.
func (s *codeScan) readsFile(v val) val {
	if !v.isText() {
		return nothing(v.src())
	}
	var src *source
	var content str
	for _, p := range v.all() {
		t := p.prefix()
		switch {
		case t == "" && p.known(), strings.HasPrefix(t, "php://"), strings.HasPrefix(t, "data:"), t == "0" && v.num:
			continue
		case strings.HasPrefix(t, "file://"):
			p = p.cutPrefix(len("file://"))
		case strings.Contains(t, "://"):
			s.peer(p, false, nil)
			src = join(src, &source{from: Network, host: s.peers[len(s.peers)-1].host, url: p.value().Text})
			continue
		}
		content = s.a.readPath(s.cmd.st, s.path(p), false, s.cmd.span)
		src = join(src, content.src)
	}
	s.reads = join(s.reads, src)
	if content.known() && content.t != "" {
		return val{s: str{t: content.t, src: src}}
	}
	return nothing(src)
}

func (s *codeScan) writesFile(v val) {
	if !v.isText() {
		return
	}
	for _, p := range v.all() {
		if t := p.prefix(); t == "" && p.known() || strings.HasPrefix(t, "php://") || v.num {
			continue
		}
		s.a.writeArg(s.call(), s.path(p))
		if p, cert := s.a.resolve(s.cmd.st, s.path(p), true); cert == Exact && s.a.files[p] == nil && len(s.blank) < 64 {
			s.blank = append(s.blank, p)
		}
	}
}

// keep records what the files may hold of which the content was not followed:
// anything that the program reads.
func (s *codeScan) keep() {
	src := join(s.reads, s.shown)
	if s.cmd.io.piped {
		src = join(src, s.cmd.io.in.src)
	}
	for _, p := range s.peers {
		src = join(src, &source{from: Network, host: p.host, url: p.url, cert: p.cert})
	}
	for _, p := range s.blank {
		if f := s.a.files[p]; src != nil && (f == nil || f.content().t == "" || !f.content().known()) {
			s.a.store(p, unknown(src), true)
		}
	}
}

// holds takes note of what is written to a file.
func (s *codeScan) holds(file, content val, appends bool) {
	if p, cert := s.a.resolve(s.cmd.st, s.path(file.s), true); cert == Exact && file.isText() && !content.num {
		c := content.s
		if content.list {
			c = unknown(content.src())
		}
		s.a.store(p, c, appends)
	}
}

// opens is open(PATH, MODE).
func (s *codeScan) opens(f val, pos []val, kw map[string]val) val {
	if s.lang == "perl" {
		return s.perlOpen(pos)
	}
	for len(pos) > 1 && !pos[0].isText() && pos[1].isText() && len(pos[1].s.prefix()) > 2 {
		pos = pos[1:] // open(f -> read(f), "/x")
	}
	if len(pos) == 0 {
		return nothing(nil)
	}
	first, mode := pos[0], ""
	if m, ok := kw["mode"]; ok {
		mode = m.s.prefix()
	} else if len(pos) > 1 {
		mode = pos[1].s.prefix()
		if !pos[1].isText() && pos[1].name != "" {
			mode = pos[1].name
		}
	}
	if s.lang == "r" {
		if m, ok := kw["open"]; ok {
			mode = m.s.prefix()
		}
	}
	if s.lang == "ruby" && strings.HasPrefix(first.s.prefix(), "|") {
		return s.runs([]val{{s: first.s.cutPrefix(1)}}, true)
	}
	writes := len(mode) < 6 && strings.ContainsAny(mode, "wax+") || strings.Contains(mode, "WR") || strings.Contains(mode, "CREAT") || strings.Contains(mode, "APPEND") || strings.Contains(mode, "TRUNC")
	for _, p := range pos[1:] {
		if n := p.name; strings.Contains(n, "O_WRONLY") || strings.Contains(n, "O_RDWR") || strings.Contains(n, "O_CREAT") || strings.Contains(n, "WRITE") {
			writes = true
		}
	}
	if !writes {
		v := s.readsFile(first)
		if v.isText() {
			return v
		}
		v.class, v.mode = "Stream", "r"
		return v
	}
	s.writesFile(first)
	v := val{s: unknown(nil), class: "Stream", mode: "w"}
	if strings.HasPrefix(mode, "a") {
		v.mode = "a"
	}
	if p, cert := s.a.resolve(s.cmd.st, s.path(first.s), true); cert == Exact && first.isText() {
		v.name = p
		if v.mode == "w" {
			s.a.store(p, str{}, false)
		}
	}
	return v
}

// perlOpen is open(F, "<", "path"), open(F, ">path"), open(F, "cmd|").
func (s *codeScan) perlOpen(pos []val) val {
	for len(pos) > 0 && !pos[0].isText() {
		pos = pos[1:]
	}
	if len(pos) == 0 {
		return nothing(nil)
	}
	mode := strings.TrimSpace(pos[0].s.prefix())
	plain := strings.TrimLeft(mode, "<>+")
	if strings.HasPrefix(plain, "&") {
		return nothing(nil) // a descriptor
	}
	file := val{s: lit(strings.TrimSpace(plain))}
	if !pos[0].s.known() {
		file = pos[0]
		file.s = file.s.cutPrefix(len(pos[0].s.prefix()) - len(strings.TrimLeft(pos[0].s.prefix(), "<>+ ")))
	}
	if len(pos) > 1 {
		file = pos[1]
	}
	switch {
	case strings.HasPrefix(mode, "|") || strings.HasPrefix(mode, "-|"):
		if len(pos) > 1 {
			return s.runs(pos[1:], len(pos) == 2)
		}
		return s.runs([]val{{s: pos[0].s.cutPrefix(strings.IndexByte(pos[0].s.prefix(), '|') + 1)}}, true)
	case len(pos) == 1 && pos[0].s.known() && strings.HasSuffix(mode, "|"):
		return s.runs([]val{text(strings.TrimSuffix(mode, "|"))}, true)
	case len(pos) == 1 && strings.HasSuffix(pos[0].s.t, "|"):
		t := pos[0].s
		t.t = strings.TrimSuffix(t.t, "|")
		return s.runs([]val{{s: t}}, true)
	case strings.HasPrefix(mode, ">") || strings.HasPrefix(mode, "+"):
		s.writesFile(file)
		return nothing(nil)
	}
	return s.readsFile(file)
}

// deletes is a call that removes its arguments.
func (s *codeScan) deletes(role string, f val, pos []val, kw map[string]val) {
	rec := role == "D"
	for _, k := range []string{"recursive", "r", "force"} {
		if v, ok := kw[k]; ok && v.name == "true" && k != "force" {
			rec = true
		}
	}
	var targets []val
	for _, p := range pos {
		targets = append(targets, argsOf(p)...)
	}
	for _, v := range targets {
		if !v.isText() || v.num {
			if v.name == "" || v.class != "" || v.s.src != nil {
				s.opaque(rec)
			}
			continue
		}
		for _, p := range v.all() {
			if p.known() && p.t == "" || strings.HasPrefix(p.prefix(), "-") {
				continue
			}
			s.a.touched = true
			name, cert := s.a.resolve(s.cmd.st, s.path(p), false)
			s.a.emit(Effect{Kind: Delete, Path: name, Certainty: cert, Recursive: rec, Span: s.cmd.span})
		}
	}
}

// opaque is an effect on a file whose name is not known. In a file of the
// user's it is the ordinary case; in a command it is worth saying.
func (s *codeScan) opaque(rec bool) {
	if s.given && rec {
		s.a.emit(Effect{Kind: Delete, Certainty: Unknown, Recursive: rec, Span: s.cmd.span})
		return
	}
	s.a.res.Unresolved = true
}

// transfer copies, moves or links.
func (s *codeScan) transfer(role string, f val, pos []val) {
	for len(pos) > 0 && pos[0].num {
		pos = pos[1:]
	}
	if len(pos) < 2 {
		return
	}
	to := pos[len(pos)-1]
	var from []val
	for _, p := range pos[:len(pos)-1] {
		from = append(from, argsOf(p)...)
	}
	tree := strings.Contains(lower(f.name), "tree") || strings.HasSuffix(f.name, "cp_r") || strings.HasSuffix(f.name, "cpSync") || role == "mv"
	for _, v := range from {
		if !v.isText() {
			s.writesFile(to)
			continue
		}
		if role == "ln" && strings.Contains(lower(f.name), "sym") || strings.HasSuffix(f.name, "ln_s") || strings.HasSuffix(f.name, "ln_sf") {
			s.writesFile(to)
			if p, cert := s.a.resolve(s.cmd.st, s.path(to.s), false); cert == Exact && to.isText() && v.s.known() {
				if s.a.links == nil {
					s.a.links = map[string]string{}
				}
				s.a.links[p] = v.s.t
			}
			continue
		}
		dir, sure := s.a.isDir(s.cmd.st, s.path(to.s))
		for _, p := range v.all() {
			c := s.a.readPath(s.cmd.st, s.path(p), tree && role != "mv", s.cmd.span)
			s.reads = join(s.reads, c.src)
			if role == "mv" {
				name, cert := s.a.resolve(s.cmd.st, s.path(p), false)
				s.a.emit(Effect{Kind: Delete, Path: name, Certainty: cert, Recursive: true, Span: s.cmd.span})
			}
			s.holds(to, val{s: c}, false)
		}
		s.writesFile(to)
		if to.isText() && (dir || !sure) {
			saved := s.a.doubt
			if !sure {
				s.a.doubt = max(saved, Pattern)
			}
			s.writesFile(glue(to, val{s: baseOf(trimSlash(v.s))}, "/"))
			s.a.doubt = saved
		}
	}
}

// evals is text in the same language that runs.
func (s *codeScan) evals(v val) val {
	if v.list || v.name != "" && !v.isText() && v.src() == nil {
		if s.lang == "js" || s.lang == "perl" || s.lang == "r" || s.lang == "any" {
			return nothing(nil) // a function, a block
		}
	}
	for _, t := range v.all() {
		s.flow(t.src, t.opaque())
		if t.known() {
			s.nested(t)
		} else if s.lang != "js" || t.src != nil {
			s.a.unknownCode(t, s.cmd.span)
		}
	}
	return nothing(v.src())
}

// nested runs code of the same program: it sees the same variables.
func (s *codeScan) nested(t str) {
	if !s.deeper() {
		return
	}
	defer s.back()
	if !s.a.tick(1 + len(t.t)/16) {
		return
	}
	saved := s.code
	s.code = codeOf(tokenize(t.t, s.lang))
	s.define()
	s.seq(0, len(s.toks))
	s.code = saved
}

func (s *codeScan) evalFile(v val) {
	if !v.isText() {
		return
	}
	for _, p := range v.all() {
		t := s.path(p)
		if strings.Contains(t.prefix(), "://") {
			s.peer(t, false, nil)
			s.flow(&source{from: Network, host: s.peers[len(s.peers)-1].host}, false)
			continue
		}
		if t.known() && s.lang == "ruby" && path.Ext(t.t) == "" {
			t.t += ".rb"
		}
		c := s.call()
		c.p = &program{name: s.cmd.name}
		s.a.runScriptArg(c, s.lang, t)
	}
}
