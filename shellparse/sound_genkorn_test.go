package shellparse

import "strings"

// differing is a statement of which shells differ in what it does.
func (g *soundGen) differing() string {
	switch g.IntN(11) {
	case 0:
		return g.kornArith(g.name()) + "; " + g.simple()
	case 1:
		return g.kornRead()
	case 2:
		return g.assign() + "; aa " + g.kornWord() + " " + g.word()
	case 3, 4, 5:
		return g.kornShell()
	case 6, 7, 8:
		return g.zshStatement()
	}
	return g.declared()
}

// declared is a statement about attributes of variables, what functions see of
// them and programs inherit: most of it is read by all shells in their own way.
func (g *soundGen) declared() string {
	n, m := g.name(), g.pick(g.name(), "CMD", "USER", "API_TOKEN")
	show := func() string {
		return "; " + g.pick("aa $"+n, "aa \"${"+n+"-q}\" $"+m, "sh -c 'aa \"$"+n+"\" $"+m+"'", "sh -c '"+n+"=1+1; aa $"+n+"'", g.simple())
	}
	set := n + "=" + g.value()
	decl := g.pick("export", "readonly", "typeset", "typeset -i", "typeset -l", "typeset -u", "typeset -x", "typeset +x", "typeset +i", "typeset -n", "declare", "declare -i", "integer", "local", "export -n", "typeset -Z3", "typeset -i16", "nameref", "set -a;")
	switch g.IntN(16) {
	case 0, 1:
		return set + "; " + decl + " " + n + "=" + g.value() + " " + m + "=" + g.pick("$"+n, "${"+n+":-b}", "\"$(echo $"+n+")\"", g.value()) + show()
	case 2:
		return set + "; " + decl + " " + n + show()
	case 3:
		return decl + " " + n + "=" + g.value() + "; " + n + "=" + g.pick("0x10", "010", "8#17", "1+2", "A", g.value()) + show()
	case 4:
		return m + "=" + g.value() + "; sh -c 'aa \"$" + m + "\"'" + show()
	case 5:
		return g.pick("unset "+m, "read "+m+" < a", "for "+m+" in q; do :; done", "export -n "+m, ": ${"+m+":=b}", ": $(("+m+"=5))", "printf -v "+m+" q", "("+m+"=1)", "getopts ab "+m+" -a") + "; sh -c 'aa \"$" + m + "\"'" + show()
	case 6:
		return "set -a; " + g.pick(set, "read "+n+" < a", "for "+n+" in b; do :; done", ": ${"+n+":=b}", "let "+n+"=5", "typeset "+set, n+"+=5") + show()
	case 7:
		return set + " " + g.pick(":", "eval 'sh -c \"aa $"+n+"\"'", ". ./lib.sh", "export y=1", "set -- a", "shift", "typeset y=2", "command :", "builtin true", "local y=1", "source ./lib.sh", "true", "cd d", "alias q=r", "unset y", "exec") + show()
	case 8, 9:
		l := g.pick("local", "local", "typeset", "declare", "local -i", "local -r", "command local")
		return g.pick("", set+"; ", "export "+set+"; ", "typeset -i "+n+"; ", "readonly "+n+"=1; ") + "f() { " + g.pick(l+" "+n, l+" "+set, "false && "+l+" "+set, "aa && "+l+" "+set, "("+l+" "+set+")", l+" "+set+" | cat", "while "+l+" "+set+"; do break; done", "eval '"+l+" "+n+"=1'", "if aa; then "+l+" "+set+"; fi", l+" "+set+" "+m+"=$"+n) +
			"; " + g.pick(n+"=z", "unset "+n, g.simple(), "aa $"+n+"; g() { "+n+"=2; }; g") + show() + "; }; " + g.pick("", "", n+"=1 ") + "f" + show()
	case 10:
		return g.pick("", "function ") + "f { " + g.pick("aa $0", "trap '"+g.simple()+"' EXIT", "typeset "+set, "return; aa z", "set -- q; aa $1") + "; }; f " + g.word() + show()
	case 11:
		return "typeset -n y=" + n + "; " + g.pick("y=5", "unset y", set, "for y in a b; do :; done", "read y < a", "y+=q") + show()
	case 12:
		return "set " + g.pick("-C; echo aa > a; sh a", "-o noclobber; echo aa > a; sh a", "-euo pipefail; aa \"$@\"", "-fo noglob; aa *", "+B; aa {a,b}", "-k; aa x=5", "-s c b a; aa \"$@\"", "-A x -- a b; aa ${x[0]}", "-o markdirs; aa e*", "-o posix; aa {a,b}", "- a b; aa $1") + show()
	case 13:
		return "set -- " + g.words() + "; shift" + g.pick("", " 1", " 2", " 5", " $#") + "; aa \"$@\" $#" + show()
	}
	return g.kornArith(n) + show()
}

