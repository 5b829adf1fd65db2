package shellparse

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A soundRig runs texts in real shells, inside of bubblewrap: root is
// read-only, there is no network, and what a text does to its world is undone
// before the next. Programs are stand-ins, or real ones under a library that
// logs what they open. See testdata/rig.
type soundRig struct {
	files *soundFiles
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	errs  bytes.Buffer
}

// soundFiles are the programs of the rig, built once.
type soundFiles struct{ dir string }

const (
	soundWorld = "/tmp/w"
	soundCwd   = soundWorld + "/p"
	soundHome  = soundWorld + "/home"
)

// soundJob is one run of a text.
type soundJob struct {
	argv  []string
	stdin string
	real  bool // programs that change files are the real ones
	ms    int  // the time that it may take
}

// soundRun is what a run did.
type soundRun struct {
	status   int
	timedOut bool
	execs    [][]string // argv; the name of the file that ran stands first
	files    []access
}

// soundEnv is the environment of every run.
var soundEnv = map[string]string{
	"HOME": soundHome, "USER": "dev", "LOGNAME": "dev", "SHELL": "/bin/bash", "TERM": "xterm", "API_TOKEN": "t0k", "LC_ALL": "C.UTF-8", "CMD": "rm", "ARGS": "-rf y", "GLOB": "*",
}

// soundPath is where a job finds its programs.
func soundPath(real bool) string {
	set := "execs"
	if real {
		set = "files"
	}
	return "/tmp/rig/" + set + ":/usr/bin:/bin"
}

// soundEnvOf is the environment of a job as the analysis gets it.
func soundEnvOf(real bool) func(string) (string, bool) {
	return func(n string) (string, bool) {
		if n == "PATH" {
			return soundPath(real), true
		}
		v, ok := soundEnv[n]
		return v, ok
	}
}

// realFilters run for real in every job: what they print is what counts. So does
// time, of which the output is that of what it runs.
var realFilters = strings.Fields(`cat head tail tr cut rev sed base64 base32 xxd sort uniq wc seq tac nl fold paste printf echo test true false expr grep awk gawk mawk
	xargs env nice nohup timeout setsid stdbuf sh bash dash zsh mksh busybox basename dirname sleep yes pwd printenv od tee find time [ ls realpath readlink`)

// realFilePrograms run for real when their effects on files are looked at.
var realFilePrograms = strings.Fields(`cp mv rm ln mkdir rmdir touch install truncate split dd unlink shred sort uniq comm join diff cmp chmod mktemp csplit gzip tar`)

// standInNames are what a text may call without harm.
func standInNames() []string {
	names := slices.Clone(rigNames)
	for _, n := range programNames() {
		if !strings.ContainsAny(n, "/ ") && n != "." {
			names = append(names, n)
		}
	}
	return names
}

// worldEntry is a file of the world in which texts run.
type worldEntry struct {
	kind          byte // d directory, f file, x executable, l link
	path, content string
}

var soundWorldFiles = []worldEntry{
	{'d', soundWorld, ""},
	{'d', soundHome, ""},
	{'f', soundHome + "/.secret", "s3cret\n"},
	{'d', soundHome + "/.ssh", ""},
	{'f', soundHome + "/.ssh/id_rsa", "key\n"},
	{'d', soundCwd, ""},
	{'f', soundCwd + "/a", "1 one\n"},
	{'f', soundCwd + "/b", "2 two\nrm y\n"},
	{'f', soundCwd + "/list", "a\nb\nd/x\n"},
	{'f', soundCwd + "/cmds", "rm y\naa x z\n"},
	{'f', soundCwd + "/b64", "cm0geQo=\n"},
	{'f', soundCwd + "/hex", "726d20790a\n"},
	{'f', soundCwd + "/lib.sh", "lf() { rm \"$1\"; }\nLV=rm\nalias la='aa b'\n"},
	{'x', soundCwd + "/s.sh", "#!/bin/sh\nrm \"$1\" y\n"},
	{'x', soundCwd + "/plain", "aa \"$@\"\n"},
	{'f', soundCwd + "/sp ace", "x\n"},
	{'f', soundCwd + "/-rf", ""},
	{'d', soundCwd + "/d", ""},
	{'f', soundCwd + "/d/x", "3\n"},
	{'f', soundCwd + "/d/y", "4\n"},
	{'f', soundCwd + "/d/.h", "5\n"},
	{'d', soundCwd + "/d/sub", ""},
	{'f', soundCwd + "/d/sub/z", "6\n"},
	{'d', soundCwd + "/empty", ""},
	{'l', soundCwd + "/lnk", "a"},
	{'l', soundCwd + "/ldir", "d"},
}

