//go:build amd64 || arm64

package execwatch_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rampart/platform/execwatch"
	"rampart/preload"
)

// These tests drive the keeper by itself: what runs, and how it ends, is the
// kernel's word.

var built struct {
	once sync.Once
	art  *preload.Artifacts
	tree string
	err  error
}

// forest is where trees are started.
type forest struct {
	*testing.T
	dir  string
	opts execwatch.Options
	out  *os.File
}

func newForest(t *testing.T) *forest {
	t.Helper()
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "execwatch-")
		if err != nil {
			built.err = err
			return
		}
		built.tree = filepath.Join(dir, "tree")
		if out, err := exec.Command("cc", "-O1", "-pthread", "-o", built.tree, "testdata/tree.c").CombinedOutput(); err != nil {
			built.err = errors.New(string(out))
			return
		}
		built.art, built.err = preload.Load(dir)
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	dir, err := os.MkdirTemp("", "ew")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	in, err := preload.Install(built.art, dir, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	return &forest{t, dir, execwatch.Options{
		Launcher: in.Launcher(), NoNewPrivs: os.Getuid() != 0,
		Attr:    os.ProcAttr{Env: []string{"ONE=1", "TWO=2"}, Dir: dir, Files: []*os.File{null, out, out}},
		Known:   func(*execwatch.Exec) bool { return true },
		Handler: func(x *execwatch.Exec) (bool, string) { t.Error("asked about", x.Argv); return false, "" },
		Passed:  func(*execwatch.Passed) { t.Error("passed, and nothing is permitted") },
		Trouble: func(pid int, err error) { t.Error(pid, err) },
	}, out}
}

// grow runs a tree to its end and returns how its first process ended, and what
// was printed.
func (f *forest) grow(argv ...string) (syscall.WaitStatus, string) {
	f.Helper()
	tree := f.start(argv...)
	defer tree.Close()
	return f.wait(tree), f.printed()
}

func (f *forest) start(argv ...string) *execwatch.Tree {
	f.Helper()
	f.opts.File, f.opts.Argv = argv[0], argv
	tree, err := execwatch.Start(f.opts)
	if err != nil {
		f.Fatal(err)
	}
	return tree
}

func (f *forest) wait(tree *execwatch.Tree) syscall.WaitStatus {
	f.Helper()
	hang := time.AfterFunc(2*time.Minute, func() { panic("it hangs") })
	defer hang.Stop()
	status, err := tree.Wait()
	if err != nil {
		f.Error(err)
	}
	return status
}

func (f *forest) printed() string {
	b, err := io.ReadAll(io.NewSectionReader(f.out, 0, 1<<20))
	if err != nil {
		f.Fatal(err)
	}
	return string(b)
}

func TestSeen(t *testing.T) {
	f := newForest(t)
	long := strings.Repeat("x", 100_000)
	for _, argv := range [][]string{
		{"/bin/echo"}, {"/bin/echo", "", "two words", "\n"}, {"/bin/echo", long, "end"}, {"/bin/echo", strings.Repeat("y", 20_000)},
	} {
		var seen *execwatch.Exec
		var path string
		var preloads bool
		f.opts.Known = func(*execwatch.Exec) bool { return false }
		f.opts.Handler = func(x *execwatch.Exec) (bool, string) {
			seen, preloads = x, x.Preloads()
			path, _ = x.Path()
			return true, ""
		}
		status, _ := f.grow(argv...)
		real, _ := filepath.EvalSymlinks(argv[0])
		var st syscall.Stat_t
		syscall.Stat(argv[0], &st)
		dir, _ := filepath.EvalSymlinks(f.dir)
		if status != 0 || !slices.Equal(seen.Argv, argv) || !slices.Equal(seen.Environ, f.opts.Attr.Env) || path != real ||
			seen.Device != uint64(st.Dev) || seen.Inode != st.Ino || seen.Changed != st.Ctim.Nano() || seen.Cwd != dir || seen.UID != os.Getuid() || !preloads {
			t.Errorf("%.60q: ended with %#x; %.200q %q %+v", argv, status, seen.Argv, path, seen.Environ)
		}
	}
}

func TestRefused(t *testing.T) {
	f := newForest(t)
	f.opts.Known = func(*execwatch.Exec) bool { return false }
	f.opts.Handler = func(x *execwatch.Exec) (bool, string) { return false, "not this one" }
	status, printed := f.grow("/bin/echo", "it ran")
	if status.ExitStatus() != 126 || printed != "not this one\n" {
		t.Errorf("%#x, %q", status, printed)
	}
}

