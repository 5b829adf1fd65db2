package preload_test

import (
	"os"
	"path/filepath"
	"testing"

	"rampart/engine/wire"
)

// launchers run `touch NAME` in their own way. NAME is built from W1 and W2 in
// the environment, or by the program, so that the launcher's own arguments
// never hold the forbidden word.
var launchers = []struct {
	name string
	argv []string
}{
	{"bash", []string{"bash", "-c", `touch "$W1$W2"`}},
	{"bash forks", []string{"bash", "-c", `touch "$W1$W2"; exit $?`}},
	{"bash exec", []string{"bash", "-c", `exec touch "$W1$W2"`}},
	{"bash exec -c", []string{"bash", "-c", `exec -c /usr/bin/touch "$W1$W2"`}},
	{"bash exec -a", []string{"bash", "-c", `exec -a innocent touch "$W1$W2"`}},
	{"bash pipeline", []string{"bash", "-c", `set -o pipefail; : | touch "$W1$W2" | :`}},
	{"bash substitution", []string{"bash", "-c", `x=$(touch "$W1$W2")`}},
	{"bash unset", []string{"bash", "-c", `unset LD_PRELOAD RAMPART_JUDGED; env touch "$W1$W2"`}},
	{"bash empty preload", []string{"bash", "-c", `LD_PRELOAD= env touch "$W1$W2"`}},
	{"bash env -u", []string{"bash", "-c", `env -u LD_PRELOAD bash -c "touch $W1$W2"`}},
	{"bash nested", []string{"bash", "-c", `bash -c "bash -c 'touch $W1$W2'"`}},
	{"dash", []string{"dash", "-c", `touch "$W1$W2"`}},
	{"zsh", []string{"zsh", "-fc", `touch "$W1$W2"`}},
	{"fish", []string{"fish", "-N", "-c", `touch "$W1$W2"`}},
	{"mksh", []string{"mksh", "-c", `touch "$W1$W2"`}},
	{"env -i", []string{"sh", "-c", `env -i PATH=/usr/bin /usr/bin/env touch "$W1$W2"`}},
	{"env -S", []string{"sh", "-c", `env -S "touch $W1$W2"`}},
	{"xargs", []string{"sh", "-c", `echo "$W1$W2" | xargs touch; test $? = 0 || exit 126`}},
	{"find -exec", []string{"sh", "-c", `find . -maxdepth 0 -exec touch "$W1$W2" \; ; test -e "$W1$W2" || exit 126`}},
	{"nice nohup timeout", []string{"sh", "-c", `nice nohup timeout 9 touch "$W1$W2" </dev/null`}},
	{"awk system", []string{"awk", `BEGIN { exit system("touch " ENVIRON["W1"] ENVIRON["W2"]) }`}},
	{"awk pipe", []string{"awk", `BEGIN { c = "touch " ENVIRON["W1"] ENVIRON["W2"]; r = (c | getline); exit close(c) }`}},
	{"make", []string{"sh", "-c", `printf 'all:\n\t@touch %s\n' "$W1$W2" >M; make -f M; r=$?; test $r = 0 || exit 126`}},
	{"make shell", []string{"sh", "-c", `printf 'all:\n\t@touch %s; exit $$?\n' "$W1$W2" >M; make -f M; r=$?; test $r = 0 || exit 126`}},
	{"perl system", []string{"perl", "-e", `exit system("touch", "$ENV{W1}$ENV{W2}") >> 8`}},
	{"perl backticks", []string{"perl", "-e", "`touch $ENV{W1}$ENV{W2}`; exit $? >> 8"}},
	{"perl exec", []string{"perl", "-e", `exec "touch", "$ENV{W1}$ENV{W2}"`}},
	{"perl empty env", []string{"perl", "-e", `$n = "$ENV{W1}$ENV{W2}"; %ENV = (); exec "/usr/bin/touch", $n`}},
	{"perl syscall", []string{"perl", "-e", `$p = "/usr/bin/touch\0"; $a = "touch\0"; $n = "$ENV{W1}$ENV{W2}\0"; $v = pack "ppx8", $a, $n; $e = pack "x8"; syscall 59, $p, $v, $e; exit 126`}},
	{"python run", python(`sys.exit(subprocess.run(["touch", n]).returncode)`)},
	{"python shell", python(`sys.exit(subprocess.run("touch " + n, shell=True).returncode)`)},
	{"python close_fds", python(`sys.exit(subprocess.run(["touch", n], close_fds=True, start_new_session=True, cwd=".", env={}).returncode)`)},
	{"python os.system", python(`sys.exit(os.system("touch " + n) >> 8)`)},
	{"python os.popen", python(`sys.exit((os.popen("touch " + n).close() or 0) >> 8)`)},
	{"python execv", python(`os.execv("/usr/bin/touch", ["touch", n])`)},
	{"python execvpe", python(`os.execvpe("touch", ["touch", n], {})`)},
	{"python execve fd", python(`os.execve(os.open("/usr/bin/touch", os.O_RDONLY), ["touch", n], {})`)},
	{"python posix_spawn", python(`sys.exit(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn("/usr/bin/touch", ["touch", n], {}), 0)[1]))`)},
	{"python posix_spawnp", python(`sys.exit(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawnp("touch", ["touch", n], os.environ), 0)[1]))`)},
	{"python spawnlp", python(`sys.exit(os.spawnlp(os.P_WAIT, "touch", "touch", n))`)},
	{"python thread", python(`
import threading
r = []
t = threading.Thread(target=lambda: r.append(subprocess.call(["touch", n])))
t.start(); t.join(); sys.exit(r[0])`)},
	{"python ctypes", python(`
import ctypes
libc = ctypes.CDLL(None)
libc.execl(b"/usr/bin/touch", b"touch", n.encode(), None)`)},
	{"python ctypes libc", python(`
import ctypes
libc = ctypes.CDLL("libc.so.6")
libc.execv(b"/usr/bin/touch", (ctypes.c_char_p * 3)(b"touch", n.encode(), None))`)},
	{"python ctypes dlmopen", python(`
import ctypes
c = ctypes.CDLL(None)
c.dlmopen.restype = c.dlsym.restype = ctypes.c_void_p
h = c.dlmopen(ctypes.c_long(-1), b"libc.so.6", 2)
f = c.dlsym(ctypes.c_void_p(h), b"execv")
ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(f)(b"/usr/bin/touch", ctypes.cast((ctypes.c_char_p * 3)(b"touch", n.encode(), None), ctypes.c_void_p))`)},
	{"node spawnSync", node(`process.exit(cp.spawnSync("touch", [n], {stdio: "inherit"}).status)`)},
	{"node execSync", node(`try { cp.execSync("touch " + n, {stdio: "inherit"}) } catch (e) { process.exit(e.status) }`)},
	{"node spawn", node(`cp.spawn("touch", [n], {env: {PATH: "/usr/bin"}, stdio: "inherit"}).on("exit", c => process.exit(c))`)},
	{"git alias", []string{"git", "-c", `alias.t=!touch "$W1$W2"`, "t"}},
	{"ld.so", []string{"sh", "-c", `/lib64/ld-linux-x86-64.so.2 /usr/bin/touch "$W1$W2"`}},
	{"script", []string{"sh", "-c", `printf '#!/bin/sh -e\ntouch "$@"\n' >s; chmod +x s; ./s "$W1$W2"`}},
	{"script of script", []string{"sh", "-c", `printf '#!/bin/sh -e\ntouch "$@"\n' >s; printf '#!./s\n' >t; chmod +x s t; ./t "$W1$W2"`}},
	{"script without a shebang", []string{"bash", "-c", `echo 'touch "$@"' >s; chmod +x s; env ./s "$W1$W2"`}},
	{"busybox", []string{"sh", "-c", `W=$W1$W2 busybox sh -c '/usr/bin/touch "$W"'`}},
}

