package shellparse

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// expander turns words into fields. The zero cur with has unset is no field.
type expander struct {
	a      *analyzer
	st     *state
	out    []field
	cur    builder
	has    bool
	loose  bool
	spread bool
	quoted bool
	single bool // no splitting: assignments, redirections, case words
	wild   bool // with single: wildcards count all the same

	noTilde bool // a tilde is nothing special
	heredoc bool // a double quote is nothing special
	glued   bool // more of the word follows
	element bool // of an array: NAME= at its start is nothing special
	assign  bool // the value of an assignment: ~ counts after : as well
}

// fields expands words the way a simple command does.
func (a *analyzer) fields(st *state, words []*syntax.Word) []field {
	return a.expanded(st, words, false)
}

// elements expands the words of an array. In zsh a tilde counts behind a colon
// there, as in an assignment.
func (a *analyzer) elements(st *state, words []*syntax.Word) []field {
	return a.expanded(st, words, true)
}

// expanded is each word expanded. A wildcard may match what a substitution behind
// it has made, and is left open then.
func (a *analyzer) expanded(st *state, words []*syntax.Word, element bool) []field {
	looks, touched, in := a.looks, a.touched, str{}
	if a.stdio.in != nil {
		in = *a.stdio.in
	}
	out := a.eachWord(st, words, element)
	if a.touched && !touched && a.looks > looks {
		st = st.fork()
		o := st.options()
		o.unsureGlob = true
		st.setOptions(o)
		if a.stdio.in != nil {
			*a.stdio.in = in
		}
		out = a.eachWord(st, words, element)
	}
	return out
}

func (a *analyzer) eachWord(st *state, words []*syntax.Word, element bool) []field {
	if a.dialect == Zsh && len(words) > 1 && words[0].Lit() == "noglob" {
		o := st.options()
		o.noglob = true
		st = st.fork()
		st.setOptions(o)
	}
	x := expander{a: a, st: st, out: make([]field, 0, len(words)), assign: element && a.dialect == Zsh, element: element && a.dialect == Bash}
	decl := len(words) > 1 && declares(words[0]) && (a.dialect != POSIX || !bashDeclares[words[0].Lit()]) && (a.dialect != Korn || words[0].Lit() != "declare")
	for _, w := range words {
		if decl && len(w.Parts) > 0 && x.declared(w) {
			continue
		}
		if a.dialect == POSIX && len(words) > 1 && bashDeclares[words[0].Lit()] && len(w.Parts) > 0 {
			if l, ok := w.Parts[0].(*syntax.Lit); ok && strings.Contains(l.Value, "~") && strings.Contains(l.Value, "=") {
				x.has = true // an assignment in bash, which expands it
				x.cur.lit(l.Value[:strings.Index(l.Value, "=")+1])
				x.cur.add(unknown(nil))
				x.end()
				continue
			}
		}
		x.word(w)
	}
	return x.out
}

// text expands a word to exactly one string, without splitting and globbing.
func (a *analyzer) text(st *state, w *syntax.Word) str {
	if w == nil {
		return str{}
	}
	x := expander{a: a, st: st, single: true}
	x.parts(w.Parts, false)
	return x.cur.str()
}

// hereString is the text behind <<<, where mksh leaves a tilde as it is.
func (a *analyzer) hereString(st *state, w *syntax.Word) str {
	x := expander{a: a, st: st, single: true, noTilde: a.dialect == Korn}
	x.parts(w.Parts, false)
	return x.cur.str()
}

// pattern expands a word whose wildcards are to be matched.
func (a *analyzer) pattern(st *state, w *syntax.Word) str {
	if w == nil {
		return str{}
	}
	x := expander{a: a, st: st, single: true, wild: true}
	x.parts(w.Parts, false)
	return x.cur.str()
}

// declares tells the builtins apart of which the arguments are assignments,
// also where the grammar takes them for words.
// bashDeclares are those that a plain sh takes for programs.
var bashDeclares = map[string]bool{"declare": true, "typeset": true, "integer": true, "float": true}

