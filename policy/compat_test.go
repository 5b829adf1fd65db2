package policy_test

import (
	"os"
	"path/filepath"
	"testing"

	"rampart/policy"
)

// TestOlderSchema: a policy of the older schema loads as it is, and decides as
// its own tests, a suite for it and a collection of attacks say.
func TestOlderSchema(t *testing.T) {
	load := func(name string) policy.Source {
		data, err := os.ReadFile(filepath.Join("testdata", "compat", name))
		if err != nil {
			t.Fatal(err)
		}
		return policy.Source{Name: name, Data: data, Tier: policy.TierUser}
	}
	set, err := policy.Compile([]policy.Source{load("older.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, name := range []string{"older.yaml", "older-suite.yaml", "older-cases.yaml"} {
		suite, err := policy.LoadSuite(load(name))
		if err != nil {
			t.Fatal(err)
		}
		if suite.Policy != "" && suite.Policy != "older.yaml" {
			t.Errorf("%s is for %s", name, suite.Policy)
		}
		for _, c := range suite.Tests {
			run++
			if r := c.Run(func(c *policy.Call) policy.Decision { analyse(c); return set.Evaluate(c) }); r.Failed != "" {
				t.Errorf("%s:%d: %s: %s", name, c.Line, c.Name, r.Failed)
			}
		}
	}
	if run != 29 {
		t.Errorf("%d tests were run", run)
	}
	if n := set.Notify(); len(n) != 1 || len(n[0].On) != 2 || n[0].On[1] != policy.Ask {
		t.Errorf("notify: %+v", n)
	}
}
