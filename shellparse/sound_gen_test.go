package shellparse

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// A soundGen makes programs that mean something: every construct by which a
// shell may come to run a program or touch a file, put together at random. What
// is random text, and mostly no program, randomProgram makes.
type soundGen struct {
	*rand.Rand
	depth int
	funcs int
	real  bool // with real programs that change files
	posix bool // mostly what every shell knows
}

// beyondPOSIX are constructs that some shells refuse, and with them the whole
// program.
var beyondPOSIX = regexp.MustCompile(`<\(|>\(|<<<|\[\[|^\(\(|;\(\(|arr|\[[0-9@*i$-]+\]|\{[a-z0-9]*(,|\.\.)|declare|typeset|readonly|export|local|&>|\|&|\$['"]|coproc|shopt|setopt|mapfile|readarray|source|printf -v|select|;&|\+=|^[/:^,@!]`)

func (g *soundGen) pick(list ...string) string {
	s := list[g.IntN(len(list))]
	for range 20 {
		if !g.posix || !beyondPOSIX.MatchString(s) {
			break
		}
		s = list[g.IntN(len(list))]
	}
	return s
}

// one says yes once in n times.
func (g *soundGen) one(n int) bool { return g.IntN(n) == 0 }

// program is some statements in a row.
func (g *soundGen) program() string {
	g.depth, g.funcs = 0, 0
	return g.list(1+g.IntN(3), g.pick("; ", "\n", "; ", " && "))
}

func (g *soundGen) list(n int, sep string) string {
	s := g.statement()
	for range n - 1 {
		s = then(s, sep, g.statement())
	}
	return s
}

// then puts b behind a. A here-document ends at a line's end.
func then(a, sep, b string) string {
	switch {
	case strings.HasSuffix(a, "\nE"), strings.HasSuffix(a, "\n\tE"):
		return a + "\n" + b
	case strings.HasSuffix(a, "&") && !strings.HasSuffix(a, "\\&"):
		return a + " " + b
	}
	return a + sep + b
}

// body is statements inside of something.
func (g *soundGen) body() string { return then(g.list(1+g.IntN(2), "; "), "; ", "") }

