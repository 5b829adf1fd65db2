package shellparse

import (
	"os/exec"
	"strings"
	"testing"
)

// fedCode is code that runs what it reads on its standard input.
var fedCode = []struct {
	argv []string
	text string
}{
	{[]string{"python3", "-c", `import os, sys; os.system(sys.stdin.read())`}, "echo ran"},
	{[]string{"python3", "-c", `import subprocess, sys; subprocess.run(sys.stdin.read(), shell=True)`}, "echo ran"},
	{[]string{"python3", "-c", `import sys; exec(sys.stdin.read())`}, `import os; os.system("echo ran")`},
	{[]string{"perl", "-e", `system(<STDIN>)`}, "echo ran"},
	{[]string{"perl", "-ne", `system($_)`}, "echo ran"},
	{[]string{"perl", "-lne", "print `$_`"}, "echo ran"},
	{[]string{"perl", "-0777ne", `system($_)`}, "echo ran"},
	{[]string{"perl", "-e", `eval <STDIN>`}, `system("echo ran")`},
	{[]string{"perl", "-wle", `system("echo ran")`}, ""},
	{[]string{"perl", "-l012", "-0", "-e", `system("echo ran")`}, ""},
	{[]string{"ruby", "-e", `system(gets)`}, "echo ran"},
	{[]string{"ruby", "-ne", `system($_)`}, "echo ran"},
	{[]string{"node", "-e", `console.log("" + require("child_process").execSync(require("fs").readFileSync(0) + ""))`}, "echo ran"},
	{[]string{"php", "-r", `system(fgets(STDIN));`}, "echo ran"},
	{[]string{"lua5.4", "-e", `os.execute(io.read())`}, "echo ran"},
}

func TestFedCode(t *testing.T) {
	for _, row := range fedCode {
		if _, err := exec.LookPath(row.argv[0]); err != nil {
			t.Logf("%s is not installed: whether it runs the text is not tried", row.argv[0])
		} else {
			cmd := exec.Command(row.argv[0], row.argv[1:]...)
			cmd.Dir, cmd.Stdin = t.TempDir(), strings.NewReader(row.text)
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ran") {
				t.Errorf("%q does not run it: %v %s", row.argv, err, out)
			}
		}
		in := testInput("printf %s '" + row.text + "' | " + strings.Join(quoted(row.argv), " "))
		runs := false
		for _, e := range Analyze(in).Effects {
			runs = runs || e.Kind == Exec && e.Program == "echo"
		}
		if !runs {
			t.Errorf("%s: it does not run echo", in.Text)
		}
	}
}

func quoted(argv []string) []string {
	var out []string
	for _, a := range argv {
		out = append(out, "'"+a+"'")
	}
	return out
}
