package shellparse

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// copy is cp, mv, install and ln without -s: sources and a destination.
func (a *analyzer) copy(c *call) {
	for i := range c.args {
		if r := c.args[i].role; r != "src" && r != "dest" && r != "destdir" {
			a.carry(c, &c.args[i])
		}
	}
	sources := c.all("src")
	into := c.all("destdir")
	dests := c.all("dest")
	if len(dests) > 0 && len(into) == 0 {
		into = dests
	}
	if c.on("mkdir") {
		for _, s := range append(sources, dests...) {
			a.writeArg(c, s)
		}
		a.finishCall(c)
		return
	}
	if in(" ln gln ", c.cmd.name) && len(dests) > 0 && len(sources) == 0 && !c.on("asfile") {
		sources, into = dests, []str{lit(".")} // here, under its own name
	}
	if len(dests) > 0 && len(sources) == 0 {
		a.readArg(c, dests[0])
		a.finishCall(c)
		return
	}
	for _, s := range sources {
		before := c.src
		c.src = nil
		a.readArg(c, s)
		content := a.contentOf(c.cmd.st, s) // before it is gone
		if c.cmd.name == "mv" {
			p, cert := a.resolve(c.cmd.st, s, false)
			a.emit(Effect{Kind: Delete, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
			if dir, sure := a.isDir(c.cmd.st, s); (dir || !sure) && !c.on("rec") {
				c.modes = append(c.modes, "rec") // all that is below it comes to be there
			}
		}
		for _, d := range into {
			a.copyTo(c, s, d, content, len(sources) > 1 || len(c.all("destdir")) > 0)
		}
		c.src = join(before, c.src)
	}
	if c.on("hard") || c.cmd.name == "ln" || c.cmd.name == "gln" || c.cmd.name == "link" {
		for _, s := range sources { // what is written under one name is written under both
			p, cert := a.resolve(c.cmd.st, s, false)
			a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Recursive: c.on("rec"), Span: c.cmd.span})
			if to, c2 := a.resolve(c.cmd.st, s, true); c2 == Exact && to != p { // cp follows a link
				a.emit(Effect{Kind: Write, Path: to, Span: c.cmd.span})
			}
		}
	}
	a.finishCall(c)
}

// copyTo writes one source to its destination, or into it if it is a directory.
func (a *analyzer) copyTo(c *call, s, d, content str, dir bool) {
	st := c.cmd.st
	if c.cmd.io.in != nil && s.known() && isStdin(s.t) {
		content = *c.cmd.io.in
	}
	inner := concat(d, lit("/"), baseOf(trimSlash(s)))
	if c.on("parents") {
		inner = concat(d, lit("/"), trimSlash(s))
	}
	isDir, sure := a.isDir(st, d)
	if c.on("asfile") {
		isDir, sure = false, true
	}
	if c.on("backup") { // what was there gets another name
		a.writeArg(c, concat(d, lit("~")))
		a.writeArg(c, concat(inner, lit("~")))
	}
	if (in(" mv gmv install ginstall ", c.cmd.name) || c.on("backup") || c.on("force") && in(" ln gln ", c.cmd.name)) && !(sure && isDir) { // a link is replaced, not followed
		link, cert := a.resolve(st, d, false)
		if to, c2 := a.resolve(st, d, true); cert == Exact && c2 == Exact && to != link {
			a.emit(Effect{Kind: Delete, Path: link, Span: c.cmd.span})
			a.emit(Effect{Kind: Write, Path: link, Recursive: c.on("rec"), Span: c.cmd.span})
		}
	}
	if c.on("rec") && in(" cp gcp ", c.cmd.name) || in(" mv gmv ", c.cmd.name) {
		to := inner
		if !dir && !isDir {
			to = d
		}
		defer a.copyLink(st, s, to)
	}
	switch {
	case dir || (sure && isDir):
		a.writeArg(c, inner)
		a.storeAt(st, inner, content)
	case sure:
		a.writeArg(c, d)
		a.storeAt(st, d, content)
	default: // either
		a.writeArg(c, d)
		a.storeAt(st, d, content)
		if p, cert := a.resolve(st, d, true); cert == Exact && a.files[p] != nil {
			a.files[p].unsure = true
		}
		saved := a.doubt
		a.doubt = max(a.doubt, Pattern)
		a.writeArg(c, inner)
		a.doubt = saved
		a.storeAt(st, inner, content)
	}
}