func (g *soundGen) statement() string {
	if g.depth > 3 || g.depth > 1 && g.one(2) {
		return g.simple()
	}
	g.depth++
	defer func() { g.depth-- }()
	if g.one(8) {
		return g.differing()
	}
	n := g.IntN(58)
	for g.posix && (n >= 36 && n <= 39 || n == 43 || n == 44 || n >= 54) {
		n = g.IntN(58)
	}
	switch n {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		return g.assign() + g.pick("; ", "\n", " && ") + g.simple()
	case 8, 9:
		return g.simple() + g.pick(" | ", " |& ", " | ") + g.simple()
	case 10:
		return "if " + g.cond() + "; then " + g.body() + "fi"
	case 11:
		return "if " + g.cond() + "; then " + g.body() + "else " + g.body() + "fi"
	case 12:
		return "case " + g.word() + " in " + g.pattern() + ") " + g.body() + ";" + g.pick(";", ";", ";", "&") + " " + g.pick("*", g.pattern()) + ") " + g.body() + ";; esac"
	case 13, 14:
		return "for " + g.name() + " in " + g.words() + "; do " + g.body() + "done"
	case 15:
		return "set -- " + g.words() + "; for " + g.name() + "; do " + g.body() + "done"
	case 16, 17:
		return g.feed(fmt.Sprintf("while %s; do %sdone", g.read(), g.body()))
	case 18:
		n := fmt.Sprint("n", g.depth)
		return n + "=0; while [ $" + n + " -lt " + g.pick("1", "2", "3") + " ]; do " + g.body() + n + "=$((" + n + "+1)); done"
	case 19:
		return "( " + g.body() + ")"
	case 20:
		return "{ " + g.body() + "}" + g.pick("", " > "+g.file(), " < "+g.source())
	case 21, 22, 23:
		g.funcs++
		f := g.pick("f", "g", "rm", "aa", "h")
		return f + "() { " + g.body() + "}; " + f + " " + g.words()
	case 24, 25:
		return "eval " + g.quoted(g.program1())
	case 26:
		return "eval " + g.words()
	case 27, 28:
		return g.pick("sh", "bash", "dash", "bash -e", "sh -u", "zsh", "mksh", "busybox sh", "bash --norc", "env sh", "nice -n 1 bash", "timeout 5 sh", "exec sh", "command bash") +
			" " + g.pick("-c", "-c", "-ec", "-c --") + " " + g.quoted(g.program1()) + g.pick("", " _ "+g.words())
	case 29:
		return "trap " + g.quoted(g.program1()) + " " + g.pick("EXIT", "0", "USR1; kill -USR1 $$", "EXIT; exit 3", "ERR; false", "DEBUG; :")
	case 30, 31:
		return g.feedText(g.pick("sh", "bash", "dash -s", "sh -s a", "bash /dev/stdin", "busybox sh"))
	case 32, 33:
		return g.source0()
	case 34:
		return "alias " + g.pick("q", "rm", "ll") + "=" + g.quoted(g.simple()) + g.pick("\n", "; ") + g.pick("q", "rm", "ll") + " " + g.words()
	case 35:
		return g.feed("read "+g.pick("", "-r ")+g.name()+g.pick("", " "+g.name())) + "; " + g.simple()
	case 36:
		return g.pick("mapfile -t", "readarray", "mapfile") + " " + g.pick("arr", "x") + " < " + g.source() + "; " + g.pick("\"${arr[@]}\"", "${arr[0]}", "aa ${x[1]} \"${arr[@]}\"")
	case 37, 38:
		return g.array()
	case 39:
		return "printf -v " + g.name() + " " + g.pick("'%s'", "%s%s", "'%b'", "'\\x72m'", "'%s '") + " " + g.words() + "; " + g.simple()
	case 40, 41:
		return "cd " + g.pick("d", "..", "./d/sub", "/tmp/w/p/d", "~", "-", "ldir", "empty", "$x", "nowhere", "-P ldir", "d && cd ..") + g.pick("; ", " && ", "\n", " || ") + g.pick(g.simple(), "cat x > z", "cat y", "rm *")
	case 42:
		return "IFS=" + g.pick(",", ":", "x", "''", "$'\\n'", "' '", "m") + "; " + g.assign() + "; " + g.simple()
	case 43:
		return g.pick("coproc ", "coproc N ") + g.pick("{ "+g.body()+"}", g.simple())
	case 44:
		return g.simple() + " " + g.pick("<(", ">(") + g.program1() + ")"
	case 45:
		return g.simple() + " &" + g.pick("", " wait")
	case 46:
		return g.pick("((", "let \"") + g.arith() + g.pick("))", "\"") + "; " + g.simple()
	case 47:
		return g.pick("export ", "declare ", "typeset ", "local ", "readonly ", "declare -x ", "declare -n ", "declare -i ", "declare -l ", "typeset -u ") + g.name() + "=" + g.value() + "; " + g.simple()
	case 48:
		return "x=" + g.pick("1", "rm", "") + "; " + g.simple() + g.pick(" && ", " || ") + g.assign() + "; " + g.simple()
	case 49:
		return "unset " + g.name() + "; " + g.simple()
	case 50:
		return g.decoded()
	case 51:
		return g.pick("shift", "set -f", "set -u", "set -e", "set +e", "shopt -s nullglob", "shopt -s extglob", "set -o noglob", "setopt shwordsplit", "shopt -s lastpipe", "set -a", "pushd d", "popd", "shopt -s expand_aliases", "set -o pipefail") + "; " + g.simple()
	case 52:
		return g.xargs()
	case 53:
		return "exec " + g.pick("3< "+g.source()+"; read -u 3 x; $x", "3> out; echo "+g.words()+" >&3; sh out", "> out; echo rm y; sh out", "< cmds; sh", "3<&0; cat <&3", g.simple())
	case 54:
		return g.pick("[[ ", "[[ ! ") + g.word() + g.pick(" == ", " = ", " =~ ", " != ", " -eq ", " < ") + g.word() + " ]]" + g.pick(" && ", " || ", "; ") + g.simple()
	case 55:
		return "select " + g.name() + " in " + g.words() + "; do " + g.body() + "break; done < " + g.source()
	case 56:
		return "for ((k=0; k<" + g.pick("1", "2", "3") + "; k++)); do " + g.body() + "done"
	}
	return g.simple()
}

