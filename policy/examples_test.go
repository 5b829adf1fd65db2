package policy

import (
	"bytes"
	"testing"
)

// maxStandard is how many lines the standard profile may have: it has to be
// read in five minutes.
const maxStandard = 400

// TestEveryRuleHasExamples: each rule of each profile, and of what is part of
// all of them, says what it is for and what it leaves alone.
func TestEveryRuleHasExamples(t *testing.T) {
	sources := []Source{{Name: "self-protection.yaml", Data: selfProtection, Tier: tierBuiltin}}
	for _, name := range ProfileNames() {
		s, err := Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(s.Data, []byte("\n")); name == "standard" && n > maxStandard {
			t.Errorf("%s has %d lines, more than %d", s.Name, n, maxStandard)
		}
		sources = append(sources, s)
	}
	for i, s := range sources {
		f, problems := load(s, i)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		matches, counters := map[string]int{}, map[string]int{} // of a rule with alternatives, any
		for _, r := range f.rules {
			matches[r.ref] += len(r.examples)
			counters[r.ref] += len(r.counterexamples)
		}
		for ref := range matches {
			if matches[ref] == 0 || counters[ref] == 0 {
				t.Errorf("%s: %d examples that match, %d that do not; it needs both", ref, matches[ref], counters[ref])
			}
		}
	}
}