// copyLink is cp -R of a link, which makes another link.
func (a *analyzer) copyLink(st *state, s, d str) {
	p, cert := a.resolve(st, s, false)
	to, ok := "", false
	if cert == Exact {
		to, ok = a.readLink(p)
	}
	if !ok {
		return
	}
	p, cert = a.resolve(st, d, false)
	if _, there := a.readLink(p); cert != Exact || there {
		return
	}
	a.unsureLink(p, to)
	if a.links == nil {
		a.links = map[string]string{}
	}
	a.links[p] = to
}

func trimSlash(s str) str {
	if !s.glob && len(s.t) > 1 {
		s.t = strings.TrimRight(s.t, "/")
	}
	return s
}

// contentOf is what is known of a file's content without reading it.
func (a *analyzer) contentOf(st *state, s str) str {
	p, cert := a.resolve(st, s, true)
	if f := a.files[p]; f != nil && cert == Exact {
		return f.content()
	}
	if p == "/dev/null" {
		return str{}
	}
	return unknown(a.fromFile(p, cert, true))
}

func (a *analyzer) storeAt(st *state, s, content str) {
	if strings.HasSuffix(s.t, "/.") || strings.HasSuffix(s.t, "/..") {
		return // a directory
	}
	if p, cert := a.resolve(st, s, true); cert == Exact {
		a.store(p, content, false)
	}
}

// isDir reports whether a path is a directory, and whether that is sure.
func (a *analyzer) isDir(st *state, s str) (dir, sure bool) {
	if strings.HasSuffix(s.t, "/") || s.t == "." || s.t == ".." || strings.HasSuffix(s.t, "/.") || strings.HasSuffix(s.t, "/..") {
		return true, true
	}
	p, cert := a.resolve(st, s, true)
	if cert != Exact {
		return false, false
	}
	if p == "/" || p == a.in.Home || p == a.in.Cwd || p == "/tmp" {
		return true, true
	}
	f, made := a.files[p]
	if a.in.FS == nil {
		return false, false
	}
	fi, err := a.in.FS.Lstat(p)
	if err != nil {
		return false, made && !f.unsure || !a.touched
	}
	return fi.Mode()&fs.ModeDir != 0, true
}

