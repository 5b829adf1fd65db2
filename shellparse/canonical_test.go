package shellparse

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

// differentials are texts that mvdan.cc/sh and real shells read differently,
// each of which runs rm in some shell of the dialect. They must be refused, or
// rm must be a command of the canonical tree.
var differentials = []struct {
	dialects string // of bash, posix, zsh, korn; = when rm is not to run any more
	text     string
}{
	{"bpzk", "echo a #c\\\nrm y"},
	{"bpzk", "export x #c\\\nrm y"},
	{"bzk", "declare x #c\\\nrm y"},
	{"bpzk", "echo a\r#b; rm y"},
	{"bpzk", "echo a\\\r\nrm y"},
	{"b", "<&-rm y"},
	{"b", ">&-rm y"},
	{"b", "3<&-rm y"},
	{"b", "x=rm; >&-$x y"},
	{"b", "x=rm; 3<&-\"$x\" y"},
	{"b", "3>&-rm y"},
	{"bpzk", "let 1|rm y"},
	{"bpzk", "let a=1&rm y"},
	{"bpzk", "let 1;rm y"},
	{"bzk", "let 'x[$(rm y)]'|let 1|rm y"},
	{"b", "coproc rm y|cat"},
	{"b", "coproc rm y"},
	{"z", "=rm y"},
	{"z", "{rm} y"},
	{"z", "coproc rm y"},
	{"z", "nocorrect rm y"},
	{"z", "repeat 1 rm y"},
	{"z", "- rm y"},
	{"z", "a==rm; $a y"},
	{"z", "echo *(e:'rm y':)"},
	{"z", "echo *(+rm)"},
	{"z", "echo *(Ne:'rm y':)"},
	{"z", "echo *(N+rm)"},
	{"z", "echo *(oe:'rm y':)"},
	{"z", "echo (a|*(e:'rm y':))"},
	{"z", "echo *(a|$(rm y))"},
	{"z", "x='$(rm y)'; echo ${(e)x}"},
	{"z", "echo ${x:s/$(rm y)//}"},
	{"z", "echo ${a[(r)$(rm y)]}"},
	{"z", "cat =(rm y)"},
	{"z", "() { rm y }"},
	{"z", "1=b rm y"},
	{"=z", "NULLCMD=rm; >y; READNULLCMD=rm; </dev/null"},
	{"p", "a&>x rm y"},
	{"p", "a[0]=b rm y"},
	{"p", "a+=b rm y"},
	{"p", "12>x rm y"},
	{"zk", "12>x rm y"},
	{"b", "!(rm y)"},
	{"b", "f() { :; } && rm y"},
	{"b", "f() { :; } | rm y"},
	{"p", "f() { :; } && rm y"},
	{"b", "shopt -s extglob\necho @($(rm y)|b)"},
	{"bk", "echo \"${x:-'$(rm y)'}\""},
	{"bp", "echo \"${x:-'`rm y`'}\""},
	{"b", "echo ${x:-<(rm y)}"},
	{"b", "echo $((a['$(rm y)']))"},
	{"b", "echo $(( '$(rm y)' ))"},
	{"b", "[[ 'a[$(rm y)]' -eq 1 ]]"},
	{"b", "[[ -v 'a[$(rm y)]' ]]"},
	{"b", "x='$(rm y)'; echo \"${x@P}\""},
	{"b", "time -- rm y"},
	{"bpzk", "cat <<A $(echo\nb\nA\nrm y)"},
	{"bpzk", "cat <<A\n\\\nA\nrm y\nA"},
	{"bpzk", "cat <<A\n$(\nA\nrm y)\nA"},
	{"bpzk", "echo a\vrm; rm\fy"},
	{"bpzk", "a=1 if rm y; then b; fi"},
	{"b", "case x in x) rm y; esac"},
	{"p", "[[ a < b || rm y ]]"},
	{"p", "{rm,y}"},
	{"p", "echo $'\\';rm y\n'"},
	{"bpzk", "echo `rm y`"},
	{"bpzk", "eval 'echo a #c\\\nrm y'"},
	{"bpzk", "eval 'let 1|rm y'"},
	{"bpzk", "bash -c '<&-rm y'"},
	{"bpzk", "trap 'let 1|rm y' EXIT"},
	{"bpzk", "a &\\\n& rm y"},
	{"bpzk", "a <\\\n&-rm"},
	{"bpzk", "echo a;#\\\nrm y"},
	{"bpzk", "rm\x00 y"},
	{"b", "a=(x)rm y"},
	{"bk", "(( a<(rm y) ))"},
	{"bpzk", "echo \xff; rm y"},
	{"b", "$(let 1|rm y)"},
	{"b", "`let 1|rm y`"},
	{"z", "echo $x:s/a/$(rm y)/"},
	{"bpz", "select rm in y; do rm; done"},
	{"b", "function rm y { :; }"},
	{"b", "if a; then rm y; fi #\\\n"},
	{"k", "a |& rm y"},
	{"bpzk", "echo a \\ #c\nrm y"},
	{"bpzk", "echo 'a'#b;rm y"},
	{"bpzk", "echo $#;rm y"},
	{"bpzk", "x=a#b; rm y"},
	{"bpzk", "echo ${#}#; rm y"},
	{"=z", "time time"},
	{"=z", "set -oglobsubst; x='/(e:rm y:)'; echo $x"},
	{"=z", "set -eo globsubst; x='/(e:rm y:)'; echo $x"},
	{"=z", "emulate ksh; setopt bareglobqual; x='/(e:rm y:)'; echo $x"},
	{"=z", "options[globsubst]=on; x='/(e:rm y:)'; echo $x"},
	{"=z", "functions[f]='rm y'; f"},
	{"=b", "printf -v 'BASH_CMDS[echo1]' /tmp/bin/rm; echo1 y"},
	{"=b", "BASH_CMDS[echo1]=/tmp/bin/rm; echo1 y"},
	{"=b", "shopt -s expand_aliases; BASH_ALIASES[ll]='rm y'\nll"},
	{"=b", "declare BASH_CMDS[echo1]=/tmp/bin/rm; echo1 y"},
	{"=b", "a | time a+=b"},
	{"=z", "x=$(<<E\nx\nE\n)"},
	{"=b", "set -o history; set -H\n: rm y\n^: ^^"},
	{"=b", "shopt -s extdebug; trap '[[ $BASH_COMMAND != x= ]]' DEBUG; x=rm; x=; $x y"},
	{"=b", "set -H -o history\n: rm y\n!:*"},
	{"=b", "shopt -so history histexpand\n: rm y\n!:1 y"},
	{"=b", "o=history; set -o $o; set -eH\n: rm y\n!:1 y"},
	{"=b", "eval 'set -o history; set -H'\n: rm y\n^: ^^"},
	{"=b", "command set -o history; builtin set -H\n: rm y\n^: ^^"},
	{"=z", "setopt Glob_Subst; x='/(e:rm y:)'; echo $x"},
	{"=z", "set -o globsubst; x='/(e:rm y:)'; echo $x"},
}

