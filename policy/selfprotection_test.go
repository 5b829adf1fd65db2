package policy_test

import (
	"os"
	"strings"
	"testing"

	"rampart/policy"
)

// TestSelfProtection tries what an agent might to get at its guard, one command
// a line, under every profile.
func TestSelfProtection(t *testing.T) {
	data, err := os.ReadFile("testdata/self-protection.txt")
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]*policy.Set{}
	for _, name := range policy.ProfileNames() {
		sets[name] = profile(t, name)
	}
	count := map[string]int{}
	for _, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		want, command, _ := strings.Cut(line, " ")
		command = strings.TrimSpace(command)
		count[want]++
		for name, set := range sets {
			c := &policy.Call{Tool: "exec", Command: command}
			analyse(c)
			d := set.Evaluate(c)
			switch {
			case name == "yolo":
				if d.Action >= policy.Ask {
					t.Errorf("yolo stops %s: %v by %s", command, d.Action, d.Rule)
				}
			case want == "deny":
				if d.Action != policy.Deny {
					t.Errorf("%s: %s: got %v by %q, want deny", name, command, d.Action, d.Rule)
				}
			case name == "standard" && (want == "allow") != (d.Action < policy.Ask) && want != "open":
				t.Errorf("%s: %s: got %v by %s (%s), want %s", name, command, d.Action, d.Rule, d.Message, want)
			case name == "standard" && want == "open" && d.Action >= policy.Ask:
				t.Errorf("%s is listed as open, but is stopped by %s", command, d.Rule)
			}
		}
	}
	if count["deny"] < 100 || count["allow"] < 50 {
		t.Errorf("only %v lines", count)
	}
}
