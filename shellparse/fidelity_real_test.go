package shellparse

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// realProgram is a program that somebody wrote for a purpose of their own.
type realProgram struct {
	name  string
	text  string
	args  []string // $0 and so on
	seed  map[string]string
	trace bool          // compare what set -x shows as well
	limit time.Duration //
}

// realSources are collections of programs. One that is not on this machine
// says so and gives none.
var realSources = []struct {
	name string
	from int // slow: left out of runs of fewer programs
	load func(t *testing.T) []realProgram
}{
	{"maintainer scripts", 50, maintainerScripts},
	{"parser's own tests", 0, parserTests},
	{"everyday lines", 0, everydayLines},
	{"configure scripts", 100, configureScripts},
}

// maintainerScripts are those of the packages of a Debian.
func maintainerScripts(t *testing.T) (list []realProgram) {
	for kind, args := range map[string][]string{"preinst": {"install"}, "postinst": {"configure", ""}, "prerm": {"remove"}, "postrm": {"purge"}} {
		files, _ := filepath.Glob("/var/lib/dpkg/info/*." + kind)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil || !strings.HasPrefix(string(text), "#!/bin/sh") && !strings.HasPrefix(string(text), "#!/bin/bash") {
				continue
			}
			list = append(list, realProgram{name: filepath.Base(f), text: string(text), args: append([]string{filepath.Base(f)}, args...), trace: true})
		}
	}
	return list
}

// parserTests are the string literals in the tests of the parser module: most
// are programs, and those that are none are none to the shells either.
func parserTests(t *testing.T) (list []realProgram) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "mvdan.cc/sh/v3").Output()
	if err != nil {
		t.Logf("the parser's module is not here: %v", err)
		return nil
	}
	seen := map[string]bool{}
	for _, name := range []string{"interp/interp_test.go", "syntax/filetests_test.go", "syntax/printer_test.go"} {
		f, err := parser.ParseFile(gotoken.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Log(err)
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			if !ok || l.Kind != gotoken.STRING {
				return true
			}
			text, err := strconv.Unquote(l.Value)
			if err != nil || len(text) < 3 || seen[text] || strings.ContainsAny(text, "\x00\r") || strings.Contains(text, "|:") {
				return true
			}
			seen[text] = true
			list = append(list, realProgram{name: name, text: text, args: []string{"prog", "a", "b c"}, limit: 2 * time.Second})
			return true
		})
	}
	return list
}

// everydayLines are harmless commands of RAMPART_CORPORA, given some files to
// work on.
func everydayLines(t *testing.T) (list []realProgram) {
	dir := os.Getenv("RAMPART_CORPORA")
	if dir == "" {
		t.Log("RAMPART_CORPORA names no directory of corpora: everyday lines are left out")
		return nil
	}
	seed := map[string]string{"a.txt": "one two\nthree\n", "file": "x=1\ny=2\n", "file.txt": "b\na\nb\n", "file1": "1\n2\n", "file2": "2\n3\n", "main.c": "int main(void) { return 0; }\n", "data.csv": "a,b\n1,2\n", "log.txt": "ERROR a\nINFO b\n"}
	for i, text := range corpusCommands(t, filepath.Join(dir, "syntax.jsonl")) {
		if strings.ContainsAny(text, "\x00\r") || strings.Contains(text, "|:") || strings.Contains(text, "/proc") {
			continue
		}
		list = append(list, realProgram{name: fmt.Sprint("line ", i), text: text, args: []string{"line"}, seed: seed, limit: 2 * time.Second})
	}
	return list
}

// configureScripts are what autoconf makes.
func configureScripts(t *testing.T) (list []realProgram) {
	if _, err := exec.LookPath("autoconf"); err != nil {
		t.Log("autoconf is not installed: no configure scripts")
		return nil
	}
	for name, ac := range map[string]string{
		"small": "AC_INIT([p],[1])\nAC_CONFIG_FILES([out])\nAC_OUTPUT\n",
		"c": `AC_INIT([p],[1])
AC_PROG_CC
AC_CHECK_HEADERS([stdlib.h nosuch.h])
AC_CHECK_FUNCS([strdup nosuchfunction])
AC_ARG_ENABLE([x], AS_HELP_STRING([--enable-x], [x]), [x=$enableval], [x=no])
AS_IF([test "$x" = yes], [AC_DEFINE([X], [1], [x])])
AC_CONFIG_HEADERS([config.h])
AC_CONFIG_FILES([out])
AC_OUTPUT
`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(dir+"/configure.ac", []byte(ac), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("autoconf")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("autoconf: %v: %s", err, out)
		}
		text, err := os.ReadFile(dir + "/configure")
		if err != nil {
			t.Fatal(err)
		}
		seed := map[string]string{"out.in": "srcdir=@srcdir@ name=@PACKAGE_NAME@ cc=@CC@ x=@DEFS@\n", "config.h.in": "#undef X\n#undef HAVE_STDLIB_H\n#undef HAVE_NOSUCH_H\n#undef HAVE_STRDUP\n", "install-sh": "#!/bin/sh\n"}
		list = append(list,
			realProgram{name: "configure " + name, text: string(text), args: []string{"./configure", "--enable-x", "--srcdir=."}, seed: seed, limit: 5 * time.Minute},
			realProgram{name: "configure --help " + name, text: string(text), args: []string{"./configure", "--help"}, seed: seed, limit: time.Minute})
	}
	return list
}

