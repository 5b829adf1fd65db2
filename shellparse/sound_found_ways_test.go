package shellparse

import (
	"slices"
	"strings"
	"testing"
)

func TestSoundFoundWays(t *testing.T) { testSoundFound(t, soundFoundWays) }

// soundFoundWays is more of soundFound: what is so in one of the ways that a
// text may go is not so in all of them.
var soundFoundWays = []soundFoundRow{
	{Bash, "b && x='m p'; echo \"$x\" > f; sh f", "x m p"}, // the empty text came last
	{Bash, "b && x='m p'; echo \"$x\" > f; eval \"$(cat f)\"", "x m p"},
	{Bash, "b && x='m p'; echo \"$x\" > f; trap \"$(<f)\" DEBUG; :", "x m p"},
	{Bash, "cd n || > y", "w DIR/y"},
	{Bash, "echo 'm p' > y; cd n || . ./y", "x m p"},
	{Bash, "! cd n && > y", "w DIR/y"},
	{Bash, "if cd n; then b; else > y; fi", "w DIR/y"},
	{Bash, "until cd n; do > y; done", "w DIR/y"},
	{Bash, "f() { m p; }; until b; do f() { :; }; done; f", "x m p"}, // a second turn brought nothing new
	{Bash, "f() { :; }; if b; then f() { m p; }; if c; then f() { y; }; fi; fi; f", "x m p"},
	{Bash, "echo 'm p' > f; until b; do ln -sf n f; done; sh f", "x m p"},
	{Bash, "echo 'm p' > f; b && ln -sf n f; cat f | sh", "x m p"},
	{Bash, "echo 'm p' > f; { echo : > f; } < $(b); sh f", "x m p"}, // not run if it can't be read
	{Bash, "b && g() { echo : > f; }; echo 'm p' > f; g; sh f", "x m p"},
	{Bash, "x='m p'; until b; do x=(); done; eval \"$x\"", "?x ?"}, // an open array was closed by the next turn
	{Bash, "echo 'm p' > f; (set -e; b; : > f); sh f", "x m p"},    // a process that may end before it writes
	{Bash, "echo 'm p' > f; (b && exit; : > f); sh f", "x m p"},
	{Bash, "echo 'm p' > x; ln -sf x f; b && ln -sf /dev/null f; cat f | sh", "x m p"},
	// What is done once though it is looked at again, and the other way round.
	{Bash, "for k in 1 2; do m $((i++)) \"$(b < n)\"; done", "x m 0 ?; x m 1 ?"},
	{Bash, "f() { $(trap 'echo m' 0; exit); }; f", "x m"},
	{Bash, "trap b ERR; cd n; > y", "w DIR/y"},
	{Bash, "x=$(b); sh -c '\"$@\"' _ $x a", "?x ? a ?"},
	{Bash, "set b a; m \"${*#a}\"", "x m ?"},
	{Bash, "m ${x-~}y", "x m HOMEy"},
	{Bash, "i=1; f() { unset i; m \"$i\"; }; i=2 f", "x m 1"},
	{Bash, "{ echo 'm p' >&2; } 2> f; xargs -d '\\n' -n1 bash -c < f", "?x ?"},
	{Bash, "if b; then cd y; fi; exec 3> out; echo \"m p\" >&3; sh out", "?x ?"},
	{Bash, "g() { typeset +x USER=; sh -c 'm $USER'; }; g", "x m dev"},
	{POSIX, "f() { command local i=; m $i; }; i=1 f", "x m; x m 1"},
	{Bash, "echo 'm p' > y; z=0; b || z=1; [ $z = 1 ] && { echo : > x; ln -sf x y; }; sh < y", "x m p"},
	{Bash, "(command_not_found_handle() { m p; }; n)", "x m p"},
	{Bash, "trap 'f() { m p; }; trap f EXIT; exit' USR1; kill -USR1 $$", "?x ?"},
	{Bash, "trap 'mkdir e; echo \"m p\" > e/ls; chmod +x e/ls; PATH=$PWD/e:$PATH; ls' DEBUG; :", "x m p"},
	{Bash, "echo 'shopt -s extdebug; x=m; x=; $x p' > f; . ./f", "?x ?"},
	{Bash, "m //et?", "x m //etc"},
	{Bash, "trap 'command_not_found_handle() { m p; }; n' EXIT; b || trap - EXIT; exit", "x m p"},
	// The read that ends a loop.
	{Bash, "b | { while read x; do ( m ); done; y \"-${x:+a b}\"; }", "x y -; x y -a b"},
	{Bash, "echo $y b | { while read x; do x=1; done; m $x; }", "x m"},
	{Bash, "typeset -n y=y; for y in b; do :; done; $y", "?x ?"}, // it is none
	{Bash, "y=b; declare -n b; b=b; declare -n b; $b", "?x ?"},
	{Bash, "chpwd() { x=1; }; cd d; ${x%%q} b", "x b"}, // in zsh alone
	{Bash, "m $(printf '%.s' x) y", "x m y"},
	{Bash, "y=m export y; sh -c '$y p'", "x m p"},
	{Bash, "y=m declare -x y; sh -c '$y p'", "x m p"},
	{Bash, "awk 'BEGIN{print|!\"\"}'", "?x ?"},
	{Bash, "awk '{print | (x ? \"m\" : \"y\")}'", "?x ?"},
	{Bash, "find n -type f | xargs m", "x m n*; x m n n/*"},
	{Bash, "touch n; find n -type f | xargs m", "x m n n/*"},
	// Descriptors.
	{Bash, "b && x='m p'; exec 8<<< \"$x\"; . /dev/fd/8", "x m p"},
	{Bash, "exec 8<<< 'm p'; b && exec 8<<< y; sh <&8", "x m p"},
	// Wildcards beside what makes files.
	{Bash, "m d/* $(touch d/n)", "x m d/* ?"},
	{Bash, "mkdir d/n <(m d/*)", "x m d/x; split x m d/*"},
	// Traps in traps, and variables of the environment.
	{Bash, "trap \"trap 'x=m' ERR; false\" DEBUG; \"$x\"", "?x ?"},
	{Bash, "trap 'read USER; sh -c '\\''m \"$USER\"'\\' DEBUG; :", "x m ?"},
	{POSIX, "printf -v USER q; m $USER", "x m q; x m dev"},
	{POSIX, "typeset +i USER; m $USER", "x m dev"},
	{Bash, "PS4='$(>m' set -x; b", "?x ?"}, // no end of it
	{POSIX, "exec -m", "x -m"},
	{Bash, "time -- m | b", "x m; x b"},
	{Bash, "x=f; env -S'm${x}'", "x m"},
	{Bash, "f() { if b; then local -r i=y; fi; }; i=1 f; m \"${i-q}\"", "x m q; x m y"},
	{Bash, "IFS=x; arr=(y x a); m ${arr[@]}", "x m ?"},
	{Bash, "echo y | sed | xargs", "x echo"},
	{Bash, "arr=(x=~); m \"${arr[@]}\"", "x m x=~"},
}

// soundFoundUnseen is what comes about where the analysis is shown no files.
var soundFoundUnseen = []string{
	"ln -s e ldir; cat ldir/x|~r DIR/ldir/x",
	"ln -sn e d|~w DIR/d/e",
}

func TestSoundFoundUnseen(t *testing.T) {
	for _, row := range soundFoundUnseen {
		text, want, _ := strings.Cut(row, "|")
		in := benchInput(text)
		want = strings.ReplaceAll(want, "DIR", in.Cwd)
		r := Analyze(in)
		if !slices.ContainsFunc(r.Effects, func(e Effect) bool { return show(e) == want }) {
			t.Errorf("%s: no %q", text, want)
		}
	}
}
