package shellparse

import (
	"strconv"
	"strings"
)

// val is what an expression in another language is worth, as far as it matters.
type val struct {
	s     str    // as text; unknown for what is none
	or    []str  // what it may be instead
	items []val  // of a list or a table
	list  bool   //
	name  string // of a function or a module: os.system
	class string // of an object: Path
	recv  *val   // what it is a member of
	kw    string // the key it stands under
	num   bool
	mode  string // of a file that is open
}

func text(s string) val { return val{s: lit(s)} }

func nothing(src *source) val { return val{s: unknown(src)} }

// src is where it came from, and what is in it.
func (v *val) src() *source {
	src := v.s.src
	for i := range v.items {
		src = join(src, v.items[i].src())
	}
	for _, o := range v.or {
		src = join(src, o.src)
	}
	return src
}

// isText reports whether anything is known of v as text.
func (v *val) isText() bool { return !v.list && !v.s.opaque() }

// all are the texts that v may be.
func (v *val) all() []str { return append([]str{v.s}, v.or...) }

// either is a or b.
func either(a, b val) val {
	switch {
	case !a.isText() && !a.list || same(a.s, b.s) && !a.list && !b.list:
		b.s.src = join(b.s.src, a.src())
		return b
	case !b.isText() && !b.list || a.list:
		return a
	case b.list:
		return b
	}
	if len(a.or)+len(b.or) < maxValues {
		a.or = append(append(append([]str(nil), a.or...), b.s), b.or...)
	}
	return a
}

// glue is the text of a with that of b after it.
func glue(a, b val, between string) val {
	out := val{}
	for _, x := range a.all() {
		for _, y := range b.all() {
			if len(out.or) < 2*maxValues {
				out.or = append(out.or, concat(x, lit(between), y))
			}
		}
	}
	out.s, out.or = out.or[0], out.or[1:]
	return out
}

// code is a sequence of tokens, with the bracket that belongs to each one.
type code struct {
	toks []token
	mate []int
}

func codeOf(toks []token) code {
	c := code{toks, make([]int, len(toks))}
	var open []int
	for i := range toks {
		c.mate[i] = len(toks)
		if toks[i].kind != 'p' {
			continue
		}
		switch toks[i].text {
		case "(", "[", "{":
			open = append(open, i)
		case ")", "]", "}":
			if n := len(open); n > 0 {
				c.mate[open[n-1]] = i
				c.mate[i] = open[n-1]
				open = open[:n-1]
			}
		}
	}
	return c
}

// is reports whether the token at i is this punctuation or name.
func (s *codeScan) is(i int, t string) bool {
	return i >= 0 && i < len(s.toks) && s.toks[i].text == t && s.toks[i].kind != 's'
}

func (s *codeScan) kind(i int) byte {
	if i < 0 || i >= len(s.toks) {
		return 0
	}
	return s.toks[i].kind
}

// valueOf evaluates code that stands inside of a string.
func (s *codeScan) valueOf(toks []token) val {
	if len(toks) == 0 || !s.deeper() {
		return nothing(nil)
	}
	defer s.back()
	saved := s.code
	s.code = codeOf(toks)
	v, next := s.expr(0, len(toks))
	s.seq(next, len(toks))
	s.code = saved
	return v
}

// infix are the operators that join two operands into something of no interest.
const infix = " == != === !== < > <= >= <=> && & ^ - * ** << >> =~ !~ in is not and xor instanceof |> + . .. ++ % / <> eq ne lt gt x "

