package shellparse

import "strings"

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

// packs reads what goes into an archive, with all below it.
func (s *codeScan) packs(v val) {
	if v.isText() {
		s.reads = join(s.reads, s.a.readPath(s.cmd.st, s.path(v.s), true, s.cmd.span).src)
	}
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
	if s.lang == "perl" && f.name != "sysopen" {
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
	if f.name == "zipfile.ZipFile" || f.name == "tarfile.open" {
		v.class = "Archive"
	}
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
	s.unnamed = s.unnamed || len(targets) == 0 // perl's $_
	for _, v := range targets {
		if !v.isText() || v.num {
			if v.name == "" || v.class != "" || v.s.src != nil {
				s.opaque(rec)
			}
			s.unnamed = true
			continue
		}
		for _, p := range v.all() {
			if p.known() && p.t == "" || strings.HasPrefix(p.prefix(), "-") {
				continue
			}
			s.a.touched = true
			name, cert := s.a.resolve(s.cmd.st, s.path(p), false)
			s.unnamed = s.unnamed || cert != Exact
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
