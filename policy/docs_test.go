package policy

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// section is what docs/policy.md says below one heading.
type section struct {
	heading  string
	line     int
	examples []docExample
}

// docExample is a policy and what it is said to decide.
type docExample struct {
	text     string
	line     int
	verdicts []string
}

func readPolicyDocs(t *testing.T) []section {
	t.Helper()
	data, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	out := []section{{}}
	var block []string
	kind, start := "", 0
	for i, line := range strings.Split(string(data), "\n") {
		now := &out[len(out)-1]
		switch {
		case kind == "" && strings.HasPrefix(line, "```"):
			kind, start, block = line[3:], i+2, nil
		case line == "```":
			switch kind {
			case "yaml":
				now.examples = append(now.examples, docExample{text: strings.Join(block, "\n") + "\n", line: start})
			case "verdicts":
				now.examples[len(now.examples)-1].verdicts = block
			}
			kind = ""
		case kind != "":
			block = append(block, line)
		case strings.HasPrefix(line, "#"):
			out = append(out, section{heading: line, line: i + 1})
		}
	}
	return out
}

// source returns an example as a file: a rule is put into a policy.
func (e docExample) source() Source {
	text := e.text
	if strings.HasPrefix(text, "- action") {
		text = "policies:\n- name: example\n  rules:\n" + regexp.MustCompile(`(?m)^`).ReplaceAllString(text, "  ")
		text = strings.TrimRight(text, " ")
	}
	return Source{Name: "example.yaml", Data: []byte(text)}
}

// TestPolicyDocs: every example of docs/policy.md loads and decides as it says,
// and every key of the language has one.
func TestPolicyDocs(t *testing.T) {
	undocumented := map[string]bool{}
	for _, keys := range [][]string{
		fileTable.keys(), notifyTable.keys(), retentionTable.keys(), policyTable.keys(), matchTable.keys(), ruleTable.keys(), webhookTable.keys(), whenTable.keys(),
		flowTable.keys(), depthTable.keys(), countTable.keys(), testTable.keys(), caseTable.keys(), exampleTable.keys(),
	} {
		for _, k := range keys {
			undocumented[k] = true
		}
	}
	mentioned := regexp.MustCompile("`([a-z_]+)`")
	for _, s := range readPolicyDocs(t) {
		for _, e := range s.examples {
			runDocExample(t, e)
			if !strings.HasPrefix(s.heading, "### ") {
				continue
			}
			for _, m := range mentioned.FindAllStringSubmatch(s.heading, -1) {
				if !regexp.MustCompile(`(^|[ {,\n-])` + m[1] + `:`).MatchString(e.text) {
					t.Errorf("line %d: the example below %q does not show %s", e.line, s.heading, m[1])
				}
			}
			// Keys without a heading of their own are shown where they belong.
			for k := range undocumented {
				if regexp.MustCompile(`(^|[ {,\n-])` + k + `:`).MatchString(e.text + strings.Join(e.verdicts, "\n")) {
					delete(undocumented, k)
				}
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(undocumented)) {
		t.Errorf("no example in docs/policy.md shows %s", k)
	}
}

func runDocExample(t *testing.T, e docExample) {
	t.Helper()
	src := e.source()
	suite, err := LoadSuite(src)
	if err != nil {
		t.Errorf("docs/policy.md line %d: %v", e.line, err)
		return
	}
	if !suite.HasPolicies && len(suite.Tests) > 0 { // tests for a policy elsewhere
		if src, err = Profile("standard"); err != nil {
			t.Fatal(err)
		}
	}
	set, err := Compile([]Source{src})
	if err != nil {
		t.Errorf("docs/policy.md line %d: %v", e.line, err)
		return
	}
	decide := func(c *Call) Decision {
		analyseExample(c)
		c.Unclaimed = func(string) bool { return true }
		return set.Evaluate(c)
	}
	for _, test := range suite.Tests {
		if r := test.Run(decide); r.Failed != "" {
			t.Errorf("docs/policy.md line %d: test %q: %s", e.line, test.Name, r.Failed)
		}
	}
	if len(e.verdicts)+len(suite.Tests) == 0 {
		t.Errorf("docs/policy.md line %d: an example that nothing is said about", e.line)
	}
	for _, v := range e.verdicts {
		want, what, ok := strings.Cut(v, "|")
		what = strings.TrimSpace(what)
		c := Call{Tool: "exec", Command: what}
		if strings.HasPrefix(what, "{") {
			var n yaml.Node
			r := &reader{file: "example"}
			if err := yaml.Unmarshal([]byte(what), &n); err != nil {
				t.Errorf("docs/policy.md line %d: %s: %v", e.line, what, err)
				continue
			}
			c = Call{}
			r.callParams(n.Content[0], &c)
			if len(r.problems) > 0 {
				t.Errorf("docs/policy.md line %d: %v", e.line, r.problems)
			}
		}
		if d := decide(&c); !ok || d.Action.String() != strings.TrimSpace(want) {
			t.Errorf("docs/policy.md line %d: %s: got %v (%s %s)", e.line, v, d.Action, d.Rule, d.Message)
		}
	}
}
