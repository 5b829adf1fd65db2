package e2e

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// withKernel are the layers that refuse, and with them the kernel's where there
// is one.
func withKernel() []string {
	if runtime.GOOS != "linux" {
		return guarded
	}
	return []string{wrapped, preload, kernel}
}

// unreached are programs that no library is loaded into, or that start others
// without it.
var unreached = []launcher{
	{name: "static C", needs: []string{"launch-static"}, argv: []string{"launch-static", "execve-empty-env", "@A@", "@B@"}},
	{name: "raw system call", needs: []string{"launch"}, argv: []string{"launch", "raw-empty-env", "@A@", "@B@"}},
	{name: "static, 32 bits", needs: []string{"launch-32-static"}, argv: []string{"launch-32-static", "execve-empty-env", "@A@", "@B@"}},
	{name: "static Go", needs: []string{"launch-go"}, argv: []string{"launch-go", "@A@", "@B@"}},
	{name: "busybox", needs: []string{"busybox"}, argv: []string{"busybox", "env", "-i", "busybox", "sh", "-c", "a=@A@; cp -v /dev/null ${a}@B@"}},
	{name: "busybox, text from a pipe", needs: []string{"busybox"}, argv: []string{"busybox", "env", "-i", "busybox", "sh"}, stdin: "a=@A@\n/bin/cp -v /dev/null ${a}@B@\n"},
	{name: "the dynamic linker, text from a pipe", needs: []string{"/lib64/ld-linux-x86-64.so.2", "busybox"}, argv: []string{"busybox", "env", "-i", "busybox", "sh"}, stdin: "a=@A@\n/lib64/ld-linux-x86-64.so.2 /bin/cp -v /dev/null ${a}@B@\n"},
	{name: "the dynamic linker", needs: []string{"/lib64/ld-linux-x86-64.so.2", "busybox"}, argv: []string{"busybox", "env", "-i", "busybox", "sh", "-c", "a=@A@; /lib64/ld-linux-x86-64.so.2 /bin/cp -v /dev/null ${a}@B@"}},
	{name: "a script by its shebang", needs: []string{"launch-static", "busybox"}, argv: []string{"busybox", "env", "-i", "./script"},
		files: map[string]string{"script": "#!/bin/busybox sh\na=@A@; /bin/cp -v /dev/null ${a}@B@\n"}},
	{name: "another argv[0]", needs: []string{"busybox", "bash"}, argv: []string{"busybox", "env", "-i", "bash", "-c", "a=@A@; exec -a ls /bin/cp -v /dev/null ${a}@B@"}},
	{name: "a copy under another name", needs: []string{"busybox"}, argv: []string{"busybox", "env", "-i", "busybox", "sh", "-c", "a=@A@; cp /bin/cp mine; ./mine -v /dev/null ${a}@B@"}},
}

// TestKernelHarmless: what no library reaches does under the kernel layer what
// it does bare. TestForbidden has the other twin.
func TestKernelHarmless(t *testing.T) {
	t.Parallel()
	needKernel(t)
	for _, l := range unreached {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			need(t, l.needs...)
			l := l.fill("ALLO", "WED")
			do := func(layer string) (*world, result) {
				w := newWorld(t)
				l.in(w)
				return w, w.do(layer, l.stdin, l.argv...)
			}
			_, plain := do(bare)
			w, got := do(kernel)
			w.same(plain, got)
			if !w.has("ALLOWED") {
				t.Error("no mark")
			}
		})
	}
}

// TestKernelRace has a second thread, and a second process over memory that both
// map or by /proc/PID/mem, change what is executed while it is judged: whatever
// runs is what was judged.
func TestKernelRace(t *testing.T) {
	t.Parallel()
	needKernel(t)
	need(t, "launch-race", "launch-shared")
	for name, argv := range map[string][]string{
		"thread":        {built["launch-race"], "100", "FORBID", "DEN", "ALLOWED.."},
		"shared memory": {built["launch-shared"], "100", "FORBID", "DEN", "ALLOWED.."},
		"proc mem":      {built["launch-shared"], "100", "FORBID", "DEN", "ALLOWED..", "mem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rounds := 0
			for end := time.Now().Add(raceTime); time.Now().Before(end); rounds++ {
				if got := w.do(kernel, "", argv...); got.exit != 0 || w.has("FORBIDDEN") {
					t.Fatalf("FORBIDDEN is there: %v: %+v", w.has("FORBIDDEN"), got)
				}
				if !w.has("ALLOWED..") {
					t.Fatal("the racer made nothing at all")
				}
				os.Remove(filepath.Join(w.work, "ALLOWED.."))
			}
			t.Logf("%d execs, none was won", 100*rounds)
		})
	}
}