func declares(w *syntax.Word) bool {
	switch w.Lit() {
	case "export", "readonly", "local", "declare", "typeset", "integer", "float":
		return true
	}
	return false
}

// declared expands NAME=VALUE as an assignment: ~ counts behind the =.
func (x *expander) declared(w *syntax.Word) bool {
	l, ok := w.Parts[0].(*syntax.Lit)
	if !ok {
		return false
	}
	i := strings.IndexByte(l.Value, '=')
	if i < 1 || !syntax.ValidName(l.Value[:i]) {
		return false
	}
	parts := append([]syntax.WordPart(nil), w.Parts[1:]...)
	head := *l
	if head.Value = l.Value[i+1:]; head.Value != "" {
		parts = append([]syntax.WordPart{&head}, parts...)
	}
	y := expander{a: x.a, st: x.st, single: true, assign: true}
	y.parts(parts, false)
	x.out = append(x.out, field{str: concat(lit(l.Value[:i+1]), y.cur.str())})
	return true
}

func (x *expander) word(w *syntax.Word) {
	if !x.a.tick(1) {
		return
	}
	if len(w.Parts) == 1 {
		if l, ok := w.Parts[0].(*syntax.Lit); ok && plainLiteral(l.Value) {
			x.out = append(x.out, field{str: lit(l.Value)})
			return
		}
	}
	words := x.a.braces(w)
	if x.a.dialect == Korn && len(words) > 1 && x.st.options().noglob {
		words = []*syntax.Word{w} // set -f is for braces too
	}
	for _, v := range words {
		before := len(x.out)
		x.parts(v.Parts, false)
		if len(words) > 1 && x.a.dialect == Korn && expands(v.Parts) {
			x.out = x.out[:before]
			x.cur, x.has, x.loose = builder{src: x.cur.src}, true, true // braces come after all else there
			x.cur.add(unknown(nil))
		}
		x.end()
	}
}

// expands reports whether a word has parts that are to be expanded.
func expands(parts []syntax.WordPart) bool {
	for _, p := range parts {
		switch p.(type) {
		case *syntax.ParamExp, *syntax.CmdSubst:
			return true
		}
	}
	return false
}

