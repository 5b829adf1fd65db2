package shellparse

import (
	"path"
	"strings"
)

// importPython is import a.b as c, and from a import b as c.
func (s *codeScan) importPython(i, end int) int {
	dotted := func() string {
		name := ""
		for i < end && (s.kind(i) == 'i' || s.is(i, ".")) && !s.is(i, "as") && !s.is(i, "import") {
			name += s.toks[i].text
			i++
		}
		return name
	}
	bind := func(name, full string) {
		if s.is(i, "as") && s.kind(i+1) == 'i' {
			name = s.toks[i+1].text
			i += 2
		}
		if name != "" {
			s.vars[name] = val{s: unknown(nil), name: full}
		}
	}
	from := s.is(i, "from")
	i++
	if !from {
		for i < end {
			full := dotted()
			name, _, sub := strings.Cut(full, ".")
			s.imported(full)
			if sub && s.is(i, "as") {
				bind("", full)
			} else if sub {
				s.vars[name] = val{s: unknown(nil), name: name}
			} else {
				bind(full, full)
			}
			if !s.is(i, ",") {
				return i
			}
			i++
		}
		return i
	}
	module := dotted()
	s.imported(module)
	if !s.is(i, "import") {
		return i
	}
	i++
	if s.is(i, "(") {
		i++
	}
	for i < end && (s.kind(i) == 'i' || s.is(i, "*")) {
		if s.is(i, "*") {
			s.stars = append(s.stars, module)
			return i + 1
		}
		name := s.toks[i].text
		i++
		bind(name, module+"."+name)
		if !s.is(i, ",") {
			break
		}
		i++
	}
	return i
}

// importJS is import x, {a as b} from "m".
func (s *codeScan) importJS(i, end int) int {
	if s.is(i+1, "(") || s.is(i+1, ".") {
		return i
	}
	at := i
	for i < end && s.kind(i) != 's' && !s.is(i, ";") && i < at+80 {
		i++
	}
	if s.kind(i) != 's' {
		return at + 1
	}
	s.importedFile(s.toks[i].val())
	module := strings.ReplaceAll(plainModule(s.toks[i].val().prefix()), "/", ".")
	braces := false
	for k := at + 1; k < i; k++ {
		switch {
		case s.is(k, "{"):
			braces = true
		case s.is(k, "}"):
			braces = false
		case s.kind(k) == 'i' && !s.is(k, "from") && !s.is(k, "as"):
			full, name := module, s.toks[k].text
			if braces {
				full += "." + name
			}
			if s.is(k+1, "as") && s.kind(k+2) == 'i' {
				name = s.toks[k+2].text
				k += 2
			}
			s.vars[name] = val{s: unknown(nil), name: full}
		case s.is(k, "*") && s.is(k+1, "as") && s.kind(k+2) == 'i':
			s.vars[s.toks[k+2].text] = val{s: unknown(nil), name: module}
			k += 2
		}
	}
	return i + 1
}

// imported records that a module of the program's own runs, if an earlier
// command left it where the language looks for it.
func (s *codeScan) imported(module string) {
	dir := lit(".")
	if !s.given && len(s.argv) > 0 && s.argv[0].s.known() {
		dir = lit(path.Dir(s.argv[0].s.t))
	}
	s.a.ranModule(s.cmd, dir, module)
}

// importedFile is imported for a module that is named by its file, as JavaScript
// and others do.
func (s *codeScan) importedFile(name str) {
	if !name.known() || strings.HasSuffix(name.t, ".json") || !strings.HasPrefix(name.t, ".") && !strings.HasPrefix(name.t, "/") || s.a.in.Origins == nil && len(s.a.files) == 0 && len(s.a.trees) == 0 {
		return
	}
	file := name.t
	if !strings.HasPrefix(file, "/") && !s.given && len(s.argv) > 0 && s.argv[0].s.known() {
		file = path.Join(path.Dir(s.argv[0].s.t), file)
	}
	for _, end := range []string{"", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".pm", ".lua", ".php", "/index.js"} {
		if p, cert := s.a.resolve(s.cmd.st, lit(file+end), true); cert == Exact {
			s.a.flowInto(s.cmd.name, s.a.noted(p, false), s.cmd.span)
		}
	}
}

// ranModule records that Python runs a module out of dir, or out of one that
// PYTHONPATH names.
func (a *analyzer) ranModule(cmd *command, dir str, module string) {
	if module == "" || a.in.Origins == nil && len(a.files) == 0 && len(a.trees) == 0 {
		return
	}
	dirs := []str{dir}
	if cmd.st.lookup("PYTHONPATH") != nil {
		if v := a.scalar(cmd.st, "PYTHONPATH"); v.known() {
			for d := range strings.SplitSeq(v.t, ":") {
				dirs = append(dirs, lit(d))
			}
		}
	}
	file := strings.ReplaceAll(module, ".", "/")
	for _, d := range dirs {
		for _, end := range []string{".py", "/__init__.py", "/__main__.py"} {
			if p, cert := a.resolve(cmd.st, concat(d, lit("/"+file+end)), true); cert == Exact {
				a.flowInto(cmd.name, a.noted(p, false), cmd.span)
			}
		}
	}
}
