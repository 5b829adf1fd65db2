package shellparse

import (
	"strings"
	"testing"
)

const benchGcc = "gcc -Wall -Wextra -O2 -g -I include -I vendor/include -DNDEBUG -std=c11 -c src/main.c -o build/main.o"

var benchScript = strings.Repeat(`set -e
dir="$HOME/work/build"
for f in a b c; do
  if [ -f "$dir/$f.c" ]; then
    gcc -O2 -c "$dir/$f.c" -o "$dir/$f.o" || exit 1
  fi
done
version=$(git describe --tags 2>/dev/null)
case "$version" in
  v*) echo "release ${version#v}" ;;
  *) echo "none" >&2 ;;
esac
tar czf "out-$version.tar.gz" -C "$dir" . && ls -l *.tar.gz | awk '{print $5}'
`, 5)

func benchInput(text string) *Input {
	env := map[string]string{"PATH": "/usr/bin:/bin", "HOME": "/home/dev", "TERM": "xterm"}
	return &Input{Text: text, Cwd: "/home/dev/app", Home: "/home/dev", User: "dev",
		Env: func(n string) (string, bool) { v, ok := env[n]; return v, ok }}
}

func benchmarkText(b *testing.B, text string) {
	in := benchInput(text)
	if r := Analyze(in); r.Refusal != "" {
		b.Fatal(r.Refusal)
	}
	b.ReportAllocs()
	for b.Loop() {
		Analyze(in)
	}
}

func BenchmarkAnalyzeGitStatus(b *testing.B) { benchmarkText(b, "git status") }
func BenchmarkAnalyzeGcc14(b *testing.B)     { benchmarkText(b, benchGcc) }
func BenchmarkAnalyzeScript2KB(b *testing.B) {
	b.Logf("%d bytes", len(benchScript))
	benchmarkText(b, benchScript)
}
