package shellparse

import (
	"path"
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
	if v, ok := s.byWay(f, args); ok {
		return v
	}
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
	s.handsOn(f, args)
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
		case r.class == "Archive" && (last == "write" || last == "add") && len(args) > 0:
			s.packs(args[0])
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
	if r := f.recv; r != nil && len(pos) > 0 && (r.class == "Library" || r.class == "Interpreter") {
		pos = pos[1:] // what the method is called on
	}
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
		if len(args) > 1 && f.name == "Buffer.from" && args[1].isText() { // how it is written
			switch lower(args[1].s.prefix()) {
			case "base64", "base64url":
				return s.decoded("b64", f, pos)
			case "hex":
				return s.decoded("hex", f, pos)
			}
		}
		return first
	case "map":
		if s.callable(&first) {
			s.handsTo(first, args[1:], f)
		}
		if len(args) > 1 && first.name == "chr" && args[1].list {
			out := val{list: true}
			for i := range args[1].items {
				out.items = append(out.items, s.decoded("chr", first, args[1].items[i:i+1]))
			}
			return out
		}
		return src
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
		if strings.HasPrefix(first.s.prefix(), "data:") {
			s.flow(first.src(), false)
			s.a.unknownCode(first.s, s.cmd.span)
		} else if first.isText() {
			s.importedFile(first.s)
			if s.lang == "python" {
				s.imported(first.s.prefix())
			}
			if f.name == "__import__" { // yields the package that the module is in
				top, _, _ := strings.Cut(first.s.prefix(), ".")
				return val{s: unknown(nil), name: top}
			}
			return val{s: unknown(nil), name: strings.ReplaceAll(plainModule(first.s.prefix()), "/", ".")}
		}
	case "getattr":
		return s.getattr(f, args)
	case "b64", "hex", "rot13", "chr", "decoded":
		return s.decoded(role, f, pos)
	case "glob":
		return s.matches(f, pos)
	case "walk":
		return s.walk(pos)
	case "tmp":
		name := "/tmp/"
		if strings.HasPrefix(f.name, "tempfile.") && len(args) == 0 && !strings.HasSuffix(f.name, "dir") {
			name += "tmp" // as Python calls what it makes up, if it isn't told otherwise
		}
		return val{s: str{t: name + hole, glob: true}, class: pathClass(s.lang)}
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
		if s.lang == "js" || s.lang == "ruby" {
			for i := 1; i < len(pos); i++ { // new Function("a", TEXT), binding.eval(TEXT)
				if pos[i].isText() || pos[i].src() != nil {
					s.evals(pos[i])
				}
			}
		}
		return s.evals(first)
	case "evalfile":
		if _, text := kw["eval"]; text {
			return s.evals(first) // new Worker(TEXT, {eval: true})
		}
		if f.name == "ctypes.CDLL" {
			s.evalFile(first)
			return val{s: unknown(nil), class: "Library"}
		}
		if f.name == "require" && !strings.HasPrefix(first.s.prefix(), ".") && !strings.HasPrefix(first.s.prefix(), "/") {
			return src // a library
		}
		s.flow(fetched(first.src()), false)
		s.evalFile(first)
	case "loads":
		if !strings.Contains(kw["Loader"].name, "Safe") && !strings.Contains(arg(1).name, "Safe") {
			for i := range pos {
				s.flow(fetched(pos[i].src()), false)
			}
		}
	case "open":
		v := s.opens(f, pos, kw)
		if s.lang == "perl" && first.name != "" && !first.isText() {
			s.vars["<"+first.name] = v // for <$file>
		}
		return v
	case "r":
		return s.readsFile(first)
	case "rw", "sqlite":
		if first.isText() && !strings.HasPrefix(first.s.prefix(), ":memory:") {
			s.readsFile(first)
			s.writesFile(first)
		}
	case "w":
		s.writesFile(first)
		if f.name == "shutil.make_archive" {
			s.packs(arg(2))
		}
		if n := lower(lastPart(f.name)); len(pos) > 1 && (strings.Contains(n, "write") || strings.Contains(n, "put") || strings.Contains(n, "append") || n == "spit") {
			s.holds(first, pos[1], strings.Contains(n, "append"))
		}
	case "w2":
		s.writesFile(arg(1))
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

// fetched is what of src came from the network in this program.
func fetched(src *source) *source {
	for ; src != nil; src = src.next {
		if src.from == Network {
			one := *src
			one.next = nil
			return &one
		}
	}
	return nil
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