var differentialLetters = map[rune]Dialect{'b': Bash, 'p': POSIX, 'z': Zsh, 'k': Korn}

func TestCanonicalDifferentials(t *testing.T) {
	shells := rigShellsHere(t)
	var texts []string
	for _, d := range differentials {
		texts = append(texts, d.text)
	}
	checkSound(t, shells, texts)
	for _, d := range differentials {
		for _, l := range d.dialects {
			if l == '=' {
				break
			}
			c, r := canonicalize(d.text, differentialLetters[l])
			if r == nil && !treeNames(c.file).names("rm") {
				t.Errorf("%c %q: rm is not in the tree of %q", l, d.text, c.text)
			}
		}
	}
}

// checkSound runs the canonical form of every text in every shell. Each
// stand-in that ran must be a command of the tree.
func checkSound(t *testing.T, shells []rigShell, texts []string) {
	t.Helper()
	type run struct {
		shell rigShell
		text  string
		canon *canonical
	}
	var jobs []*rigJob
	var runs []run
	for _, text := range texts {
		for _, sh := range shells {
			c, r := canonicalize(text, sh.dialect)
			if r != nil {
				continue
			}
			jobs = append(jobs, &rigJob{Argv: append(slices.Clone(sh.argv), "-c", c.text), Standin: true})
			runs = append(runs, run{sh, text, c})
		}
	}
	rigRun(t, jobs)
	ran := 0
	for i, j := range jobs {
		ran += len(j.Ran)
		names := treeNames(runs[i].canon.file)
		for _, argv := range j.Ran {
			if !names.explains(argv...) {
				t.Errorf("%s: %q, canonical %q: %q ran and is no command of the tree", runs[i].shell.name, runs[i].text, runs[i].canon.text, argv)
			}
		}
	}
	t.Logf("%d runs of %d texts, %d commands", len(jobs), len(texts), ran)
}