// expr reads an expression and carries out the calls in it. It returns where
// it ends: i, if there is none.
func (s *codeScan) expr(i, end int) (val, int) {
	if !s.a.tick(1) || !s.deeper() {
		return nothing(nil), end
	}
	defer s.back()
	v, j := s.operand(i, end)
	if j == i {
		return v, i
	}
	for j < end && !s.a.over {
		op := s.toks[j].text
		if s.toks[j].kind == 's' || s.toks[j].kind == 'n' || s.toks[j].kind == 'r' {
			break
		}
		switch {
		case s.concatenates(op, v):
			b, k := s.operand(j+1, end)
			if k == j+1 {
				return v, k
			}
			switch {
			case v.list && b.list:
				v.items = append(append([]val(nil), v.items...), b.items...)
			case op == "/":
				v = s.joinPath([]val{v, b})
				v.class = "Path"
			default:
				v = glue(v, b, "")
			}
			j = k
		case op == "%" && (s.lang == "python" || s.lang == "ruby") && v.isText() && !v.num:
			b, k := s.operand(j+1, end)
			v, j = s.format(v, argsOf(b)), max(k, j+1)
		case op == "?" && in(" js php perl ruby java go lua groovy scala kotlin other ", s.lang):
			b, k := s.expr(j+1, end)
			if s.is(k, ":") {
				c, n := s.expr(k+1, end)
				b, k = either(b, c), max(n, k+1)
			}
			v, j = b, max(k, j+1)
		case op == "if" && s.lang == "python" && s.toks[j].col < 0:
			_, k := s.expr(j+1, end)
			if s.is(k, "else") {
				b, n := s.expr(k+1, end)
				v, k = either(v, b), n
			}
			j = max(k, j+1)
		case op == "or" || op == "||" || op == "??" || op == "//" && s.lang == "perl":
			b, k := s.expr(j+1, end)
			v, j = either(v, b), max(k, j+1)
		case in(infix, op):
			b, k := s.operand(j+1, end)
			v, j = nothing(join(v.src(), b.src())), max(k, j+1)
		default:
			return v, j
		}
	}
	return v, j
}

// concatenates says whether an operator makes one text, path or list of two.
func (s *codeScan) concatenates(op string, v val) bool {
	switch op {
	case "+":
		return !v.num && !in(" perl php lua r ", s.lang)
	case ".":
		return s.lang == "perl" || s.lang == "php"
	case "..":
		return s.lang == "lua"
	case "<>", "++":
		return !in(" js php perl python go java ", s.lang)
	case "/":
		return v.class == "Path"
	case "*":
		return s.lang == "julia"
	}
	return false
}

// prefixWords and the operators before an operand change nothing of interest.
const prefixWords = " not await new typeof void my our local const let var final async unsafe val def return yield throw raise then else elif elsif elseif do " +
	"begin try ensure finally unless until while if when in delete defined ref use_ok and or go defer public static private protected auto except case switch catch "

func (s *codeScan) isPrefix(i int) bool {
	t := &s.toks[i]
	switch t.kind {
	case 'i':
		if t.text == "do" && s.kind(i+1) == 's' || t.text == "not" && s.is(i+1, "(") {
			return false
		}
		return in(prefixWords, t.text) && !s.is(i+1, ".") && !s.is(i+1, "=")
	case 'p':
		return in(" ! - + ~ & * ** ... \\ @ ^ ++ -- ", t.text)
	}
	return false
}

// operand reads one operand with all that is called, indexed and taken of it.
func (s *codeScan) operand(i, end int) (val, int) {
	start := i
	for i < end && s.isPrefix(i) {
		if s.toks[i].text == "-" && s.lang == "perl" && s.kind(i+1) == 'i' && len(s.toks[i+1].text) == 1 {
			i++ // -e $file
		}
		if s.toks[i].text == "return" {
			v, n := s.expr(i+1, end)
			s.returned = append(s.returned, v)
			return v, max(n, i+1)
		}
		i++
	}
	if i >= end {
		return nothing(nil), i
	}
	if f := s.starts[&s.toks[i]]; f != nil {
		return val{s: unknown(nil), name: f.name}, f.end
	}
	var v val
	t := &s.toks[i]
	switch {
	case t.kind == 's':
		v, i = s.literal(i, end)
	case t.kind == 'n':
		v, i = val{s: lit(t.text), num: true}, i+1
	case t.kind == 'r':
		v, i = nothing(nil), i+1
	case t.kind == 'i' && s.lang == "js" && s.is(i+1, "=>"):
		return s.arrow(i+2, end)
	case t.kind == 'i':
		v, i = s.named(i, end)
	case t.text == ":" && (s.lang == "ruby" || s.lang == "elixir" || s.lang == "other") && s.kind(i+1) == 'i':
		v, i = val{s: lit(s.toks[i+1].text), name: s.toks[i+1].text}, i+2
	case t.text == "(" || t.text == "[" || t.text == "{":
		m := min(s.mate[i], end)
		if n, ok := s.destructure(i, m, end); ok {
			return nothing(nil), n
		}
		if s.lang == "js" && s.is(m+1, "=>") {
			return s.arrow(m+2, end)
		}
		items := s.items(i+1, m)
		if t.text == "(" && len(items) == 1 && items[0].kw == "" {
			v = items[0]
		} else {
			v = val{s: unknown(nil), list: true, items: items}
		}
		i = m + 1
	default:
		return nothing(nil), start
	}
	return s.suffixes(v, min(i, max(end, i)), end)
}

