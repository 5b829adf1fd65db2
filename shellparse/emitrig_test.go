package shellparse

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// rigShell is a real shell that texts are tried on.
type rigShell struct {
	name    string
	dialect Dialect
	argv    []string
}

var rigShells = []rigShell{
	{"bash", Bash, []string{"bash"}},
	{"dash", POSIX, []string{"dash"}},
	{"sh", POSIX, []string{"bash", "--posix"}},
	{"busybox", POSIX, []string{"busybox", "sh"}},
	{"zsh", Zsh, []string{"zsh", "-f"}},
	{"mksh", Korn, []string{"mksh"}},
}

// rigShellsHere are the shells that this machine has, of those that
// RAMPART_SHELLS names, if it is set.
func rigShellsHere(t testing.TB) []rigShell {
	var here []rigShell
	only := strings.Fields(os.Getenv("RAMPART_SHELLS"))
	for _, s := range rigShells {
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		if _, err := exec.LookPath(s.argv[0]); err != nil {
			t.Logf("%s is not installed: not tried", s.name)
			continue
		}
		here = append(here, s)
	}
	return here
}

// rigJob is one run of a shell.
type rigJob struct {
	Argv    []string // resolved on the ordinary PATH
	Standin bool     // PATH holds nothing but stand-ins that log their names
	Stdin   string
	Limit   time.Duration     // 0: what suits the kind of job
	Seed    map[string]string // files in the directory it begins in

	Out    string // standard output
	Err    string
	Status int
	Files  string     // what it left there: names, modes and digests
	Ran    [][]string // argv of the stand-ins that ran
}

// rigNames are the stand-ins.
var rigNames = []string{"rm", "aa", "bb", "cc", "dd", "cat", "y", "x", "a", "b", "coproc", "function", "let", "time", "12", "1", "-rm", "rm}", "a+=b", "e", "f"}

// rigRun runs jobs in a throwaway mount, process and network namespace with a
// read-only root: what they do is not known beforehand.
func rigRun(t testing.TB, jobs []*rigJob) {
	t.Helper()
	if len(jobs) == 0 {
		return
	}
	bwrap, err := exec.LookPath("bwrap")
	if err != nil {
		t.Skip("bwrap is not installed: generated shell text is run in it or not at all")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in"), in, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bwrap, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",
		"--ro-bind", exe, "/tmp/driver", "--bind", dir, "/tmp/io", "--unshare-all", "--die-with-parent", "--new-session",
		"--chdir", "/tmp", "--clearenv", "--setenv", "SHELLPARSE_RIG", "1", "--setenv", "PATH", os.Getenv("PATH"),
		"/tmp/driver", "-test.run=^TestRigDriver$")
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "bwrap:") {
			t.Skipf("bwrap does not work here: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	out, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	var done []*rigJob
	if err := json.Unmarshal(out, &done); err != nil {
		t.Fatal(err)
	}
	for i := range jobs {
		*jobs[i] = *done[i]
	}
}

// TestRigDriver is the inner side of rigRun: it runs nothing by itself.
func TestRigDriver(t *testing.T) {
	if os.Getenv("SHELLPARSE_RIG") == "" {
		t.Skip("runs within bubblewrap only, started by other tests")
	}
	in, err := os.ReadFile("/tmp/io/in")
	if err != nil {
		t.Fatal(err)
	}
	var jobs []*rigJob
	if err := json.Unmarshal(in, &jobs); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("/tmp/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range rigNames {
		script := "#!/bin/sh\nprintf '%s\\037' \"${0##*/}\" \"$@\" '\036' >>\"$RIG_LOG\"\n"
		if err := os.WriteFile("/tmp/bin/"+name, []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("/tmp/script", []byte("echo \"T:$0:$*\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	next := make(chan *rigJob)
	for i := range runtime.NumCPU() + 1 {
		work := filepath.Join("/tmp", "work"+string(rune('a'+i)))
		wg.Go(func() {
			for j := range next {
				j.run(work)
			}
		})
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	wg.Wait()
	out, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/tmp/io/out", out, 0o600); err != nil {
		t.Fatal(err)
	}
}

// firstBytes keeps the head of an output that may have no end.
type firstBytes []byte

func (f *firstBytes) Write(p []byte) (int, error) {
	*f = append(*f, p[:min(len(p), 1<<16-len(*f))]...)
	return len(p), nil
}

// rigFiles describes the files below dir.
func rigFiles(dir string) string {
	var b strings.Builder
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir || b.Len() > 1<<16 {
			return nil
		}
		fi, err := d.Info()
		if err != nil {
			return nil
		}
		content, _ := os.ReadFile(p)
		if !fi.Mode().IsRegular() {
			content = nil
		}
		fmt.Fprintf(&b, "%s %v %x\n", strings.TrimPrefix(p, dir), fi.Mode(), sha256.Sum256(content))
		return nil
	})
	return b.String()
}

// run runs one job in an empty directory of its own.
func (j *rigJob) run(work string) {
	os.RemoveAll(work)
	os.MkdirAll(work+"/cwd", 0o755)
	for name, content := range j.Seed {
		os.WriteFile(work+"/cwd/"+name, []byte(content), 0o644)
	}
	cmd := exec.Command(j.Argv[0], j.Argv[1:]...)
	cmd.Dir = work + "/cwd"
	path := "/tmp/bin"
	if !j.Standin {
		path = os.Getenv("PATH")
	}
	cmd.Env = []string{"PATH=" + path, "RIG_LOG=" + work + "/log", "HOME=/tmp", "LC_ALL=C.UTF-8", "TMPDIR=" + work}
	cmd.Stdin = strings.NewReader(j.Stdin)
	var out, errs firstBytes
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		j.Err = err.Error()
		j.Status = -1
		return
	}
	// A random program may loop; one of ours only waits for a busy machine.
	limit := 10 * time.Second
	if j.Standin {
		limit = 400 * time.Millisecond
	}
	if j.Limit > 0 {
		limit = j.Limit
	}
	timer := time.AfterFunc(limit, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	cmd.Wait()
	timer.Stop()
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	j.Status = cmd.ProcessState.ExitCode()
	j.Out, j.Err = string(out), string(errs)
	j.Files = rigFiles(work + "/cwd")
	if log, err := os.ReadFile(work + "/log"); err == nil {
		for _, argv := range strings.Split(string(log), "\036\037") {
			if argv = strings.TrimSuffix(argv, "\037"); argv != "" {
				j.Ran = append(j.Ran, strings.Split(argv, "\037"))
			}
		}
	}
}
