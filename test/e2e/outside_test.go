package e2e

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// outsideModes are the ways of testdata/outside.c into another process.
var outsideModes = []string{"attach", "seize", "syscall-attach", "read", "write", "syscall-write", "descriptor", "mem"}

// TestOutsideProcess: a process that no session guards can't be made to do what
// the one that asks may not.
func TestOutsideProcess(t *testing.T) {
	t.Parallel()
	if built["outside"] == "" {
		t.Skip("no compiler on this machine")
	}
	for _, mode := range outsideModes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			victim := exec.Command("sleep", "300")
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			defer victim.Wait()
			defer victim.Process.Kill()
			pid := strconv.Itoa(victim.Process.Pid)
			if got := newStandardWorld(t).do(bare, "", built["outside"], mode, pid); got.exit != 0 {
				t.Skipf("does not work without a guard: %+v", got)
			}
			for _, layer := range guarded {
				if got := newStandardWorld(t).do(layer, "", built["outside"], mode, pid); got.exit != 1 || got.stdout != "Permission denied\n" {
					t.Errorf("%s: refused, and yet: %+v", layer, got)
				}
			}
		})
	}
}

// TestOwnProcess: what a debugger does to the program that it has started goes
// as it does bare, and so do debuggers.
func TestOwnProcess(t *testing.T) {
	t.Parallel()
	if built["outside"] == "" {
		t.Skip("no compiler on this machine")
	}
	for _, mode := range outsideModes[:len(outsideModes)-1] {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			if got := newStandardWorld(t).do(preload, "", built["outside"], mode); got.exit != 0 || got.stdout != "done\n" {
				t.Errorf("%+v", got)
			}
		})
	}
	for _, argv := range [][]string{
		{"strace", "-f", "-o", "/dev/null", "cat", "/dev/null"},
		{"gdb", "-q", "-nx", "-batch", "-ex", "break main", "-ex", "run", "-ex", "info line", built["outside"]},
	} {
		t.Run(argv[0], func(t *testing.T) {
			t.Parallel()
			need(t, argv[0])
			plain, w := newStandardWorld(t), newStandardWorld(t)
			w.same(plain.do(bare, "", argv...), w.do(preload, "", argv...))
		})
	}
}

// TestGuardsProcess: nor is the session's own guard got at, by whoever has the
// rights to.
func TestGuardsProcess(t *testing.T) {
	t.Parallel()
	if built["outside"] == "" {
		t.Skip("no compiler on this machine")
	}
	for _, mode := range []string{"attach", "syscall-attach", "read", "write", "descriptor", "limit"} {
		w := newStandardWorld(t)
		w.flags = []string{"--kernel=off"}
		if got := w.do(preload, "", built["outside"], mode, "parent"); got.exit != 1 || got.stdout != "Permission denied\n" {
			t.Errorf("%s: %+v", mode, got)
		}
	}
}

// TestBlinded: strace has no program come up without the library by failing the
// calls that load it.
func TestBlinded(t *testing.T) {
	t.Parallel()
	need(t, "strace")
	for i, how := range [][]string{
		{"-e", "inject=openat:error=ENOENT:when=1"}, {"-einject=openat:error=ENOENT:when=1"}, {"-fe", "fault=openat:when=1"}, {"--inj=openat:error=ENOENT:when=1"},
	} {
		for _, layer := range guarded {
			w := newWorld(t)
			w.write("home/app/name", "FORBIDDEN")
			script := w.write("home/app/x.sh", "n=$(cat name)\ncp -v /dev/null $n\n")
			argv := append(append([]string{"env", "strace", "-f", "-o", "/dev/null"}, how...), "sh", script)
			if got := w.do(layer, "", argv...); w.has("FORBIDDEN") || !strings.Contains(got.stderr, "strace would have system calls") {
				t.Errorf("%s %s: %+v", layer, how, got)
			}
			if i == 0 { // the tracer does no harm otherwise
				w.do(layer, "", "env", "strace", "-f", "-e", "trace=openat", "-o", "log", "sh", "-c", ": >default=inject")
				if !w.has("default=inject") {
					t.Errorf("%s: strace runs nothing", layer)
				}
			}
		}
	}
}

// TestProcessList: ps looks at the environment of every process, whatever it is to
// show. That is nobody's business, unless it is to show those.
func TestProcessList(t *testing.T) {
	t.Parallel()
	need(t, "ps")
	for _, c := range []struct {
		argv  []string
		quiet bool
	}{
		{[]string{"ps", "-ef"}, true}, {[]string{"ps", "aux"}, true}, {[]string{"ps", "-eo", "pid,time,comm"}, true},
		{[]string{"ps", "auxe"}, false}, {[]string{"ps", "-ef", "e"}, false}, {[]string{"ps", "-N", "e"}, false},
		{[]string{"env", "PS_PERSONALITY=bsd", "ps", "-eww"}, false},
	} {
		w := newStandardWorld(t)
		w.env = append(w.env, "NOBODYS=secret-of-the-session")
		got := w.do(preload, "", append([]string{"env"}, c.argv...)...)
		if c.quiet != (got.stderr == "") || c.quiet && got.exit != 0 || strings.Contains(got.stdout, "secret-of-the-session") {
			t.Errorf("%q: %d\n%.600s\n%.600s", c.argv, got.exit, got.stdout, got.stderr)
		}
	}
}

// TestStarved: nobody makes another process come up without the library by its
// limits, for as long as the dynamic linker looks.
func TestStarved(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	w := newStandardWorld(t)
	w.flags = []string{"--kernel=off"}
	script := w.write("home/app/starve.py", "import os, resource, subprocess\nc = subprocess.Popen(['sleep', '5'])\n"+
		"for which, value in ((resource.RLIMIT_NOFILE, 3), (resource.RLIMIT_AS, 1 << 20), (resource.RLIMIT_NOFILE, 512), (resource.RLIMIT_CPU, 9)):\n"+
		"    try: print(resource.prlimit(c.pid, which, (value, value)) != None)\n    except PermissionError: print('refused')\nc.kill()\n")
	if got := w.do(preload, "", "python3", script); got.stdout != "refused\nrefused\nTrue\nTrue\n" {
		t.Errorf("%+v", got)
	}
}

// TestKeeperWithoutDescriptors: a keeper that can't hear of anything any more
// ends the session, and all that is below it.
func TestKeeperWithoutDescriptors(t *testing.T) {
	t.Parallel()
	need(t, "python3")
	w := newStandardWorld(t)
	w.flags = []string{"--kernel=on"}
	script := w.write("home/app/limit.py", "import os, resource, time\nprint('begun', flush=True)\nresource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))\ntime.sleep(1)\nos.system('true')\ntime.sleep(5)\nprint('still there', flush=True)\n")
	if got := w.do(preload, "", "python3", script); got.exit == 0 || !strings.Contains(got.stdout, "begun") || strings.Contains(got.stdout, "still there") {
		t.Errorf("%+v", got)
	}
}