func plainLiteral(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\', '*', '?', '[', '{', '~', '=', '(', '^', '#':
			return false
		}
	}
	return true
}

// end closes the field under construction.
func (x *expander) end() {
	if x.has && x.a.tick(2) {
		s := x.cur.str()
		x.out = append(x.out, x.a.globbed(x.st, field{str: s, loose: x.loose && s.opaque(), spread: x.spread && !s.opaque(), quoted: x.quoted})...)
	}
	if n := len(x.out); !x.has && x.cur.src != nil && n > 0 {
		x.out[n-1].src = join(x.out[n-1].src, x.cur.src) // of an empty value: whose it was still counts
	}
	x.cur, x.has, x.loose, x.spread, x.quoted = builder{}, false, false, false, false
}

func (x *expander) parts(parts []syntax.WordPart, inQuotes bool) {
	if x.a.dialect == Zsh {
		parts = wholeNumbers(parts)
	}
	for i, p := range parts {
		x.glued = i+1 < len(parts)
		x.part(p, inQuotes, i == 0)
	}
}

// wholeNumbers makes ${13} of $13, which other shells read as ${1}3.
func wholeNumbers(parts []syntax.WordPart) []syntax.WordPart {
	for i := 0; i+1 < len(parts); i++ {
		p, ok := parts[i].(*syntax.ParamExp)
		l, ok2 := parts[i+1].(*syntax.Lit)
		if !ok || !ok2 || !p.Short || p.Param == nil {
			continue
		}
		if p.Param.Value == "#" && !p.Length && l.Value != "" && strings.IndexByte("-?!$*@", l.Value[0]) >= 0 { // how long $- is
			text := *l
			text.Value = l.Value[1:]
			parts = slices.Clone(parts)
			if parts[i] = (&syntax.ParamExp{Param: &syntax.Lit{Value: unknownName}}); text.Value == "" {
				parts = slices.Delete(parts, i+1, i+2)
			} else {
				parts[i+1] = &text
			}
			continue
		}
		if !isNumber(p.Param.Value) {
			continue
		}
		rest := strings.TrimLeft(l.Value, "0123456789")
		if len(rest) == len(l.Value) {
			continue
		}
		whole, name, text := *p, *p.Param, *l
		name.Value += l.Value[:len(l.Value)-len(rest)]
		text.Value = rest
		whole.Param = &name
		parts = slices.Clone(parts)
		if parts[i], parts[i+1] = &whole, &text; rest == "" {
			parts = slices.Delete(parts, i+1, i+2)
		}
	}
	return parts
}

func (x *expander) part(p syntax.WordPart, inQuotes, first bool) {
	if !x.a.tick(1) {
		return
	}
	switch p := p.(type) {
	case *syntax.Lit:
		x.has = x.has || p.Value != "" || x.a.dialect != Bash // {,} leaves nothing in bash
		if inQuotes {
			x.cur.lit(unquoteDouble(p.Value, x.heredoc))
			return
		}
		x.literal(p.Value, first)
	case *syntax.SglQuoted:
		x.has, x.quoted = true, true
		if head, tail, ok := strings.Cut(p.Value, "${"+unknownName+"}"); ok { // of text that is known in part
			x.cur.add(concat(lit(head), unknown(nil), lit(strings.ReplaceAll(tail, "${"+unknownName+"}", ""))))
		} else if p.Dollar {
			x.cur.add(x.a.ansiQuoted(p.Value))
		} else {
			x.cur.lit(p.Value)
		}
	case *syntax.DblQuoted:
		x.quotedParts(p)
	case *syntax.ParamExp:
		x.a.instead = nil
		vals, list := x.a.param(x.st, p, inQuotes)
		if w := x.a.instead; w != nil && !inQuotes && !x.single {
			x.a.instead = nil
			x.insteadParts(w.Parts)
			return
		}
		if x.a.dialect == Korn && !first && !inQuotes && !x.single && kornLoses(p, vals) {
			for _, v := range vals {
				x.cur.src = join(x.cur.src, v.src)
			}
			x.has, x.loose, x.cur = true, true, builder{src: x.cur.src}
			x.cur.add(unknown(x.cur.src))
			return
		}
		x.expansion(vals, list, inQuotes, p)
	case *syntax.CmdSubst:
		v := x.a.substitution(x.st, p)
		x.expansion([]str{v}, false, inQuotes, nil)
	case *syntax.ArithmExp:
		before := x.spread
		x.expansion([]str{x.a.arithText(x.st, p.X)}, false, inQuotes, nil)
		x.spread = before // a number is one word
	case *syntax.ProcSubst:
		x.has = true
		x.cur.add(x.a.processSubst(x.st, p))
	case *syntax.ExtGlob:
		x.has = true
		x.cur.add(unknown(nil))
		x.a.substitutionsIn(x.st, p.Pattern.Value)
	case *syntax.BraceExp:
		x.has = true
		for _, w := range p.Elems {
			x.parts(w.Parts, false)
		}
	}
}

// kornLoses reports whether mksh may lose what stands before an expansion in its
// word, or a blank in it: it does so before one that has come to nothing.
func kornLoses(p *syntax.ParamExp, vals []str) bool {
	switch {
	case p.Slice != nil || p.Repl != nil:
	case p.Exp == nil:
		return false
	case p.Exp.Op == syntax.AssignUnset || p.Exp.Op == syntax.AssignUnsetOrNull || p.Exp.Op >= syntax.RemSmallSuffix:
	default:
		return false
	}
	for _, v := range vals {
		if !v.known() || v.t == "" || strings.ContainsAny(v.t, " \t\n") {
			return true
		}
	}
	return len(vals) == 0
}

// insteadParts expands the word of ${x-word}, which is split and matched as if
// it stood there itself, but for its quoted parts.
func (x *expander) insteadParts(parts []syntax.WordPart) {
	for i, p := range parts {
		l, ok := p.(*syntax.Lit)
		if !ok {
			x.part(p, false, i == 0)
			continue
		}
		s := l.Value
		if i == 0 && strings.HasPrefix(s, "~") {
			x.has = true
			glued := x.glued
			x.glued = len(parts) > 1
			s = x.tilde(s)
			x.glued = glued
		}
		for s != "" {
			k := strings.IndexByte(s, '\\')
			if k < 0 || k+1 == len(s) {
				k = len(s)
			}
			if x.a.dialect == Zsh && !x.st.options().split {
				x.has = x.has || k > 0
				x.activeText(s[:k])
			} else {
				x.split(str{t: s[:k]})
			}
			if k == len(s) {
				break
			}
			x.has, x.quoted = true, true
			x.cur.lit(s[k+1 : k+2])
			s = s[k+2:]
		}
	}
}

// quotedParts expands "...". An empty "$@" inside vanishes with its quotes.
func (x *expander) quotedParts(p *syntax.DblQuoted) {
	if len(p.Parts) == 1 {
		if e, ok := p.Parts[0].(*syntax.ParamExp); ok {
			vals, list := x.a.param(x.st, e, true)
			if list && len(vals) == 0 {
				return
			}
			x.has, x.quoted = true, true
			x.expansion(vals, list, true, e)
			return
		}
	}
	x.has, x.quoted = true, true
	x.parts(p.Parts, true)
}

// literal appends unquoted text of the command: '\' quotes, wildcards count.
func (x *expander) literal(s string, first bool) {
	if first && !x.single && !x.element {
		if n := x.assignedTo(s); n > 0 {
			x.activeText(s[:n])
			s, x.assign = s[n:], x.a.dialect == Bash
			defer func() { x.assign = false }()
		}
	}
	if first && !x.noTilde && strings.HasPrefix(s, "~") {
		s = x.tilde(s)
	}
	for x.assign {
		i := strings.Index(s, ":~")
		if i < 0 || strings.HasSuffix(s[:i], "\\") {
			break
		}
		x.plain(s[:i+1])
		s = x.tilde(s[i+1:])
		if strings.HasPrefix(s, "~") {
			break
		}
	}
	x.plain(s)
}

// assignedTo is the length of NAME= at the start of an argument, behind which
// bash and mksh expand a tilde as in an assignment. bash wants a name there.
func (x *expander) assignedTo(s string) int {
	i := strings.IndexByte(s, '=')
	if i <= 0 || i+1 == len(s) || x.a.dialect != Bash && x.a.dialect != Korn || !strings.Contains(s[i:], "~") || strings.IndexByte(s[:i], '\\') >= 0 {
		return 0
	}
	name, _, _ := strings.Cut(strings.TrimSuffix(s[:i], "+"), "[")
	if x.a.dialect == Bash && !syntax.ValidName(name) {
		return 0
	}
	return i + 1
}

// plain appends unquoted text without a tilde of meaning.
func (x *expander) plain(s string) {
	if x.a.dialect == Zsh && !x.single && (strings.IndexByte(s, '(') >= 0 || x.st.options().globCode && strings.ContainsAny(s, "^#~")) {
		x.has, x.loose = true, true // qualifiers of a glob
		x.cur = builder{src: x.cur.src}
		x.cur.add(unknown(nil))
		return
	}
	for s != "" {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			x.activeText(s)
			return
		}
		x.activeText(s[:i])
		x.cur.lit(s[i+1 : i+2])
		x.quoted = true
		s = s[i+2:]
	}
}

func (x *expander) activeText(s string) {
	if !x.wild && (x.single || x.st.options().noglob) {
		x.cur.lit(s)
		return
	}
	x.cur.active(s)
}

// tilde replaces a leading ~ or ~user and returns what is left of s.
func (x *expander) tilde(s string) string {
	name := s[1:]
	if i := strings.IndexAny(name, "/:"); i >= 0 {
		name = name[:i]
	} else if x.glued && x.a.dialect != Zsh {
		return s // what follows is part of the name
	}
	if strings.ContainsAny(name, "\\*?[{") {
		return s
	}
	x.cur.add(x.a.homeOf(x.st, name))
	return s[1+len(name):]
}