// kornArith evaluates what each shell may count in its own way.
func (g *soundGen) kornArith(n string) string {
	e := g.pick("$"+n+"*2", n+"*2", "0 && ("+n+"=5)", "1 || ("+n+"=5)", "1 ? ("+n+"=1) : ("+n+"=2)", n+"++ + "+n+"++", "2147483647+1", "1<<31", "4294967296", "1<<33", "0x1f", "16#ff", "010", "08", n+"=0x10", n+"*=3", "-7/2", "-7%3", "7>>1", "~1", "a?1:2", n+"[0]=5", "$(echo 1+2)*2", "("+n+"=3,4)", g.arith())
	set := g.pick("", n+"="+g.pick("1+2", "08", "0x10", "y", "'y=3'", "-1", "5", "'a[0]'", "99999999999")+"; ")
	return set + g.pick("aa $(("+e+"))", "let '"+e+"'", "let "+n+"*=3", "let "+n+"=1+2*3", "let \""+n+" = 3\"", "(("+e+"))", ": $(("+e+"))", "typeset -i "+n+"=5; "+n+"="+g.pick("1+1", "0x10", "010", "z"), "aa $(("+e+")) $"+n, "integer "+n+"=1; "+n+"+=2", "while [ $(("+n+"+=1)) -lt 3 ]; do aa $"+n+"; done")
}

// kornWord is a word of which shells differ in what it becomes.
func (g *soundGen) kornWord() string {
	n := g.name()
	return g.pick("${"+n+"/}", "a${"+n+"/}b", "${"+n+"//[a-c]/}", "${"+n+"/#/q}", "${"+n+"/*/b}", "\"${"+n+":-a\\ b}\"", "\"${"+n+":-$@}\"", "${"+n+": -5}z", "${"+n+"##+(a)}", "${"+n+"%%@(a|b)}", "${@%%?}", "\"${*#a}\"", "${"+n+"@Q}", "${#"+n+"}", "${"+n+":1:1}", "${"+n+"/&/a}",
		"$(readlink lnk)", "$(realpath a)", "$(print -r 'a\\tb')", "\"$(print -n q)\"", "$(print -- -n)", "$(echo 'a\\tb')", "\"$(echo -e q)\"", "$(whence rm)", "$(type rm)", "$(<a)", "\"$(<list)\"", "@(a|b)", "+([a-z])", "!(a)", "*(d)", "${x:-~}", "$(typeset -p x)", "$(cat<list)")
}

// kornRead reads as each shell does.
func (g *soundGen) kornRead() string {
	r := "read " + g.pick("x?prompt", "2 x", "-A x", "-a x", "-n2 x", "-N2 x", "-d a x", "-p x", "-u3 x", "-t 1 x", "x-y z", "", "-s x", "-r x", "-e x", "x[1]", "REPLY", "-rd '' x")
	return g.pick("exec 3< cmds; "+r, r+" < cmds", r+" < a", "echo a b | { "+r+"; aa \"$x\"; }", "while "+r+"; do aa \"$x\"; done < cmds", "printf 'a\\\\ b c' | { "+r+"; aa \"$x\"; }", "IFS=, "+r+" < cmds", "cat a | "+r, r+" << E\na b\nE\n") + "; aa \"$x\" \"$2\""
}

