package engine

import (
	"context"
	"strings"
	"testing"

	"rampart/audit"
	"rampart/platform"
	"rampart/policy"
)

// benchmarkDecide measures a whole decision under the standard profile:
// analysis, evaluation and the record in a real audit trail.
func benchmarkDecide(b *testing.B, command string, record bool) {
	p, err := LoadPolicies(PolicyOptions{Profile: "standard"})
	if err != nil {
		b.Fatal(err)
	}
	cfg := Config{Policies: p, FS: platform.HostFS{}, Home: "/home/dev", User: "dev", OS: "linux"}
	if record {
		log, err := audit.Open(b.TempDir(), audit.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer log.Close()
		cfg.Audit = log
	}
	e := New(cfg)
	b.ReportAllocs()
	for b.Loop() {
		c := &policy.Call{Tool: "exec", Command: command, Cwd: "/home/dev/app", Layer: policy.LayerShell}
		if o := e.Decide(context.Background(), c); !o.Run {
			b.Fatalf("refused: %s", o.Message)
		}
	}
}

const gcc14 = "gcc -std=c11 -O2 -g -Wall -Wextra -Wpedantic -fPIC -DNDEBUG -Iinclude -Isrc -c -o build/main.o src/main.c"

var script2KB = strings.Repeat(`for f in src/*.c; do
  name=$(basename "$f" .c)
  if [ -f "build/$name.o" ]; then echo "have $name"; else gcc -c -o "build/$name.o" "$f"; fi
done
count=$((count + 1))
`, 11)

func BenchmarkDecideGitStatus(b *testing.B)          { benchmarkDecide(b, "git status", false) }
func BenchmarkDecideGcc14(b *testing.B)              { benchmarkDecide(b, gcc14, false) }
func BenchmarkDecideScript2KB(b *testing.B)          { benchmarkDecide(b, script2KB, false) }
func BenchmarkDecideAndRecordGitStatus(b *testing.B) { benchmarkDecide(b, "git status", true) }