// program1 is a small program for inside another.
func (g *soundGen) program1() string {
	if g.depth > 3 {
		return g.simple()
	}
	return g.list(1+g.IntN(2), "; ")
}

// simple is one simple command.
func (g *soundGen) simple() string {
	if g.real && g.one(2) {
		return g.fileCommand()
	}
	var b strings.Builder
	if g.one(8) {
		b.WriteString(g.assign() + " ")
	}
	b.WriteString(g.command())
	for range g.IntN(4) {
		b.WriteString(" " + g.word())
	}
	if g.one(4) {
		b.WriteString(" " + g.redirect())
	}
	return b.String()
}

// command is a first word, in one of its disguises.
func (g *soundGen) command() string {
	p := g.pick("rm", "rm", "aa", "bb", "git", "curl", "y", "x")
	switch g.IntN(30) {
	case 0, 1:
		return "$x"
	case 2:
		return g.pick("$CMD", "${CMD}", "\"$CMD\"", "$CMD$ARGS", "$CMD $ARGS", "${CMD:-aa}", "${NOPE:-rm}", "${NOPE-rm}", "${x:=rm}", "${x:+aa}")
	case 3:
		return "\"$" + g.name() + "\""
	case 4:
		return g.pick("$(echo "+p+")", "`echo "+p+"`", "\"$(printf %s "+p+")\"", "$(printf '%s\\n' "+p+" z)", "$(cat cmds)", "$(< cmds)", "$(aa)", "`bb`")
	case 5:
		return g.pick("r\\m", "r''m", "'r'\"m\"", "$'\\x72m'", "$'r\\155'", "\\rm", "r\"\"m", "$'\\u0072m'")
	case 6:
		return g.pick("{rm,y}", "{aa,bb}", "r{m,x}", "{a..a}a")
	case 7:
		return g.pick("command", "exec", "builtin", "env", "nice", "nohup", "env -i", "env A=1", "command -p", "exec -a z", "timeout 5", "setsid", "stdbuf -o0", "time", "!", "env -u X", "xargs", "nice -n 5", "- ", "noglob", "nocorrect", "eval", "echo", "printf", "busybox") + " " + p
	case 8:
		return g.pick("/bin/r?", "/usr/bin/rm", "/bin/rm", "./s.sh", "./plain", "$PWD/s.sh", "/bin/[r]m", "s.sh", "d/../s.sh", ". ./lib.sh; lf")
	case 9:
		return g.pick("${x[0]}", "${x[@]}", "\"${x[@]}\"", "$1", "\"$@\"", "$*", "\"$*\"", "${1:-rm}", "${@:1}", "${!x}", "${x%y}", "${x#a}", "${x/a/r}", "${x:0:2}", "${x,,}", "${x^^}", "${x@Q}", "${#x}")
	case 10:
		return "r$NOPE" + "m"
	}
	return p
}

func (g *soundGen) name() string { return g.pick("x", "x", "y", "z", "i", "x1") }

