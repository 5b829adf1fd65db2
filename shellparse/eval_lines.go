package shellparse

import (
	"path"
	"strconv"
	"strings"
)

// someName is a file name of which only that is known: not empty, no path, and
// not hidden. The hole says that it is no wildcard of the author's.
const someName = "?" + hole

// lineFilters print some of the lines they read, each as it is. What is known
// of the lines, all of them or only how they begin, is known of the output.
var lineFilters = map[string]bool{
	"head": true, "tail": true, "sort": true, "uniq": true, "shuf": true, "tac": true, "grep": true, "egrep": true, "fgrep": true,
	"rg": true, "ag": true, "cat": true, "fzf": true, "gum": true, "sponge": true, "pv": true, "peco": true, "awk": true, "sed": true,
}

// selectLines is the output of a filter over lines that are only partly known.
func selectLines(c *call, in str) (str, bool) {
	if !in.glob || in.opaque() || !lineFilters[c.cmd.name] {
		return str{}, false
	}
	switch c.cmd.name {
	case "awk", "sed":
		if !onlySelects(c) || !in.hasHole() { // of a line that is a wildcard nothing may be left
			return str{}, false
		}
	case "head", "tail":
		if _, ok := optionText(c, "-c", "--bytes"); ok {
			return str{}, false // a part of a line
		}
	case "grep", "egrep", "fgrep", "rg", "ag":
		if c.on("count") || c.on("quiet") {
			return str{}, false
		}
		for _, f := range c.cmd.argv[1:] {
			if p := f.prefix(); len(p) > 1 && p[0] == '-' && p[1] != '-' && strings.ContainsAny(p, "onbHc") || p == "--only-matching" {
				return str{}, false
			}
		}
	}
	return in, true
}

// onlySelects tells the scripts of sed and awk apart that pick lines: 1p, $d,
// NR==1, /x/, {print}.
func onlySelects(c *call) bool {
	progs := c.all("prog")
	if len(progs) == 0 {
		return false
	}
	for _, p := range progs {
		if !p.known() {
			return false
		}
		if c.cmd.name == "awk" {
			t := strings.TrimSpace(p.t)
			if open := strings.IndexByte(t, '{'); open >= 0 {
				switch strings.Join(strings.Fields(strings.Trim(t[open:], "{} ;")), " ") {
				case "print", "print $0", "print; exit", "print $0; exit", "print;exit":
					t = t[:open]
				default:
					return false
				}
			}
			if strings.ContainsAny(t, "=") && !strings.Contains(t, "==") && !strings.Contains(t, "<=") && !strings.Contains(t, ">=") && !strings.Contains(t, "!=") {
				return false
			}
			continue
		}
		for _, s := range sedCommands(p.t) {
			if strings.IndexByte("pdq#", s.name) < 0 {
				return false
			}
		}
	}
	return true
}

// listing is what ls prints: the operands themselves, or what is in them.
func (a *analyzer) listing(c *call) (str, bool) {
	self, hidden, long, paths := false, false, false, 0
	for _, f := range c.cmd.argv[1:] {
		p := f.prefix()
		if len(p) < 2 || p[0] != '-' {
			paths++
			continue
		}
		if p[1] == '-' {
			long = long || p == "--format=long"
			self = self || p == "--directory"
			hidden = hidden || p == "--all" || p == "--almost-all"
			continue
		}
		self = self || strings.ContainsRune(p, 'd')
		hidden = hidden || strings.ContainsAny(p, "aAf")
		long = long || strings.ContainsAny(p, "lgonsi")
	}
	if long {
		return str{}, false // columns before the name
	}
	var b builder
	inside := func() {
		b.add(str{t: someName, glob: true})
		b.lit("\n")
		if hidden {
			b.lit(".")
			b.add(str{t: someName, glob: true})
			b.lit("\n")
		}
	}
	if paths == 0 {
		if self {
			return lit(".\n"), true
		}
		inside()
		return b.str(), true
	}
	for _, f := range c.cmd.argv[1:] {
		if p := f.prefix(); len(p) > 1 && p[0] == '-' {
			continue
		}
		if p, cert := a.resolve(c.cmd.st, f.str, true); cert == Exact && a.in.FS != nil && !a.exists(p) {
			return str{}, false // nothing, where there is nothing
		}
		dir, sure := false, self
		if !self {
			dir, sure = a.isDir(c.cmd.st, f.str)
		}
		if !dir {
			b.add(f.str)
			b.lit("\n")
		}
		if dir || !sure {
			inside()
		}
		b.src = join(b.src, f.src)
	}
	return b.str(), true
}

