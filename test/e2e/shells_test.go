package e2e

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// call is one way of calling a shell: argv[0] and arguments.
type call struct {
	argv  []string
	stdin string
}

// script prints all that a script can know of its call.
const script = `echo "$# [$1] [$2] $0 ${BASH_SOURCE-} $LINENO"; f() { echo in f $LINENO; }; f
# a comment
read line; echo "read $line"
exit 5
`

// posixCalls are those that every shell understands.
var posixCalls = []call{
	{argv: []string{"sh", "-c", `echo "$0 $# $*"`}},
	{argv: []string{"sh", "-c", `echo "$0 $# $*"`, "name", "a b", ""}},
	{argv: []string{"/bin/weird name", "-c", `echo "$0"`}},
	{argv: []string{"sh", "-c", "exit 9"}},
	{argv: []string{"sh", "-ec", "false; echo not here"}},
	{argv: []string{"sh", "-e", "-u", "-c", "echo on; echo $nothing; echo not here"}},
	{argv: []string{"sh", "-c", "--", "echo dashes"}},
	{argv: []string{"sh", "-c"}},
	{argv: []string{"sh", "-c", ""}},
	{argv: []string{"sh", "-c", "no-such-program; echo $?"}},
	{argv: []string{"sh", "-c", "echo out; echo err >&2; cat"}, stdin: "in\n"},
	{argv: []string{"sh", "-c", "kill -TERM $$"}},
	{argv: []string{"sh", "-c", "cat <<E\n$((1+2)) `echo x` \\$\nE\n"}},
	{argv: []string{"sh", "-c", "x='a  b'; echo $x \"$x\"; set -- 1 2; echo $#; for i; do echo $i; done"}},
	{argv: []string{"sh", "-c", "trap 'echo bye' EXIT; (exit 3); echo $?; exit 4"}},
	{argv: []string{"sh", "-x", "-c", "echo traced"}},
	{argv: []string{"sh", "-n", "-c", "echo not run"}},
	{argv: []string{"sh", "-s", "a b", "c"}, stdin: "echo \"$# $1\"\nread x\nvalue\necho \"got $x\"\n"},
	{argv: []string{"sh"}, stdin: "echo one\nread x\nvalue\necho \"got $x\"\nexit 6\n"},
	{argv: []string{"sh", "script", "a b", "c"}, stdin: "line\n"},
	{argv: []string{"sh", "./script"}, stdin: "line\n"},
	{argv: []string{"sh", "-e", "script", "-x"}, stdin: "line\n"},
	{argv: []string{"sh", "--", "script"}},
	{argv: []string{"sh", "no-such-script"}},
	{argv: []string{"sh", "folder"}},
	{argv: []string{"sh", "-c", "printf '%s\n' 'quote'\"d\" \\x a\\ b"}},
	{argv: []string{"sh", "-c", "echo a; # comment\necho b # more"}},
	{argv: []string{"sh", "-c", "echo a\n\n\necho b"}},
}