// word is an argument.
func (g *soundGen) word() string {
	switch g.IntN(34) {
	case 0, 1:
		return "$" + g.name()
	case 2, 3:
		return "\"$" + g.name() + "\""
	case 4:
		return "\"" + g.pick("a ", "", "-") + g.param() + g.pick("", " b") + "\""
	case 5, 6:
		return g.param()
	case 7:
		return "$(" + g.output() + ")"
	case 8:
		return "\"$(" + g.output() + ")\""
	case 9:
		return "`" + g.pick("echo a b", "echo rm", "aa", "cat a", "echo '*'") + "`"
	case 10:
		return "$((" + g.arith() + "))"
	case 11:
		return g.pick("{a,b}", "{1..3}", "x{,y}", "{a,b}{c,d}", "{a..c}", "{01..03}", "{3..1..2}", "'{a,b}'", "{a}", "{,}", "a{b,c}$x")
	case 12:
		return g.pick("~", "~/x", "~root", "a:~", "x=~", "~+", "~nobody", "'~'", "\\~")
	case 13:
		return g.pick("*", "d/*", "?", "[ab]", "l*", "*.sh", "d/*/z", "*.none", "d/.*", "'*'", "\\*", "\"*\"x", "s*", "[!a]", "*/x")
	case 14:
		return g.pick("$'a\\tb'", "$'\\x61'", "'a b'", "\"a b\"", "a\\ b", "''", "\"\"", "$''", "\"a\\\"b\"", "'a'\\''b'", "$\"a\"")
	case 15:
		return g.pick("$@", "\"$@\"", "$*", "\"$*\"", "$1", "$#", "$0", "${1}", "${@}", "$-", "$?", "${#}", "${2:-b}")
	case 16:
		return g.pick("$GLOB", "\"$GLOB\"", "$ARGS", "$HOME/x", "$PWD", "$API_TOKEN", "${HOME}", "$SHELL", "$USER")
	case 17:
		return g.pick("a", "b") + "$" + g.name() + g.pick("c", "", "/d")
	case 18:
		if !g.posix {
			return "<(" + g.output() + ")"
		}
	case 20:
		return g.kornWord()
	case 19:
		return g.pick("a=b", "--x=$x", "-", "--", "-n", "-e", "-c", "@a", "a,b", "#c", "a#b", "!", "]", "^", "a=$x")
	}
	return g.pick("a", "b", "y", "z", "-rf", "d", "d/x", "list", "1", "lnk")
}

func (g *soundGen) words() string {
	w := make([]string, 1+g.IntN(3))
	for i := range w {
		w[i] = g.word()
	}
	return strings.Join(w, " ")
}

func (g *soundGen) param() string {
	if g.posix {
		return "${" + g.name() + g.pick(":-", "-", ":=", "=", ":+", "+", "#", "##", "%", "%%") + g.pick("a b", "rm", "*", "\"$y\"", "?", "a*", "*a", "~") + "}"
	}
	return "${" + g.paramOp() + "}"
}

func (g *soundGen) paramOp() string {
	n := g.name()
	switch g.IntN(8) {
	case 0:
		return n + g.pick(":-", "-", ":=", "=", ":+", "+") + g.pick("a b", "rm", "'q r'", "\"$y\"", "$(echo z)", "*", "~", "$y")
	case 1:
		return n + g.pick("#", "##", "%", "%%") + g.pick("a", "*a", "a*", "?", "*", "$y", "[a-m]", "\"*\"")
	case 2:
		return n + g.pick("/", "//", "/#", "/%") + g.pick("a", "?", "m", "a*", " ") + "/" + g.pick("b", "", "$y", "r m")
	case 3:
		return n + ":" + g.pick("0:1", "1", "1:2", " -1", "i", "0:-1", "$((1))")
	case 4:
		return g.pick("#", "!", "") + n
	case 5:
		return n + g.pick("^", "^^", ",", ",,", "@U", "@L", "@Q", "@E", "@P")
	case 6:
		return n + g.pick("[0]", "[1]", "[@]", "[*]", "[-1]", "[i]", "[@]:1", "[$i]")
	}
	return n
}

// value is the right side of an assignment.
func (g *soundGen) value() string {
	return g.pick("rm", "aa", "'rm y'", "\"rm -rf d\"", "'aa bb'", "a,b", "'a:b c'", "x", "$(echo rm)", "\"$(echo 'rm y')\"", "$CMD", "'$y'", "'*'", "$'rm\\ty'", "rm$y", "$x$x", "\"$y z\"", "",
		"'a\nb'", "$(cat cmds)", "$(aa b)", "`bb`", "1", "$((1+2))", "${y:-rm}", "~/x", "mr", "'-rf y'", "RM", "y", "x", "$1", "\"$*\"", "'a=b'", "rm,y", g.word())
}