// account is a line of getent passwd: name and home are what is known of it.
func (a *analyzer) account(c *call) (str, bool) {
	ops := operandsOf(c.cmd.argv)
	if len(ops) != 2 || ops[0].prefix() != "passwd" || !ops[1].known() || !plainName(ops[1].t) {
		return str{}, false
	}
	home := a.homeOf(c.cmd.st, ops[1].t)
	return concat(lit(ops[1].t+":x:"), str{t: hole, glob: true}, lit(":"), str{t: hole, glob: true}, lit(":"), str{t: hole, glob: true}, lit(":"),
		home, lit(":"), str{t: hole, glob: true}, lit("\n")), true
}

// accountField takes one field out of a line of getent passwd.
func accountField(in str, delim string, n int) (str, bool) {
	line, _, _ := in.cut('\n')
	if !line.glob || delim != ":" || !strings.Contains(line.t, ":x:"+hole+":"+hole+":") {
		return str{}, false
	}
	for ; n > 1; n-- {
		var ok bool
		if _, line, ok = line.cut(':'); !ok {
			return str{}, false
		}
	}
	f, _, _ := line.cut(':')
	return concat(f, lit("\n")), !f.opaque()
}

// cutAccount is cut -d: -fN, and awkAccount awk -F: '{print $N}', of such a line.
func (a *analyzer) cutAccount(c *call) (str, bool) {
	d, _ := optionText(c, "-d", "--delimiter")
	f, _ := optionText(c, "-f", "--fields")
	n, err := strconv.Atoi(f)
	if err != nil || n < 1 {
		return str{}, false
	}
	return accountField(*c.cmd.io.in, d, n)
}

func awkAccount(c *call) (str, bool) {
	d, _ := optionText(c, "-F", "--field-separator")
	for _, p := range c.all("prog") {
		t := strings.Join(strings.FieldsFunc(p.prefix(), func(r rune) bool { return strings.ContainsRune("{} ;", r) }), "")
		if n, err := strconv.Atoi(strings.TrimPrefix(t, "print$")); err == nil && n > 0 {
			return accountField(*c.cmd.io.in, d, n)
		}
	}
	return str{}, false
}

// tempMark is what stands here for the letters that mktemp makes up. Paths with
// it in them are told apart like any others, but shown as a pattern.
const tempMark = "9999temporary"

// temporary is the name that mktemp prints.
func (a *analyzer) temporary(c *call) (str, bool) {
	dir, template, suffix := "", "tmp.XXXXXXXXXX", ""
	for i := 1; i < len(c.cmd.argv); i++ {
		f := c.cmd.argv[i]
		p := f.prefix()
		switch {
		case !f.known():
			return str{}, false
		case p == "-p" && i+1 < len(c.cmd.argv):
			i++
			dir = c.cmd.argv[i].prefix()
		case strings.HasPrefix(p, "--tmpdir="):
			dir = p[len("--tmpdir="):]
		case strings.HasPrefix(p, "--suffix="):
			suffix = p[len("--suffix="):]
		case strings.HasPrefix(p, "-"):
			if strings.Contains(p, "t") && !strings.HasPrefix(p, "--") && dir == "" {
				dir = "/tmp"
			}
		default:
			template = p
			if strings.Contains(p, "/") || dir == "" {
				dir = path.Dir(p)
				template = path.Base(p)
			}
		}
	}
	if dir == "" {
		dir = "/tmp"
		if s, ok := a.scalarOr(c.cmd.st, "TMPDIR"); ok && s.known() && s.t != "" {
			dir = s.t
		}
	}
	end := strings.LastIndexByte(template, 'X') + 1
	start := len(strings.TrimRight(template[:end], "X"))
	a.temps++
	return lit(path.Join(dir, template[:start]+tempMark+strconv.Itoa(a.temps)+template[end:]+suffix) + "\n"), true
}

// shown is a path or an argument as an effect may show it: without the names
// that stand for what only the run will bring.
func shown(s string, c Certainty) (string, Certainty) {
	k := strings.Index(s, tempMark)
	if k < 0 || c == Unknown {
		return s, c
	}
	end := k + len(tempMark)
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	head, tail := s[:k], s[end:]
	if c == Exact {
		head, tail = escape(head), escape(tail)
	}
	return shown(head+"*"+tail, Pattern)
}
