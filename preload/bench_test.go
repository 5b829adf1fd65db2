package preload_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rampart/engine/wire"
	"rampart/preload"
)

// BenchmarkExec reports what an exec costs under the library, and a command
// through the substitute shell, as ratios to the same without: medians of
// pairs measured one after the other. The engine allows all at once, so this
// is the way to it and back. Run it with -benchtime 1x on a quiet machine.
func BenchmarkExec(b *testing.B) {
	s := newBenchSession(b)
	loop := filepath.Join(b.TempDir(), "spawnloop")
	if out, err := exec.Command("cc", "-O2", "-o", loop, "testdata/spawnloop.c").CombinedOutput(); err != nil {
		b.Skipf("no C compiler: %s", out)
	}
	empty := filepath.Join(b.TempDir(), "empty.so")
	cc := exec.Command("cc", "-shared", "-nostdlib", "-fPIC", "-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-s", "-x", "c", "/dev/null", "-o", empty)
	if out, err := cc.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	bare := plain()
	guarded := s.in.Environ(bare, preload.Library)
	both := s.in.Environ(bare, preload.Library|preload.Shells)
	shell, err := exec.LookPath("bash")
	if err != nil {
		b.Skip(err)
	}
	substitute := filepath.Join(s.dir, "bin", "bash")
	for _, c := range []struct {
		name       string
		mode       string
		processes  int
		env        []string
		bare, with []string
	}{
		{"empty-library", "vfork", 1, append(slices.Clone(bare), "LD_PRELOAD="+empty), []string{"/bin/true"}, []string{"/bin/true"}},
		{"vfork-1", "vfork", 1, guarded, []string{"/bin/true"}, []string{"/bin/true"}},
		{"vfork-8", "vfork", 8, guarded, []string{"/bin/true"}, []string{"/bin/true"}},
		{"spawn-1", "spawn", 1, guarded, []string{"/bin/true"}, []string{"/bin/true"}},
		{"spawn-8", "spawn", 8, guarded, []string{"/bin/true"}, []string{"/bin/true"}},
		{"shell", "vfork", 1, s.in.Environ(bare, preload.Shells), []string{shell, "-c", "true"}, []string{substitute, "-c", "true"}},
		{"shell+library", "vfork", 1, both, []string{shell, "-c", "true"}, []string{substitute, "-c", "true"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			measure := func(env, argv []string) float64 {
				cmd := exec.Command(loop, append([]string{c.mode, strconv.Itoa(160 / c.processes), strconv.Itoa(c.processes)}, argv...)...)
				cmd.Env = env
				out, err := cmd.Output()
				if err != nil {
					b.Fatal(err)
				}
				ns, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
				if err != nil {
					b.Fatal(err)
				}
				return ns
			}
			var ratios, times []float64
			for range 7 {
				before := measure(bare, c.bare)
				with := measure(c.env, c.with)
				after := measure(bare, c.bare)
				ratios = append(ratios, with/((before+after)/2))
				times = append(times, with)
			}
			slices.Sort(ratios)
			slices.Sort(times)
			b.ReportMetric(ratios[len(ratios)/2], "x-bare")
			b.ReportMetric(times[len(times)/2]/1000, "µs/exec")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func newBenchSession(b *testing.B) *session {
	s := newSession(b)
	s.judge = func(*wire.Request) *wire.Reply { return &wire.Reply{Action: wire.Allow} }
	return s
}

// BenchmarkOpen reports what the library adds to an open that no rule of the
// standard profile concerns, and to one that it does concern: in nanoseconds,
// the least of pairs measured one after the other.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := newFileSession(b, dir)
	loop := filepath.Join(dir, "openloop")
	if out, err := exec.Command("cc", "-O2", "-o", loop, "testdata/openloop.c").CombinedOutput(); err != nil {
		b.Skipf("no C compiler: %s", out)
	}
	for name, text := range map[string]string{"src/deep/down/main.c": "x", ".env": "x", ".ssh/id_rsa": "x"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Symlink("src/deep", filepath.Join(dir, "link")); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, path, mode string }{
		{"absolute", filepath.Join(dir, "src/deep/down/main.c"), "open"},
		{"system", "/usr/include/stdio.h", "open"},
		{"relative", "src/deep/down/main.c", "open"},
		{"by-a-link", "link/down/main.c", "open"},
		{"fopen", filepath.Join(dir, "src/deep/down/main.c"), "fopen"},
		{"create-unlink", "src/new", "unlink"},
		{"asked", ".ssh/id_rsa", "open"},
	} {
		b.Run(c.name, func(b *testing.B) {
			measure := func(env []string) float64 {
				cmd := exec.Command(loop, "2000", c.path, c.mode)
				cmd.Env, cmd.Dir = env, dir
				out, err := cmd.Output()
				if err != nil {
					b.Fatal(err)
				}
				ns, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
				if err != nil {
					b.Fatal(err)
				}
				return ns
			}
			bare, with := math.Inf(1), math.Inf(1)
			for b.Loop() {
				bare = min(bare, measure(plain()))
				with = min(with, measure(s.guarded()))
			}
			b.ReportMetric(bare, "ns-bare")
			b.ReportMetric(with, "ns-guarded")
			b.ReportMetric(with-bare, "ns-added")
			b.ReportMetric(0, "ns/op")
		})
	}
}