func (g *soundGen) assign() string {
	return g.name() + g.pick("=", "=", "=", "=", "=", "+=") + g.value()
}

func (g *soundGen) arith() string {
	return g.pick("1", "x", "i+1", "x=5", "i++", "1+2*3", "x>1?2:3", "$x", "1<<2", "0x10", "x+=2", "--i", "x=i,2", "-1", "10/3", "7%4", "2**3", "!x", "x==1", "a[0]=3", "$(echo 3)", "${x:-2}", "$((2))")
}

// output is a command that prints something.
func (g *soundGen) output() string {
	s := g.pick("echo rm y", "echo a b", "printf '%s\\n' a b", "printf rm", "cat list", "cat cmds", "head -n1 cmds", "echo -n x", "echo '*'", "pwd", "echo \"a  b\"", "printf '%d %s' 3 z", "aa", "curl u", "echo $x", "echo \"$x\"",
		"printf '\\x72\\x6d'", "printf %b 'rm\\ny'", "seq 3", "basename d/x", "dirname d/x", "cat a b", "echo rm; echo y", "tail -n 1 cmds", "echo $y $x", "cat < list", "<list", "printf '%s ' a b c", "printf '%.2s' rmx", "printf '%5s' rm", "pwd | rev")
	for g.one(3) {
		s += " | " + g.filter()
	}
	return s
}

func (g *soundGen) filter() string {
	return g.pick("cat", "tr a r", "tr -d x", "tr a-z A-Z", "tr A-Z a-z", "tr '[:lower:]' '[:upper:]'", "tr -s a", "tr -d '\\n'", "tr ' ' '\\n'", "rev", "cut -c1-2", "cut -d' ' -f1", "cut -d' ' -f2-", "cut -f1", "cut -b 2", "head -n1", "head -1", "head -c 2", "tail -n1", "tail -n +2", "tail -c 3",
		"sed s/a/b/", "sed 's/a/r/g'", "sed -n 1p", "sed '1d'", "sed 's/\\(.\\)\\(.\\)/\\2\\1/'", "sed -e s/x/y/ -e 's/$/ z/'", "sed 's|^|rm |'", "sed '2q'", "sed -E 's/(a+)/[\\1]/'", "sed 's/r/&&/2'", "sed 'y/ab/ba/'", "sort", "uniq", "tac", "nl", "wc -l", "grep a", "grep -v a", "grep -o r.", "base64", "base64 -d", "xxd -p", "xxd -r -p", "awk '{print $1}'", "awk '{print $2, $1}'", "tee t", "paste -sd' '", "fold -w 2", "cat -", "sort -r", "od -c", "tr 'a-m' 'n-z'")
}

func (g *soundGen) source() string {
	return g.pick("cmds", "list", "a", "b", "b64", "<(echo rm y)", "<(echo a b; echo c)", "/dev/null", "lnk", "d/x", "nowhere", "$x", "<("+g.output()+")")
}

func (g *soundGen) file() string {
	return g.pick("out", "d/out", "a", "z", "$x", "\"$y\"", "/dev/null", "d/$i", "lnk", "ldir/n", "sp\\ ace", "~/n", "o{1,2}", "s*", "empty/e", "./q", "../w2", "$(echo o)")
}

func (g *soundGen) redirect() string {
	return g.pick("> ", ">", ">> ", "2> ", "2>/dev/null ", ">| ", "&> ", "&>> ", "<> ", "3> ", ">& ") + g.file() + g.pick("", "", " < "+g.source(), " 2>&1")
}