// arrow is the body of a function that is handed on: it may run.
func (s *codeScan) arrow(i, end int) (val, int) {
	s.branches = true
	if s.is(i, "{") {
		m := min(s.mate[i], end)
		s.block++
		s.seq(i+1, m)
		s.block--
		i = m + 1
	} else {
		_, n := s.expr(i, end)
		i = max(i, n)
	}
	return val{s: unknown(nil), name: "function"}, i
}

// literal is a string with what its code parts are worth, and those after it.
func (s *codeScan) literal(i, end int) (val, int) {
	var v val
	for n := 0; i < end && s.kind(i) == 's'; n++ {
		t := &s.toks[i]
		one := val{s: t.val()}
		if parts := t.parts(); len(parts) > 0 {
			one = text("")
			for _, p := range parts {
				x := val{s: p.lit}
				if p.code != nil {
					x = s.valueOf(p.code)
				}
				one = glue(one, x, "")
			}
		}
		if t.exec {
			one = s.runs([]val{one}, true)
		}
		if n == 0 {
			v = one
		} else {
			v = glue(v, one, "")
		}
		i++
		if !in(" python ruby awk other ", s.lang) {
			break
		}
	}
	return v, i
}

// named is a name: a variable, a module, a function.
func (s *codeScan) named(i, end int) (val, int) {
	t := s.toks[i].text
	if s.assigns(i + 1) {
		return val{s: unknown(nil), name: t}, i + 1
	}
	if v, ok := s.vars[t]; ok {
		return v, i + 1
	}
	name := t
	if s.lang == "perl" || s.lang == "php" {
		switch {
		case t == "shift" && s.lang == "perl":
			return s.shift(), i + 1
		case t[0] == '$' || t[0] == '@':
			if v, ok := s.vars["@"+t[1:]]; ok {
				return v, i + 1
			}
		}
	}
	switch t {
	case "True", "true", "TRUE":
		return val{s: unknown(nil), name: "true"}, i + 1
	case "lambda":
		for i < end && !s.is(i, ":") {
			i++
		}
		return s.operand(i+1, end)
	}
	if v, ok := s.given2(t); ok {
		return v, i + 1
	}
	v := val{s: unknown(nil), name: name}
	return v, i + 1
}

// assigns reports whether the token at i gives the name before it a value.
func (s *codeScan) assigns(i int) bool {
	return s.kind(i) == 'p' && in(" = := += .= ||= //= ??= ", s.toks[i].text)
}

// given2 are the names of the program's arguments, and of the environment.
func (s *codeScan) given2(name string) (val, bool) {
	switch name {
	case "sys.argv", "process.argv", "$argv", "arg", "ARGV", "@ARGV", "$ARGV":
		return val{s: unknown(nil), list: true, items: s.arguments(name), name: name}, true
	case "os.environ", "process.env", "ENV", "%ENV", "$ENV", "$_ENV", "$_SERVER", "Bun.env", "os.environb":
		return val{s: unknown(nil), name: name, class: "Environment"}, true
	case "$HOME":
		return val{s: s.a.homeOf(s.cmd.st, "")}, true
	}
	return val{}, false
}

