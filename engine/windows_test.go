package engine

import (
	"testing"

	"rampart/policy"
)

// TestWindowsPaths: a native tool's path with a drive is absolute, whichever
// way its slashes lean.
func TestWindowsPaths(t *testing.T) {
	p, err := LoadPolicies(PolicyOptions{Profile: "standard"})
	if err != nil {
		t.Fatal(err)
	}
	e := New(Config{Policies: p, NoProject: true, Home: "C:/Users/dev", OS: "windows"})
	for path, want := range map[string]policy.Action{
		`C:\Windows\System32\config\SAM`:  policy.Deny,
		`c:/windows/system32/config/sam`:  policy.Deny,
		`C:\Windows\System32\drivers\etc`: policy.Allow,
	} {
		if o := e.Judge(&policy.Call{Tool: "read", Path: path, Cwd: "C:/Users/dev/app", OS: "windows"}); o.Action != want {
			t.Errorf("%s: %v, want %v", path, o.Action, want)
		}
	}
}
