package shellparse

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"path"
	"slices"
	"strings"
)

// resolvesLinks reports whether realpath or readlink prints the path without
// links, and not what a link holds or another form of it.
func resolvesLinks(c *command) bool {
	full := c.name == "realpath"
	for _, f := range c.argv[1:] {
		switch {
		case !strings.HasPrefix(f.prefix(), "-"):
		case f.known() && (f.t == "-f" || f.t == "-e" || f.t == "-m"):
			full = true
		default:
			return false
		}
	}
	return full
}

// exists reports whether there is something at a path for sure.
func (a *analyzer) exists(p string) bool {
	if a.in.FS == nil {
		return a.madeSince(p, false)
	}
	_, err := a.in.FS.Lstat(p)
	return a.madeSince(p, err == nil)
}

// fold computes what a pure filter prints, when its input is known.
func (a *analyzer) fold(c *call) (str, bool) {
	if c.cmd.io.out != nil && (c.cmd.name == "realpath" || c.cmd.name == "readlink") {
		if ops := operandsOf(c.cmd.argv); len(ops) == 1 && ops[0].known() && resolvesLinks(c.cmd) {
			if p, cert := a.resolve(c.cmd.st, ops[0].str, true); cert == Exact && (a.dialect != POSIX || a.exists(p)) { // busybox prints nothing where there is nothing
				return str{t: p + "\n", src: ops[0].src}, true
			}
		}
	}
	if c.cmd.io.out == nil || c.cmd.name == "readlink" {
		return str{}, false
	}
	if f := printers[c.cmd.name]; f != nil {
		if s, ok := f(a, c); ok {
			return s, true
		}
	}
	f, ok := filters[c.cmd.name]
	if !ok && !lineFilters[c.cmd.name] {
		return str{}, false
	}
	args := c.all("r")
	in := *c.cmd.io.in
	if len(args) > 0 {
		var b builder
		for _, s := range args {
			if s.known() && s.t == "-" {
				b.add(in)
				continue
			}
			text := a.contentOf(c.cmd.st, s)
			if text.opaque() && c.cmd.name == "cat" && c.cmd.io.out != nil {
				text.t = openLines
			}
			b.add(text)
		}
		in = b.str()
	}
	if s, ok := selectLines(c, in); ok {
		return s, true
	}
	if f.run == nil {
		return str{}, false
	}
	if c.cmd.name == "base64" && a.dialect == POSIX && c.on("decode") && !wholeBase64(in.t) {
		return str{}, false // of what is cut short busybox prints nothing
	}
	if !f.noInput && (!in.known() || len(in.t) > 1<<18) || !a.tick(1+len(in.t)/16) {
		return str{}, false
	}
	for _, g := range c.args {
		if !g.val.known() && g.role != "r" {
			return str{}, false
		}
	}
	out, ok := f.run(c, in.t)
	if !ok || len(out) > maxText || strings.IndexByte(out, 0) >= 0 {
		return str{}, false
	}
	return str{t: out, src: in.src}, true
}

// filter is a program that prints a function of what it reads.
type filter struct {
	run     func(c *call, in string) (string, bool)
	noInput bool
}

var filters map[string]filter

// printers print what their arguments and the state of things make of them.
var printers map[string]func(*analyzer, *call) (str, bool)

func init() {
	printers = map[string]func(*analyzer, *call) (str, bool){
		"ls": (*analyzer).listing, "dir": (*analyzer).listing, "vdir": (*analyzer).listing,
		"which":  (*analyzer).which,
		"getent": (*analyzer).account,
		"mktemp": (*analyzer).temporary,
		"paste":  (*analyzer).pasted,
		"cut":    (*analyzer).cutAccount,
		"jq":     (*analyzer).foldJQ, "gojq": (*analyzer).foldJQ, "jaq": (*analyzer).foldJQ,
		"python": (*analyzer).foldModule, "python3": (*analyzer).foldModule, "python2": (*analyzer).foldModule,
		"whoami": (*analyzer).userName, "logname": (*analyzer).userName, "id": (*analyzer).userName,
	}
	filters = map[string]filter{
		"cat":      {run: foldCat},
		"base64":   {run: foldBase64},
		"base32":   {run: foldBase32},
		"rev":      {run: foldRev},
		"tac":      {run: foldTac},
		"tr":       {run: foldTr},
		"cut":      {run: foldCut},
		"head":     {run: foldHead},
		"tail":     {run: foldTail},
		"xxd":      {run: foldXxd},
		"sort":     {run: foldSort},
		"openssl":  {run: foldOpenssl},
		"seq":      {run: foldSeq, noInput: true},
		"basename": {run: foldBasename, noInput: true},
		"dirname":  {run: foldDirname, noInput: true},
		"yes":      {run: foldYes, noInput: true},
	}
}

// foldCat is cat, which may number its lines.
func foldCat(c *call, in string) (string, bool) {
	if flagged(c, "AEestTv") {
		return "", false
	}
	if !flagged(c, "nb") {
		return in, true
	}
	ls := lines(in)
	for i := range ls {
		ls[i] = pad(padNumber(int64(i+1), 0), 6) + "\t" + ls[i]
	}
	return unlines(ls), true
}

