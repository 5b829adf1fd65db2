package shellparse

import (
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
	narrow, below, either := false, false, false
	name := ""
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
			if not || v.prefix() == "" && v.globText() == "*" || v.known() && v.t == "*" {
				break
			}
			narrow = true
			if t == "-name" && v.known() {
				name = v.t
			}
		case "-type", "-xtype":
			arg()
			below = true
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
				a.foundEffect(c, Delete, r, name, narrow && !either)
			}
		case "-exec", "-execdir", "-ok", "-okdir":
			from := i + 1
			for i++; i < len(argv); i++ {
				if argv[i].known() && (argv[i].t == ";" || argv[i].t == "+" && i > from && argv[i-1].prefix() == "{}") {
					break
				}
			}
			a.findExec(c, argv[from:min(i, len(argv))], roots, name, narrow && !either, below)
		}
	}
	var b builder
	for _, r := range roots {
		b.add(found(r, name))
		b.lit("\n")
	}
	c.cmd.io.write(str{t: b.str().globText(), glob: true})
}

// found is the name of something that find prints.
func found(root str, name string) str {
	r := strings.TrimSuffix(root.globText(), "/")
	if name != "" {
		return str{t: r + "/" + hole + strings.TrimPrefix(name, "*"), glob: true}
	}
	return str{t: r + "/" + hole, glob: true}
}

// foundEffect is what happens to the things below root: to all of them, when
// nothing narrows the search.
func (a *analyzer) foundEffect(c *call, k Kind, root str, name string, narrow bool) {
	p, cert := a.resolve(c.cmd.st, root, true)
	if narrow {
		cert = max(cert, Pattern)
		if cert == Pattern {
			p = strings.TrimSuffix(p, "/") + "/*"
			if name != "" {
				p = strings.TrimSuffix(p, "/*") + "/" + name
			}
		}
	}
	a.touched = true
	a.emit(Effect{Kind: k, Path: p, Certainty: cert, Recursive: true, Span: c.cmd.span})
}

// findExec runs the command of an -exec: on what is below the roots, and on
// the roots themselves when nothing narrows the search.
func (a *analyzer) findExec(c *call, argv []field, roots []str, name string, narrow, below bool) {
	if len(argv) == 0 {
		return
	}
	for _, r := range roots {
		names := []str{r, found(r, "")}
		if narrow {
			names = []str{found(r, name)}
		} else if below {
			names = names[1:]
		}
		if !mentions(argv, "{}") {
			names = names[:1]
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