// feed gives a command that reads something to read.
func (g *soundGen) feed(cmd string) string {
	n := g.IntN(5)
	for g.posix && (n == 2 || n > 3) {
		n = g.IntN(5)
	}
	switch n {
	case 0:
		return g.output() + " | " + "{ " + cmd + "; " + g.simple() + "; }"
	case 1:
		return cmd + " < " + g.source()
	case 2:
		return cmd + " <<< " + g.word()
	case 3:
		return cmd + " " + g.hereDoc()
	}
	return cmd + " < <(" + g.output() + ")"
}

func (g *soundGen) hereDoc() string {
	body := g.pick("rm y", "a b\nc", "$x y", "rm $y", "$(echo rm y)", "a\\\nb", "`echo z`", "\trm y", "\"q\" 'r'", "aa \\$x", "${x:-rm} y", g.program1())
	switch g.IntN(4) {
	case 0:
		return "<<'E'\n" + body + "\nE"
	case 1:
		return "<<-E\n\t" + body + "\n\tE"
	case 2:
		return "<<\\E\n" + body + "\nE"
	}
	return "<<E\n" + body + "\nE"
}

func (g *soundGen) read() string {
	return g.pick("read x", "read -r x", "read -r x y", "IFS= read -r x", "IFS=, read x y", "read -r x rest", "read", "read -ra arr", "read -d ' ' x", "read -n 2 x", "IFS=: read -r x y z", "read -r -p q x", "[ -n \"$x\" ] && read x")
}

// feedText gives shell text to an interpreter's standard input.
func (g *soundGen) feedText(sh string) string {
	t := g.program1()
	switch g.IntN(6) {
	case 0:
		return "echo " + g.quoted(t) + " | " + sh
	case 1:
		if !g.posix {
			return sh + " <<< " + g.quoted(t)
		}
	case 2:
		return sh + " <<'E'\n" + t + "\nE"
	case 3:
		return sh + " <<E\n" + t + "\nE"
	case 4:
		return g.output() + " | " + sh
	}
	return "printf '%s\\n' " + g.quoted(t) + " " + g.quoted(g.simple()) + " | " + sh
}

// source0 is code in files.
func (g *soundGen) source0() string {
	switch g.IntN(7) {
	case 0:
		return g.pick(". ./lib.sh", "source ./lib.sh", ". ./cmds", ". /tmp/w/p/lib.sh x", "source lib.sh") + "; lf b; $LV c; la d"
	case 1:
		return g.pick(".", "source") + " <(" + g.output() + ")"
	case 2:
		return "echo " + g.quoted(g.program1()) + " > t.sh; " + g.pick("sh", ".", "bash", "source", "zsh") + " ./t.sh " + g.word()
	case 3:
		return g.pick("sh", "bash", "dash") + " " + g.pick("s.sh", "./plain a", "cmds", "lib.sh", "-x s.sh y", "< cmds", "nowhere", "$x")
	case 4:
		return "cat > t.sh <<'E'\n" + g.program1() + "\nE\nsh t.sh " + g.word()
	case 5:
		return "printf '#!/bin/sh\\n%s\\n' " + g.quoted(g.simple()) + " > e.sh; " + "chmod +x e.sh; ./e.sh " + g.word()
	}
	return "./" + g.pick("s.sh", "plain") + " " + g.words()
}

func (g *soundGen) array() string {
	a := g.pick("arr=(", "arr+=(", "declare -a arr=(", "x=(", "declare -A arr=([k]=", "arr=([1]=") + g.words() + ")"
	return a + "; " + g.pick("", "arr[1]=rm; ", "arr[i]=y; ", "unset 'arr[0]'; ") + g.pick("${arr[@]}", "\"${arr[@]}\"", "aa ${arr[0]} ${#arr[@]}", "${arr[k]} y", "for e in \"${arr[@]}\"; do rm $e; done", "aa \"${!arr[@]}\"", "${x[0]} ${x[1]}", "$arr y", "aa ${arr[-1]}", "${arr[*]}", "aa \"${arr[*]}\"", "aa ${arr[@]:1}", "aa \"${arr[@]/a/b}\"", "$x[1] y", "rm $x[@]")
}

