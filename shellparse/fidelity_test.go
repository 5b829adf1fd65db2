package shellparse

import (
	"slices"
	"strings"
	"testing"
)

// fidelityPrograms do the same before and after they are made canonical, in
// each shell named: a for all, or of bash, dash (and busybox), zsh, k for mksh.
var fidelityPrograms = []struct{ shells, text string }{
	{"a", "echo hello"},
	{"a", "echo  a   b\techo"},
	{"a", "echo $LINENO\n\necho $LINENO; echo $LINENO \\\n $LINENO\n# c\n\necho $LINENO"},
	{"a", "echo a;echo b&&echo c||echo d"},
	{"a", "echo a; # trailing\n# whole line\necho b # end"},
	{"a", "cat <<EOF\na $((1+2)) $HOME-x `echo y` $(echo z)\n\ttab \\$x \\\\ \"q\" 'r' #no\nEOF\necho $LINENO"},
	{"a", "cat <<'EOF'\n$x `y` \\\n'\"\nEOF\necho after"},
	{"a", "cat <<-EOF\n\ta\n\t\tb\n\tEOF\necho $LINENO"},
	{"a", "cat <<A; cat <<B\na\nA\nb\nB\necho c"},
	{"a", "cat <<A | tr a b\naaa\nA"},
	{"a", "cat <<\\EOF\n$x\nEOF"},
	{"a", "cat <<\"E F\"\n$x\nE F"},
	{"a", "cat <<EOF && echo b\na\nEOF\necho c"},
	{"a", "cat <<EOF\nlong \\\nline\nEOF"},
	{"a", "cat <<EOF\nEOF\necho empty"},
	{"a", "if cat <<EOF\nx\nEOF\nthen echo y; fi"},
	{"a", "while read l; do\necho \"[$l]\"\ndone <<EOF\na b\nc\nEOF"},
	{"a", "cat <<EOF | while read x; do\na\nb\nEOF\necho \"$x\"\ndone"},
	{"a", "x=$(cat <<EOF\nin $(echo sub)\nEOF\n)\necho \"$x\""},
	{"a", "case abc in a) echo 1;; a*|b) echo 2 ;; *) echo 3;; esac"},
	{"a", "case x in\n  (y) echo y ;;\n  x)\n    echo x\nesac"},
	{"a", "case x in x) ;; esac; echo $?"},
	{"a", "case '' in '') echo empty; esac"},
	{"a", "f() { echo \"f $1\"; return 3; }; f a; echo $?"},
	{"a", "f ()\n{\n echo $LINENO\n}\nf\necho $LINENO"},
	{"a", "f() ( echo sub; exit 2 ); f; echo $?"},
	{"a", "f() { echo $#; } 2>/dev/null\nf a b"},
	{"a", "x=5; echo $((x + 1)) $(( x*2 )) $((x>3?1:0)) $(( (x+1) * 2 )) $((- -x))"},
	{"a", "i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done"},
	{"a", "until false; do echo once; break; done"},
	{"a", "for i in a 'b c' \"d\"; do echo \"$i\"; done"},
	{"a", "set -- x y; for i; do echo $i; done; for i do echo $i; done"},
	{"a", "for i in; do echo no; done; echo $?"},
	{"a", "for x in 1 2\ndo\n  echo $x\ndone"},
	{"a", "if [ a = b ]; then echo 1; elif [ a = a ]; then echo 2; else echo 3; fi"},
	{"a", "if false\nthen echo 1\nelse\n echo 2\nfi"},
	{"a", "! true; echo $?; ! false; echo $?"},
	{"a", "{ echo a; echo b; } | cat; (echo c; echo d) | cat"},
	{"a", "{ echo a; }; (echo b)"},
	{"a", "echo a >&2; echo b 2>&1 >/dev/null; echo c 2>/dev/null"},
	{"a", "exec 3>out; echo x >&3; exec 3>&-; cat out"},
	{"a", "echo x>f;cat<f;cat 0<f;echo y >>f;cat f"},
	{"a", "cat < /dev/null > f; echo $?"},
	{"a", "echo a & wait; echo b"},
	{"a", "sleep 0 & sleep 0 & wait; echo done"},
	{"a", "(exit 3) & wait $!; echo $?"},
	{"a", "false || echo or; true && echo and; false && echo no; echo $?"},
	{"a", "echo a |\n cat\ntrue &&\n echo b"},
	{"a", "echo a | \\\n  cat"},
	{"a", "set -e; false; echo no"},
	{"a", "set -e; false || true; echo yes; (false); echo no"},
	{"a", "echo $((1/0)); echo same line\necho next line"},
	{"a", "set -u; echo $nope; echo same\necho next"},
	{"a", "echo 'it'\\''s' \"a \\\"b\\\" \\$c\" a\\ b \\\\"},
	{"a", "echo \"$(echo \"a $(echo \"b\")\")\""},
	{"a", "echo `echo a \\`echo b\\``"},
	{"a", "echo \"`echo \"x y\"`\""},
	{"a", "echo \"`echo '$HOME'`\""},
	{"a", "x=' a  b '; echo $x \"$x\""},
	{"a", "x=abc; echo ${x} ${#x} ${x%c} ${x#a} ${x%%b*} ${x##*b} ${y:-d} ${y-e} ${x:+f} ${x+g}"},
	{"a", "echo ${y:=set} $y; echo \"${z:-a b}\" ${z:-'c d'} ${z:-\"e  f\"}"},
	{"a", "x=a/b/c; echo ${x%/*} ${x##*/} \"${x#*/}\""},
	{"a", "(: ${y:?missing}) 2>/dev/null; echo $?"},
	{"a", "echo $$ >/dev/null; echo $# $? $- >/dev/null; set -- 1 2; echo \"$@\" \"$*\" $1"},
	{"a", "a=1 b=2 env | grep '^[ab]=' | sort"},
	{"a", "a=1; b=$a$a; echo $b; a=; echo \"[$a]\""},
	{"a", "echo *.none [a] ? | cat >/dev/null; echo ~ | wc -l"},
	{"a", "eval 'echo a;echo  b # c'"},
	{"a", "eval \"echo 'x  y'\""},
	{"a", "eval echo a b"},
	{"a", "eval 'x=1'; echo $x"},
	{"a", "eval 'echo $LINENO\n# c\necho $LINENO'"},
	{"a", "trap 'echo bye;echo now' EXIT; echo hi"},
	{"a", "trap - INT; trap '' INT; trap 'echo x' 0"},
	{"a", "sh -c 'echo \"$0 $1\"  # c' name arg"},
	{"a", "sh -c 'sh -c \"echo  deep\"'"},
	{"a", "exec sh -c 'echo  replaced'"},
	{"a", "sh -ec 'false;echo no'; echo $?"},
	{"a", "true && eval 'echo \"q\" '\"'\"'r'\"'\"'' < /dev/null && pwd -P >| p; echo $?"},
	{"a", "echo \"multi\nline\" 'and\nmore'; echo $LINENO"},
	{"a", "echo a#b #c\necho $#"},
	{"a", "printf '%s\\n' a\\\nb"},
	{"a", "echo \"con\\\ntinued\""},
	{"a", "command echo a; command -v echo"},
	{"a", ". /dev/null; echo $?"},
	{"a", "test a = a -a b = b && echo t; [ -n x ] && echo u"},
	{"a", "echo { } {} a{b"},
	{"a", "echo é ü 'ß'"},
	{"a", "nosuchcommand-here 2>/dev/null; echo $?"},
	{"a", "exit 7"},
	{"a", "kill -TERM $$"},
	{"a", "read a b <<EOF\n1 2 3\nEOF\necho $b"},
	{"a", "alias ll='echo alias'\nll 2>/dev/null; echo $?"},
	{"a", "echo a;\n\n\necho b;"},
	{"a", "\n\n  echo a\n"},
	{"a", "umask 022; cd /; pwd; cd - >/dev/null"},
	{"a", "x=1; (x=2; echo $x); echo $x"},
	{"a", "echo one; exit; echo two"},
	{"a", "syntax error here ( ; echo never"},
	{"a", "unset x; echo \"${x-}\" | wc -c"},
	{"a", "echo $(echo a; echo b) $( (echo c) ) $(case x in x) echo d;; esac)"},
	{"a", "echo $(\necho a\n\necho $LINENO)"},
	{"a", "while :; do break; done; echo $?"},
	{"a", "grep -c x <<E\nx\ny\nE"},
	{"a", "echo \"a$\" 'b$' c$ \"d$ e\""},
	{"a", "seq 3 | while read n; do [ $n = 2 ] && continue; echo $n; done"},
	{"bk", "a=(1 2 '3 4'); echo ${#a[@]} \"${a[2]}\" ${a[@]}"},
	{"b", "a=(\n x # one\n y\n\n z\n); echo \"${a[@]}\""},
	{"b", "declare -A m=([a]=1 ['b c']=2); echo ${m[a]} \"${m['b c']}\"; m[d]=3; echo ${#m[@]}"},
	{"b", "a=(1); a+=(2 3); a[5]=x; echo ${!a[@]} ${a[-1]}; i=1; echo ${a[i+1]} ${a[$i]}"},
	{"bzk", "x=5; ((x++)); ((x > 5)) && echo $x; (( x = x * 2, x += 1 )); echo $x"},
	{"bzk", "[[ a == a && ( b != c || -n '' ) ]] && echo t; [[ ! -e /none ]] && echo u"},
	{"bz", "[[ abc =~ ^a(b|x)c$ ]] && echo m; [[ \"a b\" =~ \\  ]] && echo n"},
	{"bzk", "[[ abc == a* ]] && echo glob; [[ a < b ]] && echo less"},
	{"bz", "cat <(echo a) <(echo b); diff <(echo a) <(echo a) && echo same"},
	{"b", "echo a > >(cat); wait $!; sleep 0.05"},
	{"bzk", "echo $'a\\tb\\'c' $'\\x41'"},
	{"b", "echo $\"translated\""},
	{"bk", "x=aXbXc; echo ${x//X/-} ${x/X/} ${x:1:3} ${x: -2} \"${x//$'X'/ }\""},
	{"b", "x=abc; echo ${x^} ${x^^} ${x^^[ab]}; y=ABC; echo ${y,,} ${y,}; n=x; echo ${!n} ${!x*}"},
	{"b", "shopt -s extglob\necho @(a|b) !(zz*)\nx=foo123; echo ${x%%+([0-9])}; case ab in +(a|b)) echo e;; esac"},
	{"bz", "for ((i=0; i<3; i++)); do echo $i; done; for ((;;)); do break; done"},
	{"b", "for ((i=0;i<2;i++)) { echo $i; }; for x in a b; { echo $x; }"},
	{"bzk", "function f { echo f; }; function g() { echo g; }; f; g"},
	{"bz", "echo a |& cat; ls /none |& wc -l"},
	{"bzk", "ls /none &>out; wc -l <out; echo a &>>out; wc -l <out"},
	{"bzk", "cat <<<word; cat <<< \"two words\""},
	{"bzk", "let x=1+2; echo $x; let 'y = 2' z=3; echo $y $z"},
	{"b", "shopt -s expand_aliases\nalias e='echo aliased'\ne x; alias g='echo g'; g 2>/dev/null || echo late\ng y"},
	{"b", "time true 2>/dev/null; { time -p true; } 2>/dev/null; echo $?"},
	{"b", "select x in a b; do echo $x; break; done </dev/null; echo $?"},
	{"bzk", "local_f() { local v=1; typeset w=2; echo $v$w; }; local_f"},
	{"bz", "export A=1 B='x y'; declare -x C=3; echo $A$B$C; readonly R=1; echo $R"},
	{"b", "set -o pipefail; false | true; echo $?; echo ${PIPESTATUS[0]}"},
	{"b", "case a in a) echo 1;& b) echo 2;;& c) echo 3;; *) echo 4;; esac"},
	{"b", "exec {fd}>out; echo x >&$fd; exec {fd}>&-; cat out"},
	{"b", "echo $[1+2] $((16#ff)) $((2**3)) $((x=4,x+1))"},
	{"b", "echo {a,b}{1..3} x{,y}"},
	{"b", "printf -v v %03d 7; echo $v; mapfile -t l < <(printf 'a\\nb\\n'); echo ${#l[@]}"},
	{"b", "echo ${x:-$(echo `echo deep`)} \"${x:-$(echo \"q\")}\""},
	{"b", "f() { echo ${FUNCNAME[0]} $BASH_LINENO; }\n\nf"},
	{"b", "trap 'echo line $LINENO' ERR\n\nfalse\ntrue"},
	{"b", "exec 2>&1; set -x; echo a;echo b"},
	{"b", "while IFS= read -r -d '' x; do echo \"[$x]\"; done < <(printf 'a\\0b\\0')"},
	{"b", "coproc_name=1; time_x=2; echo $coproc_name$time_x"},
	{"b", "if ((1)); then echo y; fi; while ((i++ < 2)); do echo $i; done"},
	{"b", "bash -c 'echo  $0' x; bash -lc 'echo  a;echo b' 2>/dev/null; bash -euo pipefail -c 'echo c | cat'"},
	{"z", "a=(1 2 3); echo $a[2] ${a[2,3]} $#a ${(j:,:)a} ${(U)a}"},
	{"z", "setopt nullglob; echo x*(N) y; print -r -- ${(s:,:)${:-a}} 2>/dev/null"},
	{"z", "echo a >f; <f; > g; wc -c g; echo $(<f); echo `<f`; <f wc -l; <<< here"},
	{"z", "for n f (4 f.a 3 g.b 2 h.c 1 d.aa) touch -d @$n $f; echo *(N) *.(a|b) *(.om[1,2]) none*(N) (f|g).*; ls *(D.) | wc -l"},
	{"z", "x=a/b.c; echo ${x:t} ${x:h} ${x:r} ${x:e}"},
	{"z", "echo ${(k)options[glob]} $+x ${+x}; typeset -A h; h[a]=1; echo $h[a]"},
}

