package shellparse

import (
	"slices"
	"strings"
)

// find deletes, or runs programs on what it finds.
func (a *analyzer) find(c *call) {
	cmd := c.cmd
	argv := cmd.argv
	i := 1
	for i < len(argv) && argv[i].known() {
		switch argv[i].t {
		case "-H", "-L", "-P", "-E", "-X", "-d", "-s", "-x":
			i++
			continue
		case "-D", "-f":
			i += 2
			continue
		}
		if strings.HasPrefix(argv[i].t, "-O") {
			i++
			continue
		}
		break
	}
	var roots []str
	for ; i < len(argv); i++ {
		if p := argv[i].prefix(); argv[i].known() && (strings.HasPrefix(p, "-") || p == "(" || p == ")" || p == "!" || p == ",") {
			break
		}
		roots = append(roots, argv[i].str)
	}
	if len(roots) == 0 {
		roots = []str{lit(".")}
	}
	narrow, named, below, either, flat := false, false, false, false, false
	var tails []string
	for ; i < len(argv); i++ {
		if !argv[i].known() {
			continue
		}
		arg := func() str {
			if i+1 < len(argv) {
				i++
				return argv[i].str
			}
			return str{}
		}
		switch t := argv[i].t; t {
		case "-o", "-or", ",":
			either = true
		case "-name", "-path", "-iname", "-ipath", "-wholename", "-lname":
			not := i > 0 && (argv[i-1].prefix() == "!" || argv[i-1].prefix() == "-not")
			v := arg()
			if not || leftOut(argv[i+1:]) || v.prefix() == "" && v.globText() == "*" || v.known() && v.t == "*" {
				break
			}
			narrow, named = true, true
			if v.known() && t != "-lname" {
				tails = append(tails, findTails(t, v.t, roots)...)
			}
		case "-maxdepth":
			flat = arg().t == "1"
		case "-type", "-xtype":
			below = below || !strings.Contains(arg().t, "d")
		case "-regex", "-size", "-mtime", "-atime", "-ctime", "-mmin", "-amin", "-cmin", "-perm", "-user", "-group", "-empty", "-newer", "-inum", "-links":
			narrow = true
			if t != "-empty" {
				arg()
			}
		case "-fprint", "-fprint0", "-fls", "-fprintf":
			a.writeArg(c, arg())
		case "-files0-from":
			a.readArg(c, arg())
		case "-delete":
			for _, r := range roots {
				a.foundEffect(c, Delete, r, tails, narrow && !either)
				if p, cert := a.resolve(c.cmd.st, r, true); a.in.FS == nil && narrow && !below && len(tails) == 0 && cert == Exact { // which may be a link
					a.emit(Effect{Kind: Delete, Path: escape(p), Certainty: Pattern, Span: c.cmd.span})
				}
			}
		case "-exec", "-execdir", "-ok", "-okdir":
			from := i + 1
			for i++; i < len(argv); i++ {
				if argv[i].known() && (argv[i].t == ";" || argv[i].t == "+" && i > from && strings.Contains(argv[i-1].prefix(), "{}")) {
					break
				}
			}
			if from < len(argv) && removesFiles(argv[from]) {
				for _, r := range roots {
					a.foundEffect(c, Delete, r, tails, narrow && !either)
				}
			}
			names := a.foundNames(c.cmd.st, roots, tails, named, below, flat)
			if strings.HasSuffix(t, "dir") {
				a.findExecDir(c, argv[from:min(i, len(argv))], names)
				break
			}
			a.findExec(c, argv[from:min(i, len(argv))], names)
			if i < len(argv) && argv[i].t == "+" {
				a.findMany(c, argv[from:i], roots)
			} else if last := len(argv) - 1; i > last && from < last && argv[last].t == "+" && argv[from].known() {
				e := Effect{Kind: Exec, Program: path0(argv[from].t), Span: c.cmd.span, Certainty: c.cmd.doubt}
				for _, f := range argv[from:last] { // as busybox takes it, wherever the braces are
					if e.Argv = append(e.Argv, f.value()); f.t == "{}" {
						e.Argv[len(e.Argv)-1] = Value{Certainty: Unknown}
					}
				}
				a.emit(e)
			}
		}
	}
	var b builder
	for _, n := range a.foundNames(c.cmd.st, roots, tails, named, below, flat) {
		b.add(n)
		b.lit("\n")
	}
	c.cmd.io.write(str{t: b.str().globText(), glob: true})
}