func (g *soundGen) cond() string {
	return g.pick("true", "false", "[ -f a ]", "[ $x ]", "[ -z \"$x\" ]", "aa", "test -d nowhere", "grep -q 1 a", "[ \"$x\" = rm ]", "! aa b", "read x < cmds", "x=$(cat cmds)", "cd d", "[ 1 -eq 1 ]", g.simple())
}

func (g *soundGen) pattern() string {
	return g.pick("a", "rm", "*", "a|b", "r*", "?", "[a-z]*", "$y", "\"$x\"", "'*'", "x)", "a\\*")
}

func (g *soundGen) xargs() string {
	return g.output() + " | xargs " + g.pick("", "-n1 ", "-I{} ", "-0 ", "-d, ", "-L1 ", "-r ", "-n 2 ", "-t ") + g.pick("rm", "aa {}", "sh -c 'rm \"$@\"' _", "bb x", "", "sh -c '{}'", "env aa", "-- rm")
}

// decoded is text that a filter makes readable.
func (g *soundGen) decoded() string {
	return g.pick("echo cm0geQo= | base64 -d | ", "echo 726d20790a | xxd -r -p | ", "echo 'y mr' | rev | ", "echo 'az y' | tr az rm | ", "printf '\\162\\155 y' | ", "echo 'xx rm y' | cut -d' ' -f2- | ", "cat b64 | base64 -d | ", "base64 -d b64 | ", "echo aa y | sed s/aa/rm/ | ",
		"printf 'a\\nrm y\\nb' | sed -n 2p | ", "echo 'rm yQQQ' | head -c 4 | ", "echo RM Y | tr A-Z a-z | ", "base64 -d <<< cm0geQo= | ", "tail -n 1 b | ", "rev <<< 'y mr' | ", "head -n 1 cmds | ") + g.pick("sh", "bash", "xargs", "xargs -I{} sh -c '{}'", "{ read x; $x; }", "while read -r x; do $x; done", "cat > t; sh t", "tee t | sh", "dash -s", "sed s/rm/aa/ | sh")
}

