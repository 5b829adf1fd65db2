package shellparse

import "strings"

// codeScan carries out a program in another language, as far as its calls have
// effects: names, literals, lists and what is made of them are followed, what
// they depend on otherwise is not.
type codeScan struct {
	a     *analyzer
	cmd   *command
	lang  string
	given bool // the code stands in the command, and in no file of the user's

	code
	vars     map[string]val
	stars    []string             // modules of which all names are known
	starts   map[*token]*codeFunc // by their first token
	funcs    map[string]*codeFunc
	order    []*codeFunc
	returned []val
	depth    int
	block    int  // how many brackets and indented blocks are around
	branches bool // not all of it may run
	argv     []val

	peers   []peer
	flows   []*source // of what runs
	reads   *source   // files it opens
	outs    *source   // what its programs print
	walked  []str     // directories it goes through, with all below
	unnamed bool      // it removes files whose names are not known
	blank   []string  // files it writes, of which the content is not known
	sent    *source
	sending bool
	listens bool
	handed  *handing // by a method to the functions that it is given
	input   *val     // of the program about to start
	acts    bool     // it does more than print
	prints  int
	printed builder
	shown   *source
}

// scanCode looks through a program.
func (a *analyzer) scanCode(cmd *command, lang, text string, src *source) {
	s := codeScan{a: a, lang: lang, vars: map[string]val{}, funcs: map[string]*codeFunc{}, starts: map[*token]*codeFunc{}, given: !src.hasFrom(File)}
	own := *cmd
	own.st = cmd.st.fork() // its directory is its own
	s.cmd = &own
	s.argv = argsAfter(cmd, text)
	// A bound that is hit in it makes it unknown, and is no refusal.
	a.inFileDo(cmd.span, func() { s.program(text) })
	s.finish()
}

func (s *codeScan) program(text string) {
	s.code = codeOf(tokenize(text, s.lang))
	if s.lang == "lisp" {
		s.lisp(0, len(s.toks))
	} else {
		s.define()
		s.seq(0, len(s.toks))
		s.uncalled()
	}
}

// maxCodeDepth bounds the nesting that is followed in another language. What is
// deeper is not known; the brackets of data often are.
const maxCodeDepth = 400

func (s *codeScan) deeper() bool {
	if s.a.over || s.depth >= maxCodeDepth {
		return false
	}
	s.depth++
	return true
}

func (s *codeScan) back() { s.depth-- }

// argsAfter are the arguments behind the program's text or script.
func argsAfter(cmd *command, text string) []val {
	last := -1
	for i, f := range cmd.argv {
		if f.known() && f.t == text || last < 0 && i > 0 && !strings.HasPrefix(f.prefix(), "-") {
			last = i
		}
	}
	var out []val
	if last < 0 {
		return nil
	}
	for _, f := range cmd.argv[last:] {
		out = append(out, val{s: f.str})
	}
	return out
}

// arguments are those under the language's own name for them.
func (s *codeScan) arguments(name string) []val {
	if len(s.argv) == 0 {
		return nil
	}
	rest := s.argv[1:]
	if len(rest) > 0 && rest[0].s.known() && rest[0].s.t == "--" {
		rest = rest[1:]
	}
	switch name {
	case "ARGV", "@ARGV", "$ARGV", "arg":
		return rest
	case "process.argv":
		node := val{s: lit("node")}
		if s.given {
			return append([]val{node}, rest...)
		}
		return append([]val{node}, s.argv...)
	}
	return append([]val{{s: s.argv[0].s}}, rest...)
}

// shift takes the next argument, of a function or of the program.
func (s *codeScan) shift() val {
	v, ok := s.vars["@_"]
	if !ok {
		v = val{s: unknown(nil), list: true, items: s.arguments("@ARGV")}
	}
	if len(v.items) == 0 {
		return nothing(v.src())
	}
	first := v.items[0]
	v.items = v.items[1:]
	s.vars["@_"] = v
	return first
}

// seq carries out statements.
func (s *codeScan) seq(i, end int) {
	for i < end && !s.a.over && s.a.tick(1) {
		if f := s.starts[&s.toks[i]]; f != nil {
			i = max(f.end, i+1)
			continue
		}
		if s.lang == "python" {
			if c := s.toks[i].col; c >= 0 {
				s.block = int(min(c, 1))
			}
		}
		if n := s.tuple(i, end); n > i {
			i = n
			continue
		}
		if n := s.statement(i, end); n > i {
			i = n
			continue
		}
		if s.kind(i) == 'p' && s.toks[i].text == "{" && s.lang != "perl" && !s.is(min(s.mate[i], end)+1, "=") {
			s.block++
			s.seq(i+1, min(s.mate[i], end))
			s.block--
			i = min(s.mate[i], end) + 1
			continue
		}
		_, n := s.expr(i, end)
		i = max(n, i+1)
	}
}

