package shellparse

import "testing"

// soundFoundZsh has what zsh did before it was predicted, and what its siblings
// among the other shells do.
var soundFoundZsh = []soundFoundRow{
	{Zsh, "read 2 x <<< 'm n'; b $2 $x", "x b ? n"},
	{Bash, "read 2 x <<< 'm n'; b $x", "x b"}, // an error
	{Bash, "x=q; read x a-b <<< 'm n'; b $x", "x b q; x b ?"},
	{Bash, "printf 'm\nn\n' | { read a-b; read x; b $x; }", "x b ?"},
	{Bash, "read -Q x <<< m; b $x", "x b"},
	{Zsh, "read -A x y <<< 'm n'; b $x", "x b ? ?"},
	{Zsh, "read -t x <<< m; b $x", "x b m"}, // a number or nothing
	{Bash, "read -t 0 x <<< m; b $x", "x b ?"},
	{Zsh, "read -E x <<< 'rm y' | sh", "?x ?"},
	{Bash, "read -db x <<< abc; m $x", "x m a"},
	{Bash, "read -n1 x <<< abc; m $x", "x m ?"},
	{Zsh, "read -n1 x <<< abc; m $x", "x m"},
	{Bash, "exec 3< a; read -u3 x <<< m; b $x", "x b ?"},
	{Zsh, "read argv <<< m; b $@", "x b ?"},
	{Bash, "read x y <<< 'a\\ b c'; m \"$x\"", "x m ?"},
	{Bash, "read x <<< 'a\\\\b'; m \"$x\"", "x m a\\b"},
	{Bash, "IFS=: read -a x <<< 'a::b'; m \"${x[@]}\"", "x m a  b"},
	{Zsh, "IFS=: read -A x <<< 'a::b:'; m \"${x[@]}\"", "x m ? ?"},
	{Zsh, "getopts a 2 -a; b $2", "x b ?"},
	{Zsh, "printf -v 2 m; b $2", "x b ?"},
	{Zsh, ": ${2:=m}; b $2", "x b ?"},
	{Bash, "x=(m); : ${x[1]:=y}; b \"${x[@]}\"", "x b m y"},
	{Zsh, "x=(m); x[3]=y; b \"${x[@]}\"", "x b ?"},
	{Zsh, "setopt globdots; b d/*", "x b d/*"},
	{Bash, "shopt -s dotglob; b d/*", "x b d/*"},
	{Bash, "shopt -s nocaseglob; b A*", "x b ?"},
	{Bash, "shopt -s globstar; b **/a", "x b *a"},
	{Zsh, "setopt nullglob; b *.none d/*.none a", "x b ? ? a"},
	{Zsh, "setopt cshnullglob; b *.none a*", "x b a"},
	{Zsh, "setopt magicequalsubst; b x=~", "?x magicequalsubst"},
	{Zsh, "set -P; x=(m y); b c$x", "?x ?"}, // rcexpandparam
	{Zsh, "set -y; x='m y'; for i in $x; do b $i; done", "x b m"},
	{Zsh, "zsh -yc 'x=\"m y\"; for i in $x; do b $i; done'", "x b m"},
	{Bash, "zsh --sh-word-split -c 'x=\"m y\"; for i in $x; do b $i; done'", "x b m"},
	{Zsh, "unsetopt no_sh_word_split; x='m y'; for i in $x; do b $i; done", "x b m"},
	{Zsh, "f() { setopt localoptions shwordsplit; }; f; x='m y'; for i in $x; do b \"($i)\"; done", "x b (m y)"},
	{Zsh, "setopt shwordsplit; emulate zsh; x='m y'; b $x", "?x ?"},
	{Zsh, "set -s m b; rm $@", "?x ?"}, // sorts them
	{Zsh, "setopt autopushd; cd d; popd; b $PWD", "x b ?"},
	{Zsh, "chpwd() { b $PWD; }; pushd d; popd", "x b DIR"},
	{Bash, "(pushd d; pushd /tmp); popd; rm a", "d DIR/a"},
	{Bash, "m && pushd d; pushd /; popd; popd; rm a", "d DIR/a; d DIR/d/a"},
	{Bash, "set -C; echo b > a; sh a", "?x ?"},
	{Bash, "{ echo b y >&2; } 2>&1 | sh", "x b y"},
	{POSIX, "{ echo b y >&3; } 3>&1 >/dev/null | sh", "x b y"},
	{Bash, "{ echo b y >&2; } |& sh", "x b y"},
	{Bash, "f() { echo b y >&2; }; f 2> t; sh t", "?x b y\n*"},
	{POSIX, "exec 2> n; echo b y >&2; sh n", "?x *b y\n"},
	{Bash, "{ echo b y >&2; } &> t; sh t", "x b y"},
	{POSIX, "echo b y > /dev/stdout | sh", "x b y"},
	{POSIX, "{ echo b y > /dev/fd/2; } 2>&1 | sh", "x b y"},
	{POSIX, "{ echo b | tee /dev/stderr; } 2>&1 >/dev/null | sh", "?x ?"},
	{Bash, "x=$( { echo b >&2; } 2>&1 ); $x", "x b"},
	{Zsh, "echo b y >&2 2>n | sh", "x b y"}, // to the pipe as well
	{Zsh, "{ echo b y; } > n | sh", "x b y"},
	{Zsh, "echo b | sh <<< 'm y'", "x b; x m y"},
	{Zsh, "sh <<< b <<< m", "x b; x m"},
	{Zsh, "echo b y > n{1,2}; sh n2", "x b y"},
	{Bash, "printf '%*s %s' 5 m b | xargs y", "x y ? b"},
	{Zsh, "printf '%d' 010 | xargs b", "x b ?"},
	{Zsh, "b $((010))", "x b ?"},
	{Zsh, "print -- -n b | xargs m", "x m -n b"},
	{Zsh, "echo -n - b | xargs m", "x m b"},
	{Zsh, "print -rv x m; b $x", "x b ?"},
	{Zsh, "x=a; x+=(b); m $x", "x m a b"},
}

func TestSoundFoundZsh(t *testing.T) { testSoundFound(t, soundFoundZsh) }
