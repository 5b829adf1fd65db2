package shellparse

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const benchGcc = "gcc -Wall -Wextra -O2 -g -I include -I vendor/include -DNDEBUG -std=c11 -c src/main.c -o build/main.o"

var benchScript = strings.Repeat(`set -e
dir="$HOME/app/out"
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

// BenchmarkBounded are texts made to be dear: the longest arguments that the
// kernel takes, scripts of 1 MiB, and what is known to stop other analysers.
func BenchmarkBounded(b *testing.B) {
	dear := map[string]string{
		"ten million parentheses": strings.Repeat("( ", 10_000_000),
		"80 substitutions":        strings.Repeat("$(", 80) + "rm" + strings.Repeat(")", 80),
		"64 evals":                strings.Repeat("eval ", 64) + "rm x",
		"10000 here-documents":    strings.Repeat("cat <<A\nA\n", 10_000),
	}
	for _, f := range boundFamilies {
		switch f.name {
		case "plain lines", "many words", "many plain words", "functions", "assignments", "appending lines", "doubling by replacement",
			"expansions to many words", "set -- growth", "array elements", "env wrappers", "eval growth", "exports and children", "{a,b} bomb":
			dear[f.name] = f.text(boundText)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(dear)) {
		b.Run(name, func(b *testing.B) {
			in := benchInput(dear[name])
			b.ReportAllocs()
			b.SetBytes(int64(len(in.Text)))
			for b.Loop() {
				Analyze(in)
			}
		})
	}
	for _, f := range boundFamilies {
		if f.name != "plain lines" && f.name != "sh -c" && f.name != "comments" {
			continue
		}
		b.Run("script of "+f.name, func(b *testing.B) {
			script := filepath.Join(b.TempDir(), "script")
			if err := os.WriteFile(script, []byte(f.text(1 << 20)[:1<<20]), 0o600); err != nil {
				b.Fatal(err)
			}
			in := benchInput("sh " + script)
			in.FS = diskFS{}
			b.ReportAllocs()
			for b.Loop() {
				Analyze(in)
			}
		})
	}
}

func BenchmarkAnalyzeGitStatus(b *testing.B) { benchmarkText(b, "git status") }
func BenchmarkAnalyzeGcc14(b *testing.B)     { benchmarkText(b, benchGcc) }
func BenchmarkAnalyzeScript2KB(b *testing.B) {
	b.Logf("%d bytes", len(benchScript))
	benchmarkText(b, benchScript)
}
