package shellparse

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxLinks bounds the symlinks followed in one path, as the kernel does.
const maxLinks = 40

// resolve returns the absolute path that a word names, as the kernel would
// walk it. follow is false for what acts on a symlink itself.
func (a *analyzer) resolve(st *state, s str, follow bool) (string, Certainty) {
	cwd := st.cwd()
	if !s.known() {
		return a.resolvePattern(s, cwd)
	}
	p := s.t
	if p == "" {
		return "", Unknown
	}
	if p[0] != '/' {
		switch {
		case cwd.known():
			if len(a.links) == 0 && a.in.FS == nil && !strings.HasPrefix(cwd.t, "/proc") {
				return path.Join(cwd.t, p), Exact
			}
			p = cwd.t + "/" + p
		case cwd.opaque():
			return "", Unknown
		default:
			return a.resolvePattern(concat(cwd, lit("/"), s), cwd)
		}
	}
	return a.walk(p, cwd.t, follow || strings.HasSuffix(p, "/")), Exact // a slash at the end follows, too
}

// resolvePattern resolves a path of which a part is a wildcard or unknown: up
// to there like any other, from there on by its text.
func (a *analyzer) resolvePattern(s, cwd str) (string, Certainty) {
	t := s.globText()
	if t == "" || t[0] == 0 {
		return "", Unknown // it may be absolute
	}
	if t[0] != '/' {
		if cwd.opaque() {
			return "", Unknown
		}
		t = cwd.globText() + "/" + t
	}
	known := str{t: t, glob: true}.prefix()
	if i := strings.LastIndexByte(known, '/'); i > 0 {
		rest := str{t: t, glob: true}.cutPrefix(i)
		t = escape(a.walk(known[:i], cwd.prefix(), true)) + rest.t
	}
	return strings.ReplaceAll(path.Clean(t), hole, "*"), Pattern
}

// walk resolves an absolute path component by component, through the symlinks
// of the file system and those that the text itself has made.
func (a *analyzer) walk(p, cwd string, follow bool) string {
	if len(a.links) == 0 && a.in.FS == nil && !strings.HasPrefix(p, "/proc") && !strings.HasPrefix(p, "/dev") {
		return path.Clean(p)
	}
	if len(p) > maxPath {
		return path.Clean(p) // the kernel takes no such path
	}
	w := a.leadsTo(p, follow)
	done, rest := w.done, w.rest
	trailing := strings.HasSuffix(p, "/")
	for links := 0; rest != ""; {
		comp, tail, _ := strings.Cut(rest, "/")
		rest = tail
		switch comp {
		case "", ".":
			continue
		}
		if !a.tick(1) {
			break
		}
		switch comp {
		case "..":
			done = path.Dir(done)
			continue
		}
		next := path.Join(done, comp)
		if done == "/proc" || strings.HasPrefix(done, "/proc/") || done == "/dev/fd" {
			if ch, ok := a.descriptor(next); ok && ch.file != "" {
				done = ch.file
				continue
			}
			if to, ok := procLink(next, cwd); ok {
				done = to
				continue
			}
		}
		last := strings.Trim(rest, "/") == ""
		if last && !follow && !trailing {
			done = next
			continue
		}
		to, ok := a.readLink(next)
		if !ok || links == maxLinks {
			done = next
			continue
		}
		links++
		if strings.HasPrefix(to, "/") {
			done = "/"
		}
		rest = to + "/" + rest
		if !a.tick(1) {
			break
		}
	}
	a.noteName(p, done)
	return done
}

// noteName remembers the name by which a path was given that links lead elsewhere
// from: a rule about that name speaks of what is there.
func (a *analyzer) noteName(given, real string) {
	if given == real || strings.Contains(given, "/..") || strings.HasPrefix(given, "/proc/") || strings.HasPrefix(given, "/dev/") {
		return
	}
	if given = path.Clean(given); given == real {
		return
	}
	if a.names == nil {
		a.names = map[string]string{}
	}
	a.names[real] = given
}

// way is how far a path is resolved.
type way struct{ done, rest string }

// leadsTo resolves as much of a path as the file system knows at once. That is less
// than half as slow as looking at each part.
func (a *analyzer) leadsTo(p string, follow bool) way {
	r, ok := a.in.FS.(resolver)
	if !ok || len(a.links) > 0 || strings.HasPrefix(p, "/proc") || strings.HasPrefix(p, "/dev") || !a.tick(1) {
		return way{"/", p}
	}
	known := &a.ways[0]
	if follow {
		known = &a.ways[1]
	}
	w, ok := (*known)[p]
	if !ok {
		if *known == nil {
			*known = map[string]way{}
		}
		w = wayOf(r, p, follow)
		(*known)[p] = w
	}
	return w
}

func wayOf(r resolver, p string, follow bool) way {
	slash := strings.LastIndexByte(p, '/')
	name := p[slash+1:]
	if follow || name == "" {
		if real, ok := r.Resolve(p); ok {
			return way{real, ""}
		}
	}
	if slash > 0 && name != ".." {
		if real, ok := r.Resolve(p[:slash]); ok {
			return way{real, name}
		}
	}
	return way{"/", p}
}