// fileCommand is a command of which the effects are on files.
func (g *soundGen) fileCommand() string {
	a := func() string {
		return g.pick("a", "b", "d/x", "d", "z", "list", "$x", "d/*", "lnk", "ldir", "ldir/y", "empty", "\"sp ace\"", "./a", "../p/b", "d/", "n/m", "*", "~/.secret", "nowhere", "d/../a", "-- -rf", "$(echo a)", "{a,b}")
	}
	switch g.IntN(26) {
	case 0:
		return "cp " + g.pick("", "-r ", "-a ", "-f ", "-t d ", "-R ", "-n ", "-u ", "-l ", "-s ", "-p ", "-T ", "--parents ", "-b ") + a() + " " + a()
	case 1:
		return "mv " + g.pick("", "-f ", "-n ", "-t empty ", "-T ", "-b ", "-v ") + a() + " " + a()
	case 2, 3:
		return "rm " + g.pick("", "-f ", "-r ", "-rf ", "-d ", "-v ", "-R -- ") + a() + g.pick("", " "+a())
	case 4:
		return "ln " + g.pick("", "-s ", "-sf ", "-f ", "-r -s ", "-sfn ", "-sT ") + a() + " " + a() + g.pick("", "; cat n; rm -r n/x")
	case 5:
		return "mkdir " + g.pick("", "-p ", "-m 700 ", "-pv ") + g.pick("n", "n/m", "d/n", "n n2", "$x", "a/b") + g.pick("", " && echo x > n/f", "; cp a n")
	case 6:
		return g.pick("touch ", "touch -c ", "touch -r a ", "touch -d 2020-01-01 ") + a()
	case 7:
		return "install " + g.pick("", "-m 644 ", "-d ", "-D ", "-t empty ") + a() + " " + a()
	case 8:
		return g.pick("truncate -s 0 ", "truncate -s +5 ", "unlink ", "rmdir ", "shred -u ", "shred ", "rmdir -p ") + a()
	case 9:
		return "split " + g.pick("-l1 ", "-b 2 ", "-n 2 ", "") + a() + g.pick("", " pre", " d/pre")
	case 10:
		return "dd if=" + a() + " of=" + a() + g.pick("", " bs=1", " conv=notrunc", " count=1") + " 2>/dev/null"
	case 11:
		return "sort " + g.pick("-o ", "-r -o", "-u -o ") + "out " + a()
	case 12:
		return "sed " + g.pick("-i ", "-i.bak ", "-i -e ", "-n ", "", "-i'' ", "-E -i ") + g.pick("s/1/2/", "'1w out'", "'s/1/2/w out'", "'r b'", "'R list'", "1d", "'1e rm y'", "'s/1/aa/e'", "'/1/!d'") + " " + a()
	case 13:
		return "tee " + g.pick("", "-a ") + a() + " < " + g.source()
	case 14:
		return "find " + g.pick(". ", "d ", "a ", "ldir ", "-H ldir ", "-L . ", "") + g.pick("-name x ", "-type f ", "-name '*' ", "-maxdepth 1 ", "", "-newer a ") +
			g.pick("-delete", "-exec rm {} \\;", "-exec cat {} +", "-fprint out", "-exec sh -c 'cat \"$1\"' _ {} \\;", "-execdir rm {} \\;", "-print", "-fprintf out %p", "-exec cp {} empty \\;", "-exec aa {} b +", "-ls", "-print | xargs cat", "-print0 | xargs -0 rm")
	case 15:
		return "cat " + a() + g.pick("", " "+a()) + g.pick("", " > out", " >> z", " | tee t")
	case 16:
		return g.pick("head -n1", "tail -n1", "wc", "rev", "tac", "nl", "cut -c1", "base64", "xxd", "od", "sort", "uniq", "fold -w3", "grep 1", "grep -r 1", "grep -f list", "grep -e 1 -f a", "sed -n p", "sed p", "awk 1", "paste", "comm", "join", "diff", "diff -r", "cmp", "tr a b <") + " " + a() + g.pick("", " "+a())
	case 17:
		return "awk " + g.pick("'{print > \"out\"}'", "'{print}'", "'BEGIN{while((getline l < \"b\")>0) print l}'", "'{system(\"rm \" $1)}'", "'{print | \"sh\"}'", "-f a", "'BEGIN{\"cat a\" | getline x; print x > \"o2\"}'", "-v f=out '{print > f}'", "'{print > $1}'", "'{print >> FILENAME \".o\"}'", "'BEGIN{system(\"rm y\")}'") + " " + a()
	case 18:
		return "uniq " + a() + " out"
	case 19:
		return "xargs " + g.pick("rm", "cat", "-n1 cp -t empty", "-I{} cp {} {}.bak", "-a list cat", "--arg-file=list rm", "touch") + " < list"
	case 20:
		return "tar " + g.pick("cf out.tar ", "-cf d/t.tar ", "czf o.tgz ", "c ", "--remove-files -cf o.tar ", "cf - ") + a() + g.pick("", " > o", " | tar x -C empty", "; tar xf out.tar -C empty", "; tar tf out.tar")
	case 21:
		return g.pick("gzip ", "gzip -k ", "gzip -c ", "gzip -r ", "gzip < a > ") + a() + g.pick("", "; gzip -d a.gz")
	case 22:
		return g.pick("chmod 600 ", "chmod +x ", "chmod -R go-w ", "chmod --reference=a ") + a()
	case 23:
		return "csplit -s -f pre " + a() + " 1"
	case 24:
		return g.pick("echo x", "cat a", "aa", "head -1 b") + g.pick(" > ", " >> ", " >| ", " | tee ", " | dd of=", " | sponge ") + a()
	}
	return g.pick("comm a b", "join -a1 a b", "cmp a lnk", "diff a b > out", "mktemp -p d", "mktemp ./t.XXXXXX", "mktemp -d d/XXXXXX", "cat a b > out; sort -o out out")
}
