package shellparse

import (
	"strconv"
	"strings"
)

// textFilters are filters over whole lines, and printers of their arguments,
// beside those of filters.
func init() {
	for name, f := range map[string]filter{
		"uniq":     {run: foldUniq},
		"paste":    {run: foldPaste},
		"fold":     {run: foldFold},
		"nl":       {run: foldNumber},
		"dd":       {run: foldDD},
		"envsubst": {run: foldEnvsubst},
		"wc":       {run: foldCount},
		"fmt":      {run: foldSame},
		"expand":   {run: foldSame},
		"sponge":   {run: foldSame},
		"pv":       {run: foldSame},
		"iconv":    {run: foldSame},
		"dos2unix": {run: func(c *call, in string) (string, bool) { return strings.ReplaceAll(in, "\r", ""), true }},
		"grep":     {run: foldGrep}, "egrep": {run: foldGrep}, "fgrep": {run: foldGrep},
		"echo":   {run: foldEcho, noInput: true},
		"printf": {run: foldPrintf, noInput: true},
		"expr":   {run: foldExpr, noInput: true},
		"date":   {run: foldDate, noInput: true},
	} {
		filters[name] = f
	}
}

func foldSame(c *call, in string) (string, bool) { return in, true }

// flagged reports whether one of the single-letter options is given.
func flagged(c *call, letters string) bool {
	for _, f := range c.cmd.argv[1:] {
		p := f.prefix()
		if p == "--" {
			break
		}
		if len(p) > 1 && p[0] == '-' && p[1] != '-' && strings.ContainsAny(p[1:], letters) {
			return true
		}
	}
	return false
}

func foldUniq(c *call, in string) (string, bool) {
	if flagged(c, "dufsw") {
		return "", false
	}
	ls := lines(in)
	count := flagged(c, "c")
	var b strings.Builder
	for i := 0; i < len(ls); {
		n := 1
		for i+n < len(ls) && ls[i+n] == ls[i] {
			n++
		}
		if count {
			b.WriteString(pad(strconv.Itoa(n), 7) + " ")
		}
		b.WriteString(ls[i] + "\n")
		i += n
	}
	return b.String(), true
}

func pad(s string, width int) string {
	return strings.Repeat(" ", max(0, width-len(s))) + s
}

// foldPaste is paste over one input: its lines side by side.
func foldPaste(c *call, in string) (string, bool) {
	delim := "\t"
	serial := false
	for i, f := range c.cmd.argv[1:] {
		p := f.prefix()
		if p == "--serial" {
			serial = true
		}
		if len(p) < 2 || p[0] != '-' || p[1] == '-' {
			continue
		}
		opts, d, hasD := strings.Cut(p[1:], "d")
		serial = serial || strings.Contains(opts, "s")
		if hasD {
			if d == "" && i+2 < len(c.cmd.argv) {
				d = c.cmd.argv[i+2].prefix()
			}
			delim = printfEscapes(d)
		}
	}
	ls := lines(in)
	if !serial {
		return in, len(c.all("r")) < 2
	}
	if len(delim) > 1 {
		return "", false
	}
	return strings.Join(ls, delim) + "\n", true
}

// pasted is paste over several files: line by line.
func (a *analyzer) pasted(c *call) (str, bool) {
	files := c.all("r")
	if len(files) < 2 || flagged(c, "s") {
		return str{}, false
	}
	delim := "\t"
	for i, f := range c.cmd.argv {
		if p := f.prefix(); strings.HasPrefix(p, "-d") {
			if delim = p[2:]; delim == "" && i+1 < len(c.cmd.argv) {
				delim = c.cmd.argv[i+1].prefix()
			}
		}
	}
	var cols [][]string
	var src *source
	n := 0
	for _, f := range files {
		s := a.contentOf(c.cmd.st, f)
		if f.known() && f.t == "-" {
			s = *c.cmd.io.in
		}
		if !s.known() {
			return str{}, false
		}
		cols, src = append(cols, lines(s.t)), join(src, s.src)
		n = max(n, len(cols[len(cols)-1]))
	}
	var b strings.Builder
	for i := range n {
		if !a.tick(1) {
			return str{}, false
		}
		for k, col := range cols {
			if k > 0 {
				b.WriteString(printfEscapes(delim))
			}
			if i < len(col) {
				b.WriteString(col[i])
			}
		}
		b.WriteByte('\n')
	}
	return bounded(str{t: b.String(), src: src}), true
}

