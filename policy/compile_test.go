package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func mustCompile(t testing.TB, text string) *Set {
	t.Helper()
	s, err := Compile([]Source{{Name: "p.yaml", Data: []byte(text), Tier: TierUser}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rules wraps rules (two spaces deep) into a policy.
func rules(text string) string {
	return "version: \"1\"\npolicies:\n- name: p\n  rules:\n" + text
}

func TestCompileErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "p.yaml: the file is empty; write at least"},
		{"only comments", "# x\n", "p.yaml: the file is empty"},
		{"null", "~\n", "p.yaml: the file is empty"},
		{"nothing said", "version: 1\n", "neither policies nor a default_action"},
		{"not a mapping", "- x\n", "p.yaml:1:1: the policy file is a mapping of keys, not a list"},
		{"broken", "policies: [\n", "not YAML"},
		{"broken in the first line", "a: b: c", "p.yaml:1:1: not YAML"},
		{"tab", "policies:\n\t- x\n", "p.yaml:2:1: not YAML"},
		{"two documents", "policies: []\n---\npolicies: []\n", "p.yaml:2:1: a second document"},
		{"NUL", "policies: []\x00", "NUL byte at offset 12"},
		{"unknown key", "polices: []\n", `p.yaml:1:1: unknown key "polices" in the policy file (did you mean "policies"?)`},
		{"version", "version: 3\npolicies: []\n", `version "3" is not known`},
		{"duplicate key", "policies: []\npolicies: []\n", `p.yaml:2:1: "policies" occurs twice in the policy file; the first is on line 1`},
		{"merge key", "x: &x {name: a}\npolicies: [{<<: *x}]\n", "merge keys are not read"},
		{"wrong list", "policies: yes\n", "policies is a list, not"},
		{"name twice", "policies:\n- {name: a, rules: [{action: deny}]}\n- {name: a, rules: [{action: deny}]}\n", `a second policy named "a"; the first is on line 2`},
		{"no name", "policies:\n- rules: [{action: deny}]\n", "p.yaml:2:3: a policy without a name"},
		{"no rules", "policies:\n- name: a\n", `policy "a" has no rules`},
		{"action", rules("  - action: dney\n"), `p.yaml:5:13: unknown action "dney" (did you mean "deny"?)`},
		{"no action", rules("  - message: x\n"), "p.yaml:5:5: a rule without an action"},
		{"condition", rules("  - action: deny\n    when: {command_match: [x]}\n"), `unknown key "command_match" in when (did you mean "command_matches"?)`},
		{"empty when", rules("  - action: deny\n    when: {}\n"), "an empty when"},
		{"empty list", rules("  - action: deny\n    when: {program: []}\n"), "program is an empty list"},
		{"default false", rules("  - action: deny\n    when: {default: false}\n"), "default: false never holds"},
		{"default and more", rules("  - action: deny\n    when: {default: true, program: x}\n"), "default: true holds always"},
		{"number for text", rules("  - action: deny\n    when: {program: [[x]]}\n"), "an entry of program is a text, not a list"},
		{"glob class", rules("  - action: deny\n    when: {reads: ['/a[b']}\n"), `p.yaml:6:20: path "/a[b": a '[' without its ']'`},
		{"glob range", rules("  - action: deny\n    when: {reads: ['/[z-a]']}\n"), "wrong way round"},
		{"glob brace", rules("  - action: deny\n    when: {reads: ['/{a,b']}\n"), "a '{' without its '}'"},
		{"glob dots", rules("  - action: deny\n    when: {reads: ['/a/../b']}\n"), "'..' never occurs"},
		{"glob home", rules("  - action: deny\n    when: {reads: ['~bob/x']}\n"), "only the own home"},
		{"glob variable", rules("  - action: deny\n    when: {reads: ['$XDG/x']}\n"), "only $HOME is known"},
		{"glob alternatives", rules("  - action: deny\n    when: {reads: ['/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}']}\n"), "more than 64 alternatives"},
		{"glob length", rules("  - action: deny\n    when: {reads: ['/" + strings.Repeat("{a}", 2000) + "']}\n"), "longer than 4096 bytes"},
		{"regexp", rules("  - action: deny\n    when: {response_matches: ['(']}\n"), "missing closing )"},
		{"flow end", rules("  - action: deny\n    when: {flow: {from: net}}\n"), `unknown end of a flow "net"`},
		{"flow to secret", rules("  - action: deny\n    when: {flow: {to: secret}}\n"), "a flow comes from a secret"},
		{"window", rules("  - action: ask\n    when: {call_count: {gte: 3, window: soon}}\n"), `a time like "90s"`},
		{"no window", rules("  - action: ask\n    when: {call_count: {gte: 3}}\n"), "call_count needs a window"},
		{"depth", rules("  - action: ask\n    when: {agent_depth: {gte: x}}\n"), "agent_depth.gte is a whole number"},
		{"expiry", rules("  - action: allow\n    expires_at: tomorrow\n"), "expires_at is a time like"},
		{"webhook", rules("  - action: webhook\n"), "action webhook needs a webhook"},
		{"webhook alone", rules("  - action: deny\n    webhook: {url: 'https://x/'}\n"), "webhook is only for action webhook"},
		{"webhook url", rules("  - action: webhook\n    webhook: {url: 'ftp://x/'}\n"), "an http or https address"},
		{"suite", "policy: x.yaml\ntests: []\n", "this is a test suite, not a policy"},
		{"test", "policies: []\ntests:\n- {tool: exec, params: {command: x}}\n", "a test needs tool and expect"},
		{"too large", "policies: []\n#" + strings.Repeat("x", maxSourceSize), "such a policy has at most 8388608"},
		{"deep", strings.Repeat("[", 40) + strings.Repeat("]", 40), "nested too deeply"},
		{"bomb", bomb(), "nested too deeply, or too much"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile([]Source{{Name: "p.yaml", Data: []byte(c.text), Tier: TierUser}})
			var load *LoadError
			if !errors.As(err, &load) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want it to say %q", err, c.want)
			}
		})
	}
}