// suffixes follows members, calls and indices.
func (s *codeScan) suffixes(v val, i, end int) (val, int) {
	for i < end && !s.a.over && s.a.tick(1) {
		t := &s.toks[i]
		if t.text == "\n" && (s.is(i+1, ".") || s.is(i+1, "?.")) && s.lang != "python" {
			i++
			continue
		}
		if t.kind == 's' {
			if t.val().t != "" && s.taggable(&v) || s.bare(&v, i, end) {
				args, n := s.bareArgs(i, end)
				v, i = s.invoke(v, args), n
				continue
			}
			return v, i
		}
		switch {
		case (t.text == "." || t.text == "->" || t.text == "::" || t.text == "?." || t.text == "&" && s.is(i+1, ".")) && t.kind == 'p':
			if (s.lang == "perl" || s.lang == "php") && t.text == "." {
				return v, i
			}
			if t.text == "&" {
				i++
			}
			if s.is(i+1, "(") && s.lang != "perl" {
				i++ // ruby's f.(x)
				continue
			}
			if s.kind(i+1) != 'i' {
				if s.is(i+1, "!") && v.isText() { // scala's "cmd".!
					v = s.runs([]val{v}, true)
					i += 2
					continue
				}
				if s.lang == "perl" && (s.is(i+1, "[") || s.is(i+1, "{") || s.is(i+1, "(")) {
					i++
					continue
				}
				return v, i
			}
			if v, i = s.member(v, s.toks[i+1].text, t.text, s.assigns(i+2)), i+2; s.plainCall(&v, i, end) {
				v = s.invoke(v, nil)
			}
		case t.text == ":" && s.lang == "lua" && s.kind(i+1) == 'i':
			v, i = s.member(v, s.toks[i+1].text, ".", false), i+2
		case t.text == ":" && s.lang == "other" && s.kind(i+1) == 'i' && s.is(i+2, "("):
			v, i = s.member(v, s.toks[i+1].text, ".", false), i+2
			v.name = strings.Replace(v.name, ".", ":", 1)
		case t.text == "(" && (v.name != "" || v.recv != nil || v.list):
			m := min(s.mate[i], end)
			args := s.items(i+1, m)
			v, i = s.invoke(v, args), m+1
		case t.text == "[" || t.text == "{" && (s.lang == "perl" || v.class == "Environment"):
			if t.text == "[" && s.bare(&v, i, end) {
				args, n := s.bareArgs(i, end)
				v, i = s.invoke(v, args), n
				continue
			}
			if t.text == "{" && !(strings.HasPrefix(v.name, "$") || v.class == "Environment" || s.is(i-1, "->") || s.is(i-1, "}")) {
				return v, i
			}
			m := min(s.mate[i], end)
			v, i = s.at(v, i+1, m), m+1
		case s.assigns(i) && v.name != "":
			return s.assign(v, t.text, i+1, end)
		default:
			if s.bare(&v, i, end) {
				args, n := s.bareArgs(i, end)
				v, i = s.invoke(v, args), n
				continue
			}
			return v, i
		}
	}
	return v, i
}

// plainCall reports whether a method is called that takes nothing, in a
// language that needs no parentheses for it.
func (s *codeScan) plainCall(v *val, i, end int) bool {
	if !in(" ruby scala groovy kotlin crystal ", s.lang) || s.is(i, "(") || s.assigns(i) {
		return false
	}
	return in(" home tmp envall same r d D parent glob ", s.roleOf(v)) && (i >= end || !s.bare(v, i, end))
}

// taggable is a JavaScript template that is given to a function: $`ls`.
func (s *codeScan) taggable(v *val) bool {
	return s.lang == "js" && (v.name == "$" || v.name == "Bun.$" || v.name == "zx.$" || strings.HasSuffix(v.name, ".$"))
}

