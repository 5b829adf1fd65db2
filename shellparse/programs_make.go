package shellparse

import (
	"strings"
)

// make runs recipes. The makefile is read when it is there.
func (a *analyzer) make(c *call) {
	file := str{}
	for i := range c.args {
		switch g := &c.args[i]; g.role {
		case "makecode":
			a.makeText(c, lit(a.withIncludes(c, g.val.prefix(), 0)))
		case "makefile":
			file = g.val
			a.readArg(c, g.val)
			p, cert := a.resolve(c.cmd.st, g.val, true)
			a.ranFile("make", p, cert, c.cmd.span)
		case "target":
			if name, val, ok := g.val.cut('='); ok && name.known() {
				if name.t == "SHELL" || name.t == "MAKEFLAGS" || codeKind(name.t) == codeText {
					a.emit(Effect{Kind: SetEnv, Name: name.t, Value: val.value(), Span: c.cmd.span})
				}
				if _, shell := DialectOf(path0(val.prefix())); name.t == "SHELL" && !shell {
					a.shellArg(c, val) // the recipes are its arguments
				}
				a.makeText(c, val)
			}
		default:
			a.carry(c, g)
		}
	}
	if file.known() && file.t == "-" {
		in := *c.cmd.io.in
		a.flowInto("make", in.src, c.cmd.span)
		if in.known() {
			a.makeFile(c, in)
		}
	} else if file.t == "" {
		a.defaultMakefile(c)
	} else if f := a.codeText(c, file); !f.known() {
		a.flowInto("make", f.src, c.cmd.span)
	} else if f.t != "" {
		a.flowInto("make", f.src, c.cmd.span)
		a.inFileDo(c.cmd.span, func() { a.makeFile(c, f) })
	}
	a.finishCall(c)
}

func (a *analyzer) defaultMakefile(c *call) {
	for _, n := range []string{"GNUmakefile", "makefile", "Makefile"} {
		if f := a.codeText(c, lit(n)); f.known() && f.t != "" {
			a.flowInto("make", f.src, c.cmd.span)
			a.inFileDo(c.cmd.span, func() { a.makeFile(c, f) })
			return
		}
	}
}

// codeText is fileText of a file that runs: what the text has put there and is not
// known is unknown code.
func (a *analyzer) codeText(c *call, name str) str {
	f := a.fileText(c.cmd.st, name)
	if p, cert := a.resolve(c.cmd.st, name, true); cert == Exact && !f.known() && a.files[p] != nil {
		a.flowInto(c.cmd.name, f.src, c.cmd.span)
		a.unknownCode(f, c.cmd.span)
	}
	return f
}

// fileText is the content of a file, written by the text or on disk.
func (a *analyzer) fileText(st *state, name str) str {
	p, cert := a.resolve(st, name, true)
	if cert != Exact {
		return unknown(nil)
	}
	if f := a.files[p]; f != nil {
		return f.content()
	}
	if s, ok := a.readFile(p); ok {
		return s
	}
	return str{}
}

// makeText looks through make's own language for functions that run commands
// and touch files.
func (a *analyzer) makeText(c *call, s str) {
	t := s.prefix()
	for i := 0; i+2 < len(t); i++ {
		if t[i] != '$' || t[i+1] != '(' && t[i+1] != '{' {
			continue
		}
		body := balanced(t[i+1:])
		switch word, rest, _ := strings.Cut(body, " "); word {
		case "shell":
			a.shellArg(c, makeShell(rest, nil))
		case "file":
			rest = strings.TrimSpace(rest)
			name, _, _ := strings.Cut(strings.TrimLeft(rest, "<> "), ",")
			if strings.HasPrefix(rest, "<") {
				a.readArg(c, lit(strings.TrimSpace(name)))
			} else {
				a.writeArg(c, lit(strings.TrimSpace(name)))
			}
		}
	}
	if name, rest, ok := strings.Cut(t, "!="); ok && plainName(strings.TrimSpace(name)) {
		a.shellArg(c, makeShell(rest, nil))
	}
	for line := range strings.SplitSeq(t, "\n") {
		if recipe, ok := strings.CutPrefix(line, "\t"); ok {
			a.shellArg(c, makeShell(recipe, nil))
		} else if _, recipe, ok := strings.Cut(line, ";"); ok && strings.Contains(line, ":") {
			a.shellArg(c, makeShell(recipe, nil))
		}
	}
}

// balanced is what stands between the bracket that t starts with and its mate.
func balanced(t string) string {
	depth := 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '(', '{':
			depth++
		case ')', '}':
			if depth--; depth == 0 {
				return t[1:i]
			}
		}
	}
	return t[1:]
}

// makeShell turns a recipe into the shell text that make hands on: $$ is $,
// and make's own variables are what the makefile says, if it is that simple.
func makeShell(t string, vars map[string]string) str {
	var b strings.Builder
	expandMake(&b, strings.TrimLeft(t, "@-+ \t"), vars, 0)
	return lit(b.String())
}