// commandNames are the simple commands of a tree.
type commandNames struct {
	calls   [][]*string // argv; nil is a word that may become any number of words
	unknown bool        // some command's name is not known, or it runs what isn't
}

func (n *commandNames) explains(argv ...string) bool {
	return n.unknown || slices.ContainsFunc(n.calls, func(call []*string) bool { return matchesArgv(call, argv) })
}

func matchesArgv(call []*string, argv []string) bool {
	if len(call) == 0 {
		return len(argv) == 0
	}
	if call[0] != nil {
		return len(argv) > 0 && *call[0] == argv[0] && matchesArgv(call[1:], argv[1:])
	}
	for i := range len(argv) + 1 {
		if matchesArgv(call[1:], argv[i:]) {
			return true
		}
	}
	return false
}

// names reports whether a command of this name is in the tree, whatever its
// arguments are.
func (n *commandNames) names(name string) bool {
	return n.unknown || slices.ContainsFunc(n.calls, func(call []*string) bool { return call[0] != nil && *call[0] == name })
}

func treeNames(f *syntax.File) *commandNames {
	n := &commandNames{}
	n.collect(f, 0)
	return n
}

func (n *commandNames) collect(f *syntax.File, depth int) {
	syntax.Walk(f, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		var argv []*string
		for _, w := range call.Args {
			if text, ok := emitStatic(w); ok {
				argv = append(argv, &text)
			} else {
				argv = append(argv, nil)
			}
		}
		if argv[0] == nil {
			n.unknown = true
			return true
		}
		n.calls = append(n.calls, argv)
		switch *argv[0] {
		case "alias", "source", ".", "let", "fc":
			n.unknown = true // what they read or compute is not in the tree
		case "eval", "trap", "command", "exec", "builtin", "env", "noglob", "time", "nohup", "bash", "sh":
			joined := ""
			for i, text := range argv[1:] {
				n.calls = append(n.calls, argv[i+1:])
				if text == nil {
					n.unknown = true
					continue
				}
				n.collectText(*text, depth)
				joined += *text + " "
			}
			n.collectText(joined, depth) // eval takes its words for one text
		}
		return true
	})
}

func (n *commandNames) collectText(text string, depth int) {
	for _, d := range []Dialect{Bash, POSIX, Zsh, Korn} {
		if c, r := canonicalize(text, d); r == nil && depth < 3 {
			n.collect(c.file, depth+1)
		}
	}
}

// fragments are what random programs are made of: every token that some shell
// or parser treats in its own way.
var fragments = strings.Split(strings.TrimSpace(`
rm|rm y|aa|bb x|echo|echo a|true|:|export x|local y|declare z|let 1|let a=1|coproc|time|time -p|!|function f|f()|f() { aa; }|select x in a
;|;;|&|&&|OR|PIPE|PIPE&|(|)|((|))|{|}|{ | }|[[|]]|[| ]|$(|$((|${|}|BQ|"|'|$'|$"|\|\NL|NL|NL|NL|CR|#|#c| #c\NL|
>|<|>>|>&|<&|<&-|>&-|3>&-|2>&1|&>|&>>|<<<|<<A|<<-A|<<'A'|A|NLA NL|>PIPE|<>|<(|>(|=(|12>|{v}>
if|then|else|elif|fi|for|for x in a b|for ((;;))|do|done|while|until|case x in|case a in a)|esac|in
=|a=|a=b|a+=b|a[0]=|a=(|x=1|==|=rm|~|*|?|+(|@(|!(|*(|$x|$1|$#|$|${x|${x:-|${x#|${x/a/|${#x}|:-|a b|,|..|{rm,y}|{a..c}|-|--|-c|%|^|@|//
eval|eval '|eval "rm y"|bash -c|bash -c '|trap|exec|command|builtin|noglob|nocorrect|repeat 1|foreach|end|-|always
`), "|")