func foldFold(c *call, in string) (string, bool) {
	width := int64(80)
	if w, ok := optionText(c, "-w", "--width"); ok {
		if width, ok = parseInt(w); !ok || width < 1 {
			return "", false
		}
	}
	if flagged(c, "s") || strings.ContainsAny(in, "\t\b\r") {
		return "", false // those count for more than one column, or less
	}
	ls := strings.Split(in, "\n")
	var b strings.Builder
	for i, l := range ls {
		for len(l) > int(width) {
			b.WriteString(l[:width] + "\n")
			l = l[width:]
		}
		b.WriteString(l)
		if i < len(ls)-1 {
			b.WriteByte('\n')
		}
	}
	return b.String(), true
}

func foldNumber(c *call, in string) (string, bool) {
	width, sep := int64(6), "\t"
	if w, ok := optionText(c, "-w"); ok {
		width, _ = parseInt(w)
	}
	if s, ok := optionText(c, "-s"); ok {
		sep = s
	}
	style, _ := optionText(c, "-b")
	for _, f := range c.cmd.argv[1:] {
		if p := f.prefix(); strings.HasPrefix(p, "-b") && len(p) > 2 {
			style = p[2:]
		}
	}
	var b strings.Builder
	n := 0
	for _, l := range lines(in) {
		if style == "n" || l == "" && style != "a" {
			b.WriteString(strings.Repeat(" ", int(min(width, 64))+len(sep)) + l + "\n")
			continue
		}
		n++
		b.WriteString(pad(strconv.Itoa(n), int(min(width, 64))) + sep + l + "\n")
	}
	return b.String(), true
}

// foldDD is dd over known text: bs, count and skip.
func foldDD(c *call, in string) (string, bool) {
	bs, count, skip := int64(512), int64(-1), int64(0)
	for _, f := range c.cmd.argv[1:] {
		name, val, _ := strings.Cut(f.prefix(), "=")
		n, ok := parseInt(val)
		switch name {
		case "bs", "ibs":
			bs = n
		case "count":
			count = n
		case "skip":
			skip = n
		case "seek", "conv", "cbs", "iflag":
			return "", false
		case "if", "of", "status", "obs", "oflag":
			ok = true
		}
		if !ok || n < 0 {
			return "", false
		}
	}
	if bs < 1 || bs > maxText || skip > maxText || count > maxText {
		return "", false
	}
	in = in[min(int64(len(in)), skip*bs):]
	if count >= 0 {
		in = in[:min(int64(len(in)), count*bs)]
	}
	return in, true
}

// foldEnvsubst fills in exported variables.
func foldEnvsubst(c *call, in string) (string, bool) {
	only := ""
	if ops := operandsOf(c.cmd.argv); len(ops) > 0 {
		only = ops[0].prefix()
	}
	var b strings.Builder
	for i := 0; i < len(in); i++ {
		rest := in[i+1:]
		if in[i] != '$' || rest == "" {
			b.WriteByte(in[i])
			continue
		}
		brace := rest[0] == '{'
		if brace {
			rest = rest[1:]
		}
		n := 0
		for n < len(rest) && isIdent(rest[n]) {
			n++
		}
		if n == 0 || brace && (n == len(rest) || rest[n] != '}') || only != "" && !strings.Contains(only, rest[:n]) {
			b.WriteByte('$')
			continue
		}
		v := c.cmd.st.lookup(rest[:n])
		if v == nil || !v.export || len(v.vals) != 1 || !v.vals[0].known() {
			return "", false
		}
		b.WriteString(v.vals[0].t)
		i += n
		if brace {
			i += 2
		}
	}
	return b.String(), true
}

func foldCount(c *call, in string) (string, bool) {
	if len(c.all("r")) > 0 || len(c.cmd.argv) != 2 {
		return "", false
	}
	switch c.cmd.argv[1].t {
	case "-l":
		return strconv.Itoa(strings.Count(in, "\n")) + "\n", true
	case "-c", "-m":
		return strconv.Itoa(len(in)) + "\n", true
	case "-w":
		return strconv.Itoa(len(strings.Fields(in))) + "\n", true
	}
	return "", false
}