func operandTexts(c *call) []string {
	var out []string
	for _, s := range c.all("_") {
		out = append(out, s.t)
	}
	return out
}

func optionText(c *call, names ...string) (string, bool) {
	for _, g := range c.args {
		if slices.Contains(names, g.name) {
			return g.val.t, true
		}
	}
	return "", false
}

func foldBase64(c *call, in string) (string, bool) {
	if !c.on("decode") {
		if in == "" {
			return "", true
		}
		return base64.StdEncoding.EncodeToString([]byte(in)) + "\n", true
	}
	blank := strings.ContainsAny(in, " \t\r") // programs differ in what they make of it
	in = strings.Map(func(r rune) rune {
		if r == '\n' || r == ' ' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, in)
	b, err := base64.StdEncoding.DecodeString(in)
	if err != nil && blank {
		return "", false
	}
	if err != nil {
		b, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(in, "="))
	}
	return string(b), err == nil || len(b) > 0
}

// wholeBase64 reports whether a text is base64 to its end.
func wholeBase64(in string) bool {
	_, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(in, "\n", ""))
	return err == nil
}

// foldModule is python -m base64 -d.
func (a *analyzer) foldModule(c *call) (str, bool) {
	argv := c.cmd.argv
	if len(argv) < 3 || argv[1].t != "-m" || argv[2].t != "base64" || !flagged(c, "du") {
		return str{}, false
	}
	src := join(c.cmd.io.in.src, &source{from: Decoded})
	if !c.cmd.io.in.known() || len(operandsOf(argv[2:])) > 0 {
		return unknown(src), true
	}
	t, ok := foldBase64(&call{modes: []string{"decode"}}, c.cmd.io.in.t)
	return str{t: t, src: src}, ok
}

func foldBase32(c *call, in string) (string, bool) {
	if !c.on("decode") {
		if in == "" {
			return "", true
		}
		return base32.StdEncoding.EncodeToString([]byte(in)) + "\n", true
	}
	b, err := base32.StdEncoding.DecodeString(strings.TrimSpace(in))
	return string(b), err == nil
}

func foldOpenssl(c *call, in string) (string, bool) {
	d, b64 := false, false
	for _, f := range c.cmd.argv[1:] {
		d = d || f.t == "-d"
		b64 = b64 || f.t == "base64" || f.t == "-base64" || f.t == "-a"
	}
	if !d || !b64 {
		return "", false
	}
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(strings.TrimSpace(in), "\n", ""))
	return string(b), err == nil
}

func foldXxd(c *call, in string) (string, bool) {
	r, p := false, false
	for _, f := range c.cmd.argv[1:] { // an option is known by its first letter: -rp is -r
		o := f.t
		if strings.HasPrefix(o, "--") {
			o = o[1:]
		}
		r = r || strings.HasPrefix(o, "-r")
		p = p || strings.HasPrefix(o, "-p")
	}
	if !r || !p {
		return "", false
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(in), ""))
	return string(b), err == nil
}

func foldSeq(c *call, in string) (string, bool) {
	ops := operandTexts(c)
	form, hasForm := optionText(c, "-f")
	from, to := int64(1), int64(0)
	var ok, ok2 bool
	switch len(ops) {
	case 1:
		to, ok = parseInt(ops[0])
		ok2 = true
	case 2:
		from, ok = parseInt(ops[0])
		to, ok2 = parseInt(ops[1])
	}
	if !ok || !ok2 || to-from > maxLoops {
		return "", false
	}
	var ls []string
	for ; from <= to; from++ {
		t := padNumber(from, 0)
		if hasForm {
			n := strings.IndexByte(form, '%')
			switch {
			case n < 0:
				t = form
			case strings.HasPrefix(form[n:], "%g") || strings.HasPrefix(form[n:], "%.0f"):
				t = form[:n] + t + strings.TrimPrefix(strings.TrimPrefix(form[n:], "%g"), "%.0f")
			default:
				return "", false
			}
		}
		ls = append(ls, t)
	}
	return unlines(ls), true
}

func foldBasename(c *call, in string) (string, bool) {
	ops := operandTexts(c)
	if len(ops) == 0 || len(ops) > 2 || len(c.cmd.argv) != 1+len(ops) {
		return "", false
	}
	b := path.Base(ops[0])
	if len(ops) == 2 && b != ops[1] {
		b = strings.TrimSuffix(b, ops[1])
	}
	return b + "\n", true
}

// foldYes prints a few of the lines that would never end.
func foldYes(c *call, in string) (string, bool) {
	s := "y"
	if ops := c.cmd.argv[1:]; len(ops) > 0 {
		all := joinFields(ops)
		if !all.known() {
			return "", false
		}
		s = all.t
	}
	return strings.Repeat(s+"\n", 16), true
}

func foldDirname(c *call, in string) (string, bool) {
	ops := operandTexts(c)
	if len(ops) != 1 {
		return "", false
	}
	return path.Dir(strings.TrimRight(ops[0], "/")) + "\n", true
}