// bare reports whether a call without parentheses begins at i.
func (s *codeScan) bare(v *val, i, end int) bool {
	if v.name == "" || s.toks[i].col >= 0 || !in(" perl ruby php lua julia r elixir nim haskell ocaml other vim raku crystal groovy scala ", s.lang) {
		return false
	}
	t := &s.toks[i]
	if s.lang == "lua" && t.kind != 's' || t.kind == 'p' && t.text != "[" && t.text != ":" && t.text != "*" && t.text != "(" {
		return false
	}
	if t.text == "[" && s.lang != "ruby" && s.lang != "perl" && s.lang != "other" || t.text == ":" && s.lang != "ruby" || t.text == "*" && s.lang != "ruby" {
		return false
	}
	if t.kind == 'i' && (in(infix, t.text) || in(" if unless while until for foreach and or do then else end as as? ", t.text)) {
		return false
	}
	return s.roleOf(v) != ""
}

// bareArgs are arguments without parentheses.
func (s *codeScan) bareArgs(i, end int) ([]val, int) {
	var out []val
	for i < end && !s.a.over {
		if t := &s.toks[i]; t.kind != 's' && (in(" ; \n } ) ] | if unless while until for foreach and or do then ", t.text) || t.text == "{" && s.lang != "ruby") {
			break
		}
		if s.is(i, "\n") {
			break
		}
		v, n := s.item(i, end)
		if n == i {
			break
		}
		out = append(out, v)
		i = n
		if s.is(i, ",") || s.is(i, "=>") {
			i++
			for s.is(i, "\n") {
				i++
			}
			continue
		}
		if !(in(" haskell ocaml other ", s.lang) && (s.kind(i) == 's' || s.is(i, "[") || s.is(i, "("))) {
			break
		}
	}
	return out, i
}

// items reads what is between brackets: arguments, a list, a table, or the
// statements of a function that is handed on.
func (s *codeScan) items(i, end int) []val {
	var out []val
	if !s.deeper() {
		return nil
	}
	defer s.back()
	s.block++
	for i < end && !s.a.over {
		if t := &s.toks[i]; t.kind == 'p' && in(" , ; \n => ", t.text) || t.text == "\n" {
			i++
			continue
		}
		if n := s.statement(i, end); n > i {
			i = n
			continue
		}
		v, n := s.item(i, end)
		if n == i {
			i++
			continue
		}
		out = append(out, v)
		i = n
	}
	s.block--
	return out
}

// item is a value that may stand under a key.
func (s *codeScan) item(i, end int) (val, int) {
	kw, n := "", i
	switch k := s.kind(i); {
	case k == 'i' && s.is(i+1, "=") && in(" python lua r julia scala kotlin ", s.lang),
		(k == 'i' || k == 's') && s.is(i+1, ":") && !in(" python lua ", s.lang) && !s.is(i+2, ":"),
		k == 's' && s.is(i+1, ":") && s.lang == "python",
		(k == 'i' || k == 's') && s.is(i+1, "=>") && in(" perl php ruby elixir other ", s.lang):
		kw, n = s.toks[i].text, i+2
		if k == 's' {
			kw = s.toks[i].val().prefix()
		}
	}
	v, next := s.expr(n, end)
	if next == n && n > i {
		return val{s: unknown(nil), kw: kw}, n
	}
	v.kw = kw
	return v, next
}

// at is an element: a[0], env["HOME"], argv[1], text[::-1].
func (s *codeScan) at(v val, i, end int) val {
	if s.is(i, "::") && s.is(i+1, "-") && v.isText() || s.is(i, ":") && s.is(i+1, ":") && s.is(i+2, "-") && v.isText() {
		return val{s: reversed(v.s)}
	}
	if v.class == "Environment" && s.kind(i) == 'i' && i+1 == end {
		return s.variable(s.toks[i].text) // $ENV{HOME}
	}
	key, n := s.expr(i, end)
	slice := s.is(n, ":") || s.is(n, "..") || n == i
	s.seq(n, end)
	switch {
	case v.class == "Environment":
		if key.isText() {
			return s.variable(key.s.prefix())
		}
	case v.name == "Dir" && s.lang == "ruby":
		return s.matches(argsOf(key))
	case v.list && !slice && key.num:
		k, err := strconv.Atoi(key.s.t)
		if s.lang == "lua" {
			k-- // arg[1] is the first
		}
		if err == nil && k >= 0 && k < len(v.items) {
			return v.items[k]
		}
		return nothing(v.src())
	case v.list && !slice && key.isText():
		for _, it := range v.items {
			if it.kw == key.s.t {
				return it
			}
		}
	case v.list && slice:
		if key.num { // argv[1:]
			if k, err := strconv.Atoi(key.s.t); err == nil && k < len(v.items) {
				v.items = v.items[k:]
			}
		}
		return v
	case v.name != "" && key.isText() && !key.num:
		return s.member(v, key.s.prefix(), ".", false) // require("fs")["rmSync"]
	}
	return nothing(join(v.src(), key.src()))
}