func (a *analyzer) readLink(p string) (string, bool) {
	if to, ok := a.links[p]; ok {
		return to, true
	}
	if a.in.FS == nil || ownPath(p) {
		return "", false
	}
	if to, seen := a.looked[p]; seen {
		return to, to != ""
	}
	to := ""
	if fi, err := a.in.FS.Lstat(p); err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		to, _ = a.in.FS.Readlink(p)
	}
	if a.looked == nil {
		a.looked = map[string]string{}
	}
	a.looked[p] = to
	return to, to != ""
}

// isStdin tells the names of a process's standard input.
func isStdin(p string) bool {
	switch p {
	case "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/proc/thread-self/fd/0":
		return true
	}
	return false
}

// ownPath tells the links that lead elsewhere in each process: read here, they
// would name the judge's own.
func ownPath(p string) bool {
	switch p {
	case "/proc/self", "/proc/thread-self", "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr":
		return true
	}
	return strings.HasPrefix(p, "/dev/fd/") || strings.HasPrefix(p, "/proc/self/fd/")
}

// procLink follows the kernel's own links of a process to its root and cwd.
func procLink(p, cwd string) (string, bool) {
	parts := strings.Split(strings.TrimPrefix(p, "/proc/"), "/")
	if len(parts) == 4 && parts[1] == "task" {
		parts = append(parts[:1], parts[3])
	}
	if len(parts) != 2 {
		return "", false
	}
	self := parts[0] == "self" || parts[0] == "thread-self"
	if !self && !isNumber(parts[0]) {
		return "", false
	}
	switch parts[1] {
	case "root":
		return "/", true
	case "cwd":
		if self && cwd != "" {
			return cwd, true
		}
	}
	return "", false
}

// readPath records that a file is read and returns its content.
func (a *analyzer) readPath(st *state, s str, recursive bool, sp Span) str {
	p, c := a.resolve(st, s, true)
	if c == Exact {
		if f := a.files[p]; f != nil {
			if !strings.HasPrefix(p, "/dev/fd/") {
				a.emit(Effect{Kind: Read, Path: p, Recursive: recursive, Span: sp})
				v := f.content()
				v.src = join(v.src, &source{from: File, path: p})
				return v
			}
			return f.content()
		}
		if ch, ok := a.descriptor(p); ok {
			return ch.in
		}
		if deviceSource(p) {
			return unknown(nil)
		}
	}
	a.emit(Effect{Kind: Read, Path: p, Certainty: c, Recursive: recursive, Span: sp})
	return unknown(a.fromFile(p, c, recursive))
}

// deviceSource tells the devices apart from which nothing of worth is read.
func deviceSource(p string) bool {
	switch p {
	case "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/tty":
		return true
	}
	return isStdin(p) || strings.HasPrefix(p, "/dev/fd/")
}

// fileState is what the text has put into a file so far.
type fileState struct {
	vals   []str // more than one: any of them
	unsure bool  // it may be a directory, that something was put into
}

func (f *fileState) content() str {
	if len(f.vals) == 1 {
		return f.vals[0]
	}
	var src *source
	for _, v := range f.vals {
		src = join(src, v.src)
	}
	return unknown(src)
}

// storeAny is store for content of which it is not known which it is.
func (a *analyzer) storeAny(p string, vals []str, appends bool) {
	if len(vals) == 1 {
		a.store(p, vals[0], appends)
		return
	}
	var before []str
	if f := a.files[p]; f != nil {
		before = f.vals
	}
	var after []str
	for i, v := range vals {
		if f := a.files[p]; i > 0 && f != nil {
			f.vals = slices.Clone(before)
		}
		a.store(p, v, appends)
		for _, w := range a.files[p].vals {
			after = addValue(after, w)
		}
	}
	a.files[p].vals = after
}

// asItWas is what a file holds that the text has not written to.
func (a *analyzer) asItWas(p string) str {
	if a.in.FS != nil {
		if _, err := a.in.FS.Lstat(p); err != nil {
			return str{}
		}
	}
	return unknown(a.fromFile(p, Exact, false))
}

// store records the content of a file that the text writes.
func (a *analyzer) store(p string, s str, appends bool) {
	if a.files == nil {
		a.files = map[string]*fileState{}
	}
	s = bounded(s)
	if r, ok := a.runners[p]; ok { // a FIFO, or a file read as it grows
		a.flowInto(r.name, s.src, r.span)
		if s.known() && s.t != "" {
			delete(a.runners, p)
			in := str{}
			a.inFileDo(r.span, func() { a.runText(r.st.fork(), s, r.dialect, r.span, stdio{in: &in}) })
		}
	}
	f := a.files[p]
	if f == nil {
		f = &fileState{}
		a.files[p] = f
		if a.branches+a.ands > 0 && a.in.FS != nil && !strings.HasPrefix(p, pipeName) { // or it stays as it was
			f.vals = append(f.vals, a.asItWas(p))
		}
		if appends {
			if old, ok := a.readFile(p); ok {
				s = a.appended(old, s)
			}
		}
		f.vals = addValue(f.vals, s)
		return
	}
	after := []str{s}
	if appends && len(f.vals) > 0 {
		after = nil
		for _, v := range f.vals {
			if after = addValue(after, a.appended(v, s)); v.opaque() {
				after = addValue(after, s) // of lines before it, or of nothing, that are not known
			}
		}
	}
	if a.branches == 0 && a.ands == 0 { // else this may not come to pass
		f.vals = nil
	}
	for _, v := range after {
		f.vals = addValue(f.vals, v)
	}
	f.vals = fewValues(f.vals, 2*maxValues)
}