// leftOut reports whether a test is there to leave out what it finds: rest is
// -prune, and an alternative to it.
func leftOut(rest []field) bool {
	return len(rest) > 1 && rest[0].prefix() == "-prune" && in(" -o -or , ", rest[1].prefix())
}

// removesFiles tells the programs that do to each file what -delete does.
func removesFiles(f field) bool {
	return f.known() && in(" rm unlink shred srm ", path0(f.t))
}

// findTails are the ends of the paths that a test of find lets through.
func findTails(test, pat string, roots []str) []string {
	if test == "-iname" || test == "-ipath" {
		low := strings.ToLower(pat)
		test = "-" + test[2:]
		if low != pat {
			return append(findTails(test, pat, roots), findTails(test, low, roots)...)
		}
	}
	if test == "-name" {
		if strings.HasPrefix(pat, "*.") {
			return []string{pat, pat[1:]} // its * takes a leading dot
		}
		return []string{pat}
	}
	for _, r := range roots {
		if rest, ok := strings.CutPrefix(pat, strings.TrimSuffix(r.t, "/")+"/"); ok && r.known() {
			return []string{rest}
		}
	}
	rest := strings.TrimLeft(pat, "*")
	if strings.HasPrefix(rest, "/") {
		return []string{rest[1:]}
	}
	first, _, _ := strings.Cut(rest, "/")
	return []string{"*" + rest, ".*" + first, ".*" + first + "/*"}
}

// foundNames are the names that find may come upon: those below the roots that
// its tests let through, at any depth, and the roots when nothing narrows it.
func (a *analyzer) foundNames(st *state, roots []str, tails []string, named, below, flat bool) []str {
	var out []str
	for _, r := range roots {
		dir := strings.TrimSuffix(r.globText(), "/")
		add := func(tail string) { out = append(out, str{t: dir + "/" + tail, glob: true, src: r.src}) }
		if a.findsRoot(st, r, tails, named, below) {
			if _, sure := a.isDir(st, r); below && !sure {
				r = str{t: r.globText(), glob: true, src: r.src}
			}
			out = append(out, r)
		}
		if len(tails) == 0 {
			add(hole)
			continue
		}
		deep := []string{"", "*/"}
		if p, cert := a.resolve(st, r, true); cert == Exact {
			if holdsPath(p, a.in.Home) {
				deep = append(deep, ".*/") // where hidden directories are what is looked for
			}
			out = append(out, a.writtenBelow(p, tails)...)
		}
		if flat {
			deep = deep[:1]
		}
		for _, t := range tails {
			for _, d := range deep {
				add(d + rawGlob(t, nil).globText())
			}
		}
	}
	return out
}

// findsRoot reports whether a root may pass the tests itself.
func (a *analyzer) findsRoot(st *state, root str, tails []string, named, below bool) bool {
	if below { // no directory is looked for
		if dir, _ := a.isDir(st, root); dir {
			return false
		}
	}
	if !named {
		return true
	}
	base := path0(strings.TrimRight(root.t, "/"))
	return root.known() && slices.ContainsFunc(tails, func(t string) bool { return globMatch(t, base) })
}

// writtenBelow are the files that the text itself has put below a directory.
func (a *analyzer) writtenBelow(dir string, tails []string) []str {
	var out []str
	for p := range a.files {
		if !holdsPath(dir, p) || !a.tick(1) {
			continue
		}
		for _, t := range tails {
			if globMatch(t, path0(p)) {
				out = append(out, lit(p))
				break
			}
		}
	}
	slices.SortFunc(out, func(x, y str) int { return strings.Compare(x.t, y.t) })
	return out
}

// holdsPath reports whether p is inside of dir, or dir itself.
func holdsPath(dir, p string) bool {
	return p != "" && (dir == "/" || p == dir || strings.HasPrefix(p, dir+"/"))
}