func reversed(v str) str {
	if !v.known() {
		return unknown(v.src)
	}
	b := []byte(v.t)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return str{t: string(b), src: v.src}
}

// variable is one of the environment.
func (s *codeScan) variable(name string) val {
	if name == "HOME" {
		return val{s: s.a.homeOf(s.cmd.st, "")}
	}
	return val{s: s.a.scalar(s.cmd.st, name)}
}

// member is what is called name in v.
func (s *codeScan) member(v val, name, by string, assigned bool) val {
	if v.class == "Environment" && s.lang == "js" {
		return s.variable(name)
	}
	full := name
	if v.name != "" {
		sep := "."
		if by == "::" {
			sep = "::"
			if s.lang == "ruby" && name[0] >= 'a' {
				sep = "."
			}
		}
		full = v.name + sep + name
	} else {
		full = "." + name
	}
	if assigned {
		return val{s: unknown(nil), name: full}
	}
	if w, ok := s.vars[full]; ok {
		return w
	}
	if w, ok := s.given2(full); ok {
		return w
	}
	switch {
	case v.class == "Path" && (name == "parent" || name == "parents"):
		d := s.parent(v)
		d.class = "Path"
		return d
	case v.list:
		for _, it := range v.items {
			if it.kw == name {
				return it
			}
		}
	}
	recv := v
	return val{s: unknown(v.src()), name: full, recv: &recv}
}

// assign is NAME = VALUE and its kin.
func (s *codeScan) assign(to val, op string, i, end int) (val, int) {
	v, n := s.expr(i, end)
	if n == i {
		return v, n
	}
	if in(" perl php ", s.lang) && strings.HasPrefix(to.name, "@") && !v.list {
		v = val{s: unknown(nil), list: true, items: []val{v}}
	}
	s.set(to.name, v, op)
	return v, n
}

func (s *codeScan) set(name string, v val, op string) {
	if len(s.vars) > 4096 {
		return
	}
	old, had := s.vars[name]
	switch {
	case op != "=" && op != ":=" && had:
		if op == "+=" || op == ".=" {
			v = glue(old, v, "")
		} else {
			v = either(old, v)
		}
	case had && s.block > 0 && s.lang != "perl":
		v = either(v, old)
	}
	v.kw = ""
	s.vars[name] = v
	if (s.lang == "perl" || s.lang == "php") && len(name) > 1 && name[0] == '@' {
		s.vars["$"+name[1:]] = v
	}
}

// destructure is {a, b: c} = require("x"), (my $a, $b) = @_, [a, b] = f().
func (s *codeScan) destructure(i, m, end int) (int, bool) {
	if !s.is(m+1, "=") || m+1 >= end || m-i > 60 {
		return 0, false
	}
	from, n := s.expr(m+2, end)
	k := 0
	for j := i + 1; j < m; j++ {
		if s.kind(j) != 'i' || in(prefixWords, s.toks[j].text) {
			continue
		}
		key, name := s.toks[j].text, s.toks[j].text
		if s.is(j+1, ":") && s.kind(j+2) == 'i' {
			name = s.toks[j+2].text
			j += 2
		}
		v := nothing(from.src())
		switch {
		case s.is(i, "{"):
			v = s.member(from, key, ".", false)
		case k < len(from.items):
			v = from.items[k]
		}
		s.set(name, v, "=")
		k++
	}
	return max(n, m+2), true
}