// raceTime is how long the racer tries; RAMPART_RACE=1m has it try longer.
var raceTime = func() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("RAMPART_RACE")); err == nil {
		return d
	}
	return 3 * time.Second
}()

// TestKernelTraced: what another program traces can't be held, so it starts
// nothing.
func TestKernelTraced(t *testing.T) {
	t.Parallel()
	needKernel(t)
	need(t, "strace")
	w := newWorld(t)
	got := w.do(kernel, "", "strace", "-o", "/dev/null", "cp", "-v", "/dev/null", "ALLOWED")
	if w.has("ALLOWED") || !strings.Contains(got.stderr, "under a debugger") {
		t.Errorf("%+v", got)
	}
}

// TestKernelCounts: with both layers on, a program that both see is recorded
// once.
func TestKernelCounts(t *testing.T) {
	t.Parallel()
	needKernel(t)
	need(t, "python3")
	w := newWorld(t)
	w.write("home/app/s", "#!/bin/sh\n/usr/bin/true script\n")
	os.Chmod(filepath.Join(w.work, "s"), 0o755)
	got := w.do(kernel, "", "bash", "-c", "for i in 1 2 3; do /usr/bin/true $i; done; ./s; python3 -Sc 'import subprocess; subprocess.run([\"/usr/bin/true\", \"py\"])'; exec /usr/bin/true last")
	if got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	seen := map[string]int{}
	for _, argv := range recorded(t, w) {
		seen[strings.Join(argv, " ")]++
	}
	for _, line := range []string{"/usr/bin/true 1", "/usr/bin/true 2", "/usr/bin/true 3", "/usr/bin/true py", "/usr/bin/true script", "/usr/bin/true last"} {
		if seen[line] != 1 {
			t.Errorf("%q is recorded %d times: %v", line, seen[line], seen)
		}
	}
}

// TestKernelPermits: what a static program starts again and again is recorded each
// time, whether the program has the library or not, and whoever lets it go; what
// is forbidden is refused in between.
func TestKernelPermits(t *testing.T) {
	t.Parallel()
	needKernel(t)
	need(t, "launch-loop", "busybox")
	const n = 150
	for name, argv := range map[string][]string{
		"dynamic":      {"/usr/bin/true", "again"},
		"static":       {"./copy", "spawn", "1", "1", "/bin/busybox", "true", "again"},
		"by a symlink": {"./link", "spawn", "1", "1", "/bin/busybox", "true", "again"},
		"no library":   {"/bin/busybox", "env", "-i", "/usr/bin/true", "again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			data, err := os.ReadFile(built["launch-loop"])
			if err != nil {
				t.Fatal(err)
			}
			os.Chmod(w.write("home/app/copy", string(data)), 0o755)
			os.Symlink("copy", filepath.Join(w.work, "link"))
			time.Sleep(100 * time.Millisecond) // a file just made gets no permit
			loop := built["launch-loop"] + " vfork "
			text := loop + strconv.Itoa(n) + " 2 " + strings.Join(argv, " ") + " >/dev/null & " +
				loop + "1 1 /bin/busybox touch FORBID'DEN'; " + loop + "1 1 ./copy spawn 1 1 /bin/busybox touch FORBID'DEN'; wait"
			got := w.do(kernel, strings.ReplaceAll(text, "; ", "\n")+"\n", "bash")
			if w.has("FORBIDDEN") || strings.Count(got.stderr, "this mark is not to be made") < 2 {
				t.Errorf("not refused: %+v", got)
			}
			seen := 0
			for _, words := range recorded(t, w) {
				if last := words[len(words)-1]; last == "again" && words[0] == argv[0] {
					seen++
				}
			}
			if seen != 2*n {
				t.Errorf("%d execs are recorded %d times", 2*n, seen)
			}
		})
	}
}

// needKernel skips where there is no kernel layer to be had.
func needKernel(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("the kernel layer is for Linux on amd64 and arm64")
	}
}