func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 10; i++ {
		n, m := string(rune('0'+i)), string(rune('0'+i-1))
		b.WriteString("a" + n + ": &a" + n + " [" + strings.Repeat("*a"+m+",", 9) + "*a" + m + "]\n")
	}
	return b.String()
}

func TestProjectCannotSend(t *testing.T) {
	for _, text := range []string{
		"notify: {url: 'https://x/'}\npolicies: []\n",
		rules("  - action: webhook\n    webhook: {url: 'https://x/'}\n"),
	} {
		_, err := Compile([]Source{{Name: "p.yaml", Data: []byte(text), Tier: TierProject}})
		if err == nil || !strings.Contains(err.Error(), "a project's policy can't") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestProjectIsSmall(t *testing.T) {
	big := []byte("policies: []\n#" + strings.Repeat("x", maxProjectSize))
	examples := []byte(rules("  - action: deny\n    when: {program: rm}\n    match: [" + strings.Repeat("rm x, ", maxExamples) + "rm y]\n"))
	for text, want := range map[string]string{string(big): "such a policy has at most 1048576", string(examples): "more than 500 examples"} {
		_, err := Compile([]Source{{Name: "p.yaml", Data: []byte(text), Tier: TierProject}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := Compile([]Source{{Name: "p.yaml", Data: []byte(text)}}); err != nil {
			t.Errorf("not a project's: %v", err)
		}
	}
}

// TestEveryProblemIsReported: one round of mending is enough.
func TestEveryProblemIsReported(t *testing.T) {
	_, err := Compile([]Source{
		{Name: "a.yaml", Data: []byte(rules("  - action: x\n  - action: deny\n    wen: {}\n"))},
		{Name: "b.yaml", Data: nil},
	})
	var load *LoadError
	if !errors.As(err, &load) || len(load.Problems) != 3 {
		t.Fatalf("got %v", err)
	}
}

func TestProfilesCompile(t *testing.T) {
	for _, name := range ProfileNames() {
		s, err := Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		set, err := Compile([]Source{s})
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		for _, p := range set.Lint() {
			t.Errorf("lint: %v", p)
		}
	}
	if _, err := Profile("standrad"); err == nil || !strings.Contains(err.Error(), `did you mean "standard"`) {
		t.Errorf("got %v", err)
	}
}

// TestCorporaLoad loads the policies that people have written for this schema.
func TestCorporaLoad(t *testing.T) {
	root := os.Getenv("RAMPART_CORPORA")
	if root == "" {
		t.Skip("RAMPART_CORPORA is not set")
	}
	files, err := filepath.Glob(filepath.Join(root, "compat", "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no policies under %s: %v", root, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s := Source{Name: f, Data: data, Tier: TierUser}
		suite, err := LoadSuite(s)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if suite.Policy != "" || len(suite.Tests) > 0 && strings.Contains(f, "corpus") {
			continue
		}
		if _, err := Compile([]Source{s}); err != nil {
			t.Errorf("%v", err)
		}
	}
}