// statement reads what is no expression: imports, loops. It returns i where
// none begins.
func (s *codeScan) statement(i, end int) int {
	if s.kind(i) != 'i' {
		return i
	}
	switch s.toks[i].text {
	case "import", "from":
		switch s.lang {
		case "python":
			return s.importPython(i, end)
		case "js":
			return s.importJS(i, end)
		}
	case "use", "require":
		if s.lang == "perl" {
			for i < end && !s.is(i, ";") {
				i++
			}
		}
	case "for", "foreach", "with":
		return s.loop(i, end)
	case "if", "while", "unless", "until", "case", "switch", "try", "except", "elif", "match":
		if s.toks[i].text != "try" {
			s.branches = true
		}
		if s.is(i+1, "(") && s.lang != "python" && s.lang != "ruby" {
			m := min(s.mate[i+1], end)
			s.items(i+2, m)
			return m + 1
		}
		return i + 1
	case "async":
		if s.lang == "python" && (s.is(i+1, "with") || s.is(i+1, "for")) {
			return s.loop(i+1, end)
		}
	case "include":
		if s.lang == "ruby" && s.kind(i+1) == 'i' {
			s.stars = append(s.stars, s.toks[i+1].text)
			return i + 2
		}
	case "class", "module", "package", "namespace", "struct", "interface":
		for i < end && !in(" : { ; \n ", s.toks[i].text) {
			i++
		}
	}
	return i
}

// loop is for NAME in LIST, for (const x of LIST), foreach (LIST as $x), and
// with X as NAME.
func (s *codeScan) loop(i, end int) int {
	word := s.toks[i].text
	if word != "with" {
		s.branches = true
	}
	i++
	stop := end
	paren := s.is(i, "(")
	if paren {
		stop = min(s.mate[i], end)
		i++
	}
	var names []string
	from := i
	for k := 0; k < 8 && i < stop && (s.kind(i) == 'i' || s.is(i, ",") || s.is(i, "(") && s.lang == "python"); k++ {
		if t := s.toks[i].text; s.kind(i) == 'i' && !in(prefixWords, t) && t != "each" {
			if t == "in" || t == "of" {
				break
			}
			names = append(names, t)
		} else if t == "in" {
			break
		}
		i++
	}
	if s.is(i, "in") || s.is(i, "of") || s.is(i, "=") && s.lang == "julia" {
		v, n := s.expr(i+1, stop)
		for _, name := range names {
			s.set(name, element0(v, len(names)), "=")
		}
		return max(n, i+1)
	}
	if s.lang == "perl" && s.is(i, "(") && len(names) == 1 { // foreach my $x (LIST)
		m := min(s.mate[i], end)
		s.set(names[0], element0(val{list: true, items: s.items(i+1, m)}, 1), "=")
		return m + 1
	}
	i = from
	v, n := s.expr(i, stop)
	if n == i {
		return i
	}
	for n+1 < stop && s.kind(n) == 'i' && s.is(n, "as") {
		name := s.toks[n+1].text
		if word == "foreach" {
			v = element0(v, 1)
		}
		s.set(name, v, "=")
		n += 2
		if s.is(n, ",") {
			v, n = s.expr(n+1, stop)
		}
	}
	if s.lang == "perl" && paren && !s.is(n, ";") {
		s.vars["$_"] = anyOf(v)
	}
	if paren {
		s.seq(n, stop)
		return stop + 1
	}
	return n
}

// anyOf is what a loop over v gives its variable.
func anyOf(v val) val {
	if v.list || !v.isText() {
		return element0(v, 1)
	}
	return v
}

// element0 is any element of a list.
func element0(v val, names int) val {
	if names != 1 || !v.list || len(v.items) == 0 {
		return nothing(v.src())
	}
	out := v.items[0]
	for _, it := range v.items[1:] {
		out = either(out, it)
	}
	out.kw = ""
	return out
}

// tuple is a, b = x, y.
func (s *codeScan) tuple(i, end int) int {
	var names []string
	k := i
	for k < end && in(" local var my const let ", s.toks[k].text) {
		k++
	}
	for k+1 < end && s.kind(k) == 'i' && len(names) < 16 {
		names = append(names, s.toks[k].text)
		if k++; !s.is(k, ",") {
			break
		}
		k++
	}
	if len(names) < 2 || !s.is(k, "=") && !s.is(k, ":=") {
		return i
	}
	var vals []val
	for k++; k < end; k++ {
		v, n := s.expr(k, end)
		if n == k {
			break
		}
		vals = append(vals, v)
		if k = n; !s.is(k, ",") {
			break
		}
	}
	if len(vals) == 1 && vals[0].list {
		vals = vals[0].items
	}
	for j, name := range names {
		switch {
		case j < len(vals) && len(vals) > 1:
			s.set(name, vals[j], "=")
		case len(vals) > 0 && j == 0: // f, err := open(x)
			s.set(name, vals[0], "=")
		case len(vals) > 0:
			s.set(name, nothing(vals[0].src()), "=")
		}
	}
	return k
}