// rigLetters are the shells of a fidelity program.
func rigLetters(letters string, sh rigShell) bool {
	switch sh.name {
	case "sh":
		return strings.Contains(letters, "a") || strings.Contains(letters, "d")
	case "busybox", "dash":
		return strings.Contains(letters, "a") || strings.Contains(letters, "d")
	case "mksh":
		return strings.Contains(letters, "a") || strings.Contains(letters, "k")
	}
	return strings.Contains(letters, "a") || strings.Contains(letters, sh.name[:1])
}

// TestCanonicalFidelity runs each program as it was written and in canonical
// form: same output, same status.
func TestCanonicalFidelity(t *testing.T) {
	shells := rigShellsHere(t)
	var before, after []*rigJob
	var texts, names []string
	for _, p := range fidelityPrograms {
		for _, sh := range shells {
			if !rigLetters(p.shells, sh) {
				continue
			}
			c, r := canonicalize(p.text, sh.dialect)
			if r != nil {
				if !strings.HasPrefix(r.reason, "not understood") && (p.shells != "z" || strings.Contains(p.text, "touch")) {
					t.Errorf("%s: %q refused: %s", sh.name, p.text, r.reason)
				}
				continue
			}
			texts, names = append(texts, p.text), append(names, sh.name)
			before = append(before, &rigJob{Argv: append(slices.Clone(sh.argv), "-c", p.text)})
			after = append(after, &rigJob{Argv: append(slices.Clone(sh.argv), "-c", c.text)})
		}
	}
	rigRun(t, append(slices.Clone(before), after...))
	for i := range before {
		a, b := before[i], after[i]
		if a.Out != b.Out || a.Status != b.Status {
			t.Errorf("%s: %q\ncanonical %q\nbefore: %d %q %q\nafter:  %d %q %q", names[i], texts[i], b.Argv[len(b.Argv)-1], a.Status, a.Out, a.Err, b.Status, b.Out, b.Err)
		}
	}
	t.Logf("%d programs compared", len(before))
}
