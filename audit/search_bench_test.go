package audit

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// bigTrail writes a trail of n records such as an agent's work leaves: most are
// of one program, some of a line with several effects, few are refused.
func bigTrail(t testing.TB, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	const perSegment = 100_000
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var l link
	var buf []byte
	for from := 0; from < n; from += perSegment {
		f, err := os.Create(filepath.Join(dir, segmentName(1+from/perSegment)))
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriterSize(f, 1<<20)
		for i := from; i < min(n, from+perSegment); i++ {
			at = at.Add(3 * time.Second)
			buf, l = appendLine(buf[:0], encodeBody(nil, madeUp(i, at)), l)
			w.Write(buf)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return dir
}

func madeUp(i int, at time.Time) *Record {
	r := &Record{
		Time: at, Event: EventDecision, Session: "20261101T000000-" + strconv.Itoa(i/5000), Agent: []string{"claude", "codex"}[i/5000%2],
		Layer: "preload", PID: 1000 + i%30000, UID: 1000, Cwd: "/home/dev/project", Tool: "exec",
		Argv: []string{"git", "diff", "--stat", "HEAD~" + strconv.Itoa(i%50)}, Path: "/usr/bin/git",
		Effects: []Effect{{Kind: "exec", Certainty: "exact", Program: "git", Argv: []string{"git", "diff", "--stat", "HEAD~" + strconv.Itoa(i%50)}, Path: "/usr/bin/git"}},
		Action:  "allow", Outcome: "run", Mode: "enforce", Duration: 15 * time.Microsecond,
	}
	switch {
	case i%100 == 7:
		r.Layer, r.Argv, r.Path, r.Command = "shell", nil, "", "cd ~/.ssh && cat id_rsa"
		r.Effects = []Effect{{Kind: "exec", Certainty: "exact", Program: "cat"}, {Kind: "read", Certainty: "exact", Path: fmt.Sprintf("/home/dev/.ssh/id_%d", i%1000)}}
		r.Action, r.Outcome, r.Policy, r.Rule, r.Message = "deny", "refused", "secrets", "standard.yaml:68", "A private SSH key"
	case i%10 == 3:
		r.Layer, r.Command = "shell", "make test 2>&1 | tail -20 && echo \"done "+strconv.Itoa(i)+"\""
		r.Effects = append(r.Effects, Effect{Kind: "exec", Certainty: "exact", Program: "make", Argv: []string{"make", "test"}},
			Effect{Kind: "exec", Certainty: "exact", Program: "tail", Argv: []string{"tail", "-20"}},
			Effect{Kind: "read", Certainty: "exact", Path: "/home/dev/project/Makefile"})
	}
	return r
}

func BenchmarkSearch(b *testing.B) {
	const n = 200_000
	dir := bigTrail(b, n)
	for name, f := range map[string]Filter{
		"everything": {}, "action": {Action: []string{"deny"}}, "text": {Text: []string{"done 1234"}},
		"fold": {Text: []string{"Done 1234"}, IgnoreCase: true}, "path": {Path: []string{"**/.ssh/id_7*"}}, "program": {Program: []string{"make"}},
	} {
		b.Run(name, func(b *testing.B) {
			found := 0
			for b.Loop() {
				s, err := Search(b.Context(), dir, f, func(Match) error { return nil })
				if err != nil || s.Records != n || s.Matched == 0 || s.Unreadable > 0 {
					b.Fatal(s, err)
				}
				found = s.Matched
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(found), "found")
		})
	}
}