// realTally counts what became of the programs of one source in one shell.
type realTally struct {
	compared, different, invalid, unsteady int
	refused                                map[string]int // by reason
}

// TestRealFidelity runs real programs as they were written and in canonical
// form: same output, status, files, and where it is asked for the same trace
// of every command. RAMPART_FIDELITY is how many of each source, 0 for all.
func TestRealFidelity(t *testing.T) {
	most := envInt("RAMPART_FIDELITY", 25)
	for _, src := range realSources {
		if most > 0 && most < src.from {
			continue
		}
		list := src.load(t)
		slices.SortStableFunc(list, func(a, b realProgram) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.text, b.text)) })
		if most > 0 && len(list) > most {
			r := rand.New(rand.NewPCG(uint64(envInt("RAMPART_SEED", 1)), 5))
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			list = list[:most]
		}
		for _, sh := range rigShellsHere(t) {
			if len(list) > 0 {
				t.Run(src.name+"/"+sh.name, func(t *testing.T) { realCompare(t, sh, list) })
			}
		}
	}
}

// realRun is one program in one shell: as it was, and made canonical.
type realRun struct {
	prog          realProgram
	before, after *rigJob
	reason        string // why it is refused
	check         *rigJob
}

func realCompare(t *testing.T, sh rigShell, list []realProgram) {
	tally := realTally{refused: map[string]int{}}
	var runs []*realRun
	var jobs []*rigJob
	for _, p := range list {
		c, r := canonicalize(p.text, sh.dialect)
		job := func(options []string, text string) *rigJob {
			argv := append(slices.Clone(sh.argv), options...)
			return &rigJob{Argv: append(append(argv, "-c", text), p.args...), Seed: p.seed, Limit: p.limit}
		}
		run := &realRun{prog: p}
		if r != nil {
			run.reason, run.check = r.reason, job([]string{"-n"}, p.text)
			jobs = append(jobs, run.check)
		} else if c.text == p.text {
			tally.compared++ // the same bytes
			continue
		} else {
			var options []string
			if p.trace && !strings.Contains(p.text, "eval ") && !strings.Contains(p.text, "trap ") && !strings.Contains(p.text, "`") {
				options = []string{"-x"}
			}
			run.before, run.after = job(options, p.text), job(options, c.text)
			jobs = append(jobs, run.before, run.after)
		}
		runs = append(runs, run)
	}
	rigRun(t, jobs)
	var doubtful []*realRun
	for _, run := range runs {
		switch {
		case run.check != nil && run.check.Status != 0:
			tally.invalid++ // to the shell as well
		case run.check != nil:
			tally.refused[run.reason]++
			if testing.Verbose() {
				t.Logf("refused: %s: %.300q: %s", run.prog.name, run.prog.text, run.reason)
			}
		default:
			tally.compared++
			if !realSame(run.before, run.after) {
				doubtful = append(doubtful, run)
			}
		}
	}
	tally.settle(t, doubtful)
	n := 0
	for _, k := range tally.refused {
		n += k
	}
	t.Logf("%d compared, %d different, %d refused, %d that no shell of the kind takes, %d that differ from themselves", tally.compared, tally.different, n, tally.invalid, tally.unsteady)
	for _, reason := range slices.SortedFunc(maps.Keys(tally.refused), func(a, b string) int { return tally.refused[b] - tally.refused[a] }) {
		t.Logf("  %3d %s", tally.refused[reason], reason)
	}
}

// settle runs what differed again, for many programs are not even like
// themselves: they show a process number or the time.
func (tally *realTally) settle(t *testing.T, doubtful []*realRun) {
	const again = 4
	var jobs []*rigJob
	for _, run := range doubtful {
		for _, j := range []*rigJob{run.before, run.after} {
			for range again {
				jobs = append(jobs, &rigJob{Argv: j.Argv, Seed: j.Seed, Limit: 2 * j.Limit})
			}
		}
	}
	rigRun(t, jobs)
	for i, run := range doubtful {
		mine := jobs[2*again*i : 2*again*(i+1)]
		before, after := append(mine[:again:again], run.before), append(mine[again:], run.after)
		steady := true
		for _, j := range before {
			steady = steady && realSame(before[0], j)
		}
		alike := slices.ContainsFunc(before, func(b *rigJob) bool {
			return slices.ContainsFunc(after, func(a *rigJob) bool { return realSame(a, b) })
		})
		switch {
		case alike:
		case !steady:
			tally.unsteady++
		default:
			tally.different++
			b, a := run.before, run.after
			t.Errorf("%s: %.600q\ncanonical %.600q\nbefore: %d %.300q %.600q %s\nafter:  %d %.300q %.600q %s", run.prog.name, run.prog.text, a.Argv[slices.Index(a.Argv, "-c")+1], b.Status, b.Out, b.Err, b.Files, a.Status, a.Out, a.Err, a.Files)
		}
	}
}

// realSame compares two runs. Messages are compared only as the trace that
// they hold: shells put the text of a line in them.
func realSame(a, b *rigJob) bool {
	if a.Out != b.Out || a.Status != b.Status || a.Files != b.Files {
		return false
	}
	return !slices.Contains(a.Argv, "-x") || madeUp.ReplaceAllString(a.Err, "") == madeUp.ReplaceAllString(b.Err, "")
}

// madeUp are the names of temporary files, which busybox makes of the time.
var madeUp = regexp.MustCompile(`temp file '[^']*'`)
