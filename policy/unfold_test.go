package policy

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A project's policy is loaded while a command waits, and may be anybody's: few
// lines that unfold into very much are refused before they are unfolded.
func TestUnfolding(t *testing.T) {
	list := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	rule := func(when string) string { return "      - {action: deny, when: {" + when + "}}\n" }
	head := "version: \"1\"\npolicies:\n  - name: a\n    rules:\n"
	for _, c := range []struct{ name, text, want string }{
		{"aliases of globs", head + rule("reads: &g ["+list(1000, "/x%d/**, ")+"]") + strings.Repeat(rule("reads: *g"), 1500), "nested too deeply, or too much"},
		{"alternatives", head + rule("reads: &g ["+list(1000, "'/x%d/{a,b,c,d,e,f,g,h}{a,b,c,d,e,f,g,h}/**', ")+"]") + strings.Repeat(rule("reads: *g"), 100), "too much once alternatives"},
		{"repetitions", head + rule("response_matches: ["+list(2000, `'(\pL{1000})%d', `)+"]"), "too much once alternatives"},
		{"repetitions in aliases", head + rule("response_matches: &g ["+list(500, `'(a{1000}|b)%d', `)+"]") + strings.Repeat(rule("response_matches: *g"), 1000), "too much once alternatives"},
		{"one repetition", head + rule(`response_matches: "AKIA[0-9A-Z]{16}|\\w{1000}"`), ""},
		{"all of it on one line", `{policies: [{name: a, description: "! x", rules: [` + list(20000, "{action: deny, when: {program: x%d}},") + "]}]}", ""},
		{"flags and programs", head + rule("program: ["+list(40000, "p%d,")+"], flags: ["+list(20000, "f%d,")+"]"), ""},
		{"flags of any program", head + rule("flags: ["+list(60000, "f%d,")+"]"), "too much once alternatives"},
		{"parameters", head + rule("tool_param_matches: {"+list(70000, "k%d: x,")+"}"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Compile([]Source{{Name: "p.yaml", Data: []byte(c.text), Tier: TierProject}})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
				t.Errorf("got %.300s, want it to say %q", got, c.want)
			}
			if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 1000 || took > 15*time.Second {
				t.Errorf("%d MiB, %v", mib, took)
			}
		})
	}
}