// bashCalls are bash's own.
var bashCalls = []call{
	{argv: []string{"bash", "-lc", `echo "$0 $-"; shopt login_shell`}},
	{argv: []string{"bash", "-c", "-l", `echo "$0"; shopt login_shell`}},
	{argv: []string{"bash", "-cl", `echo "$0"; shopt login_shell`}},
	{argv: []string{"bash", "-l", "-c", "shopt login_shell", "x", "y"}},
	{argv: []string{"-bash", "-c", "echo $0; shopt login_shell"}},
	{argv: []string{"bash", "-euo", "pipefail", "-c", "set -o | grep -E 'pipefail|errexit|nounset'; false | true; echo not here"}},
	{argv: []string{"bash", "-o", "errexit", "-c", "false; echo not here"}},
	{argv: []string{"bash", "-o", "pipefail", "-o", "nounset", "-c", "echo $-; false | true; echo $?"}},
	{argv: []string{"bash", "+e", "-c", "false; echo here"}},
	{argv: []string{"bash", "-O", "extglob", "-c", "shopt extglob; case ab in @(ab|cd)) echo matched;; esac"}},
	{argv: []string{"bash", "+O", "sourcepath", "-c", "shopt sourcepath"}},
	{argv: []string{"bash", "--norc", "-c", "echo norc"}},
	{argv: []string{"bash", "--norc", "--noprofile", "-c", "echo $0 $*", "n", "m"}},
	{argv: []string{"bash", "--posix", "-c", "set -o | grep posix"}},
	{argv: []string{"bash", "--rcfile", "rc", "-c", "echo rcfile"}},
	{argv: []string{"bash", "--init-file", "rc", "-i", "-c", "echo init $MARK"}},
	{argv: []string{"bash", "--restricted", "-c", "cd /; echo $?"}},
	{argv: []string{"bash", "-r", "-c", "cd /; echo $?"}},
	{argv: []string{"bash", "-v", "-c", "echo verbose"}},
	{argv: []string{"bash", "--version"}},
	{argv: []string{"bash", "--help"}},
	{argv: []string{"bash", "--no-such-option"}},
	{argv: []string{"bash", "-Z", "-c", "echo"}},
	{argv: []string{"bash", "-o"}},
	{argv: []string{"bash", "-D", "-c", `echo $"translated"`}},
	{argv: []string{"bash", "-p", "-c", "echo $-"}},
	{argv: []string{"bash", "-ic", "echo interactive $-"}},
	{argv: []string{"bash", "--norc", "-i"}, stdin: "echo typed; PS1=\nexit 3\n"},
	{argv: []string{"bash", "-s", "x", "y"}, stdin: "echo $# $2\n"},
	{argv: []string{"bash", "script", "a b", "c"}, stdin: "line\n"},
	{argv: []string{"bash", "-x", "script"}, stdin: "line\n"},
	{argv: []string{"bash", "-e", "--", "script", "--", "-c"}, stdin: "line\n"},
	{argv: []string{"bash", "/dev/stdin", "a"}, stdin: "echo \"$0 $1\"\n"},
	{argv: []string{"bash", "-"}, stdin: "echo dash $0\n"},
	{argv: []string{"bash", "--", "-c"}},
	{argv: []string{"bash", "-c", "a=(1 2 3); echo ${a[@]:1} ${#a[@]} ${a[*]/2/x}; [[ abc == a* ]] && echo yes; echo {1..3} $'\\x41'"}},
	{argv: []string{"bash", "-c", "diff <(echo a) <(echo b); echo $?; cat <<< here"}},
	{argv: []string{"bash", "-c", "echo $LINENO\necho $LINENO\nf() {\necho $LINENO\n}\nf"}},
	{argv: []string{"bash", "-c", "echo $BASH_EXECUTION_STRING"}},
	{argv: []string{"bash", "-c", "echo a\nif true; then\n  no-such-program\nfi\n"}},
	{argv: []string{"bash", "-c", "alias ll='echo aliased'; ll; echo $?"}},
	{argv: []string{"bash", "-c", "echo $((1/0)); echo still"}},
	{argv: []string{"bash", "-c", "declare -A m=([x]=1 [y]=2); echo ${m[x]} ${!m[@]}"}},
	{argv: []string{"bash", "-c", "exec 3>&1; echo to three >&3; exec 3>&-; echo ok"}},
	{argv: []string{"bash", "-c", "set -m; sleep 0 & wait; echo $?"}},
	{argv: []string{"bash", "-c", "source ./lib arg; echo $?; . ./lib; echo $MARK"}},
}

// zshCalls are zsh's own.
var zshCalls = []call{
	{argv: []string{"zsh", "-c", "echo $0 $*", "n", "a b"}},
	{argv: []string{"zsh", "-lc", "echo $0; [[ -o login ]] && echo login"}},
	{argv: []string{"zsh", "-f", "-c", "echo no rcs"}},
	{argv: []string{"zsh", "-o", "extendedglob", "-c", "[[ -o extendedglob ]] && echo on"}},
	{argv: []string{"zsh", "--version"}},
	{argv: []string{"zsh", "script", "a b"}, stdin: "line\n"},
	{argv: []string{"zsh"}, stdin: "echo $0\necho ${(U)USER}\n"},
	{argv: []string{"zsh", "-c", "a=(1 2 3); echo $a[1] ${a[2,3]}; print -l x y"}},
}