func TestFailed(t *testing.T) {
	f := newForest(t)
	for path, want := range map[string]syscall.Errno{
		"/nowhere/at all": syscall.ENOENT, "/etc/passwd": syscall.EACCES, "/": syscall.EACCES, "/etc/passwd/x": syscall.ENOTDIR,
	} {
		f.out.Truncate(0)
		if _, printed := f.grow(built.tree, "exec", "0", path); !strings.HasSuffix(printed, "errno "+strconv.Itoa(int(want))+"\n") {
			t.Errorf("%s: %q, want %d", path, printed, want)
		}
		f.opts.File, f.opts.Argv = path, []string{path}
		tree, err := execwatch.Start(f.opts)
		if !errors.Is(err, want) {
			t.Errorf("as the first process: %v", err)
		}
		if err == nil {
			tree.Close()
		}
	}
}

// A thread that execs takes its leader's number.
func TestThreadExecs(t *testing.T) {
	f := newForest(t)
	if status, printed := f.grow(built.tree, "thread", "0", "/bin/echo", "from a thread"); status != 0 || printed != "from a thread\n" {
		t.Errorf("%#x, %q", status, printed)
	}
	if status, printed := f.grow(built.tree, "contest", "60", "/bin/true"); status != 0 {
		t.Errorf("%#x, %q", status, printed)
	}
	if status, printed := f.grow(built.tree, "threads", "60", "/bin/true"); status != 0 {
		t.Errorf("%#x, %q", status, printed)
	}
}

func TestSignalsWhileHeld(t *testing.T) {
	f := newForest(t)
	f.opts.Known = func(*execwatch.Exec) bool { return false }
	f.opts.Handler = func(*execwatch.Exec) (bool, string) { time.Sleep(time.Millisecond); return true, "" }
	stop := make(chan struct{})
	go func() { // the supervisor is interrupted, too
		for self := os.Getpid(); ; {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				syscall.Kill(self, syscall.SIGURG)
			}
		}
	}()
	defer close(stop)
	if status, printed := f.grow(built.tree, "signals", "100", "/bin/true"); status != 0 {
		t.Errorf("%#x, %q", status, printed)
	}
}

func TestKilledWhileHeld(t *testing.T) {
	f := newForest(t)
	if status, printed := f.grow(built.tree, "kill", "300", "/bin/true"); status != 0 {
		t.Errorf("%#x, %q", status, printed)
	}
	f.opts.Known = func(*execwatch.Exec) bool { return false }
	f.opts.Handler = func(x *execwatch.Exec) (bool, string) {
		if len(x.Argv) == 1 { // not the tree's first process
			syscall.Kill(x.PID, syscall.SIGKILL)
		}
		return true, ""
	}
	if _, printed := f.grow(built.tree, "at-once", "1", "/bin/true"); printed != "1009\n" {
		t.Errorf("%q", printed)
	}
}

// TestThousandWait has so many wait for a verdict at once.
func TestThousandWait(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	f := newForest(t)
	var waiting atomic.Int32
	all := make(chan struct{})
	f.opts.Known = func(x *execwatch.Exec) bool { return len(x.Argv) > 1 }
	f.opts.Handler = func(*execwatch.Exec) (bool, string) {
		if int(waiting.Add(1)) == n {
			close(all)
		}
		<-all
		return true, ""
	}
	if status, printed := f.grow(built.tree, "at-once", strconv.Itoa(n), "/bin/true"); status != 0 {
		t.Errorf("%#x, %q", status, printed)
	}
}

// TestClosed: after Close what runs goes on, and starts nothing.
func TestClosed(t *testing.T) {
	f := newForest(t)
	held, release := make(chan struct{}), make(chan struct{})
	f.opts.Known = func(x *execwatch.Exec) bool { return x.Argv[0] != "/bin/true" }
	f.opts.Handler = func(*execwatch.Exec) (bool, string) { close(held); <-release; return true, "" }
	tree := f.start("/bin/sh", "-c", "echo begin; /bin/true; echo $?; /bin/echo more; echo $?; echo done")
	<-held
	closed := make(chan error)
	go func() { closed <- tree.Close() }() // which waits for the handler, when all else is over
	for end := time.Now().Add(time.Minute); !strings.HasSuffix(f.printed(), "\ndone\n"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q", f.printed())
		}
	}
	if p := f.printed(); !strings.HasPrefix(p, "begin\n") || !strings.Contains(p, "137\n") || !strings.Contains(p, "126\n") || strings.Contains(p, "\nmore\n") {
		t.Errorf("%q", p)
	}
	close(release)
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
