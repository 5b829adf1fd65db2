package shellparse

import (
	"slices"
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
	} else if in.known() {
		defer func() { c.cmd.io.in.t = "" }() // what reads after it finds nothing
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
	items := a.xargsItems(c, in, mark != "")
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
	if mark == "" && !in.known() && len(items) > 0 && sub.argv[0].known() {
		// There may be nothing to read.
		a.emit(Effect{Kind: Exec, Program: path0(sub.argv[0].t), Argv: values(sub.argv), Span: sub.span, Certainty: sub.doubt})
		if in.glob && !in.opaque() {
			all := Value{Text: commonStart(items) + "*", Certainty: Pattern, Spread: true} // nobody knows how many
			if len(items) > 1 || items[0].value() != all {
				a.emit(Effect{Kind: Exec, Program: path0(sub.argv[0].t), Argv: append(values(sub.argv), all), Span: sub.span, Certainty: sub.doubt})
			}
			if slices.ContainsFunc(sub.argv, func(f field) bool { _, shell := DialectOf(f.t); return shell }) {
				a.unknownCode(unknown(in.src), sub.span) // any part of it may be the text
			}
		}
	}
	if mark == "" {
		for _, part := range batches(c, items) {
			one := sub
			one.argv = append(sub.argv[:len(sub.argv):len(sub.argv)], part...)
			a.xargsRun(&one)
		}
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

// commonStart is the glob that all items begin with.
func commonStart(items []field) string {
	start := items[0].prefix()
	for _, f := range items[1:] {
		p := f.prefix()
		for !strings.HasPrefix(p, start) {
			start = start[:len(start)-1]
		}
	}
	return escape(start)
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

// batches are the arguments of one start after the other. All in one is what
// is shown when the option that says how many is not understood.
func batches(c *call, items []field) [][]field {
	size := len(items)
	for _, g := range c.args {
		switch g.name {
		case "-n", "--max-args", "-L", "--max-lines", "-l", "-s", "--max-chars":
			n, ok := parseInt(g.val.t)
			if !ok || n < 1 || !g.val.known() || strings.HasPrefix(g.name, "-s") || g.name == "--max-chars" {
				return [][]field{{{str: unknown(nil), loose: true}}}
			}
			if g.name != "-n" && g.name != "--max-args" && n > 1 {
				return [][]field{{{str: unknown(nil), loose: true}}} // lines, not arguments
			}
			size = int(n)
		}
	}
	for _, f := range items {
		if f.loose {
			return [][]field{items} // nobody knows how many there are
		}
	}
	if size >= len(items) {
		return [][]field{items}
	}
	var out [][]field
	for len(items) > 0 && len(out) < maxLoops {
		n := min(size, len(items))
		out = append(out, items[:n])
		items = items[n:]
	}
	return out
}

// xargsItems are the arguments that xargs makes of its input.
func (a *analyzer) xargsItems(c *call, in str, lines bool) []field {
	if !in.known() {
		return a.inputItems(in, lines, c.on("null"))
	}
	for _, g := range c.args {
		switch g.name {
		case "-d", "--delimiter":
			d := printfEscapes(g.val.t)
			if !g.val.known() || len(d) != 1 {
				return []field{{str: unknown(in.src), loose: true}}
			}
			var out []field
			for s := range strings.SplitSeq(strings.TrimSuffix(in.t, d), d) {
				if in.t != "" {
					out = append(out, field{str: str{t: s, src: in.src}})
				}
			}
			return out
		case "-L", "--max-lines", "-l", "-E", "-e":
			return []field{{str: unknown(in.src), loose: true}}
		}
	}
	if c.on("null") && in.t == "" {
		return nil
	}
	if c.on("null") {
		return []field{{str: str{t: in.t, src: in.src}}} // a known text holds no NUL
	}
	var out []field
	for s, ok := range xargsWords(in.t, lines) {
		if !ok {
			return append(out, field{str: unknown(in.src), loose: true})
		}
		out = append(out, field{str: str{t: s, src: in.src}})
	}
	return out
}

// xargsWords splits text as xargs does: at blanks or, with lines, at the ends
// of lines; quotes and backslashes count in both. ok is false for a quote that
// is not closed.
func xargsWords(t string, lines bool) func(yield func(string, bool) bool) {
	return func(yield func(string, bool) bool) {
		var b []byte
		has := false
		for i := 0; i <= len(t); i++ {
			switch {
			case i == len(t) || t[i] == '\n' || !lines && (t[i] == ' ' || t[i] == '\t'):
				if has && !yield(string(b), true) {
					return
				}
				b, has = b[:0], false
			case !has && (t[i] == ' ' || t[i] == '\t'):
			case t[i] == '\\' && i+1 == len(t):
				yield("", false) // which quotes nothing
				return
			case t[i] == '\\':
				i++
				b, has = append(b, t[i]), true
			case t[i] == '\'' || t[i] == '"':
				n := strings.IndexByte(t[i+1:], t[i])
				if n < 0 || strings.IndexByte(t[i+1:i+1+n], '\n') >= 0 {
					yield("", false)
					return
				}
				b, has = append(b, t[i+1:i+1+n]...), true
				i += n + 1
			default:
				b, has = append(b, t[i]), true
			}
		}
	}
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