func expandMake(b *strings.Builder, t string, vars map[string]string, depth int) {
	for i := 0; i < len(t) && b.Len() < maxText; i++ {
		if t[i] != '$' || i+1 == len(t) {
			b.WriteByte(t[i])
			continue
		}
		switch t[i+1] {
		case '$':
			b.WriteByte('$')
			i++
		case '(', '{':
			name := balanced(t[i+1:])
			i += len(name) + 2
			if v, ok := vars[name]; ok && depth < 8 {
				expandMake(b, v, vars, depth+1)
			} else if name == "MAKE" {
				b.WriteString("make")
			} else {
				b.WriteString("${" + unknownName + "}")
			}
		default:
			b.WriteString("${" + unknownName + "}")
			i++
		}
	}
}

// maxRecipes bounds the lines of a makefile that are judged.
const maxRecipes = 400

// makeFile judges the recipes of the targets asked for, and what they need.
func (a *analyzer) makeFile(c *call, text str) {
	rules, first, vars := parseMakefile(a.withIncludes(c, text.t, 0))
	var want []string
	for _, t := range c.all("target") {
		if t.known() && !strings.Contains(t.t, "=") {
			want = append(want, t.t)
		}
	}
	if len(want) == 0 && first != "" {
		want = []string{first}
	}
	seen := map[string]bool{}
	for n := 0; len(want) > 0 && n < maxRecipes && a.tick(1); n++ {
		t := want[0]
		want = want[1:]
		r, ok := rules[t]
		if !ok && !seen[t] {
			r, ok = patternRule(rules, t)
		}
		if seen[t] || !ok {
			continue
		}
		seen[t] = true
		want = append(want, r.needs...)
		for _, line := range r.recipe {
			a.makeLine(c, line, vars)
		}
	}
	for _, line := range rules[""].recipe {
		a.makeText(c, lit(line))
	}
}

// patternRule is the rule with a % that makes t.
func patternRule(rules map[string]makeRule, t string) (makeRule, bool) {
	for name, r := range rules {
		if from, to, ok := strings.Cut(name, "%"); ok && len(t) >= len(from)+len(to) && strings.HasPrefix(t, from) && strings.HasSuffix(t, to) {
			return r, true
		}
	}
	return makeRule{}, false
}

// withIncludes is a makefile with those that it includes.
func (a *analyzer) withIncludes(c *call, t string, depth int) string {
	if depth > 8 || !strings.Contains(t, "include") {
		return t
	}
	var b strings.Builder
	for line := range strings.Lines(t) {
		b.WriteString(line)
		w := strings.Fields(line)
		if len(w) < 2 || line[0] == '\t' || w[0] != "include" && w[0] != "-include" && w[0] != "sinclude" {
			continue
		}
		for _, name := range w[1:] {
			a.readArg(c, lit(name))
			a.ranIfLeft(c.cmd, lit(name))
			f := a.fileText(c.cmd.st, lit(name))
			a.flowInto("make", f.src, c.cmd.span)
			if strings.ContainsAny(name, "$*?") || !f.known() {
				a.res.Unresolved = true
				continue
			}
			if b.Len()+len(f.t) < maxScript {
				b.WriteByte('\n')
				b.WriteString(a.withIncludes(c, f.t, depth+1))
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}

// makeLine judges one line of a recipe.
func (a *analyzer) makeLine(c *call, line string, vars map[string]string) {
	s := makeShell(line, vars)
	a.shellArg(c, s)
}

type makeRule struct {
	needs, recipe []string
}

// parseMakefile reads the rules of a makefile, simply. The rule "" holds the
// assignments and other lines that make expands by itself.
func parseMakefile(t string) (rules map[string]makeRule, first string, vars map[string]string) {
	rules, vars = map[string]makeRule{}, map[string]string{}
	var now []string
	for line := range strings.SplitSeq(strings.ReplaceAll(t, "\\\n", " "), "\n") {
		if strings.HasPrefix(line, "\t") {
			for _, n := range now {
				r := rules[n]
				r.recipe = append(r.recipe, line[1:])
				rules[n] = r
			}
			continue
		}
		if trimmed := strings.TrimSpace(line); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		head, tail, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(tail, "=") || strings.HasPrefix(tail, ":=") || strings.Contains(head, "=") {
			if strings.Contains(line, "$(shell") || strings.Contains(line, "$(file") || strings.Contains(line, "!=") {
				r := rules[""]
				r.recipe = append(r.recipe, line)
				rules[""] = r
			}
			if name, val, ok := strings.Cut(line, "="); ok {
				name = strings.TrimSpace(strings.TrimRight(name, ":?! "))
				if _, twice := vars[name]; twice || strings.HasSuffix(name, "+") || !plainName(name) {
					name = strings.TrimSpace(strings.TrimSuffix(name, "+"))
					val = "$(" + unknownName + ")" // depends on more than this line
				}
				vars[name] = strings.TrimSpace(val)
			}
			now = nil
			continue
		}
		now = strings.Fields(head)
		needs, inline, hasInline := strings.Cut(strings.TrimPrefix(tail, ":"), ";")
		for _, n := range now {
			r := rules[n]
			r.needs = append(r.needs, strings.Fields(needs)...)
			if hasInline {
				r.recipe = append(r.recipe, inline)
			}
			rules[n] = r
			if first == "" && !strings.HasPrefix(n, ".") {
				first = n
			}
		}
	}
	return rules, first, vars
}