// kornShell is a statement of which shells differ in how it goes.
func (g *soundGen) kornShell() string {
	s, t := g.simple(), g.simple()
	switch g.IntN(12) {
	case 0:
		return "trap " + g.quoted(s) + " EXIT; " + g.assign() + "; " + g.pick("exec true", "exit", ": ${NOPE?bad}", "set -u; aa $NOPE", "set -e; false", "readonly x=1; x=2", "shift 9", ". ./nowhere", "return") + "; " + g.assign() + "; " + t
	case 1:
		return "set -" + g.pick("e", "u", "eu") + "; " + g.pick("aa $NOPE", "false", "(false)", "x=$(false)", "f() { false; aa i; }; f", "false | true", "! true", "aa ${#NOPE}", "x=$NOPE", "aa \"$@\" $1") + "; " + s
	case 2:
		return g.pick("alias q='aa > a'; q $(cat a)", "alias q='aa b '; alias c=d; q c", "alias q='x=1 '; q aa $x", "alias q='cd d; aa'; q *", "alias q='> n aa'; q [n]", "alias q='aa; x=1; aa'; q $x", "alias q=aa r=q; r b", "alias q='aa #'; q b", "alias for=aa; for b", "alias q='echo aa |'; q sh", "\\alias q=aa; q b", "alias q=aa; unalias q; q b", "alias aa='aa b'; aa c", "alias q='if true; then'; q aa; fi") + g.pick("", "; ", "\n") + s
	case 3:
		return "eval " + g.quoted(g.pick("alias q='aa > a'\nq $(cat a)", "alias q='aa b '; alias c=d\nq c", "alias q='x=1 '\nq aa $x", "alias q='cd d; aa'\nq *", "alias q='echo aa |'\nq sh", "alias q='aa; x=1; aa'\nq $x")) + "; " + s
	case 4:
		return "busybox " + g.pick("sh -c "+g.quoted(s), "rm -f a", "cat a", "cp a z", "ash -c "+g.quoted(s), "echo "+g.word(), "ln -s d z", "sed -i 1d a", "sed -i s/1/2/ d", "tr a b < a", "find . -name x -exec aa {} \\;", "xargs aa < list", "awk '{print > \"o\"}' a", "env aa", "--help", "tee z < a", "dd if=a of=z", "mv a d", "ls", "test -f a", "[ -f a ]", "time aa", "nice aa", "timeout 1 aa", "unlink a", "install a z", "head -n1 a") + "; " + t
	case 5:
		return g.pick("ln -s", "ln -sf", "ln -sn", "ln -sfn", "ln -sT", "ln") + " " + g.pick("d", "a", "/etc", "$PWD/d", "../p/a", "nowhere") + " " + g.pick("ldir", "d", "empty", "n", "lnk", "d/n", ".") + "; cat n d/a ldir/x 2>/dev/null; " + s
	case 6:
		return g.pick("sed -i 1d", "sed -i.k 1d", "sed -i 's/1/aa/'", "sed -i -e 1d -e 2d", "sed -ni p") + " " + g.pick("a", "lnk", "d", "ldir", "d/x", "n", "a d", "*") + "; cat a; " + s
	case 7:
		return "time " + g.pick("", "-p ", "-- ") + g.pick(s, "{ "+s+"; x=1; }", "( "+s+" )", "f", "x=1 aa", "! aa", "aa | cat", "if true; then aa; fi") + "; aa $x"
	case 8:
		return "select x in " + g.words() + "; do " + s + "; break; done " + g.pick("< a", "< /dev/null", "<<E\n1\nE", "<<E\n9\n2\nE") + "\naa $x $REPLY"
	case 9:
		return g.pick("global x=5", "unset -f f", "print "+g.words(), "print -s aa", "print -u2 x", "rename a n", "whence -v aa", "ulimit -c 0", "bind", "builtin cat a", "builtin "+s, "realpath a", "cat a", "sleep 0", "typeset -f", "r", "fc -l", "hash", "stop", "autoload f", "wait", "type aa", "times", "umask 077", "test a = a", "let") + "; " + s
	case 10:
		return "printf " + g.pick("'aa %s\\n' b", "'%b' 'aa\\tb\\n'", "'%q ' aa 'b c'", "'%d' 0x10", "'%5.2s' abc", "'aa\\0b'", "'%s' a b c", "'\\141\\141'", "'%c' abc", "-- aa", "'aa %%'") + " | " + g.pick("sh", "{ read -r x; aa \"$x\"; }", "xargs aa")
	}
	return "print " + g.pick("'aa b'", "-r 'aa\\tb'", "-n aa", "-- aa", "-R -n aa", "'aa\\nb'", "-u1 aa", "-s aa", "-p aa", "-f '%s' aa", "-l aa b", "$x aa") + " | " + g.pick("sh", "{ read -r x; aa \"$x\"; }", "xargs aa")
}

// quoted is text as one word.
func (g *soundGen) quoted(s string) string {
	switch {
	case g.one(4) && !strings.ContainsAny(s, "$`\"\\!"):
		return "\"" + s + "\""
	case g.one(6):
		return "\"" + strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "$", g.pick("\\$", "$"), "`", "\\`").Replace(s) + "\""
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
