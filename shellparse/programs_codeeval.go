package shellparse

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
		return s.lang == "perl" || s.lang == "php" || s.lang == "vim"
	case "..":
		return s.lang == "lua" || s.lang == "vim"
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
	if t.text == "function" && s.lang == "js" && s.is(i+1, "(") {
		s.parameters(i+2, min(s.mate[i+1], end))
	}
	switch {
	case t.kind == 's':
		v, i = s.literal(i, end)
	case s.lang == "perl" && t.text == "<" && s.kind(i+1) == 'i' && s.is(i+2, ">"):
		from, ok := s.vars["<"+s.toks[i+1].text]
		if !ok {
			from = s.vars[s.toks[i+1].text]
		}
		v, i = nothing(from.src()), i+3
	case t.kind == 'n':
		v, i = val{s: lit(t.text), num: true}, i+1
	case t.kind == 'r':
		v, i = nothing(nil), i+1
	case t.kind == 'i' && s.lang == "js" && s.is(i+1, "=>"):
		s.parameters(i, i+1)
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
			s.parameters(i+1, m)
			return s.arrow(m+2, end)
		}
		items := s.items(i+1, m)
		if n := len(items); t.text == "(" && (n == 1 || n > 1 && s.lang == "js") && items[n-1].kw == "" {
			v = items[n-1] // in JavaScript the last of several
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
		if v.list && v.name == "" && s.lang == "js" {
			v.name = t // what is pushed to it stays in it
		}
		return v, i + 1
	}
	name := t
	if s.lang == "vim" && t[0] == '$' {
		return val{s: s.variable(t[1:]).s}, i + 1
	}
	if s.lang == "perl" || s.lang == "php" {
		switch {
		case t == "shift" && s.lang == "perl":
			return s.shift(), i + 1
		case (t == "map" || t == "grep") && s.lang == "perl" && s.is(i+1, "{"):
			return s.perlMap(i+2, end)
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
