package shellparse

import (
	"slices"
	"strings"
	"testing"
)

// invocations are ways to call a shell. %t stands for a text that prints T, $0
// and the arguments, %s for a script that does, %h for --help-like output.
var invocations = []struct {
	shells string // names as in rigShells
	args   string
	mode   invocationMode
	params string // $0 and the rest, "" for the default $0
}{
	{"*", "-c %t", invocationText, "SHELL"},
	{"*", "-c %t a b", invocationText, "a b"},
	{"*", "-lc %t a", invocationText, "a"},
	{"*", "-cl %t a", invocationText, "a"},
	{"*", "-c -l %t a", invocationText, "a"},
	{"*", "-ec %t a", invocationText, "a"},
	{"*", "-ce %t a", invocationText, "a"},
	{"*", "-c -e -u %t a", invocationText, "a"},
	{"*", "-c -- %t a", invocationText, "a"},
	{"*", "-c - %t a", invocationText, "a"},
	{"*", "-- %s a", invocationScript, "%s a"},
	{"*", "- %s a", invocationScript, "%s a"},
	{"*", "-o errexit -c %t a", invocationText, "a"},
	{"*", "-c -o errexit %t a", invocationText, "a"},
	{"*", "-co errexit %t a", invocationText, "a"},
	{"bash dash sh busybox", "-oc errexit %t a", invocationText, "a"},
	{"bash busybox", "-oeoc errexit pipefail %t a", invocationText, "a"},
	{"zsh mksh", "-oerrexit -c %t a", invocationText, "a"},
	{"*", "+x -c %t a", invocationText, "a"},
	{"*", "-c +x %t a", invocationText, "a"},
	{"*", "-c -e +x -u %t a", invocationText, "a"},
	{"bash zsh mksh busybox", "-euo pipefail -c %t a", invocationText, "a"},
	{"bash zsh mksh busybox", "-e -u -o pipefail -c %t a", invocationText, "a"},
	{"bash dash sh busybox mksh", "-s -c %t a", invocationText, "a"},
	{"zsh", "-s -c %t a", invocationText, "SHELL a"},
	{"*", "-c %t -e", invocationText, "-e"},
	{"*", "-c", invocationInfo, ""},
	{"*", "-c -e", invocationInfo, ""},
	{"bash dash sh busybox zsh", "+c %t a", invocationText, "a"},
	{"mksh", "+c %s a", invocationScript, "%s a"},
	{"bash", "--norc --noprofile -c %t a", invocationText, "a"},
	{"bash", "-norc -c %t a", invocationText, "a"},
	{"bash", "--rcfile /dev/null -c %t a", invocationText, "a"},
	{"bash", "--init-file /dev/null -c %t a", invocationText, "a"},
	{"bash", "-rcfile /dev/null -c %t a", invocationText, "a"},
	{"bash", "-O extglob -c %t a", invocationText, "a"},
	{"bash", "-c -O extglob %t a", invocationText, "a"},
	{"bash", "-Oc extglob %t a", invocationText, "a"},
	{"bash", "+O extglob -c %t a", invocationText, "a"},
	{"bash", "--posix -c %t a", invocationText, "a"},
	{"bash zsh busybox", "--login -c %t a", invocationText, "a"},
	{"zsh busybox", "-c --login %t a", invocationText, "a"},
	{"bash zsh", "--version", invocationInfo, ""},
	{"bash zsh", "--help", invocationInfo, ""},
	{"bash", "--version -c %t", invocationInfo, ""},
	{"zsh", "-b %s a", invocationScript, "%s a"},
	{"zsh", "--err-exit --no_unset -c %t a", invocationText, "a"},
	{"zsh", "+-errexit -c %t a", invocationText, "a"},
	{"*", "%s", invocationScript, "%s"},
	{"*", "%s -c x", invocationScript, "%s -c x"},
	{"*", "-e %s a", invocationScript, "%s a"},
	{"*", "-x %s a", invocationScript, "%s a"},
	{"bash dash sh busybox mksh zsh", "", invocationStdin, "SHELL"},
	{"*", "-s a b", invocationStdin, "SHELL a b"},
	{"*", "-es a", invocationStdin, "SHELL a"},
	{"*", "-", invocationStdin, "SHELL"},
	{"bash", "-c --login %t a", invocationUnknown, ""},
	{"dash", "--login -c %t a", invocationUnknown, ""},
	{"dash mksh", "--version", invocationUnknown, ""},
	{"bash", "--nosuch -c %t", invocationUnknown, ""},
}