func python(code string) []string {
	return []string{"/usr/bin/python3", "-c", "import os, sys, subprocess\nn = os.environ['W1'] + os.environ['W2']\n" + code}
}

func node(code string) []string {
	return []string{"node", "-e", "const cp = require('child_process'), n = process.env.W1 + process.env.W2;" + code}
}

func TestLaunchers(t *testing.T) {
	for _, l := range launchers {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			need(t, l.argv[0])
			s := newSession(t)
			ok := []string{"W1=o", "W2=k"}
			bare, at := s.run(append(plain(), ok...), l.argv...)
			if bare.code != 0 || !exists(at, "ok") && !exists(at, "W1$W2") {
				t.Fatalf("does not work bare: %+v", bare)
			}
			got, at := s.run(append(s.guarded(), ok...), l.argv...)
			if got != bare || !exists(at, "ok") {
				t.Errorf("allowed: %+v, bare %+v", got, bare)
			}
			if n := asked(s.requests(), "touch"); n == 0 {
				t.Error("nobody asked")
			}
			got, at = s.run(append(s.guarded(), "W1=FORBID", "W2=DEN"), l.argv...)
			if got.code != 126 {
				t.Errorf("refused: %+v", got)
			}
			if files, _ := os.ReadDir(at); exists(at, forbidden) {
				t.Errorf("refused, and it ran: %v", files)
			}
		})
	}
}

func asked(rs []*wire.Request, program string) (n int) {
	for _, r := range rs {
		if filepath.Base(r.Path) == program || len(r.Argv) > 0 && filepath.Base(r.Argv[0]) == program {
			n++
		}
	}
	return n
}