// link is ln -s: the link, and what it leads to from now on.
func (a *analyzer) link(c *call) {
	if !c.on("symbolic") {
		a.copy(c)
		return
	}
	st := c.cmd.st
	args := append(c.all("src"), c.all("dest")...)
	if len(args) == 0 {
		return
	}
	if c.on("asfile") && len(args) == 1 && !args[0].glob {
		return // an error
	}
	dest := args[len(args)-1]
	targets := args[:len(args)-1]
	if dirs := c.all("destdir"); len(dirs) > 0 {
		dest, targets = dirs[0], args
	} else if len(targets) == 0 {
		targets, dest = args, lit(".")
	}
	for k, t := range targets {
		names := []str{dest}
		dir, sure := a.isDir(st, dest)
		stays := dir && sure && (path.Base(dest.t) == "." || path.Base(dest.t) == ".." || !a.isLink(st, dest)) // a directory, which no link replaces
		if c.on("asfile") || c.on("nodir") && len(args) > 1 && a.in.FS != nil && a.isLink(st, dest) {
			// it is replaced, whatever it leads to
		} else if dir || len(targets) > 1 {
			names = []str{concat(dest, lit("/"), baseOf(trimSlash(t)))}
		} else if !sure {
			names = append(names, concat(dest, lit("/"), baseOf(trimSlash(t))))
		}
		if !dir && len(targets) > 1 && a.dialect == POSIX { // busybox makes dest of the first, and puts others where that leads
			if names = append(names, dest); k > 0 {
				names[1] = concat(targets[0], lit("/"), baseOf(trimSlash(t)))
			}
		}
		if inner, _ := a.isDir(st, names[0]); inner && len(args) == 1 && a.dialect == POSIX {
			names = append(names, concat(names[0], lit("/"), baseOf(trimSlash(t)))) // where busybox puts it
		}
		var paths []string
		var certs []Certainty
		for _, n := range names { // all of them, before there is a link in the way
			p, cert := a.resolve(st, n, false)
			paths, certs = append(paths, p), append(certs, cert)
		}
		for i, p := range paths {
			cert := certs[i]
			a.touched = true
			if i > 0 {
				cert = max(cert, Pattern)
			}
			a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Span: c.cmd.span})
			if cert != Unknown && t.known() && !(stays && c.on("asfile")) {
				if a.branches+a.ands > 0 || len(names) > 1 || a.inTheWay(c, p) {
					a.unsureLink(p, t.t)
				}
				if a.links == nil {
					a.links = map[string]string{}
				}
				a.links[p] = t.t
			}
		}
	}
	a.finishCall(c)
}

// isLink reports whether a path is a link, or may well be one.
func (a *analyzer) isLink(st *state, s str) bool {
	p, cert := a.resolve(st, s, false)
	if cert != Exact || a.in.FS == nil && len(a.links) == 0 {
		return true
	}
	_, ok := a.readLink(p)
	return ok
}

// unsureLink remembers that p may be no link to t after all: what is done to t
// may be done to p.
func (a *analyzer) unsureLink(p, to string) {
	if !strings.HasPrefix(to, "/") {
		to = path.Dir(p) + "/" + to
	}
	held := a.walk(p, "", true)
	if to = a.walk(to, "", true); to != p {
		if a.unsure == nil {
			a.unsure = map[string]string{}
		}
		a.unsure[p] = to
		for _, name := range []string{held, p} { // then who reads it by that name gets what it has held
			f, target := a.files[name], a.files[to]
			if f == nil || name == to {
				continue
			}
			if target == nil {
				target = &fileState{vals: []str{unknown(a.fromFile(to, Exact, false))}}
				a.files[to] = target
			}
			for _, v := range f.vals {
				target.vals = addValue(target.vals, v)
			}
		}
	}
}

// notLinked is an effect as it is when a link that may not be there is none.
func (a *analyzer) notLinked(e Effect) {
	if e.Certainty == Unknown || e.Kind == Exec {
		return
	}
	var names []string
	for p, to := range a.unsure {
		if rest, ok := strings.CutPrefix(e.Path, to); ok && (rest == "" || rest[0] == '/') {
			names = append(names, p)
		}
	}
	slices.Sort(names)
	for _, p := range names {
		other, rest := e, strings.TrimPrefix(e.Path, a.unsure[p])
		other.Path, other.Certainty = p+rest, Pattern
		a.add(other)
		if a.in.FS == nil {
			continue
		}
		if old, err := a.in.FS.Readlink(p); err == nil { // or the one that it was
			if !strings.HasPrefix(old, "/") {
				old = path.Dir(p) + "/" + old
			}
			other.Path = path.Clean(old) + rest
			a.add(other)
		}
	}
}

// inTheWay reports whether there is something of that name, so that ln fails.
func (a *analyzer) inTheWay(c *call, p string) bool {
	if a.in.FS == nil || c.on("force") || a.touched && !a.madeSince(p, true) {
		return false
	}
	_, err := a.in.FS.Lstat(p)
	return err == nil
}

