package shellparse

import (
	"strconv"
	"strings"
)

// patch changes the files that a patch names.
func (a *analyzer) patch(c *call) {
	before := c.cmd.st
	st := before.fork()
	cmd := *c.cmd
	strip := -1
	var texts []str
	operands := 0
	for i := range c.args {
		g := &c.args[i]
		switch g.role {
		case "cwd":
			a.changeDir(st, g.val)
		case "strip":
			strip, _ = strconv.Atoi(g.val.t)
		case "patchfile":
			a.readArg(c, g.val)
			texts = append(texts, a.fileText(before, g.val))
		case "target":
			operands++
			a.readArg(c, g.val)
			a.writeArg(c, g.val)
		default:
			a.carry(c, g)
		}
	}
	if len(texts) == 0 {
		texts = append(texts, a.stdinText(c))
	}
	cmd.st = st
	c.cmd = &cmd
	if operands == 0 {
		for _, t := range texts {
			a.patched(c, t, strip, lit(""))
		}
	}
	a.finishCall(c)
}

// gitApply is patch for git apply and git am.
func (a *analyzer) gitApply(c *call) {
	strip, under, given := 1, lit(""), false
	for i := 1; i < len(c.rest); i++ {
		f := c.rest[i]
		t := f.prefix()
		value := func() str {
			if _, v, ok := f.cut('='); ok {
				return v
			}
			if i++; i < len(c.rest) {
				return c.rest[i].str
			}
			return str{}
		}
		switch {
		case strings.HasPrefix(t, "-p") && len(t) > 2:
			strip, _ = strconv.Atoi(t[2:])
		case t == "-p":
			strip, _ = strconv.Atoi(value().t)
		case strings.HasPrefix(t, "--directory"):
			under = concat(value(), lit("/"))
		case t == "--exclude" || t == "--include" || t == "-C":
			value()
		case !strings.HasPrefix(t, "-"):
			given = true
			a.patched(c, a.fileText(c.cmd.st, f.str), strip, under)
		}
	}
	if !given {
		a.patched(c, a.stdinText(c), strip, under)
	}
}

// stdinText is what is on a program's standard input, also if that is a file
// that can be read.
func (a *analyzer) stdinText(c *call) str {
	in := *c.cmd.io.in
	if s := in.src; !in.known() && s != nil && s.next == nil && s.from == File && s.cert == Exact && s.path != "" {
		return a.fileText(c.cmd.st, lit(s.path))
	}
	return in
}

// patched writes the files of a patch's headers, each by the name with the
// first components off, or without all of them if strip is negative.
func (a *analyzer) patched(c *call, text str, strip int, under str) {
	if !text.known() {
		return
	}
	for _, name := range patchNames(text.t) {
		short := name
		for n := strip; n > 0; n-- {
			_, rest, ok := strings.Cut(strings.TrimLeft(short, "/"), "/")
			if !ok {
				break
			}
			short = rest
		}
		a.writeArg(c, concat(under, lit(short)))
		if strip < 0 {
			a.writeArg(c, concat(under, lit(baseOf(lit(name)).t)))
		}
	}
}

// maxPatched bounds how many files of a patch are looked at.
const maxPatched = 500

// patchNames are the names in the headers of a patch.
func patchNames(text string) (names []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		for _, head := range [...]string{"+++ ", "--- ", "*** ", "Index: ", "rename to ", "copy to ", "rename from "} {
			name, ok := strings.CutPrefix(line, head)
			if !ok {
				continue
			}
			name, _, _ = strings.Cut(name, "\t")
			if strings.HasPrefix(name, `"`) {
				if s, err := strconv.Unquote(name); err == nil {
					name = s
				}
			}
			if strings.HasPrefix(head, "rename") || strings.HasPrefix(head, "copy") {
				name = "x/" + name // these have no prefix to strip
			}
			if name = strings.TrimSpace(name); name != "" && name != "/dev/null" && !seen[name] && len(names) < maxPatched {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}
