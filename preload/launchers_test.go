package preload_test

import (
	"strings"
	"testing"
)

// launchers run the shell command %s in their own way, from inside a program
// that is itself allowed. The command of the refused twin holds the forbidden
// word only where it is built, so that the launcher's own arguments pass.
var launchers = []struct {
	name string
	argv []string
}{
	{"bash", []string{"bash", "-c", `$0 "$X$Y" </dev/null; echo after`, "CMD"}},
}

func TestSmoke(t *testing.T) {
	s := newSession(t)
	for _, argv := range [][]string{
		{"/bin/echo", "hello"},
		{"bash", "-c", "/bin/echo hello; env"},
		{"env"},
		{"bash", "-c", "touch FORBIDDE''N; echo $?"},
		{"sh", "-c", "env -i /bin/echo FORBIDDE''N"},
		{"python3", "-c", "import os,subprocess; print(subprocess.run(['/bin/echo','FORBI'+'DDEN'],capture_output=True)); os.system('echo FORBI''DDEN'); subprocess.run('echo FORBI'+'DDEN',shell=True)"},
	} {
		bare, _ := s.run(plain(), argv...)
		got, _ := s.run(s.guarded(), argv...)
		t.Logf("%q\n bare %+v\n got  %+v", argv, bare, got)
		for _, r := range s.requests() {
			t.Logf("    %s %d %d %s %q %s %d", r.Layer, r.PID, r.PPID, r.Path, strings.Join(r.Argv, " "), r.Cwd, len(r.Environ))
		}
		if len(s.incidents) > 0 {
			t.Log(s.incidents)
		}
	}
}