// noDirectory reports whether a path is no directory, as far as can be said
// now: what runs before may make one, and so may others.
func (a *analyzer) noDirectory(p string) bool {
	if a.in.FS == nil {
		return false
	}
	to := a.walk(p, "/", true)
	if fi, err := a.in.FS.Lstat(to); err == nil && fi.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return a.touched && !a.madeSince(to, true)
	}
	return !a.madeSince(p, false) || a.madeFile(p)
}

// madeFile reports whether what the text has made at p may be a plain file.
func (a *analyzer) madeFile(p string) bool {
	program, file := "", false
	for i := range a.res.Effects {
		e := &a.res.Effects[i]
		switch {
		case e.Kind == Exec:
			program = e.Program
		case e.Kind == Write && strings.HasPrefix(e.Path, p+"/") && !e.Redirect:
			return false
		case e.Kind == Write && e.Certainty == Exact && e.Path == p:
			if e.Recursive || !e.Redirect && makesDirs[path.Base(program)] {
				return false
			}
			file = true
		}
	}
	return file
}

// makesDirs are programs of which what they write may well be a directory.
var makesDirs = map[string]bool{"mkdir": true, "zf_mkdir": true, "mv": true, "zf_mv": true, "install": true, "ginstall": true, "ln": true, "zf_ln": true, "mktemp": true}

// madeSince reports whether there is sure to be something at p after what the text has
// written and deleted so far; was says whether there was before.
func (a *analyzer) madeSince(p string, was bool) bool {
	for i := range a.res.Effects {
		e := &a.res.Effects[i]
		switch e.Kind {
		case Write:
			below := strings.HasPrefix(e.Path, p+"/") && !e.Redirect // which makes no directory
			was = was || e.Certainty == Exact && (e.Path == p || below || e.Recursive && strings.HasPrefix(p, e.Path+"/"))
		case Delete:
			was = was && !(e.Certainty == Exact && (e.Path == p || e.Recursive && strings.HasPrefix(p, e.Path+"/")))
		}
	}
	return was
}

// changeDirTo is cd to a path. One that is no directory now leaves the shell
// where it is, unless it has come to be one by then.
func (a *analyzer) changeDirTo(st *state, dir str) {
	old := st.cwd()
	next := dir
	switch {
	case dir.known() && strings.HasPrefix(dir.t, "/"):
		next = lit(path.Clean(dir.t))
	case !dir.known() && !dir.startsOpen() && strings.HasPrefix(dir.t, "/"):
	case dir.startsOpen():
		next = unknown(dir.src)
	case old.opaque():
		next = unknown(nil)
	case dir.known() && old.known():
		next = lit(path.Join(old.t, dir.t))
	default:
		next = concat(old, lit("/"), dir)
	}
	if !next.known() || a.noDirectory(next.t) {
		a.stays, a.status = append(a.stays, old), unsure
	}
	st.assign("OLDPWD", &variable{vals: []str{old}})
	st.setCwd(next)
}

// split and csplit write files whose names begin alike.
func (a *analyzer) split(c *call) {
	prefix := lit("x")
	if c.cmd.name == "csplit" {
		prefix = lit("xx")
	}
	for i := range c.args {
		if g := &c.args[i]; g.role == "prefix" {
			prefix = g.val
		} else {
			a.carry(c, g)
		}
	}
	a.writeArg(c, concat(prefix, str{t: "*", glob: true}))
	a.finishCall(c)
}

// shred writes over a file, the one that a link leads to, and takes its name
// away.
func (a *analyzer) shred(c *call) {
	for i := range c.args {
		g := &c.args[i]
		a.carry(c, g)
		if g.role != "d" {
			continue
		}
		name, _ := a.resolve(c.cmd.st, g.val, false)
		if p, cert := a.resolve(c.cmd.st, g.val, true); cert != Unknown && (p != name || a.in.FS == nil) {
			a.emit(Effect{Kind: Write, Path: p, Certainty: cert, Span: c.cmd.span})
		}
	}
	a.finishCall(c)
}