// wrappings put a program where shells and parser read in other ways.
var wrappings = []string{
	"\"$(@)\"", "`@`", "\"`@`\"", "$(\n@\n)", "cat <<E\n@\nE\nrm x", "cat <<'E'\n@\nE\nrm x", "cat <<E; rm y\n$(@)\nE",
	"echo ${x:-@}", "echo \"${x:-@}\"", "echo ${x%@}", "echo \"${x#@}\"", "echo ${x/@/b}", "echo $((@))", "((@)); rm y",
	"[[ @ ]]; rm y", "a=(@); rm y", "eval '@'", "eval \"@\"", "f() { @; }; f", "case x in @) rm y;; *) aa;; esac", "a[@]=1; rm y",
	"bash -c '@'", "if @; then rm y; fi", "for x in @; do aa; done", "{ @; } | cat", "( @ ) && rm y", "! @", "time @", "@ &", "echo <(@)",
	"x='@'; rm y", "x=\"@\"; rm y", "echo $'@'; rm y", "# @\nrm y", "cat <<A <<B\n@\nA\n@\nB\nrm y", "trap '@' EXIT", "while @; do break; done",
}

func randomProgram(r *rand.Rand) string {
	var b strings.Builder
	for range 2 + r.IntN(11) {
		f := strings.Split(fragments[r.IntN(len(fragments))], "\n")
		s := f[r.IntN(len(f))]
		s = strings.NewReplacer("PIPE", "|", "OR", "||", "BQ", "`", "NL", "\n", "CR", "\r").Replace(s)
		b.WriteString(s)
		if r.IntN(3) > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// mutate changes a known program a little: most random ones are no programs.
func mutate(r *rand.Rand, s string) string {
	for range 1 + r.IntN(3) {
		at := r.IntN(len(s) + 1)
		switch r.IntN(4) {
		case 0:
			if at < len(s) {
				s = s[:at] + s[at+1:]
			}
		case 1:
			s = s[:at] + randomProgram(r) + s[at:]
		case 2:
			f := fragments[r.IntN(len(fragments))]
			s = s[:at] + strings.NewReplacer("PIPE", "|", "OR", "||", "BQ", "`", "NL", "\n", "CR", "\r").Replace(f) + s[at:]
		case 3:
			to := min(len(s), at+1+r.IntN(5))
			s = s[:at] + s[to:] + s[at:to]
		}
	}
	return s
}

// TestCanonicalSoundness tries random programs on real shells. RAMPART_PROGRAMS
// is how many, RAMPART_SEED where to begin.
func TestCanonicalSoundness(t *testing.T) {
	n, seed := 400, uint64(1)
	if v, err := strconv.Atoi(os.Getenv("RAMPART_PROGRAMS")); err == nil {
		n = v
	}
	if v, err := strconv.ParseUint(os.Getenv("RAMPART_SEED"), 10, 64); err == nil {
		seed = v
	}
	r := rand.New(rand.NewPCG(seed, 0))
	var texts []string
	for len(texts) < n {
		s := randomProgram(r)
		if r.IntN(2) == 0 {
			s = mutate(r, fidelityPrograms[r.IntN(len(fidelityPrograms))].text)
		} else if r.IntN(2) == 0 {
			s = mutate(r, differentials[r.IntN(len(differentials))].text)
		}
		if r.IntN(3) == 0 {
			s = strings.Replace(wrappings[r.IntN(len(wrappings))], "@", s, 1)
		}
		texts = append(texts, s)
	}
	for start := 0; start < len(texts); start += 4000 {
		checkSound(t, rigShellsHere(t), texts[start:min(len(texts), start+4000)])
	}
}

// TestCanonicalBounded gives the parser what it must not be given.
func TestCanonicalBounded(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses":       strings.Repeat("( ", 1<<19),
		"substitutions":     strings.Repeat("$(", 80) + "rm" + strings.Repeat(")", 80),
		"quoted closers":    strings.Repeat("(')'", 1<<18),
		"backquotes":        nestedBackquotes(12),
		"here-documents":    strings.Repeat("cat <<A\n", 10_000) + strings.Repeat("A\n", 10_000),
		"here-docs a line":  "cat" + strings.Repeat(" <<A", 10_000) + strings.Repeat("\nA", 10_000) + "\n",
		"ifs":               strings.Repeat("if ", 1<<18),
		"functions":         strings.Repeat("a()", 1<<18),
		"times":             strings.Repeat("time ", 1<<17),
		"assignments":       "((" + strings.Repeat("a=", 1<<19-2) + "1))",
		"ternaries":         "((" + strings.Repeat("a?b:", 1<<18-2) + "1))",
		"unary":             "((" + strings.Repeat("~", 1<<20-8) + "1))",
		"quoted parameters": strings.Repeat("\"${x:-", 20_000),
		"braces":            "echo " + strings.Repeat("{a,b}", 1000),
		"chain":             strings.Repeat("a&&", 1<<18) + "a",
		"pipe":              strings.Repeat("a|", 1<<19-1) + "a",
		"too large":         strings.Repeat("a", 1<<20+1),
		"lines":             strings.Repeat("\n", 1<<20),
		"continued lines":   "`" + strings.Repeat("a \\\n", 1<<17) + "`",
		"continued quotes":  "\"" + strings.Repeat("a\\\n", 1<<18) + "\"  # c",
		"continued words":   "a " + strings.Repeat("a\\\n", 1<<18) + "a",
		"continued heredoc": "cat <<E  # c\n" + strings.Repeat("a\\\n", 1<<18) + "\nE\n",
		"comments":          strings.Repeat("a #\n", 1<<17),
		"lets":              strings.Repeat("let 1;", 1<<15),
		"nested lets":       strings.Repeat("let a=$(", 100) + "rm" + strings.Repeat(")", 100),
		"many words":        strings.Repeat("a  ", 1<<18),
		"many quotes":       strings.Repeat("'a'\"b\"", 1<<16),
		"unclosed heredocs": strings.Repeat("cat <<A\n", 1<<17),
		"evals":             nestedEval(40),
		"tests":             "[[ " + strings.Repeat("! ", 1<<18) + "a ]]",
		"blocks":            strings.Repeat("{ ", 5000) + "a" + strings.Repeat("; }", 5000),
	} {
		start := time.Now()
		_, r := canonicalize(text, Bash)
		t.Logf("%-18s %8.1f ms refused: %v", name, float64(time.Since(start).Microseconds())/1000, r != nil)
	}
}

func nestedBackquotes(n int) string {
	s := "rm"
	for range n {
		s = "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(s) + "`"
	}
	return s
}

func nestedEval(n int) string {
	s := "rm y"
	for range n {
		if s = "eval '" + strings.ReplaceAll(s, "'", `'\''`) + "'"; len(s) > 1<<19 {
			break
		}
	}
	return s
}

// FuzzCanonical holds for any text: no panic, canonical text is its own
// canonical text, and every span lies in the original.
func FuzzCanonical(f *testing.F) {
	for _, p := range fidelityPrograms {
		f.Add(p.text, byte(0))
	}
	for i, d := range differentials {
		f.Add(d.text, byte(i))
	}
	f.Fuzz(func(t *testing.T, text string, which byte) {
		d := Dialect(which % 4)
		start := time.Now()
		c, r := canonicalize(text, d)
		t.Logf("%q: took %v", text, time.Since(start))
		if r != nil {
			if r.reason == "" || r.span.Start < 0 || r.span.End < r.span.Start || r.span.End > len(text)+2 {
				t.Fatalf("%q: %q at %v", text, r.reason, r.span)
			}
			if strings.Contains(r.reason, "the parser failed") {
				t.Fatalf("%q: %s", text, r.reason)
			}
			return
		}
		again, r := canonicalize(c.text, d)
		if r != nil {
			t.Fatalf("%q: canonical %q is refused: %s", text, c.text, r.reason)
		}
		if again.text != c.text {
			t.Fatalf("%q: canonical %q, then %q", text, c.text, again.text)
		}
		syntax.Walk(c.file, func(n syntax.Node) bool {
			if n != nil {
				if s := c.span(n.Pos(), n.End()); s.Start < 0 || s.End < s.Start || s.End > len(text) {
					t.Fatalf("%q: %T has span %v", text, n, s)
				}
			}
			return true
		})
	})
}

// TestCanonicalSpan maps commands back to where they were written.
func TestCanonicalSpan(t *testing.T) {
	for _, row := range []struct{ text, word, want string }{
		{"git   status", "status", "status"},
		{"a;b&&c>f  # x\n d", "c", "c"},
		{"a;  let 1|rm  y", "rm", "rm"},
		{"a # c\nrm\t-rf /", "-rf", "-rf"},
		{"echo `a  b`; rm x", "rm", "rm"},
		{"echo `a  b`; rm x", "b", "`a  b`"},
		{"eval 'a;b'; rm x", "a; b", "'a;b'"},
		{"cat <<E\n$(a  b)\nE\nrm", "b", "b"},
		{"cat <<E\n$(a  b)\nE\nrm", "rm", "rm"},
	} {
		c, r := canonicalize(row.text, Bash)
		if r != nil {
			t.Errorf("%q: %s", row.text, r.reason)
			continue
		}
		found := false
		syntax.Walk(c.file, func(n syntax.Node) bool {
			if w, ok := n.(*syntax.Word); ok {
				if s, _ := emitStatic(w); s == row.word {
					span := c.span(w.Pos(), w.End())
					found = true
					if got := row.text[span.Start:span.End]; got != row.want {
						t.Errorf("%q: %s comes from %q, want %q", row.text, row.word, got, row.want)
					}
				}
			}
			return true
		})
		if !found {
			t.Errorf("%q: no word %q in %q", row.text, row.word, c.text)
		}
	}
}

// TestCanonicalForms shows what canonical text looks like.
func TestCanonicalForms(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"git status", "git status"},
		{"git  status", "git  status"},
		{" git status ", "git status"},
		{"if a\n\tthen  b # c\nfi", "if a\n\tthen  b\nfi"},
		{"a;b", "a; b"},
		{"a&&b||c", "a && b || c"},
		{"a|b&", "a | b &"},
		{"a>f 2>&1", "a >f 2>&1"},
		{"a 2>/dev/null >>$x<~/in", "a 2>/dev/null >>$x <~/in"},
		{"(a;b)", "( a; b )"},
		{"{ a;b;}", "{ a; b; }"},
		{"a # c\n\nb", "a\n\nb"},
		{"a \\\n  b", "a \\\n  b"},
		{"a\\\nb;c\\\n\td", "a\\\nb; c \\\n\td"},
		{"let 1|rm", "'let' 1 | rm"},
		{"echo `a`", "echo $(a)"},
		{"echo $[1+2]", "echo $((1+2))"},
		{"case x in a|b) c;;esac", "case x in a | b) c ;; esac"},
		{"$(case x in a) b;; (c) d;; esac)", "$(case x in (a) b ;; (c) d ;; esac)"},
		{"f(){ a;}", "f() { a; }"},
		{"if a;then b;fi", "if a; then b; fi"},
		{"for i in a b;do c;done", "for i in a b; do c; done"},
		{"x=1 y=2 a", "x=1 y=2 a"},
		{"cat<<E;b\nx\nE", "cat <<E; b\nx\nE\n"},
		{"eval 'a;b'", "eval 'a; b'"},
		{"bash -c 'a;b' x", "bash -c 'a; b' x"},
		{"$(a)", "$(a)"},
		{"$( (a) )", "$( ( a ))"},
		{"echo \"$(a;b)\"", "echo \"$(a; b)\""},
		{"<f a", "<f a"},
		{"source S && eval 'a;b' < /dev/null && pwd -P >| /tmp/x", "source S && eval 'a; b' < /dev/null && pwd -P >| /tmp/x"},
	} {
		c, r := canonicalize(row.text, Bash)
		if r != nil {
			t.Errorf("%q: %s", row.text, r.reason)
		} else if c.text != row.want {
			t.Errorf("%q: %q, want %q", row.text, c.text, row.want)
		}
	}
}

var canonBenchScript = strings.Repeat(`#!/bin/bash
set -euo pipefail
for f in "$@"; do
  if [[ -f $f && ${f##*.} == gz ]]; then
    name=$(basename "$f" .gz) # strip
    gzip -dc "$f" | sort -u > "/tmp/$name.$$" || { echo "failed: $f" >&2; exit 1; }
  fi
done
cat <<EOF
done with $# files in $((SECONDS / 60)) minutes
EOF
`, 7)

func benchCanonical(b *testing.B, text string) {
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, r := canonicalize(text, Bash); r != nil {
			b.Fatal(r.reason)
		}
	}
}

func BenchmarkCanonicalGitStatus(b *testing.B) { benchCanonical(b, "git status") }

func BenchmarkCanonicalPipe(b *testing.B) {
	benchCanonical(b, "cd src && grep -rn 'TODO' . | head -20 2>/dev/null; echo $?")
}

func BenchmarkCanonicalScript2KB(b *testing.B) { benchCanonical(b, canonBenchScript) }