// TestShellCalls calls shells in every way there is, bare and under wrap, by
// the name in $SHELL and by PATH: nobody may see a difference.
func TestShellCalls(t *testing.T) {
	t.Parallel()
	for _, sh := range []struct {
		name  string
		path  string // what SHELL names outside
		calls []call
	}{
		{"bash", "/bin/bash", append(append([]call{}, posixCalls...), bashCalls...)},
		{"sh", "/bin/sh", posixCalls},
		{"dash", "/bin/dash", posixCalls},
		{"zsh", "/bin/zsh", append(append([]call{}, posixCalls...), zshCalls...)},
	} {
		t.Run(sh.name, func(t *testing.T) {
			if _, err := exec.LookPath(sh.path); err != nil {
				t.Skipf("no %s on this machine", sh.path)
			}
			for _, c := range sh.calls {
				t.Run(strings.Join(c.argv, " "), func(t *testing.T) {
					t.Parallel()
					want := callShell(t, sh.path, "shell", bare, c)
					for _, by := range []string{"shell", "shell-static"} {
						got := callShell(t, sh.path, by, wrapped, c)
						if got != want {
							t.Errorf("by %s:\n got %+v\nbare %+v", by, got, want)
						}
					}
				})
			}
		})
	}
}

// group is the process group in a complaint of bash's.
var group = regexp.MustCompile(`\(-?\d+\)`)

// callShell has one of the programs in testdata/shell.c call a shell.
func callShell(t *testing.T, shell, by, layer string, c call) result {
	t.Helper()
	need(t, by)
	w := newWorld(t)
	w.write("home/app/script", script)
	w.write("home/app/lib", "echo \"sourced $# $1\"; MARK=lib\n")
	w.write("home/app/rc", "MARK=rc\n")
	w.write("home/app/folder/x", "")
	for i, kv := range w.env {
		if strings.HasPrefix(kv, "SHELL=") {
			w.env[i] = "SHELL=" + shell
		}
	}
	got := w.do(layer, c.stdin, append([]string{built[by]}, c.argv...)...)
	got.stdout = strings.ReplaceAll(got.stdout, w.root, "ROOT")
	got.stderr = strings.ReplaceAll(got.stderr, w.root, "ROOT")
	got.stderr = group.ReplaceAllString(got.stderr, "(GROUP)") // the session's, which rampart leads
	return got
}

// TestShellByName calls shells through PATH: the shims have to be found, and
// to behave.
func TestShellByName(t *testing.T) {
	t.Parallel()
	for _, sh := range []string{"sh", "bash", "dash", "zsh"} {
		t.Run(sh, func(t *testing.T) {
			t.Parallel()
			need(t, sh, "shell-static")
			for _, layer := range append([]string{bare}, guarded...) {
				w := newWorld(t)
				w.env = append(w.env, "NAME="+sh)
				got := w.do(layer, "", "env", sh, "-c", `echo "$0" "$@"; n=ALLO; cp -v /dev/null ${n}WED`, "name", "a b")
				if want := (result{stdout: "name a b\n'/dev/null' -> 'ALLOWED'\n"}); got != want {
					t.Errorf("%s: %+v", layer, got)
				}
			}
		})
	}
}

// TestShellRefuses gives the forbidden to the substitute shell itself, in each
// way in which text reaches a shell.
func TestShellRefuses(t *testing.T) {
	t.Parallel()
	for _, argv := range [][]string{
		{"bash", "-c", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "-lc", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "-c", "-l", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "-euo", "pipefail", "-c", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "-o", "errexit", "-c", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "--norc", "-c", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "-O", "extglob", "-c", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "--rcfile", "/dev/null", "-c", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "--", "bad-script"},
		{"bash", "./bad-script", "x"},
		{"bash", "-c", `eval "$1"`, "x", "n=FORBID; cp -v /dev/null ${n}DEN"},
		{"bash", "-c", "source ./bad-script"},
		{"bash", "-c", "n=FORBID; : > ${n}DEN; echo made it"},
		{"bash", "-c", "FORBIDDEN() { if then }"}, // what can't be parsed can't be judged
	} {
		for _, by := range []string{"shell", "shell-static"} {
			t.Run(by+" "+strings.Join(argv, " "), func(t *testing.T) {
				t.Parallel()
				need(t, by)
				w := newWorld(t)
				w.flags = []string{"--config", w.write("policy.yaml", forbidding+writes)}
				w.write("home/app/bad-script", "n=FORBID\ncp -v /dev/null ${n}DEN\n")
				got := w.do(wrapped, "", append([]string{built[by]}, argv...)...)
				if w.has("FORBIDDEN") || !strings.Contains(got.stderr, "rampart: refused:") {
					t.Errorf("mark %v, %+v", w.has("FORBIDDEN"), got)
				}
			})
		}
	}
}

// writes adds a rule about files by effect.
const writes = `      - action: deny
        when:
          writes: ["**/FORBIDDEN"]
        message: this file is not to be made
`
