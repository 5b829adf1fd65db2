package shellparse

// zshStatement is a construct that zsh alone knows. Those that are not read as a
// text are tried as code in a file, which runs as it is.
func (g *soundGen) zshStatement() string {
	switch g.IntN(12) {
	case 0, 1:
		return g.inFile(g.zshForm())
	case 2:
		return g.pick("setopt ", "unsetopt ", "set -o ", "setopt no_", "f() { setopt localoptions; ", "emulate -L zsh; setopt ") + g.zshOption() + g.pick("; ", "\n") + g.simple()
	case 3:
		return g.pick("TRAPZERR", "TRAPDEBUG", "TRAPEXIT", "TRAPUSR1", "chpwd", "zshexit", "command_not_found_handler", "precmd") + "() { " + g.body() + "}; " + g.assign() + "; " + g.pick("false", "cd d", "kill -USR1 $$", "nosuch x", ":", "pushd d; popd") + "; " + g.simple()
	case 4:
		return g.array() + "; aa " + g.zshParam() + " " + g.pick("", "\""+g.zshParam()+"\"")
	case 5:
		return g.simple() + " > " + g.file() + " > " + g.pick("o1", "o2") + "; " + g.pick("sh o1", "cat o2", "sh < o1 < cmds")
	case 6:
		return g.output() + g.pick(" | ", " 2>&1 | ", " >&2 2>&1 | ", " > o1 | ") + g.pick("sh", "cat", "sh < cmds", "xargs aa")
	case 7:
		return "alias " + g.pick("", "-g ", "-s ") + g.pick("q", "ll", "sh") + "=" + g.quoted(g.pick("noglob aa", "aa ", g.simple(), "cd d;aa")) + "; eval " + g.quoted(g.pick("q", "ll", "aa q", "./s.sh")+" "+g.words())
	case 8:
		return g.feed("read "+g.pick("-k 2 ", "-E ", "-e ", "-t ", "-d b ", "-db ", "-A ", "-u0 ", "-rA ", "2 ", "-n1 ")+g.name()+g.pick("", " "+g.name())) + "; " + g.simple()
	case 9:
		return g.pick("print ", "print -r ", "print -l ", "print -n ", "print -rl -- ", "echo - ", "echo -n - ", "print -rv x ", "print -u2 ", "printf '%*d ' ") + g.words() + g.pick(" | sh", " | xargs aa", "; $x", " 2>&1 | cat")
	case 10:
		return g.pick("noglob ", "command ", "builtin ", "exec ", "command -p ") + g.command() + " " + g.words()
	}
	return g.pick("zmodload zsh/files; zf_rm ", "zmodload zsh/mapfile; aa $mapfile ", "hash q=/bin/rm; q ", "disable rm; rm ", "autoload -U zmv; zmv ", "fpath=(. d); autoload f; f ", "zparseopts -D a=x; aa $x ", "typeset -A m; m=(a b); aa $m[a] ", "whence ") + g.words()
}

// inFile is code that a file holds.
func (g *soundGen) inFile(text string) string {
	return "cat > t.zsh <<'E'\n" + text + "\nE\n" + g.pick(". ./t.zsh", "source ./t.zsh", "zsh t.zsh", "zsh ./t.zsh "+g.word())
}

// zshForm is one of the short forms of zsh.
func (g *soundGen) zshForm() string {
	return g.pick("for x in "+g.words()+"; "+g.simple(), "for x ("+g.words()+") "+g.simple(), "for x y in "+g.words()+"; do "+g.body()+"done", "repeat "+g.pick("2", "$x", "0")+" "+g.simple(),
		"if [[ -f a ]] "+g.simple(), "if ("+g.simple()+") { "+g.body()+"} else { "+g.body()+"}", "while ("+g.simple()+") { break; }", "{ "+g.body()+"} always { "+g.body()+"}",
		"() { "+g.body()+"} "+g.words(), "function { "+g.body()+"}", "f g() { "+g.body()+"}; g", "case "+g.word()+" { "+g.pattern()+") "+g.body()+";; }", "foreach x ("+g.words()+"); "+g.simple()+"; end",
		"nocorrect "+g.simple(), "- "+g.simple(), "=aa "+g.words(), "aa ${(e)x} ${(P)y}", "aa "+g.pick("*(.)", "*(e:rm y:)", "d/*(om[1])", "a(:h)", "**/x", "<1-3>", "^a*", "(a|b)"), "${:-aa} "+g.words(), "cat =("+g.output()+")",
		"x="+g.value()+"; aa ${~x} $=x ${^x}", "< "+g.source(), "> out", "functions[q]="+g.quoted(g.simple())+"; q", "aliases[q]="+g.quoted(g.simple())+"\nq", "f() "+g.simple()+"\nf")
}

// zshOption is an option that changes what a text does, or none of that kind.
func (g *soundGen) zshOption() string {
	return g.pick("shwordsplit", "nullglob", "globdots", "extendedglob", "ksharrays", "rcexpandparam", "magicequalsubst", "markdirs", "cshnullglob", "globassign", "chaselinks", "autopushd", "noclobber", "errexit", "nounset", "pipefail",
		"nomatch", "promptsubst", "bsdecho", "multios", "nocaseglob", "cdablevars", "errreturn", "localtraps", "posixbuiltins", "kshtypeset", "allexport", "aliases", "histignoredups")
}

// zshParam is an expansion as zsh has them.
func (g *soundGen) zshParam() string {
	x := g.pick("x", "arr", "y")
	return "${" + g.pick("(U)", "(L)", "(j:,:)", "(s:,:)", "(f)", "(u)", "(o)", "(@)", "(k)", "(q)", "(F)", "(C)", "=", "#", "^", "") + x + g.pick("", "[1]", "[2]", "[-1]", "[1,2]", "[@]", "[*]", ":h", ":t", ":r", ":u", "#a", "%b", "/a/b", ":-b", ":1", ":0:1", ":#a*") + "}"
}
