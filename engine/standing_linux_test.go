package engine

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rampart/audit"
	"rampart/engine/wire"
	"rampart/policy"
)

func newPermits(t *testing.T) *wire.Permits {
	t.Helper()
	p, err := wire.NewPermits()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

type countingRecorder struct{ n atomic.Int64 }

func (r *countingRecorder) Append(*audit.Record) error {
	r.n.Add(1)
	return nil
}

// sleeper is a process with these descriptors.
func sleeper(t *testing.T, stdin, stdout *os.File) int {
	t.Helper()
	p := exec.Command("sleep", "60")
	p.Stdin, p.Stdout = stdin, stdout
	if err := p.Start(); err != nil {
		t.Skipf("no sleep here: %v", err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	return p.Process.Pid
}

// TestStandingInput: where it matters what a program is given to read, or what
// it prints, its answer does not stand.
func TestStandingInput(t *testing.T) {
	permits := newPermits(t)
	r := newStainRig(t, func(c *Config) { c.Permits = permits })
	x, err := os.Create(filepath.Join(r.dir, "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	plain, printing := sleeper(t, nil, nil), sleeper(t, nil, x)
	stands := func(pid int, argv ...string) *wire.Standing {
		t.Helper()
		path, err := exec.LookPath(argv[0])
		if err != nil {
			t.Skip(err)
		}
		reply := r.e.Answer(&wire.Request{Layer: wire.Preload, PID: pid, Path: path, Argv: argv, Cwd: r.dir, Environ: []string{"HOME=" + r.home}})
		if reply.Action != wire.Allow || reply.Standing == nil {
			t.Fatalf("%v: %+v", argv, reply)
		}
		return reply.Standing()
	}
	shell := stands(plain, "sh")
	if shell == nil || stands(plain, "true") == nil || stands(plain, "cat") == nil {
		t.Error("before anything was downloaded, input does not matter")
	}
	if stands(plain, "base64", "-d") != nil {
		t.Error("what a decoder prints has to be known")
	}
	stands(printing, "curl", "https://x.example")
	if shell.Era == permits.Era() {
		t.Error("the shell's answer still stands after a download")
	}
	for _, line := range []string{"sh", "python3", "cat", "tr a b"} {
		if stands(plain, strings.Fields(line)...) != nil {
			t.Errorf("%s stands, though it may be given what was downloaded", line)
		}
	}
	for _, line := range []string{"true", "echo a", "sleep 0"} {
		if stands(plain, strings.Fields(line)...) == nil {
			t.Errorf("%s does not stand", line)
		}
	}
}

// published returns the programs and first arguments of the permits that hold.
func published(t *testing.T, p *wire.Permits) (out []string) {
	t.Helper()
	var memory []byte
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); strings.HasPrefix(to, "/memfd:rampart-permits") {
			f, err := os.Open(fd)
			if err != nil {
				t.Fatal(err)
			}
			memory = make([]byte, 1<<20)
			_, err = f.ReadAt(memory, 0)
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for ; len(memory) >= 8192; memory = memory[8192:] {
		if binary.LittleEndian.Uint64(memory) != 0 {
			size := binary.LittleEndian.Uint32(memory[56:])
			body := strings.Split(string(memory[72:72+size]), "\x00")
			out = append(out, body[0]+" "+body[2])
		}
	}
	slices.Sort(out)
	return out
}

// TestWitnessPermits: what the kernel layer has judged may be repeated, but for
// programs whose file has no name, and where the answer could be another one.
func TestWitnessPermits(t *testing.T) {
	permits := newPermits(t)
	r := newStainRig(t, func(c *Config) { c.Permits, c.Witnessed = permits, true })
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	if err := os.Chtimes(exe, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	witness := func(path string, env []string, argv ...string) bool {
		t.Helper()
		c := &policy.Call{Tool: "exec", Argv: argv, Path: path, Cwd: r.dir, PID: os.Getpid(), Layer: policy.LayerKernel, Environ: env, Env: LookupIn(env)}
		run, _ := r.e.Witness(context.Background(), &Witnessed{Call: c, Complete: func() error { return nil }, Guarded: func() bool { return false }})
		return run
	}
	witness(exe, nil, "young")
	if got := published(t, permits); len(got) > 0 {
		t.Errorf("a file that was changed a moment ago has a permit: %v", got)
	}
	var st unix.Stat_t
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if unix.Stat(exe, &st) == nil && time.Since(time.Unix(st.Ctim.Unix())) > 200*time.Millisecond {
			break
		}
	}
	witness(exe, nil, "first")
	witness("/memfd:x (deleted)", nil, "second")
	if witness(exe, []string{"LD_AUDIT=/x.so"}, "third") {
		t.Error("a program with LD_AUDIT runs")
	}
	if witness(exe, []string{"GLIBC_TUNABLES=glibc.rtld.enable_secure=1"}, "third") {
		t.Error("a program whose linker leaves the library out runs")
	}
	if witness(exe, []string{"A=1", "A=2"}, "fourth") {
		t.Error("a program with two meanings of a variable runs")
	}
	if got, want := published(t, permits), []string{exe + " first"}; !slices.Equal(got, want) {
		t.Errorf("permits are %q, want %q", got, want)
	}
}

// TestPassedOnce: a program that ran by a permit and whose library asks for it,
// too, is recorded once, whichever comes first.
func TestPassedOnce(t *testing.T) {
	for _, libraryFirst := range []bool{true, false} {
		permits, rec := newPermits(t), &countingRecorder{}
		r := newStainRig(t, func(c *Config) { c.Permits, c.Witnessed, c.Audit = permits, true, rec })
		pid := sleeper(t, nil, nil)
		exe, err := os.Readlink("/proc/self/exe")
		if err != nil {
			t.Skip(err)
		}
		c := &policy.Call{Tool: "exec", Argv: []string{"x"}, Path: exe, Cwd: r.dir, PID: os.Getpid(), Layer: policy.LayerKernel, Env: LookupIn(nil)}
		r.e.Witness(context.Background(), &Witnessed{Call: c, Complete: func() error { return nil }, Guarded: func() bool { return true }})
		var permit uint32
		for p := range r.e.standing.answers {
			permit = p
		}
		if permit == 0 {
			t.Fatal("no permit")
		}
		before := rec.n.Load()
		q := func() *wire.Request {
			return &wire.Request{Layer: wire.Constructor, PID: pid, Path: exe, Argv: []string{"x"}, Cwd: r.dir}
		}
		library := func() { r.e.Answer(q()) }
		kernel := func() {
			n := &wire.Note{PID: pid, Permit: permit, Request: q()}
			n.Request.Layer = wire.Preload
			r.e.Passed(n, 0, true, func() int { return 0 })
		}
		if libraryFirst {
			library()
			kernel()
		} else {
			kernel()
			library()
		}
		if n := rec.n.Load() - before; n != 1 {
			t.Errorf("library first: %v: recorded %d times", libraryFirst, n)
		}
		kernel()
		if n := rec.n.Load() - before; n != 2 {
			t.Errorf("library first: %v: with another one recorded %d times", libraryFirst, n)
		}
		permits.Close()
	}
}
