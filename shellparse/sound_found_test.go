package shellparse

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type soundFoundRow struct {
	dialect    Dialect
	text, want string
}

// soundFound has what made-up programs did in real shells before it was
// predicted: effects that have to be among those of a text, in a directory with
// the files a, d/x and -rf, and links lnk to a and ldir to d. DIR stands for it.
var soundFound = []soundFoundRow{
	{Bash, "gzip -r d", "r DIR/d/**; w DIR/d/**; d DIR/d/**"},
	{Bash, "gzip *", "r DIR/d/**; w DIR/d/**; d DIR/d/**; r DIR/a"}, // a file is named -rf
	{Bash, "gzip -rk d", "r DIR/d/**; w DIR/d/**"},
	{Bash, "gzip -r a", "r DIR/a; d DIR/a; ~w DIR/a.*"},
	{Bash, "echo 'hash -p m ls; ls' > t; sh t", "x m; x ls"}, // dash has no hash -p
	{Bash, "hash -p m ls; ls", "x m"},
	{POSIX, "echo ab | while read -n 2 x; do m; done", "x m"},
	{Zsh, "su$(echo -)", "x su"},
	{Bash, "cd && x='a[$(m)]'; ((x))", "x m"},
	{Bash, "sed 's/1/m/e' a <<< x", "?x ?"},
	{Bash, "printf a% | xargs rm", "x rm a; d DIR/a"},
	{Bash, "c && g() { x=y; }; g; rm \"$x\"", "x rm y; x rm "},
	{Bash, "rm ~root''", "x rm ~root; d DIR/~root"},
	{Bash, "declare -A m=([k]=a [l]=b); rm \"${!m[@]}\"", "x rm ? ?; ?d "},
	{Zsh, "time { aa() { rm a; }; }; aa", "x aa; x rm a"},
	{POSIX, "seq 3 | { read -d ' ' x; rm ${x#?} d; }", "x rm d"},
	{Korn, `x='\cf'; echo "$x" | sh`, "?x ?"},
	{Zsh, "hash -p m ls; ls", "x ls"},
	{Bash, "aa \"${r[*]}\"", "x aa "},
	{Bash, "cp -b a b", "w DIR/b~"},
	{Bash, "install ldir/y lnk", "d DIR/lnk"},
	{Bash, "pwd | tr ' ' '- command' | { read x; aa \"$x\"; }", "x aa ?"},
	{Bash, `find -type d -exec ls {} \;`, "x ls ."},
	{Bash, `find a -type f -exec ls {} \;`, "x ls a"},
	{Bash, `find lnk -type l -exec ls {} \;`, "x ls lnk"},
	{Bash, `find a -name a -exec ls {} \;`, "x ls a"},
	{Bash, "find ldir -delete", "d DIR/ldir; d DIR/d/**"},
	{Bash, `find -exec sh -c 'ls "$@"' _ {} +`, "x sh -c ls \"$@\" _ ?; x ls ?"},
	{Bash, `find -exec sh -c 'cat "$@"' {} +`, "x sh -c cat \"$@\" ? ?; x cat ?; ?r "},
	{POSIX, "rm $((--i))", "x rm ?; ?d "}, // dash reads -(-i)
	{POSIX, "i=1; : $((++i)); rm $i", "x rm ?; ?d "},
	{Bash, "i=1; : $((++i)); rm $i", "x rm 2; d DIR/2"},
	{Bash, `a=([1]={a,b} d); rm "${a[@]}"`, "x rm ? d ?; ?d ; d DIR/d"},
	{Zsh, "a=([1]={a,b}); rm $a[1]", "x rm {a,b}; d DIR/{a,b}"},
	{Bash, "shred lnk", "w DIR/a; d DIR/lnk"},
	{Bash, "shred -u a", "d DIR/a"},
	{Zsh, "rm $path", "x rm ?; ?d "},
	{Zsh, "b $fpath", "x b ?"},
	{Zsh, "path=(a b); rm $path", "x rm a b"},
	{Bash, "rm $path", "x rm"},
	{Zsh, `echo 'b "\"x\""' | sh`, `x b "x"`}, // echo leaves a backslash before a quote
	{Bash, `echo -e 'b "\"x\""' | sh`, `x b "x"`},
	{Bash, `printf %b 'b "\"x\""' | sh`, `x b "x"`},
	{Bash, "arr=([1]=1); arr[1]=rm; $arr y", "x y"},
	{Bash, "declare -A m=(k a); ${m[@]:1}", "?x ?"}, // counted as bash keeps them
	{Bash, "declare -n r=; ${r=rm} y", "x rm y"},
	{Bash, "aa && x=; \"${x-b}\"", "x ; x b"},
	{Bash, "aa && x=1; rm ${x+b} y", "x rm b y; x rm y"},
	{Bash, "aa && USER=x; $USER y", "x x y; x dev y"},
	{POSIX, "typeset x=x; b$x", "x b; x bx"}, // dash has none
	{Bash, "while -n; do rm() { b; }; done; rm y", "x b; x rm y"},
	{Bash, "printf 'rm y\nb' | sed -n 1p | while read x; do $x; done", "x rm y"},
	{Bash, "r$(echo 'bQ= ' | base64 -d) y", "?x r* y"}, // some stop at the blank
	{Zsh, "exec eval curl x", "x curl x"},
	{Korn, "exec eval curl x", "x curl x"},
	{Korn, "x='rm{,}'; $x", "?x ?"},
	{Korn, "sh ${y@Q}", "x sh ?"},
	{Bash, "mv d e", "d DIR/d/**; w DIR/e/**"},
	{Bash, "cp -l lnk b", "w DIR/a; w DIR/lnk; w DIR/b"},
	{Bash, "sed -i.bak 1d lnk d/x", "w DIR/lnk; w DIR/lnk.bak; w DIR/d/x.bak"},
	{Bash, "sed -i'o_*' 1d d/x", "w DIR/d/o_x"},
	{Bash, "find . -newer a -exec ls {} \\;", "x ls .; x ls ./*"},
	{Bash, "find d -type f -execdir rm {} \\;", "x rm ./*; ~d DIR/d/*"},
	{Bash, "find . -name x -execdir rm {} \\;", "x rm ./x; ~d DIR/*/x"},
	{Bash, "find . -type f -exec sh -c 'rm \"$1\"' _ {} \\;", "x rm ./*; ~d DIR/*"}, // not looked up again
	{Bash, "find . -name '*' -exec cp {} d \\;", "~w DIR/d/*"},
	{Bash, "find . -name x | xargs", "x echo ./*"},
	{Bash, "for k in 1 2 3; do cd n; rm y; done", "d DIR/n/n/n/y; d DIR/n/y; d DIR/y"},
	{Bash, "rm -rf d; cd d; rm y", "d DIR/d/y; d DIR/y"},
	{Bash, "aa > b; [ab]", "~x [ab] [ab]"}, // and it matches two
	{Bash, "alias q='rm c'\nq `aa`", "x rm c ?; ?d "},
	{Bash, "while read; do cd n && y; done <<< a; rm b", "d DIR/n/b; d DIR/b"},
	{Bash, "cd d n; rm x", "d DIR/d/x; d DIR/x"},
	{Zsh, "cd d && aa & rm x", "d DIR/d/x; d DIR/x"}, // the last pipeline alone is put in the background
	{Zsh, "trap 'aa' ERR; $(false) b", "?x ? b"},
	{Zsh, "command -rm", "x -rm"},
	{Zsh, "f() { readonly x=1; }; f; aa $x", "x aa"},
	{Zsh, "case $((x=i)) in *) x=y; b $x; esac", "x b 0"},
	{Zsh, "while read -p x; do i=a; done < a; b $i", "x b"},
	{Zsh, "echo 'setopt Glob_Subst; x=\"/(e:rm y:)\"; $x' > t; . ./t", "?x "},
	{Korn, "sh <<E\ny \"-${x+~}\"\nE", "x y -"},
	{Korn, "x='a b'; bb a{b,c}$x", "x bb ? ?"},
	{Bash, "echo cd > t; aa && echo 'gzip d/x' > t; sh t", "d DIR/d/x"},
	{Bash, "ln -s b a; cat a", "~r DIR/a; r DIR/b"}, // there is an a
	{Bash, "aa && ln -s d/x n; cat n", "r DIR/d/x; ~r DIR/n"},
	{Bash, "x=; x=y $x; aa $x", "x aa y"},
	{Bash, "x=b; x=y $(aa); rm $x", "x rm y; x rm b"},
	{Bash, "xargs -0 sh _ < /dev/null", "x sh _"},
	{Bash, "declare -A m=([k]=1 $(tail))", "x tail"},
	{Bash, "f() { zsh $0; }; f", "x zsh bash"},
	{Bash, "trap 'rm $x' DEBUG; x=1", "x rm ?; ?d "},
	{Bash, "awk 'BEGIN{system(\"rm y\")}' *", "x rm y"},
	{Bash, "x=(`aa`); rm \"${x[*]}\"", "x rm ?"},
	{Bash, "set -f; x=1; aa \"-${x%%*}\"", "x aa -"},
	{POSIX, "local x=b; y$x", "x y; x yb"},
	{Korn, "local x=b; y$x", "x y; x yb"},
	{Bash, "aa && m=([1]=1); \"${!m[@]}\"", "?x ?"},
	{Bash, "find -exec a {} b +", "x a ? b"}, // busybox
	{Zsh, "ls *(.)", "x ls ?"},
	{Zsh, "f() { IFS=: read z; aa $(printf 'b\nc'); }; f", "x aa b c"},
	{Bash, "f() { IFS=: read z; aa $(printf 'b\nc'); }; f", "x aa b c"},
	{Zsh, "$x |& aa", "x cat"},
	{Bash, "set -: /; rm \"$@\"", "x rm ?; ?d "}, // an error, and "$@" stays
	{Bash, "x=rm; git ${x[@]:1}", "x git m"},     // characters
	{Bash, "ln -sfn k ldir", "w DIR/ldir"},
	{Zsh, "noglob aa d/*", "x aa d/*"},
	{Zsh, "echo git d > f | xargs", "x echo git d"}, // to the file and to the pipe
	{Bash, "while read x; do $x f; done <<'E'\na\\\nb\nE", "x ab f"},
	{Bash, "{ trap '2> l' EXIT; exit 3; }; cd d", "w DIR/l"},
	{Bash, "cd d > o{1,2}; rm x", "d DIR/d/x; d DIR/x"}, // an error
	{Bash, "cd d > n/x; rm x", "d DIR/d/x; d DIR/x"},    // another
	{Bash, "cd d < n; rm x", "d DIR/d/x; d DIR/x"},
	{Bash, "x=1; { x=b; } < n; rm $x", "x rm b; x rm 1"},
	{Bash, "aa \"$(printf 'm\ny' | tac)\"", "x aa ?"},
	{Zsh, "aa > b; x=(l* d); x[1]=rm; aa ${x[*]}", "x aa ?"},
	{Zsh, "IFS=x; aa y$(echo x)", "x aa y "},
	{Zsh, "echo 'set -oglobsubst; x=\"/(e:b:)\"; $x' > t; . ./t", "?x "},
	{Bash, "popd; rm a", "d DIR/a"},
	{Bash, "find . | while read$n\"\" f; do rm \"$f\"; done", "x rm ?; ?d "},
	{Korn, "set -f; rm {,}", "x rm {,}"},
	{POSIX, "while read; do x=b; done < a; rm -$x", "x rm -"}, // dash wants a name
	{Bash, "aa && IFS=; echo 'b c' | { read x; $x; }", "x b c; x b c"},
	{Bash, "aa && IFS=; for x in $(echo 'b c'); do $x; done", "x b; x c"},
	{Bash, "cd - && echo b > t; sh t", "x b"}, // where there was none, busybox stays
	{Bash, "cd $(aa) || echo b > t; sh t", "x b"},
	{Bash, "for x in 1 2; do cd n > y; done; rm a", "d DIR/a"}, // a redirection makes no n
	{Bash, "sh $(aa)", "?x "},                                  // any script
	{Zsh, "x=(1); x+=b; aa \"$x\"", "x aa 1 b"},
	{Korn, "declare x={,}", "x declare x= x="}, // a program there
	{Zsh, "x=a; eval \"<$x\"", "x more; x pager"},
	{Bash, "(cd d && trap 'rm y' EXIT)", "d DIR/d/y"},
	{POSIX, "x=a; x=b . ./a; $x", "x b"},
	{POSIX, "x=a; x=b true; $x", "x a"},
	{Bash, "x=a; x=b eval :; $x", "x a"},
	{Bash, "find ldir -newer a -delete", "~d DIR/ldir"},
	{Bash, "if aa; then set -f; fi; bb *", "x bb *"},
	{Bash, "f() { for x in $((i++)); do $i; f; done; }; f", "?x ?"},
	{Bash, "trap '$(printf set) -H -o history\n: y\n!*' EXIT", "?x "},
	{POSIX, ">d/*", "w DIR/d/*"}, // wildcards count in bash and zsh
	{Bash, ">d/*", "w DIR/d/x"},
	{Bash, "ln -sn a d", "w DIR/d/a"},
	{Bash, "ln -sn a ldir", "w DIR/ldir"},
	{Bash, "mv d lnk", "w DIR/lnk/**"},
	{Bash, "printf m | head | xargs -d,", "x echo m"},
	{Bash, "aa ~-", "x aa ~-"},
	{Zsh, "aa ~-", "x aa DIR"},
	{Bash, "aa $(echo -r)", "x aa -r"},
	{Bash, "touch n; set -- d/* *.none; rm $#", "x rm ?; ?d "},
	{Bash, "pwd -n | xargs", "x echo"}, // an error in bash
	{Bash, "cd -P ldir; aa $PWD", "x aa DIR/d"},
	{Bash, "cd ldir; aa $PWD $(pwd -P)", "x aa DIR/ldir DIR/d"},
	{Bash, "mv -T d/x ldir", "w DIR/ldir"},
	{Bash, "printf \"trap 'rm \\$x' 0; x=b\" | sh", "d DIR/b"},
	{Bash, "set -- a $(cat a); bb \"$*\"", "x bb ?"},
	{Bash, "bb \"$(echo a; aa)\"", "x bb a*"}, // which may print nothing
	{Bash, "cp a n/e; cp a d", "w DIR/d/a"},
	{Bash, ">> d; cp a d", "w DIR/d/a"}, // an error
	{POSIX, "x=y; readonly x; x=b eval; x=m; b $x", "x b y; x b m"},
	{Zsh, "aa && typeset -r x=y; for x in a b; do :; done; b $x", "x b y; x b b"},
	{Korn, "x=y; trap 'b $x' EXIT; readonly x; x=m", "x b y"},
	{Zsh, "trap '-x' EXIT", "x -x"}, // no option there
	{Zsh, "trap 'unset x' DEBUG\nx=y; b \"-$x\"", "x b -*"},
	{Zsh, "f() { declare -x x=y; }; f; b $x", "x b y"},
	{Zsh, "declare -n x=z; x=b; y $x", "x y ?"}, // an error there
	{POSIX, "declare -i x=1; read x <<E\nb\nE\nb $x", "x b ?"},
	{Zsh, "x=(:~); b \"$x\"", "x b :HOME"},
	{Zsh, "h() { trap 'git ${x:1}' 0; }; h; x=rm", "x git"}, // when the function ends
	{Zsh, "f() { trap 'x=m' EXIT; }; f; b $x", "x b m"},
	{Zsh, "b $13>-", "x b"}, // the thirteenth
	{Zsh, "b \"${x[@]:1}\"", "x b "},
	{Zsh, "x=my; b \"${x[@]:1}\"", "x b y"},
	{Zsh, "b $'\\('", "x b ?"}, // without its backslash there
	{Zsh, "set -a; echo m | { read y; }; sh -c 'b $y'", "x b m"},
	{Zsh, "cp -t d a >(:)", "~w DIR/d/*"}, // the name is the shell's to choose
	{Zsh, "b <(exec >n; echo rm y; sh n)", "x rm y"},
	{Bash, "b * | touch n", "split x b *"}, // at the same time
	{Korn, "IFS=x; b $(echo x)", "x b ?"},
	{Korn, "read -d ' ' x <<'E'\na\\\nb\nE\nb $x", "x b ?"},
	{Korn, "b \"$(echo \"$(m)-\" | tail -c 2)\"", "x b ?"},
	{POSIX, "b\"$(<<E\nx\nE\n)\"", "x b"},
	{Bash, "git clone u && mv u e", "w DIR/e/**"}, // which may be a directory
	{Zsh, "touch n; for x in ?; do b \"$y\"; y=m; done", "x b m"},
	{Bash, "b * & touch n", "split x b *"},
	{Zsh, "trap 'rm y' DEBUG; cd d; cd ..", "d DIR/d/y"},
	{Zsh, "read 2 <<< m; b $2", "x b ?"},
	{Zsh, "echo '<a | b' > n; . ./n", "x pager; x more"},
	{Zsh, "echo '>x; <a >x' > n; . ./n", "x cat"},
	{Korn, "x=m; b \"${x::-1}\"", "x b ?"},
	{Bash, "mkdir n && cp --parents d/x n", "~w DIR/n/d/x"},
	{Zsh, "typeset -Z3 x=1; b $x", "x b ?"},
	{Korn, "typeset -i8 x; x=9; b $x", "x b ?"},
	{Korn, "integer x=1+1; b $x", "x b 2"},
	{Zsh, "typeset -T P p :; p=(a b); b $P", "x b ?"},
	{Zsh, "set -A x m y; b $x[2]", "x b y"},
	{Korn, "set -A x m y; b ${x[1]}", "x b y"},
	{Zsh, "x=(a m y); b ${x[2,3]}", "x b ?"},
	{Zsh, "b **/x", "x b *x"},
	{Zsh, "b {a..e..2}", "x b {a..e..2}"},
	{Zsh, "x='*'; b ${(q)x}", "x b ?"},
	{Zsh, "x=(y m); b ${(o)x}", "x b ?"},
	{Zsh, "x=m/y/; b ${x:h}; x=/; b \"${x:t}\"; x=.m; b ${x:r}", "x b m; x b ; x b .m"},
	{POSIX, "b \"$(echo cm0mIC | base64 -d)\"", "x b ?"},
	{Zsh, "b \"$(printf '\\377m' | sed 's/.//')\"", "x b ?"},
	{Zsh, "print -l m y | xargs b", "x b ?"},
	{Zsh, "x=(a b c); x[2]=(); b $x", "x b ?"},
	{Zsh, "x=(a b c); shift x; b $x", "x b ?"},
	{Zsh, "set -- a b; argv=(m y); b $@", "x b ?"},
	{Zsh, "setopt ksharrays; x=(a b c); b $x", "x b ?"},
	{Zsh, "unsetopt glob; b *", "x b *"},
	{Zsh, "b $ZSH_NAME", "x b ?"},
	{Zsh, "cd SoundFound x; rm y", "d DIR/y"}, // there is none
	{Zsh, "hash -d m=/etc; b ~m", "x b /etc"},
	{Zsh, "m=/etc; b ~m/x", "x b /etc/x"},
	{Zsh, "alias -s sh=b; eval './s.sh'", "?x ?"},
	{Zsh, "alias -g L=m; eval 'b L'", "?x ?"},
	{Zsh, "read -q x <<< y; b $x", "x b ?"},
	{Bash, "IFS=:; read x y <<< 'a::b'; b \"$y\"", "x b :b"},
	{Zsh, "IFS=:; read x y <<< 'a:b:'; b \"$y\"", "x b ?"},
	{Zsh, "echo rm y > m > n; sh m", "x rm y"},
	{Zsh, "b $((1.5+1))", "x b ?"},
	{Zsh, "f() { m; }; unfunction f; f", "x f; x m"},
	{Zsh, "[[ ab =~ 'a(.)' ]] && b $MATCH", "x b ?"},
	{Zsh, "b (a|x)", "x b ?"},
	{POSIX, "b \"$(printf %q 'm y')\"", "x b ?"},
	{POSIX, "IFS=' ,'; x='m , y'; b $x", "x b m y"},
	{Zsh, "setopt extendedglob; b ^a", "x b ?"},
	{Zsh, "b $#-", "x b ?"},
	{Zsh, "zsh -o shwordsplit -c 'x=\"m y\"; for i in $x; do b $i; done'", "x b m; x b y"},
	{Korn, "b $((010))", "x b ?"},
	{POSIX, "for x in a b; do sed -i 1d lnk; done", "r DIR/lnk"},
	{Zsh, "read -n 2 x < a; b $@", "x b ?"}, // the second parameter
	{Korn, "read -a x <<E\nm\nE\nb \"${x[@]}\"", "x b ? ?"},
	{POSIX, "sed -i.k 1d d", "w DIR/d.k/**; d DIR/d/**"}, // busybox
	{POSIX, "echo | { awk '{print | \"sh\"}' a; }", "?x ?"},
	{Bash, "b \"$(printf '\\tx' | fold -w 2)\"", "x b ?"},
	{Bash, "ln -f d/x lnk", "d DIR/lnk; w DIR/lnk"},
	{Bash, "cp -b d/x lnk", "d DIR/lnk; w DIR/lnk"},
	{Bash, "n=0; while [ $n -lt 2 ]; do n=$((n+1)); done && n=0; while [ $n -lt 2 ]; do n=2; m; done", "x m"},
	{Bash, "cd n && sed eb; rm a", "d DIR/n/a; d DIR/a"},
	{Bash, "{ aa ${!x}; cd d; }\nrm x", "d DIR/d/x; d DIR/x"}, // an error ends the line
	{Bash, "x=b; : $((1/0)); x=c\nrm $x", "x rm b; x rm c"},
	{Bash, "x=b; : ${x:0:-2}; x=c\nrm $x", "x rm b; x rm c"},
	{Bash, "readonly x=b; x=c\nrm $x", "x rm b; x rm c"},
	{Bash, "aa && readonly x=b; x=c; rm $x", "x rm b; x rm c"},
	{Bash, "printf 'a\nb\n' | { while read x z; do readonly z=; done; $x; }", "?x ?"},
	{Bash, "alias q='git '\naa; alias q=b; q", "x git; x b"}, // as it was when the line was read
	{POSIX, "declare -n x=b; m $x", "x m ?"},
	{POSIX, "declare x=~; m \"$x\"", "x m ?"},
	{Bash, "let 'x[$(m) y]'", "x m"},
	{Bash, "cd && x='a[$(m)]'; [[ $x -eq 1 ]]", "x m"},
	{Bash, ">&'\"a'", "?w "}, // a file a
	{POSIX, "$(printf set) -H", "?x "},
	{Bash, "sh -c 'm $#' _ $(aa)", "x m ?"},
	{Bash, "trap 'x=b; y+=(c)' DEBUG; x=; y=(); m $x \"${y[*]}\"", "x m ? ?"},
	{Bash, "trap 'cd d' DEBUG; rm x", "?x ?"},
	{Bash, "{ exec > b; aa; sh b; } > c", "?x ?"},
	{Bash, "m * & > n", "split x m *"}, // n may be there by then
	{Bash, "tee -", "w DIR/-"},
	{POSIX, "printf 'b c' | { while read -d ' ' x; do x=c; done; m \"$x\"; }", "x m "},
	{Bash, "printf 'xargs m\nb' | sh", "x m ?"}, // of the text itself
	{Bash, "shopt -s nullglob; m *.none", "x m"},
	{Bash, "rm lnk; > lnk", "~w DIR/lnk"},
	{Bash, "g() { case ${2-} in b) m; esac; }; g $(aa)", "x m"},
	{Bash, "cp -R lnk n; > n", "w DIR/a; ~w DIR/n"},
	{Bash, "cp -R lnk d; > d/lnk", "w DIR/d/a"},
	{Bash, "grep -r x", "r DIR/**"},
	{POSIX, "cd -r d; rm a", "d DIR/d/a; d DIR/a"},                      // an error in dash
	{Bash, "echo 'echo b > t; aa' > t; sh t", "?x ?"},                   // rewritten while it runs
	{Bash, "for x in 1 2; do xargs m $x; done <<< b", "x m 1 b; x m 2"}, // the first takes all
	{Bash, "touch n; m $(echo * | sed 1d)", "x m ?"},
	{Bash, "printf '' | base64 | xargs -0 m", "x m"},
	{Bash, "ln ldir/x", "w DIR/x"},
	{Bash, "arr=([k]=<()$((3))); m \"${arr[*]}\"", "x m ?"},
	{Bash, "declare -A arr=(x); m \"${arr[@]}\"", "x m "},
	{Bash, "case $(aa) in a) x=b ;& *) m$x ;; esac", "x mb; x m"},
	{Bash, "aa && echo b > a; sh a", "x b; ?x ?"}, // or what it was
	{Bash, "cd n && (aa); rm a", "d DIR/n/a; d DIR/a"},
	{Bash, "x='$(m)'; a >& $x", "x m; ?w "}, // expanded twice
	{Bash, "ln d/x", "w DIR/x; w DIR/d/x"},
	{POSIX, "aa > n; x='\\n *'; m \"$(echo $x)\"", "x m ?"},
	{POSIX, "time exec m", "x m"}, // a word of the shell itself in bash
	{Bash, "printf 's ' | tac | xargs -d, m", "x m ?"},
	{Bash, "{ python3; read x; m $x; } <<< 'a b'", "x m ?"}, // of what it leaves
	{Bash, "sh <<E\nm 'a`aa`'\nE", "x m a*"},                // in quotes, too
}

func TestSoundFound(t *testing.T) { testSoundFound(t, soundFound) }

func testSoundFound(t *testing.T, rows []soundFoundRow) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"a", "d/x", "-rf"} {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("x\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"lnk": "a", "ldir": "d"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range rows {
		in := benchInput(row.text)
		in.Dialect, in.Cwd, in.FS = row.dialect, dir, diskFS{}
		var got []string
		r := Analyze(in)
		for _, e := range r.Effects {
			got = append(got, show(e))
		}
		for _, e := range r.Split {
			got = append(got, "split "+show(e))
		}
		for want := range strings.SplitSeq(strings.NewReplacer("DIR", dir, "HOME", in.Home).Replace(row.want), "; ") {
			if !slices.Contains(got, want) {
				t.Errorf("%v: %s\n  no %q among %s", row.dialect, row.text, want, strings.Join(got, "; "))
			}
		}
	}
}
