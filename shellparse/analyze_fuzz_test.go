package shellparse

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func FuzzAnalyze(f *testing.F) {
	for _, row := range effectTable {
		f.Add(row.text, uint8(0))
	}
	for i, s := range hostileTexts() {
		f.Add(s, uint8(i))
	}
	for _, s := range corpusTexts(2000) {
		f.Add(s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, d uint8) {
		checkAnalysis(t, text, Dialect(d%4))
	})
}

// checkAnalysis holds what must be true of any analysis.
func checkAnalysis(t *testing.T, text string, d Dialect) {
	t.Helper()
	in := testInput(text)
	in.Dialect = d
	r := Analyze(in)
	if strings.Contains(r.Refusal, "internal fault") {
		t.Fatalf("%s for %q", r.Refusal, text)
	}
	if r.Refusal != "" && r.Canonical != "" {
		t.Fatalf("refusal %q with canonical text %q", r.Refusal, r.Canonical)
	}
	if len(r.Effects) > maxEffects {
		t.Fatalf("%d effects for %.200q", len(r.Effects), text)
	}
	for _, e := range r.Effects {
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(text) {
			t.Fatalf("span %v of %s outside of %q", e.Span, show(e), text)
		}
		if strings.Contains(e.Path, hole) {
			t.Fatalf("hole in %s of %q", show(e), text)
		}
		if e.Path != "" && e.Path[0] != '/' {
			t.Fatalf("relative path in %s of %q", show(e), text)
		}
		if e.Certainty == Unknown && e.Path != "" && e.Kind != Exec && e.Kind != Flow {
			t.Fatalf("unknown with a path: %s of %q", show(e), text)
		}
		for _, v := range e.Argv {
			if strings.Contains(v.Text, hole) {
				t.Fatalf("hole in %s of %q", show(e), text)
			}
		}
	}
}

// hostileTexts are small texts that ask for much work.
func hostileTexts() []string {
	rep := strings.Repeat
	return []string{
		rep("$(", 80) + "x" + rep(")", 80),
		rep("{1..9}", 12),
		"echo " + rep("{a,b}", 30),
		"eval " + rep("eval ", 64) + "rm x",
		"x=aaaaaaaaaa; " + rep("x=$x$x$x$x$x$x$x$x; ", 12) + "rm $x",
		"f() { f; f; f; }; f",
		"f() { g; g; }; g() { f; f; }; f",
		":(){ :|:& };:",
		"for i in {1..1000}; do for j in {1..1000}; do rm $i$j; done; done",
		"while :; do x=$x$x.; done",
		rep("if a; then x=1; else x=2; fi; ", 40) + "rm $x",
		rep("case $a in ", 30) + rep("x) ;; esac ", 30),
		"cat " + rep("<<E ", 200) + "\n" + rep("E\n", 200),
		"a=" + rep("x", 50000) + "; echo ${a//x/yyyyyyyyyy} | sh",
		"a=" + rep("x", 50000) + "; echo ${a%%*x*x*x*x*y}",
		"x='$x'; " + rep("eval x=$x$x; ", 20),
		"x='${x@P}'; echo ${x@P}",
		"x='a[$x]'; echo $((x))",
		"x=y; y=x; echo $((x)) ${!x}",
		"declare -n x=y; declare -n y=x; echo $x; x=1",
		"alias a='b '; alias b='a '; a b a b",
		"trap 'trap \"trap x EXIT\" EXIT' EXIT",
		"printf '%1000000s' x | sh",
		"seq 1000000 | xargs -n1 rm",
		rep("sh -c '", 3) + "x" + rep("'", 3),
		"echo 'sh x' > x; sh x",
		"echo '. ./x' > x; . ./x",
		"ln -s a b; ln -s b a; cat a",
		"cd " + rep("a/../", 3000) + "; rm -rf .",
		"find . " + rep("-exec find . ", 30) + rep("\\; ", 30),
		rep("sudo ", 3000) + "rm x",
		rep("env ", 3000) + "rm x",
		"xargs " + rep("xargs ", 300) + "rm",
		"python3 -c '" + rep("system(", 5000) + "'",
		"python3 -c '" + rep("a+", 5000) + "'",
		"awk 'BEGIN{" + rep("system(\"x\")", 500) + "}'",
		"git -c alias.a=b -c alias.b=a a",
		"git -c alias.a='!git a' a",
		"make -f - <<'E'\na: b\n\tx\nb: a\n\ty\nE",
		"tr " + rep("a-z", 2000) + " b <<< x | sh",
		"/bin/?* x", "/*/* x", "* * *", "? -rf /",
	}
}

// corpusTexts are real commands, when there are some to test with.
func corpusTexts(n int) []string {
	dir := os.Getenv("RAMPART_CORPORA")
	if dir == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(dir, "syntax.jsonl"))
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() && len(out) < n {
		var row struct{ Cmd string }
		if json.Unmarshal(sc.Bytes(), &row) == nil {
			out = append(out, row.Cmd)
		}
	}
	return out
}

func TestHostileTexts(t *testing.T) {
	for _, s := range hostileTexts() {
		for d := Bash; d < Foreign; d++ {
			checkAnalysis(t, s, d)
		}
	}
}

func TestCorpusTexts(t *testing.T) {
	texts := corpusTexts(1 << 20)
	if texts == nil {
		t.Skip("RAMPART_CORPORA is not set")
	}
	for _, s := range texts {
		checkAnalysis(t, s, Bash)
	}
}
