package policy

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rampart/shellparse"
)

func standard(tb testing.TB) *Set {
	tb.Helper()
	src, err := Profile("standard")
	if err != nil {
		tb.Fatal(err)
	}
	s, err := Compile([]Source{src})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func gitStatus() *Call {
	return callOf("git status", execOf(0, "git", "status"), on(shellparse.Read, "/home/dev/app/.git/config", 0), on(shellparse.Read, "/home/dev/.gitconfig", 0))
}

func BenchmarkEvaluateGitStatus(b *testing.B) {
	s, c := standard(b), gitStatus()
	b.ReportAllocs()
	for b.Loop() {
		if d := s.Evaluate(c); d.Action != Allow {
			b.Fatal(d)
		}
	}
}

func BenchmarkEvaluateGcc(b *testing.B) {
	s := standard(b)
	words := strings.Fields("gcc -c -O2 -g -Wall -Iinclude -Isrc -DX=1 -DY=2 -MMD -MF x.d -o build/x.o src/x.c")
	c := callOf(strings.Join(words, " "), execOf(0, words...), on(shellparse.Read, "/home/dev/app/src/x.c", 0), on(shellparse.Write, "/home/dev/app/build/x.o", 0), on(shellparse.Write, "/home/dev/app/x.d", 0))
	b.ReportAllocs()
	for b.Loop() {
		if d := s.Evaluate(c); d.Action != Allow {
			b.Fatal(d)
		}
	}
}

func BenchmarkEvaluateRecursive(b *testing.B) {
	s, c := standard(b), callOf("grep -rn x .", execOf(0, "grep", "-rn", "x", "."), tree(on(shellparse.Read, "/home/dev/app", 0)))
	b.ReportAllocs()
	for b.Loop() {
		if d := s.Evaluate(c); d.Action != Allow {
			b.Fatal(d)
		}
	}
}

// BenchmarkBig judges a day of calls by policies of 100 and of 10,000 rules;
// the median and the slowest call are what counts.
func BenchmarkBig(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := Compile([]Source{{Name: "a", Data: bigPolicy(n)}})
			if err != nil {
				b.Fatal(err)
			}
			calls := dayOfCalls()
			const runs = 20
			best := make([]time.Duration, len(calls))
			for b.Loop() {
				for i, c := range calls {
					start := time.Now()
					for range runs {
						s.Evaluate(c)
					}
					if t := time.Since(start) / runs; best[i] == 0 || t < best[i] {
						best[i] = t
					}
				}
			}
			slowest := 0
			for i := range best {
				if best[i] > best[slowest] {
					slowest = i
				}
			}
			name := calls[slowest].Command + calls[slowest].Tool
			worst := best[slowest]
			if testing.Verbose() {
				for i, c := range calls {
					b.Logf("%v %s %s", best[i], c.Tool, c.Command)
				}
			}
			slices.Sort(best)
			b.ReportMetric(float64(best[len(best)/2]), "median-ns/call")
			b.ReportMetric(float64(worst), "slowest-ns/call")
			b.Logf("slowest: %s", name)
		})
	}
}

func BenchmarkCompileStandard(b *testing.B) {
	src, _ := Profile("standard")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile([]Source{src}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompileBig loads 10,000 rules; heap is what they then take.
func BenchmarkCompileBig(b *testing.B) {
	data := bigPolicy(10_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var s *Set
	cpu := cpuTime()
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if s, err = Compile([]Source{{Name: "a", Data: data}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime()-cpu).Milliseconds())/float64(b.N), "cpu-ms/op")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB-heap")
	b.ReportMetric(float64(len(data))/(1<<20), "MiB-file")
	runtime.KeepAlive(s)
}

// cpuTime is what this process has used, which other work on the machine does
// not add to.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkExamples checks the examples of a changed copy of the standard
// profile, as its owner's first start after an edit does.
func BenchmarkExamples(b *testing.B) {
	src, _ := Profile("standard")
	s, err := Compile([]Source{{Name: "copy.yaml", Data: append([]byte("# mine\n"), src.Data...)}})
	if err != nil {
		b.Fatal(err)
	}
	examples := 0
	var rules []*rule
	for _, g := range s.groups {
		rules = append(rules, g.rules...)
		for _, r := range g.rules {
			examples += len(r.examples) + len(r.counterexamples)
		}
	}
	for b.Loop() {
		if problems := s.checkRules(rules); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
	b.ReportMetric(float64(examples), "examples")
}
