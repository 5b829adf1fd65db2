package audit

import (
	"strconv"
	"sync"
	"testing"
	"time"
)

func BenchmarkAppendAllow(b *testing.B) {
	l := openLog(b, b.TempDir(), Options{})
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Append(decision("allow", "git status")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendDeny(b *testing.B) {
	l := openLog(b, b.TempDir(), Options{})
	for b.Loop() {
		if err := l.Append(decision("deny", "rm -rf /")); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend8 has eight processes write to one trail.
func BenchmarkAppend8(b *testing.B) {
	const procs, records = 8, 4000
	b.Setenv("AUDIT_TEST_QUIET", "1")
	for b.Loop() {
		dir := b.TempDir()
		start := time.Now()
		var wg sync.WaitGroup
		for range procs {
			p := startWriter(b, dir, records)
			wg.Go(func() { p.end() })
		}
		wg.Wait()
		b.ReportMetric(procs*records/time.Since(start).Seconds(), "records/s")
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir := b.TempDir()
			l := openLog(b, dir, Options{})
			for range n {
				appendAll(b, l, decision("allow", "git status"))
			}
			l.Close()
			for b.Loop() {
				l, err := Open(dir, Options{})
				if err != nil {
					b.Fatal(err)
				}
				l.Close()
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	l := openLog(b, dir, Options{})
	const n = 20000
	for range n {
		appendAll(b, l, decision("allow", "git status"))
	}
	for b.Loop() {
		if r := verify(b, dir); !r.Intact || r.Records != n {
			b.Fatal(r)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkAppendWorst reports the slowest of many allows, which must not wait
// for the disk.
func BenchmarkAppendWorst(b *testing.B) {
	l := openLog(b, b.TempDir(), Options{SyncDelay: time.Millisecond})
	var worst time.Duration
	for b.Loop() {
		start := time.Now()
		appendAll(b, l, decision("allow", "git status"))
		worst = max(worst, time.Since(start))
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-µs")
}
