package policy

import (
	"fmt"
	"strings"
	"testing"

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

// many returns a policy of n rules about programs and paths of their own.
func many(n int) []byte {
	var b strings.Builder
	b.WriteString("policies:\n- name: a\n  rules:\n")
	for i := range n {
		if i%2 == 0 {
			fmt.Fprintf(&b, "  - {action: deny, when: {program: prog%d, flags: force}}\n", i)
		} else {
			fmt.Fprintf(&b, "  - {action: deny, when: {reads: '**/dir%d/**'}}\n", i)
		}
	}
	return []byte(b.String())
}

func BenchmarkEvaluate10000Rules(b *testing.B) {
	s, err := Compile([]Source{{Name: "a", Data: many(10_000)}})
	if err != nil {
		b.Fatal(err)
	}
	c := gitStatus()
	b.ReportAllocs()
	for b.Loop() {
		s.Evaluate(c)
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

func BenchmarkCompile10000Rules(b *testing.B) {
	data := many(10_000)
	for b.Loop() {
		if _, err := Compile([]Source{{Name: "a", Data: data}}); err != nil {
			b.Fatal(err)
		}
	}
}
