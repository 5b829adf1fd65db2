package shellparse

import "testing"

// soundFoundKorn has what mksh and busybox did before it was predicted, and what
// its siblings among the other shells do.
var soundFoundKorn = []soundFoundRow{
	{Bash, "x=0; export x=1 y=$x; b $y", "x b 0"}, // all words are expanded first
	{Bash, "f() { local x=1 y=$x; b \"$y\"; }; f", "x b "},
	{Zsh, "x=0; typeset x=1 y=$(m $x); b \"$y\"", "x m 0"},
	{Bash, "x=0; declare x=1 a=($x); b \"${a[0]}\"", "x b 0"},
	{Bash, "declare x=1 x+=2; b $x", "x b 12"},
	{POSIX, "x='1+2'; b $(($x*2))", "x b ?"}, // 5
	{Bash, "b $((0 && (x=5))) \"$x\"", "x b 0 ?"},
	{Bash, "b $((1 ? (x=1) : (x=2))); m $x", "x m 1; x m 2"},
	{Bash, "x=2; let x*=3; b $x", "x b 6"},
	{Bash, "let x=1+2*3; b $x", "x b 7"},
	{Bash, "let \"x=$(m)\"; b $x", "x b ?"},
	{Bash, "let $(m); b", "?x ?"},
	{Korn, "b $((2147483647+1)) $((4294967296)) $((1<<33))", "x b ? ? ?"}, // of 32 bits
	{Korn, "b $((2147483647)) $((1<<3))", "x b 2147483647 8"},
	{Korn, "typeset -i x=0x10; x=6; b $x", "x b ?"}, // 16#6
	{Korn, "typeset -i y; x=0x10; y=x+1; b $y", "x b ?"},
	{Zsh, "typeset -i y; (( y=0x10 )); b $y", "x b ?"},
	{Korn, "typeset -i x=010; b $x", "x b ?"},
	{Korn, "x=1+4; typeset -i x; b $x", "x b 5"},
	{Bash, "declare -i x=5; declare +i x; x=1+1; b $x", "x b 1+1"},
	{Bash, "declare -i x=5; declare -l x=ABC; b $x", "x b 0"},
	{Bash, "x=q; declare -n y=x; unset y; b $x", "x b"},
	{Bash, "declare -n y; y=x; x=5; b $y", "x b ?"},
	{Bash, "USER=m; sh -c 'b $USER'", "x b m"}, // still exported
	{POSIX, "read USER < a; sh -c 'b $USER'", "x b ?"},
	{Bash, "(USER=m; sh -c 'b $USER')", "x b m"},
	{Bash, "for USER in m; do sh -c 'b $USER'; done", "x b m"},
	{Bash, "unset USER; sh -c 'b $USER'", "x b"},
	{Bash, "export -n USER; sh -c 'b $USER'; m $USER", "x b; x m dev"},
	{Bash, "export x=5; declare +x x; sh -c 'b $x'", "x b"},
	{Zsh, "f() { local USER=m; sh -c 'b $USER'; }; f", "x b"},
	{Korn, "export x=1; f() { local x=3; sh -c 'b $x'; }; f", "x b 1"}, // the caller's
	{Bash, "declare -l x=A; export x; sh -c 'x=B; b $x'", "x b B"},
	{Bash, "declare -i x=1; export x; sh -c 'x=1+1; b $x'", "x b 1+1"},
	{Korn, "set -a; for x in b; do sh -c 'b a$x'; done", "x b a; x b ab"},
	{POSIX, "false && set -a; x=5; sh -c 'b $x'", "x b; x b 5"},
	{POSIX, "typeset -x x=5; x=6; sh -c 'b $x'", "x b; x b 6"},
	{POSIX, "x=1 eval 'sh -c \"b \\$x\"'", "x b; x b 1"}, // not exported in dash
	{POSIX, "x=1 source ./a; b $x", "x b 1"},
	{Korn, "x=1 typeset y=2; b $x", "x b 1; x b"},
	{POSIX, "f() { x=1 return; }; f; b $x", "x b 1"},
	{Bash, "f() { local x; b \"$x\"; }; x=1; f", "x b "},
	{POSIX, "f() { local x; b \"$x\"; }; x=1; f", "x b ; x b 1"}, // in dash
	{Bash, "declare -i x; f() { local x=1+1; b $x; }; f", "x b 1+1"},
	{Bash, "f() { false && local x=1; x=2; }; x=0; f; b $x", "x b 0; x b 2"},
	{Bash, "f() { (local x=1); x=2; }; x=0; f; b $x", "x b 2"},
	{Bash, "f() { local x=1 | cat; x=2; }; x=0; f; b $x", "x b 2"},
	{Korn, "f() { local x=2; unset x; x=3; }; x=1; f; b $x", "x b 3"},
	{POSIX, "f() { command local x=1; x=2; }; x=0; f; b $x", "x b 2"},
	{Bash, "set -euo pipefail; b \"$@\"", "x b"},
	{Zsh, "set -euo pipefail; b \"$@\"", "x b"},
	{Bash, "set -fo noglob; b \"$@\" *", "x b *"},
	{Korn, "set -A x -- m y; b ${x[0]}", "x b m"},
	{Korn, "set -s c b a; b \"$@\"", "?x ?"},
	{Bash, "set -s c b a; b \"$@\"", "x b ?"}, // an error
	{Korn, "set +o braceexpand; b {m,y}", "?x braceexpand"},
	{Bash, "set -k; b x=5", "?x ?"},
	{Korn, "set -o posix; b {m,y}", "?x posix"},
	{Bash, "set -- m y; shift 5; b $@", "x b m y"}, // an error
	{Bash, "set -- m $(aa); shift 2; b \"$1\"", "x b ?"},
	{Korn, "read x?prompt <<< m; b $x", "x b m"},
	{Korn, "x=aab; b ${x##+(a)}", "x b ?"},
	{Bash, "b $(readlink lnk)", "x b ?"},
	{Bash, "b $(readlink -f lnk) $(realpath lnk)", "x b DIR/a DIR/a"},
	{Korn, "trap 'm $x' EXIT; x=2; exec true; x=3", "x m 2"},
	{POSIX, "set -- mb yb; b ${@%%b}", "x b ?"}, // busybox
	{Bash, "x=; b \"${x/*/m}\"", "x b ?"},
	{Bash, "x=m; b \"${x: -5}\"", "x b ?"},
	{Bash, "b \"${x:-a\\ b}\"", "x b ?"},
	{Bash, "set -- m 'y z'; b \"${x:-$@}\"", "x b m y z"},
	{Bash, "m && (USER=); sh -c 'b $USER'", "x b dev"},
	{Korn, "eval 'alias q=\"cd d; b\"\nq *'", "x b x"}, // put into the text first
	{POSIX, "eval 'alias q=\"x=1; b\"\nq $x'", "x b 1"},
	{POSIX, "eval 'alias q=\"cd d\"\nq\nrm x'", "d DIR/d/x; d DIR/x"},
	{POSIX, "eval 'alias q=\"echo b |\"\nq sh'", "x b"},
	{POSIX, "eval 'alias q=\"b \" m=y\nq m'", "x b y"},
	{POSIX, "eval 'alias q=b\nq <<E\nx\nE'", "?x ?"},
	{POSIX, "eval 'alias rm=\"rm -i\"\nrm a'", "x rm -i a"},
	{POSIX, "typeset USER=; sh -c 'b $USER'", "x b; x b dev"},
	{Korn, "x=m; f() { local x; unset x; b \"$x\"; }; f", "x b m"}, // the caller's
	{POSIX, "printf '\\' | xargs b", "x b ?"},
	{Bash, "ln -sT a .; cat d/x", "r DIR/d/x"}, // an error
	{POSIX, "b \"${x-$@}\"", "x b ?"},
	{Korn, "b \"${x#$(<a)}\"", "r DIR/a"},
	{Bash, "mv lnk n; > n", "w DIR/a"},
	{Bash, "ln -sT a ldir; cat ldir/x", "~r DIR/d/x"}, // there is one
	{Bash, "printf '\\0141\\n' | xargs b", "x b ?"},
	{Bash, "printf '%X %05d %+d|' 255 3 4 | xargs -d'|' b", "x b FF 00003 *|"},
	{Bash, "printf '%b\\n' 'd\\cx' e | xargs b", "x b ?"}, // ends there
	{Bash, "printf '%s\\0' m y | xargs -0 b", "x b ?"},
	{Bash, "printf '%s\\0' m | xargs -0 b", "x b m"},
	{Bash, "printf '%-3d|%u' 1 2 | xargs -d'|' b", "x b 1   2"},
	{Korn, "echo 'a\\101' | xargs b", "x b ?"},
	{Bash, "echo -e 'm\\cy' | xargs b", "x b ?"},
	{POSIX, "ln -s d", "w DIR/d; ~w DIR/d/d"},    // busybox
	{Korn, "typeset -A m; m=(b); m $m", "x m ?"}, // no -A in mksh
	{Korn, "arr=(!(a)); m \"${!arr[@]}\"", "x m ?"},
	{Zsh, "m ${1/#/q}", "x m ?"},
	{Zsh, "export -n USER; sh -c 'm \"$USER\"'", "x m dev"},
}

func TestSoundFoundKorn(t *testing.T) { testSoundFound(t, soundFoundKorn) }
