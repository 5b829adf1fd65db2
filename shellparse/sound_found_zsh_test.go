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
	{Bash, "read -rp 'q ' x <<< abc; m $x", "x m abc"},
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
}

func TestSoundFoundZsh(t *testing.T) { testSoundFound(t, soundFoundZsh) }