// TestInvocations holds the parser against what the shells do: it names the
// very argument that was run, and the parameters it saw.
func TestInvocations(t *testing.T) {
	const text = `echo "T:$0:$*"`
	var jobs []*rigJob
	var checks []func(j *rigJob)
	for _, row := range invocations {
		for _, sh := range rigShellsHere(t) {
			if row.shells != "*" && !slices.Contains(strings.Fields(row.shells), sh.name) {
				continue
			}
			argv := slices.Clone(sh.argv)
			if sh.name == "zsh" {
				argv = argv[:1] // -f would be one more option
			}
			self := argv[len(argv)-1]
			if sh.name == "sh" {
				self = "bash"
			}
			for _, a := range strings.Fields(row.args) {
				argv = append(argv, strings.NewReplacer("%t", text, "%s", "/tmp/script").Replace(a))
			}
			vals := make([]Value, len(argv))
			for i, a := range argv {
				vals[i] = Value{Text: a}
			}
			inv, ok := parseInvocation(vals)
			if !ok || inv.mode != row.mode {
				t.Errorf("%q: mode %d, want %d", argv, inv.mode, row.mode)
				continue
			}
			want := strings.NewReplacer("SHELL", self, "%s", "/tmp/script").Replace(row.params)
			zero, rest, _ := strings.Cut(want, " ")
			switch inv.mode {
			case invocationText:
				if argv[inv.index] != text {
					t.Errorf("%q: text is %q", argv, argv[inv.index])
				}
			case invocationScript:
				if argv[inv.index] != "/tmp/script" {
					t.Errorf("%q: script is %q", argv, argv[inv.index])
				}
			}
			if inv.mode != invocationInfo && inv.mode != invocationUnknown {
				var got []string
				for _, p := range inv.params {
					got = append(got, p.Text)
				}
				if s := strings.Join(got, " "); s != want && !(sh.name == "busybox" && strings.HasPrefix(want, "sh")) {
					t.Errorf("%q: params %q, want %q", argv, s, want)
				}
			}
			jobs = append(jobs, &rigJob{Argv: argv, Stdin: text + "\n"})
			checks = append(checks, func(j *rigJob) {
				ran := strings.Contains(j.Out, "T:"+zero+":"+rest+"\n")
				if wants := row.mode != invocationInfo && row.mode != invocationUnknown; ran != wants {
					t.Errorf("%q: printed %q (%q), status %d; params should be %q", argv, j.Out, j.Err, j.Status, want)
				}
			})
		}
	}
	rigRun(t, jobs)
	for i, j := range jobs {
		checks[i](j)
	}
	t.Logf("%d calls", len(jobs))
}

func TestInvocationUnknown(t *testing.T) {
	for _, row := range []struct {
		argv string // ? is an argument that is not known
		mode invocationMode
	}{
		{"bash -c ?", invocationUnknown}, // it may be an option
		{"bash ? -c x", invocationUnknown},
		{"bash -c ? x", invocationUnknown},
		{"bash -o ? -c x", invocationUnknown},
		{"bash --rcfile ? -c x", invocationUnknown},
		{"bash -c x ?", invocationText},
		{"bash -c rm*", invocationText},
		{"bash -c \\*x*", invocationText},
		{"bash -c *", invocationUnknown},
		{"bash -c -*", invocationUnknown},
		{"bash x*", invocationScript},
		{"fish -c x", invocationText},
		{"fish x", invocationScript},
		{"fish -C x", invocationUnknown},
		{"busybox ls", invocationUnknown},
		{"ls -c x", invocationUnknown},
	} {
		var vals []Value
		for _, a := range strings.Fields(row.argv) {
			if a == "?" {
				vals = append(vals, Value{Certainty: Unknown})
			} else if strings.Contains(a, "*") {
				vals = append(vals, Value{Text: a, Certainty: Pattern})
			} else {
				vals = append(vals, Value{Text: a})
			}
		}
		inv, ok := parseInvocation(vals)
		if inv.mode != row.mode || ok == (row.argv == "ls -c x" || row.argv == "busybox ls") {
			t.Errorf("%q: mode %d, %v", row.argv, inv.mode, ok)
		}
	}
}

// TestInvocationStartup tells shells by what they read first.
func TestInvocationStartup(t *testing.T) {
	for _, row := range []struct{ argv, has, hasNot string }{
		{"bash -c x", "$BASH_ENV", "~/.bashrc ~/.profile"},
		{"bash -lc x", "$BASH_ENV ~/.bash_profile ~/.profile /etc/profile", "~/.bashrc"},
		{"-bash", "~/.bash_profile ~/.bashrc", ""},
		{"bash -ic x", "~/.bashrc", "$BASH_ENV"},
		{"bash --norc -ic x", "", "~/.bashrc"},
		{"bash --noprofile -lc x", "$BASH_ENV", "~/.profile"},
		{"bash --rcfile /a -i", "/a", "~/.bashrc"},
		{"bash -p -c x", "", "$BASH_ENV"},
		{"bash --posix -c x", "", "$BASH_ENV"},
		{"sh -c x", "", "$BASH_ENV $ENV"},
		{"sh -lc x", "~/.profile", "$ENV"},
		{"dash -i", "$ENV", ""},
		{"zsh -c x", "$ZDOTDIR/.zshenv /etc/zshenv", "$ZDOTDIR/.zshrc"},
		{"zsh -lic x", "$ZDOTDIR/.zshrc $ZDOTDIR/.zprofile $ZDOTDIR/.zlogin", ""},
		{"zsh -f -c x", "/etc/zshenv", "$ZDOTDIR/.zshenv"},
		{"zsh --no-rcs -c x", "/etc/zshenv", "$ZDOTDIR/.zshenv"},
		{"mksh -i", "$ENV", ""},
		{"bash --version", "", "$BASH_ENV"},
	} {
		var vals []Value
		for _, a := range strings.Fields(row.argv) {
			vals = append(vals, Value{Text: a})
		}
		inv, _ := parseInvocation(vals)
		for _, f := range strings.Fields(row.has) {
			if !slices.Contains(inv.startup, f) {
				t.Errorf("%s: %s is not among %q", row.argv, f, inv.startup)
			}
		}
		for _, f := range strings.Fields(row.hasNot) {
			if slices.Contains(inv.startup, f) {
				t.Errorf("%s: %s is among %q", row.argv, f, inv.startup)
			}
		}
	}
}

func FuzzInvocation(f *testing.F) {
	for _, row := range invocations {
		f.Add("bash " + row.args)
		f.Add("zsh " + row.args)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var vals []Value
		for _, a := range strings.Split(line, " ") {
			vals = append(vals, Value{Text: a})
		}
		inv, ok := parseInvocation(vals)
		if ok && (inv.mode == invocationText || inv.mode == invocationScript) && (inv.index <= 0 || inv.index >= len(vals)) {
			t.Errorf("%q: index %d", line, inv.index)
		}
	})
}