// buildSoundRig compiles the rig, and makes the directories of stand-ins.
func buildSoundRig(t testing.TB) *soundFiles {
	t.Helper()
	for _, p := range []string{"bwrap", "cc", "bash"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed: generated shell text is run in bubblewrap or not at all", p)
		}
	}
	dir := t.TempDir()
	for _, args := range [][]string{
		{"-O2", "-static", "-Wall", "-Wextra", "-Werror", "-o", "rig", "rig.c"},
		{"-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", "watch.so", "watch.c"},
	} {
		args[len(args)-2] = filepath.Join(dir, args[len(args)-2])
		cmd := exec.Command("cc", args...)
		cmd.Dir = "testdata/rig"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("cc %s: %v: %s", args, err, out)
		}
	}
	standIns(t, dir)
	return &soundFiles{dir}
}

// standIns makes the directories of stand-ins, links to a rig.
func standIns(t testing.TB, dir string) {
	t.Helper()
	for _, set := range []string{"execs", "files"} {
		bin := filepath.Join(dir, set)
		if err := os.Mkdir(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, n := range standInNames() {
			if slices.Contains(realFilters, n) || set == "files" && slices.Contains(realFilePrograms, n) {
				continue
			}
			os.Symlink("../rig", filepath.Join(bin, n))
		}
	}
}

// start begins a sandbox.
func (f *soundFiles) start(t testing.TB) *soundRig {
	t.Helper()
	r := &soundRig{files: f}
	if err := r.begin(); err != nil {
		if strings.Contains(err.Error(), "bwrap:") {
			t.Skipf("no sandbox here: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	return r
}

func (r *soundRig) begin() error {
	r.errs.Reset()
	args := []string{"--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--size", "67108864", "--tmpfs", "/tmp"}
	// What a login shell runs of this machine is no part of a text, nor is Ruby's ri, which /bin/r? comes upon.
	for _, name := range []string{"/etc/profile", "/usr/bin/ri"} {
		if file, err := filepath.EvalSymlinks(name); err == nil {
			args = append(args, "--ro-bind", "/dev/null", file)
		}
	}
	args = append(args, "--ro-bind", r.files.dir, "/tmp/rig", "--unshare-all", "--as-pid-1", "--die-with-parent", "--new-session", "--chdir", "/tmp", "--clearenv",
		"--setenv", "PATH", "/usr/bin:/bin", "/tmp/rig/rig", "drive")
	r.cmd = exec.Command("bwrap", args...)
	r.cmd.Stderr = &r.errs
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.out = bufio.NewReader(out)
	var b []byte
	b = putNumber(b, len(soundWorldFiles))
	for _, e := range soundWorldFiles {
		b = putString(b, string(e.kind)+e.path)
		b = putString(b, e.content)
	}
	if _, err := r.in.Write(b); err != nil {
		return r.fault(err)
	}
	run, err := r.try(soundJob{argv: []string{"bash", "-c", "rm y"}, ms: 10_000})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(run.execs, func(a []string) bool { return slices.Equal(a, []string{"rm", "y"}) }) {
		return fmt.Errorf("the rig saw %q, which is not rm y", run.execs)
	}
	return nil
}

func (r *soundRig) stop() {
	r.in.Close()
	r.cmd.Process.Kill()
	r.cmd.Wait()
}

func (r *soundRig) fault(err error) error {
	r.stop()
	return fmt.Errorf("%w: %s", err, strings.TrimSpace(r.errs.String()))
}

// run runs one job. What broke the rig itself is told as an error, after the
// rig was begun anew.
func (r *soundRig) run(j soundJob) (*soundRun, error) {
	run, err := r.try(j)
	if err == nil {
		return run, nil
	}
	if again := r.begin(); again != nil {
		return nil, fmt.Errorf("%w; and it does not start again: %w", err, again)
	}
	return nil, err
}

func (r *soundRig) try(j soundJob) (*soundRun, error) {
	var b []byte
	b = putNumber(b, j.ms)
	b = putString(b, j.stdin)
	b = putNumber(b, len(j.argv))
	for _, s := range j.argv {
		b = putString(b, s)
	}
	b = putNumber(b, len(soundEnv)+2)
	for n, v := range soundEnv {
		b = putString(b, n+"="+v)
	}
	b = putString(b, "PATH="+soundPath(j.real))
	b = putString(b, "LD_PRELOAD=/tmp/rig/watch.so")
	if _, err := r.in.Write(b); err != nil {
		return nil, r.fault(err)
	}
	var n [4]byte
	if _, err := io.ReadFull(r.out, n[:]); err != nil {
		return nil, r.fault(err)
	}
	answer := make([]byte, binary.NativeEndian.Uint32(n[:]))
	if _, err := io.ReadFull(r.out, answer); err != nil {
		return nil, r.fault(err)
	}
	return readSoundRun(answer, j.argv)
}

func putNumber(b []byte, n int) []byte { return binary.NativeEndian.AppendUint32(b, uint32(n)) }

func putString(b []byte, s string) []byte { return append(putNumber(b, len(s)), s...) }

// readSoundRun reads the records of one run. own is the argv of the shell.
func readSoundRun(b []byte, own []string) (*soundRun, error) {
	status := int32(binary.NativeEndian.Uint32(b))
	run := &soundRun{status: int(status), timedOut: status == -1}
	seen := map[string]bool{}
	for b = b[4:]; len(b) > 0; {
		n := binary.NativeEndian.Uint32(b)
		rec := string(b[4 : 4+n])
		b = b[4+n:]
		if seen[rec] {
			continue
		}
		seen[rec] = true
		parts := strings.Split(strings.TrimSuffix(rec[1:], "\x00"), "\x00")
		switch rec[0] {
		case 'X':
			if argv := startedAs(parts); !slices.Equal(parts[1:], own) {
				run.execs = append(run.execs, argv)
			}
		case 'R', 'a':
			run.files = append(run.files, access{Read, parts[0]})
		case 'W', 'm', 'c':
			run.files = append(run.files, access{Write, parts[0]})
		case 'D', 'd':
			run.files = append(run.files, access{Delete, parts[0]})
		default:
			return nil, fmt.Errorf("record %q", rec)
		}
	}
	return run, nil
}

// startedAs is the argv of a record, with the name of the file that ran in
// front. The interpreter of a script is told the name of the script.
func startedAs(rec []string) []string {
	file, argv := rec[0], rec[1:]
	if len(argv) == 0 {
		return []string{path0(file)}
	}
	for i := 1; i < min(3, len(argv)); i++ {
		if argv[i] == file && path0(argv[0]) != path0(file) {
			argv = argv[i:]
			break
		}
	}
	out := slices.Clone(argv)
	out[0] = path0(file)
	return out
}

// soundFS is what the analysis may see: the world as it is before a text runs,
// and of the rest what the sandbox shows.
type soundFS struct {
	diskFS
	root string
}

// newSoundFS makes the world a second time, outside of the sandbox.
func newSoundFS(t testing.TB) soundFS {
	f := soundFS{root: t.TempDir()}
	for _, d := range []string{"/tmp", "/tmp/rig", "/proc", "/dev"} { // the rig itself is what a wildcard in /tmp finds, too
		os.Mkdir(f.root+d, 0o755)
	}
	if err := os.WriteFile(f.root+"/tmp/rig/rig", nil, 0o755); err != nil {
		t.Fatal(err)
	}
	standIns(t, f.root+"/tmp/rig") // which command -v and its kin find
	for _, e := range soundWorldFiles {
		var err error
		switch p := f.root + e.path; e.kind {
		case 'd':
			err = os.Mkdir(p, 0o755)
		case 'l':
			err = os.Symlink(e.content, p)
		case 'x':
			err = os.WriteFile(p, []byte(e.content), 0o755)
		default:
			err = os.WriteFile(p, []byte(e.content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f soundFS) at(p string) string {
	for _, own := range []string{"/tmp", "/proc", "/dev"} {
		if p == own || strings.HasPrefix(p, own+"/") {
			return f.root + p
		}
	}
	return p
}

func (f soundFS) Lstat(p string) (fs.FileInfo, error)        { return f.diskFS.Lstat(f.at(p)) }
func (f soundFS) Readlink(p string) (string, error)          { return f.diskFS.Readlink(f.at(p)) }
func (f soundFS) ReadFile(p string, n int64) ([]byte, error) { return f.diskFS.ReadFile(f.at(p), n) }
func (f soundFS) ReadDirNames(p string) ([]string, error)    { return f.diskFS.ReadDirNames(f.at(p)) }
