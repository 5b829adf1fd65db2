package shellparse

import "testing"

func TestSoundFoundFlow(t *testing.T) { testSoundFound(t, soundFoundFlow) }

// soundFoundFlow is more of soundFound: how control leaves a shell, a loop or a
// function, and what is printed and known behind it.
var soundFoundFlow = []soundFoundRow{
	{Bash, "echo m > f; b $({ while :; do echo b; break; done; } >> f; cat f)", "x b ?"},
	{Bash, "b $(echo y; for i in 1 2; do echo $i; break; done > f; echo m)", "x b y m"},
	{Bash, "trap 'm $x' EXIT; set -e; x=1; b; x=2", "x m 1; x m 2"},
	{POSIX, "set -eu; trap 'm $x' EXIT; x=1; b $y; x=2", "x m 1; x m 2"},
	{Bash, "sh -ec 'trap \"m \\$x\" 0; x=1; b; x=2'", "x m 1; x m 2"},
	{Bash, "bash -euo pipefail -c 'trap \"m \\$x\" EXIT; x=1; b; x=2'", "x m 1"},
	{Bash, "set -o errexit; trap 'm *' EXIT; cd d; b; cd ..", "x m x"},
	{Bash, "set -e; trap 'm \"$@\"' EXIT; set -- 1; b; set -- 2", "x m 1"},
	{Bash, "set -e; trap 'm $x' EXIT; g() { local x=1; b; }; x=2; g; x=3", "x m 1; x m 2"},
	{Bash, "set -e; trap 'g $x' EXIT; g() { m; }; b; g() { y; }", "x m; x y"},
	{Bash, "set -e; trap 'eval \"$x\"' EXIT; x='m y'; b; x=", "x m y"},
	{Bash, "set -e; trap 'm $x' EXIT; for x in 1 2; do b; done", "x m 1; x m 2"},
	{Bash, "trap 'm $x' EXIT; x=1; exec b; x=2", "x m 1; x m 2"}, // if there is no b
	{Bash, "trap 'm $x' EXIT; x=1; : ${y?}; x=2", "x m 1"},
	{Bash, "trap 'm $x' EXIT; x=1; kill $$; x=2", "x m 1"},
	{POSIX, "trap 'm $x' EXIT; x=1; . ./n; x=2", "x m 1"},
	{POSIX, "trap 'm $x' EXIT; x=1; : < n; x=2", "x m 1"},
	{POSIX, "trap 'm $x' EXIT; x=1; return; x=2", "x m 1"},
	{POSIX, "trap 'm $x' EXIT; x=1; : $((1/0)); x=2", "x m 1"},
	{Bash, "set -e; for x in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do trap 'm $x' EXIT; b; done", "x m 9"},
	{Bash, "b | { cd d; trap 'm *' EXIT; }", "x m x"}, // a process of its own
	{Bash, "b $(trap 'echo m' EXIT; echo y)", "x b y m"},
	{Bash, "{ x=1; trap 'm $x' EXIT; } & x=2", "x m 1"},
	{Bash, "sh -f -c 'm *'", "x m *"},

	// What is printed only if something holds, or until control leaves.
	{Bash, "m $(b && echo y)", "x m ?"},
	{Bash, "m \"$(test -f a && echo y)\"", "x m y; x m "},
	{Bash, "m $(false && echo y)", "x m"},
	{Bash, "m $(true || echo y)", "x m"},
	{Bash, "m $(if test -f a; then echo y; else echo z; fi)", "x m y; x m z"},
	{Bash, "m $(case $(b) in z) echo y;; esac)", "x m y; x m"},
	{Bash, "m $(while b; do echo y; done)", "x m ?"},
	{Bash, "x=$(test -f a && echo y); m $x", "x m y; x m"},
	{Bash, "g() { local x=$(test -f a && echo y); m $x; }; g", "x m y; x m"},
	{Bash, "{ test -f a && echo y; } | xargs m", "x m y; x m"},
	{Bash, "{ test -f a && echo y; } > t; cat t | xargs m", "x m ?"},
	{Bash, "m $(cd n && pwd)", "x m DIR/n; x m"},
	{Bash, "m $(echo y < n)", "x m y; x m"},
	{Bash, "echo y 2> n/x | xargs m", "x m y; x m"},
	{Bash, "m $(echo y; exit; echo z)", "x m y"},
	{Bash, "m $(echo y; test -f a && exit; echo z)", "x m y; x m y z"},
	{Bash, "set -e; { echo y; b; echo z; } | xargs m", "x m y ?"},
	{Bash, "set -e; { echo y; test -f a; echo z; } | xargs m", "x m y; x m y z"},
	{Bash, "set -u; { echo y; echo $n; echo z; } | xargs m", "x m y; x m y z"},
	{Bash, "m $(echo y; : ${n?}; echo z)", "x m y; x m y z"},
	{Bash, "m $(echo y; exec n; echo z)", "x m y"},
	{POSIX, "m $(echo y; : < n; echo z)", "x m y; x m y z"},
	{Bash, "m $(echo y & echo z)", "x m ?"},
	// break, continue and return.
	{Bash, "for x in 1 2 3; do break; done; m $x", "x m 1"},
	{Bash, "for x in 1 2; do y=$x; continue; y=3; done; m $y", "x m 2"},
	{Bash, "for x in 1 2; do for z in 3 4; do break 2; done; y=5; done; m $x$z$y", "x m 13"},
	{Bash, "for x in 1 2; do test -f a && break; y=$x; done; m q$y", "x m q; x m q1; x m q2"},
	{Bash, "for x in 1 2 3; do [ $x = 2 ] && continue; echo $x; done | xargs m", "x m 1 3"},
	{Bash, "for x in 1 2 3; do echo $x; test -f a && break; done | xargs m", "x m 1; x m 1 2; x m 1 2 3"},
	{Bash, "g() { x=1; return; x=2; }; g; m $x", "x m 1"},
	{Bash, "g() { x=1; if b; then return; fi; x=2; }; g; m $x", "x m 1; x m 2"},
	{Bash, "g() { echo 1; test -f a && return; echo 2; }; m $(g)", "x m 1; x m 1 2"},
	{Bash, "g() { for x in 1 2; do test -f a && return; done; x=3; }; g; m $x", "x m 1; x m 2; x m 3"},
	{Bash, "echo 'x=1; test -f a && return; x=2' > t; . ./t; m $x", "x m 1; x m 2"},
	{Bash, "f() { x=1; }; m && f() { x=2; }; f; b $x", "x b 1; x b 2"},
	{Zsh, "if m; then f() { x=1; y=a; }; else f() { x=2; }; fi; f; b $x $y", "x b 1 a; x b 2"},
	{POSIX, "f() { x=1; }; m && f() { x=2; }; m && f() { x=3; }; f; b $x", "x b 1; x b 2; x b 3"},
	{Bash, "f() { echo b; }; m && f() { echo d; }; $(f) y", "x b y; x d y"},
	{Bash, "f() { read x; }; m && f() { :; }; echo q | { f; b \"$x\"; read y; b \"$y\"; }", "x b q; x b ; x b ?"},
}
