package shellparse

import (
	"strings"
)

// xargs runs a command with what it reads.
func (a *analyzer) xargs(c *call) {
	for i := range c.args {
		if c.args[i].role != "replace" {
			a.carry(c, &c.args[i])
		}
	}
	in := *c.cmd.io.in
	if files := c.all("r"); len(files) > 0 && !isStdin(files[0].t) && files[0].t != "-" {
		in = a.contentOf(c.cmd.st, files[0])
	}
	sub := *c.cmd
	sub.assigns, sub.noFunc = nil, true
	sub.argv = append([]field(nil), c.rest...)
	if len(sub.argv) == 0 {
		sub.argv = []field{{str: lit("echo")}}
	}
	mark := ""
	if r := c.all("replace"); len(r) > 0 {
		mark = r[len(r)-1].prefix()
	}
	if c.on("replace") && mark == "" {
		mark = "{}"
	}
	items := a.inputItems(in, mark != "", c.on("null"))
	if mark != "" && !mentions(sub.argv, mark) {
		// It runs as it stands. Whoever wrote that may have meant otherwise.
		plain := sub
		a.xargsRun(&plain)
		saved := a.doubt
		a.doubt = max(a.doubt, Pattern)
		sub.argv = append(sub.argv, items...)
		a.xargsRun(&sub)
		a.doubt = saved
		return
	}
	if mark == "" {
		sub.argv = append(sub.argv, items...)
		a.xargsRun(&sub)
		return
	}
	for i, it := range items {
		if i >= maxLoops {
			return
		}
		one := sub
		one.argv = make([]field, len(sub.argv))
		for k, f := range sub.argv {
			one.argv[k] = substitute(f, mark, it.str)
		}
		a.xargsRun(&one)
	}
}

func mentions(argv []field, mark string) bool {
	for _, f := range argv {
		if strings.Contains(f.t, mark) {
			return true
		}
	}
	return false
}

func (a *analyzer) xargsRun(cmd *command) {
	none := str{}
	cmd.io.in = &none
	a.dispatchProgram(cmd)
}

// inputItems splits what is read into arguments.
func (a *analyzer) inputItems(in str, lines, null bool) []field {
	if in.opaque() {
		return []field{{str: in, loose: true}}
	}
	if !in.glob && !lines && !null {
		var out []field
		for _, w := range quotedWords(in.t) {
			out = append(out, field{str: str{t: w, src: in.src}})
		}
		return out
	}
	t := in.globText()
	var parts []string
	switch {
	case lines || null:
		parts = strings.FieldsFunc(t, func(r rune) bool { return r == '\n' })
	default:
		parts = strings.Fields(t)
	}
	var out []field
	if !a.tick(2 * len(parts)) {
		return nil
	}
	for _, p := range parts {
		s := rawGlob(strings.TrimLeft(p, " \t"), in.src)
		out = append(out, field{str: s, loose: s.opaque()})
	}
	return out
}

// quotedWords splits text as xargs does: at blanks, but for quotes and
// backslashes.
func quotedWords(t string) []string {
	var out []string
	var b strings.Builder
	has, quote := false, byte(0)
	for i := 0; i < len(t); i++ {
		switch c := t[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote, has = c, true
		case c == '\\' && i+1 < len(t):
			i++
			has = true
			b.WriteByte(t[i])
		case c == ' ' || c == '\t' || c == '\n':
			if has {
				out = append(out, b.String())
			}
			b.Reset()
			has = false
		default:
			has = true
			b.WriteByte(c)
		}
	}
	if has {
		out = append(out, b.String())
	}
	return out
}

// parallel COMMAND ::: ARGS, or commands on standard input.
func (a *analyzer) parallel(c *call) {
	for i := range c.args {
		a.carry(c, &c.args[i])
	}
	var words, args []field
	given := false
	for i, f := range c.rest {
		if f.known() && strings.HasPrefix(f.t, ":::") {
			for _, g := range c.rest[i+1:] {
				if !g.known() || !strings.HasPrefix(g.t, ":::") {
					args = append(args, g)
				}
			}
			given = true
			break
		}
		words = append(words, f)
	}
	if !given {
		in := *c.cmd.io.in
		if files := c.all("r"); len(files) > 0 {
			in = a.contentOf(c.cmd.st, files[0])
		}
		args = a.inputItems(in, true, c.on("null"))
	}
	if len(words) == 0 {
		for _, g := range args {
			a.flowInto("parallel", g.src, c.cmd.span)
			a.runText(a.exported(c.cmd.st), g.str, POSIX, c.cmd.span, c.cmd.io)
		}
		return
	}
	text := joinFields(words)
	for i, g := range args {
		if i >= maxLoops {
			return
		}
		arg := g.str
		if g.known() {
			arg = concat(lit("'"), g.str, lit("'")) // parallel quotes what it fills in
		}
		one := concat(text, lit(" "), arg)
		if text.known() && strings.Contains(text.t, "{}") {
			one = substitute(field{str: text}, "{}", arg).str
		}
		a.flowInto("parallel", one.src, c.cmd.span)
		sub := *c.cmd
		sub.st = a.exported(c.cmd.st)
		a.runPartText(&sub, one, POSIX)
	}
}