// foldGrep is grep with one pattern, without context.
func foldGrep(c *call, in string) (string, bool) {
	pat, given := optionText(c, "-e", "--regexp")
	if !given {
		ops := c.all("_")
		if len(ops) == 0 {
			return "", false
		}
		pat = ops[0].t
	}
	if flagged(c, "cqlLnHbzxwPABCfm") || len(c.all("r")) > 1 {
		return "", false
	}
	if c.cmd.name == "fgrep" || flagged(c, "F") {
		pat = strings.NewReplacer(`\`, `\\`, ".", `\.`, "*", `\*`, "[", `\[`, "^", `\^`, "$", `\$`).Replace(pat)
	}
	re, ok := posixRegex(pat, c.cmd.name == "egrep" || flagged(c, "E"), flagged(c, "i"))
	if !ok {
		return "", false
	}
	var b strings.Builder
	for _, l := range lines(in) {
		switch {
		case re.MatchString(l) == flagged(c, "v"):
		case flagged(c, "o"):
			for _, m := range re.FindAllString(l, -1) {
				b.WriteString(m + "\n")
			}
		default:
			b.WriteString(l + "\n")
		}
	}
	return b.String(), true
}

func foldEcho(c *call, in string) (string, bool) {
	args := c.cmd.argv[1:]
	end, escapes := "\n", false
	for len(args) > 0 && len(args[0].t) > 1 && args[0].t[0] == '-' && strings.Trim(args[0].t[1:], "neE") == "" {
		if strings.Contains(args[0].t, "n") {
			end = ""
		}
		escapes = strings.Contains(args[0].t, "e")
		args = args[1:]
	}
	s := joinFields(args)
	if !s.known() {
		return "", false
	}
	if escapes {
		s.t = echoEscapes(s.t)
	}
	return s.t + end, true
}

func foldPrintf(c *call, in string) (string, bool) {
	if len(c.cmd.argv) < 2 {
		return "", false
	}
	s := format(c.cmd.argv[1:])
	return s.t, s.known()
}

// foldExpr is expr with a string, a match, a sum.
func foldExpr(c *call, in string) (string, bool) {
	var ops []string
	for _, f := range c.cmd.argv[1:] {
		if !f.known() {
			return "", false
		}
		ops = append(ops, f.t)
	}
	switch {
	case len(ops) == 1:
		return ops[0] + "\n", true
	case len(ops) == 4 && ops[0] == "substr":
		from, ok := parseInt(ops[2])
		n, ok2 := parseInt(ops[3])
		if !ok || !ok2 || from < 1 || n < 0 {
			return "", false
		}
		s := ops[1]
		lo := min(int64(len(s)), from-1)
		return s[lo:min(int64(len(s)), lo+n)] + "\n", true
	case len(ops) == 2 && ops[0] == "length":
		return strconv.Itoa(len(ops[1])) + "\n", true
	case len(ops) == 3 && ops[1] == ":" || len(ops) == 3 && ops[0] == "match":
		s, pat := ops[0], ops[2]
		if ops[1] != ":" {
			s = ops[1]
		}
		re, ok := posixRegex("^"+strings.TrimPrefix(pat, "^"), false, false)
		if !ok {
			return "", false
		}
		m := re.FindStringSubmatch(s)
		switch {
		case len(m) > 1:
			return m[1] + "\n", true
		case len(m) == 1 && re.NumSubexp() == 0:
			return strconv.Itoa(len(m[0])) + "\n", true
		}
	case len(ops) == 3:
		x, ok := parseInt(ops[0])
		y, ok2 := parseInt(ops[2])
		if !ok || !ok2 {
			return "", false
		}
		n, good := int64(0), true
		switch ops[1] {
		case "+":
			n = x + y
		case "-":
			n = x - y
		case "*":
			n = x * y
		default:
			good = false
		}
		return strconv.FormatInt(n, 10) + "\n", good
	}
	return "", false
}

// foldDate is a date in a format without fields, which prints as it stands.
func foldDate(c *call, in string) (string, bool) {
	ops := operandsOf(c.cmd.argv)
	if len(ops) != 1 || !ops[0].known() || !strings.HasPrefix(ops[0].t, "+") || strings.Contains(ops[0].t, "%") {
		return "", false
	}
	return ops[0].t[1:] + "\n", true
}

// userName is what whoami and id -un print.
func (a *analyzer) userName(c *call) (str, bool) {
	switch {
	case a.in.User == "":
		return str{}, false
	case c.cmd.name == "id":
		if len(c.cmd.argv) != 2 || c.cmd.argv[1].t != "-un" && c.cmd.argv[1].t != "-nu" {
			return str{}, false
		}
	}
	return lit(a.in.User + "\n"), true
}

// which is the program of that name, or the builtin of zsh.
func (a *analyzer) which(c *call) (str, bool) {
	a.tellWhere(c.cmd, c.cmd.argv[1:])
	return str{}, true
}

// typed is what the builtins type and whence print of a program's name.
func (a *analyzer) typed(c *command) {
	var options strings.Builder
	for _, f := range c.argv[1:] {
		if p := f.prefix(); strings.HasPrefix(p, "-") {
			options.WriteString(strings.Trim(p, "-"))
		}
	}
	o := options.String()
	plain := c.argv[0].t == "whence" && strings.Trim(o, "p") == ""
	if a.dialect == POSIX || !plain && (o == "" || a.dialect == Zsh || strings.Trim(o, "pP") != "") { // not in every sh, or in words
		c.io.write(unknown(nil))
		return
	}
	a.tellWhere(c, c.argv[1:])
}
