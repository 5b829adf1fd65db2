package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rampart/audit"
	"rampart/policy"
)

// The policy of the project that a session began in is not left by going
// elsewhere, into another project, or into a repository that is made below it.
func TestProjectIsNotLeft(t *testing.T) {
	top := t.TempDir()
	project := func(name, denies string) string {
		dir := filepath.Join(top, name)
		for _, sub := range []string{".git", ".rampart", "sub/.git"} {
			if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, ".rampart", "policy.yaml"), []byte(policyOf(denies)), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	mine, other := project("mine", "one"), project("other", "two")
	log := new(memory)
	e := newTestEngine(t, func(c *Config) { c.Begun, c.Audit = filepath.Join(mine, "x"), log })
	if err := os.Mkdir(filepath.Join(mine, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	expect := func(cwd, program string, want policy.Action) {
		t.Helper()
		c := execCall(program)
		c.Cwd = cwd
		if o := e.Judge(c); o.Action != want {
			t.Errorf("%s in %s: %s %s", program, strings.TrimPrefix(cwd, top), o.Action, o.Message)
		}
	}
	for _, cwd := range []string{mine, filepath.Join(mine, "sub"), top, other, filepath.Join(other, "sub"), ""} {
		expect(cwd, "one", policy.Deny)
	}
	expect(other, "two", policy.Deny)
	expect(filepath.Join(other, "sub"), "two", policy.Allow)
	expect(mine, "two", policy.Allow)
	expect(top, "two", policy.Allow)
	// A broken edit keeps both; each file is loaded by itself.
	file := filepath.Join(other, ".rampart", "policy.yaml")
	if err := os.WriteFile(file, []byte("policies: [nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.SetPolicies(e.Policies())
	expect(other, "one", policy.Deny)
	expect(other, "two", policy.Deny)
	if n := log.count(audit.EventPolicyKept); n != 1 {
		t.Errorf("%d edits recorded that did not load", n)
	}
	if err := os.Remove(filepath.Join(mine, ".rampart", "policy.yaml")); err != nil {
		t.Fatal(err)
	}
	e.SetPolicies(e.Policies())
	expect(other, "one", policy.Allow)
	expect(other, "two", policy.Deny)
}