// foundEffect is what happens to the things below root: to all of them, when
// nothing narrows the search; else to some of them, one by one.
func (a *analyzer) foundEffect(c *call, k Kind, root str, tails []string, narrow bool) {
	p, cert := a.resolve(c.cmd.st, root, true)
	a.touched = true
	if !narrow || cert == Unknown {
		if link, c2 := a.resolve(c.cmd.st, root, false); cert == Exact && c2 == Exact && link != p {
			a.emit(Effect{Kind: k, Path: link, Span: c.cmd.span}) // a link is not followed
		}
		a.emit(Effect{Kind: k, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
		return
	}
	if len(tails) == 0 {
		tails = []string{"*"}
		if link, c2 := a.resolve(c.cmd.st, root, false); cert == Exact && c2 == Exact && link != p {
			a.emit(Effect{Kind: k, Path: escape(link), Certainty: Pattern, Span: c.cmd.span}) // a link that is named passes the tests, too
		}
	}
	deeps := []string{"/", "/*/"}
	if cert == Exact {
		if holdsPath(p, a.in.Home) {
			deeps = append(deeps, "/.*/") // as for -exec, see foundNames
		}
		p = escape(p)
	}
	for _, t := range tails {
		for _, deep := range deeps {
			a.emit(Effect{Kind: k, Path: strings.TrimSuffix(p, "/") + deep + t, Certainty: Pattern, Span: c.cmd.span})
		}
	}
}

// findExec runs the command of an -exec on what was found.
func (a *analyzer) findExec(c *call, argv []field, names []str) {
	if len(argv) == 0 {
		return
	}
	if !mentions(argv, "{}") {
		names = names[:min(1, len(names))]
	}
	for _, n := range names {
		sub := *c.cmd
		sub.argv = make([]field, len(argv))
		for i, f := range argv {
			sub.argv[i] = substitute(f, "{}", n)
		}
		sub.assigns, sub.noFunc = nil, true
		a.dispatchProgram(&sub)
	}
}

// findExecDir runs the command of an -execdir in the directory of each thing
// that was found, which has ./ before its name there.
func (a *analyzer) findExecDir(c *call, argv []field, names []str) {
	for _, n := range names {
		if n.known() {
			n.t = strings.TrimRight(n.t, "/")
		}
		dir, base := str{}, baseOf(n)
		if i := strings.LastIndexByte(n.t, '/'); i >= 0 {
			dir = rawGlob(n.t[:i+1], n.src)
			if n.known() {
				dir = lit(n.t[:i+1])
			}
		}
		if base.t != "." {
			base = concat(lit("./"), base)
		}
		for _, deep := range []bool{false, true} {
			in, cmd := *c, *c.cmd
			in.cmd, cmd.st = &cmd, c.cmd.st.fork()
			if dir.t != "" {
				a.changeDirTo(cmd.st, dir)
			}
			if deep && n.known() {
				break
			} else if deep {
				cmd.st.setCwd(concat(cmd.st.cwd(), lit("/"), unknown(nil)))
			}
			a.findExec(&in, argv, []str{base})
		}
	}
	a.stays = nil
}

// findMany records the one start of -exec PROGRAM {} +, which gets all that is
// found.
func (a *analyzer) findMany(c *call, argv []field, roots []str) {
	if len(argv) < 2 {
		return
	}
	vals := values(argv[:len(argv)-1])
	if len(roots) == 1 {
		vals = append(vals, Value{Text: strings.TrimSuffix(roots[0].globText(), "/") + "*", Certainty: Pattern})
	} else {
		vals = append(vals, Value{Certainty: Unknown})
	}
	if !argv[0].known() {
		return
	}
	if _, shell := DialectOf(argv[0].t); shell { // its text gets any number of names
		sub := *c.cmd
		any := field{str: unknown(nil), loose: true}
		if sub.argv = append(slices.Clone(argv[:len(argv)-1]), any); len(argv) == 4 {
			sub.argv = append(sub.argv, any) // the first is $0
		}
		sub.assigns, sub.noFunc = nil, true
		a.dispatchProgram(&sub)
		return
	}
	a.emit(Effect{Kind: Exec, Program: path0(argv[0].t), Argv: vals, Span: c.cmd.span, Certainty: c.cmd.doubt})
}

// substitute replaces a placeholder in an argument.
func substitute(f field, mark string, with str) field {
	if !f.known() || !strings.Contains(f.t, mark) {
		return f
	}
	parts := strings.Split(f.t, mark)
	var b builder
	for i, p := range parts {
		if i > 0 {
			b.add(with)
		}
		b.lit(p)
	}
	b.src = join(b.src, f.src)
	return field{str: b.str()}
}
