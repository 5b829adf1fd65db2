package shellparse

import "testing"

func TestSoundFoundWords(t *testing.T) { testSoundFound(t, soundFoundWords) }

// soundFoundWords is more of soundFound: names for variables, declarations that
// are refused, and words that are many or none.
var soundFoundWords = []soundFoundRow{
	{Bash, "declare -n y=z; for y in x; do :; done; m \"${z-q}\" \"${!y}\"", "x m q x"}, // y is a name for each
	{Bash, "declare -n y=z; for y in x; do y=1; done; m \"$x\"", "x m 1"},
	{Bash, "declare -n y=z; for y in $(b); do y=1; done", "?x ?"},
	{Bash, "declare -n y=z; select y in x; do m $z; done", "x m x"},
	{POSIX, "typeset -n y=x; y=5; m \"${x-q}\"", "x m ?"}, // in bash
	{Bash, "declare -n y=z; mapfile y < a; m \"${z[0]}\"", "x m ?"},
	{Bash, "declare -n y=z; read -a y < a; m \"${z[0]}\"", "x m ?"},
	{Bash, "declare -n y=z; y=(1 2); m \"${z[1]}\"", "x m 2"},
	{Bash, "declare -n y=z; y[1]=2; m \"${z[1]}\"", "x m 2"},
	{Bash, "f() { local -n r=$1; r+=(5); }; f q; m \"${q[@]}\"", "x m 5"},
	{Bash, "declare -n y=z; export y=5; sh -c 'm \"$z\"'", "x m 5"},
	{Bash, "declare -n y=z; unset -n y; y=1; m \"$z\"", "x m ?"},
	{Bash, "declare -n y=z; declare +n y; y=1; m \"$z\"", "x m ?"},
	{Bash, "declare -n y; y=z; y=4; m \"$z\"", "?x ?"},
	{Bash, "y=z; declare -n y; y=4; m \"$z\"", "x m 4"},
	{Bash, "declare -n y=z z=y; y=(1); y[1]=2; for y in z; do export y=1; done; select z in x; do m; done", "x m"}, // in a circle
	{Bash, "test -f a && declare -n y=x; y=5; m \"$x\"", "x m ?"},
	{Bash, "typeset -Z3 USER=; sh -c 'm $USER'", "x m dev; x m"}, // an error
	{Bash, "x=1; readonly -i x=2; m $x", "x m ?"},
	{POSIX, "export -q USER=; sh -c 'm $USER'", "x m dev"},
	{POSIX, "local USER=; sh -c 'm $USER'", "x m dev; x m"},
	// A word before is many, or none.
	{Bash, "set -- $(cat a) y; m \"$2\"", "x m ?"},
	{Bash, "set -- $(cat a) x y; shift; m \"$1\" \"$2\"", "x m ? ?"},
	{Bash, "x=($(cat a) y z); m \"${x[1]}\"", "x m ?"},
	{Bash, "x=(z $(cat a) y); m \"${x[0]}\" ${!x[@]}", "x m z 0 ?"},
	{Bash, "x=; m \"${x[@]:1}\"", "x m"}, // not even an empty word
	{Bash, "x=ab; m \"${x[@]:3}\" \"${x[@]: -3}\" \"${x[@]:2}\"", "x m "},
	{Korn, "m a${x:1} b", "x m ? b"}, // a is lost
	{Korn, "x=' 1'; m a${x%1} b", "x m ? b"},
	{Korn, "m a${x:=$y} b", "x m ? b"},
	{Korn, "x=1; m a${x#0} b", "x m a1 b"},
	{Korn, "x=([1]=y z); m \"${x[1]}\"", "x m ?"},
	{Korn, "read x <<< ~; m $x", "x m ~"},
	// What is printed, and where.
	{POSIX, "sort $(echo -o) n a", "x sort -o n a; w DIR/n"},
	{POSIX, "printf '%s\\\"' \"d $(cat a)\" | sh", "?x ?"},
	{POSIX, "printf 'y %s\\e' \"$(cat a)\" | sh", "?x ?"},
	{POSIX, "m $(realpath n)", "x m ?"}, // nothing, by busybox
	{POSIX, "m $(realpath a)", "x m DIR/a"},
	{Bash, "m $(realpath n)", "x m DIR/n"},
	{POSIX, "ln -s d a n", "~w DIR/n; w DIR/d/a"}, // busybox
	{Bash, "touch n; cd n; > y", "w DIR/n/y; w DIR/y"},
	{Bash, "mkdir n; cd n; > y", "w DIR/n/y"},
}
