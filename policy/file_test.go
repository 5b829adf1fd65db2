package policy

import (
	"strings"
	"testing"
	"time"

	"rampart/shellparse"
)

func TestExtends(t *testing.T) {
	push := callOf("git push -f", execOf(0, "git", "push", "-f"))
	reset := callOf("git reset --hard", execOf(0, "git", "reset", "--hard"))
	for _, c := range []struct {
		text        string
		push, reset Action
	}{
		{"extends: standard\n", Ask, Ask},
		{"extends: standard\nask_becomes: deny\n", Deny, Deny},
		{"extends: standard\nwithout: unsaved-work\n", Ask, Allow},
		{"extends: ci\n", Deny, Allow},
		{"extends: standard\ndefault_action: deny\nwithout: [others, unsaved-work]\n", Deny, Deny},
		{"extends: yolo\n", Watch, Watch},
	} {
		s := mustCompile(t, c.text)
		if got := s.Evaluate(push).Action; got != c.push {
			t.Errorf("%q: push: got %v", c.text, got)
		}
		if got := s.Evaluate(reset).Action; got != c.reset {
			t.Errorf("%q: reset: got %v", c.text, got)
		}
	}
	for text, want := range map[string]string{
		"extends: standart\n":                       `p.yaml:1:10: extends: no profile "standart" (did you mean "standard"?)`,
		"extends: standard\nwithout: [secret]\n":    `p.yaml:2:11: profile standard has no policy "secret" (did you mean "secrets"?)`,
		"extends: standard\nask_becomes: denied\n":  `unknown action in ask_becomes "denied" (did you mean "deny"?)`,
		"extends: [standard]\npolicies: []\n":       "extends is a text, not a list",
		"extends: standard\nwithout: {a: b}\n":      "without is a text or a list of texts, not a mapping",
		"policies: []\nnotify: {on: deny}\n":        "notify without url",
		"policies: []\naudit: {}\n":                 "audit says nothing",
		"policies: []\naudit: {keep: x}\n":          "audit.keep is a time",
		"policies: []\naudit: {keep_size: 5T}\n":    "audit.keep_size is a size",
		"policies: []\naudit: {keep_size: ''}\n":    "audit.keep_size is a size",
		"policies: []\nnotify: {url: x, on: [no]}":  "notify.url is an http or https address",
		"default_action: webhook\n":                 `unknown default_action "webhook"`,
		"policies: [{name: a, enabled: perhaps}]\n": `enabled is true or false, not "perhaps"`,
	} {
		_, err := Compile([]Source{{Name: "p.yaml", Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// TestSelfProtection: no policy of any tier takes it away, but one that only
// watches does not stop anything.
func TestSelfProtection(t *testing.T) {
	c := callOf("", execOf(0, "rm", "x"), tree(on(shellparse.Delete, "/home/dev/.rampart", 0)))
	for text, want := range map[string]Action{
		"policies: []\n":                               Deny,
		"default_action: allow\n":                      Deny,
		rules("  - action: allow\n"):                   Deny,
		"extends: standard\n":                          Deny,
		"default_action: watch\n":                      Watch,
		rules("  - action: watch\n"):                   Watch,
		"ask_becomes: allow\n" + "extends: standard\n": Deny,
	} {
		d := mustCompile(t, text).Evaluate(c)
		if d.Action != want || want == Deny && d.Policy != "self-protection" {
			t.Errorf("%q: got %v by %s", text, d.Action, d.Policy)
		}
	}
	s, err := Compile(nil)
	if err != nil || s.Evaluate(c).Action != Deny {
		t.Errorf("without any source: %v", err)
	}
}

func TestKept(t *testing.T) {
	s := mustCompile(t, `
notify: {url: "https://x.example/y", platform: slack, on: [deny, ask]}
policies:
- name: p
  rules:
  - action: webhook
    when: {program: a}
    webhook: {url: "https://x.example/z", timeout: 2s}
  - action: allow
    when: {program: b}
    once: true
    instead: do not
tests:
- name: t
  tool: exec
  params: {command: a}
  expect: deny
  expect_message: "policy*"
`)
	if n := s.Notify(); len(n) != 1 || n[0].Platform != "slack" || len(n[0].On) != 2 {
		t.Errorf("notify: %+v", n)
	}
	d := s.Evaluate(callOf("a", execOf(0, "a")))
	if d.Webhook == nil || d.Webhook.URL != "https://x.example/z" || d.Webhook.Timeout != 2*time.Second || d.Action != Deny {
		t.Errorf("webhook: %+v", d)
	}
	c := callOf("b", execOf(0, "b"))
	c.Unclaimed = func(rule string) bool { return strings.HasPrefix(rule, "p.yaml#") }
	if d := s.Evaluate(c); len(d.Claims) != 1 || !strings.HasPrefix(d.Claims[0], "p.yaml#") || d.Instead != "do not" {
		t.Errorf("once: %+v", d)
	}
	tests := s.TestCases()
	if len(tests) != 1 {
		t.Fatalf("tests: %+v", tests)
	}
	decide := func(a Action, message string) func(*Call) Decision {
		return func(*Call) Decision { return Decision{Action: a, Rule: "r", Message: message} }
	}
	for _, x := range []struct {
		decide func(*Call) Decision
		want   string
	}{
		{decide(Deny, "policy x"), ""},
		{decide(Ask, "policy x"), "expected deny, got ask by r (policy x)"},
		{decide(Deny, "x"), `expected the message "policy*", got "x"`},
	} {
		if r := tests[0].Run(x.decide); r.Failed != x.want {
			t.Errorf("got %q, want %q", r.Failed, x.want)
		}
	}
}

func TestLint(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{rules("  - action: deny\n    message: m\n  - action: ask\n    message: m\n"), "p.yaml:7:5: never reached: the rule on line 5 before it always holds"},
		{rules("  - {action: deny, message: m, when: {command_matches: '**'}}\n"), `"**" matches every command`},
		{rules("  - {action: deny, message: m, when: {reads: '**/.ssh/**'}}\n  - {action: deny, message: m, when: {reads: ['~/.ssh/id_*', /a/.ssh/b]}}\n"), "p.yaml:6:5: never reached: the rule on line 5 before it holds whenever this one does"},
		{rules("  - {action: allow, when: {program: [git, ls]}}\n  - {action: deny, message: m, when: {program: git, args: push}}\n"), "never reached"},
		{rules("  - {action: deny, message: m, when: {command_matches: 'rm *'}}\n  - {action: ask, message: m, when: {command_matches: 'rm -r *'}}\n"), "never reached"},
		{rules("  - {action: deny, message: m, when: {command_matches: 'rm -r *'}}\n  - {action: ask, message: m, when: {command_matches: 'rm *'}}\n"), ""},
		{rules("  - {action: deny, message: m, when: {program: git, flags: force, args: push}}\n  - {action: ask, message: m, when: {program: git, args: push}}\n"), ""},
		{rules("  - {action: deny, message: m, when: {reads: ['/a/**', '!/a/b']}}\n  - {action: ask, message: m, when: {reads: /a/b}}\n"), ""},
		{rules("  - {action: deny, message: m, when: {program: git, args: 'push --force'}}\n"), "options like --force belong under flags"},
		{rules("  - {action: deny, message: m, when: {program: rm, flags: rf}}\n"), "flags: [r, f]"},
		{rules("  - {action: deny, message: m, when: {sets_env: 'A=b'}}\n"), "by its name alone"},
		{rules("  - {action: deny, message: m, when: {reads: ['/x/y*', '!/x/**']}}\n"), `the exception "!/x/**" takes all of it away`},
		{rules("  - {action: deny, message: m, when: {program: [git, '!g*']}}\n"), `the exception "!g*" takes all of it away`},
		{rules("  - {action: allow, when: {program: x}, expires_at: 2001-01-01T00:00:00Z}\n"), "it expired on 2001"},
		{"policies: [{name: a, match: {tool: [exec, raed]}, rules: [{action: deny, message: m, when: {program: x}}]}]\n", `did you mean "read"?`},
		{"policies: [{name: a, match: {tool: [my_tool]}, rules: [{action: deny, message: m}]}]\n", ""},
		{rules("  - {action: deny, message: m, when: {reads: ['**', '/x']}}\n"), `"**" matches every path`},
		{rules("  - {action: deny, when: {program: x}}\n"), "no message"},
		{"policies: [{name: a, match: {tool: fetch}, rules: [{action: deny, message: m, when: {program: x}}]}]\n", "never holds: its conditions are about other effects"},
		{"policies: [{name: a, match: {tool: read}, rules: [{action: deny, message: m, when: {fetches: x.example}}]}]\n", "never holds: its conditions are about other effects"},
		{"policies: [{name: a, match: {tool: [read, edit]}, rules: [{action: deny, message: m, when: {sets_env: X}}]}]\n", "never holds: its conditions are about other effects"},
		{"policies: [{name: a, match: {tool: fetch}, rules: [{action: deny, message: m, when: {flow: {from: secret, to: network}}}]}]\n", "never holds: its conditions are about other effects"},
		{"policies: [{name: a, match: {tool: [read, 'e*c']}, rules: [{action: deny, message: m, when: {fetches: x.example}}]}]\n", ""},
		{"policies: [{name: a, match: {tool: write}, rules: [{action: deny, message: m, when: {deletes: /x}}]}]\n", ""},
		{"policies: [{name: a, match: {tool: '*'}, rules: [{action: deny, message: m, when: {deletes: /x}}]}]\n", ""},
		{rules("  - {action: deny, message: m, when: {program: x}}\n"), ""},
		{rules("  - {action: deny, message: m, when: {program: x, agent_depth: {gte: 0}}}\n"), "agent_depth holds always"},
		{rules("  - {action: deny, message: m, when: {program: x, agent_depth: {gte: 1}}}\n"), ""},
		{rules("  - {action: deny, message: m, when: {program: x, call_count: {gte: 0, window: 1h}}}\n"), "call_count holds always"},
		{rules("  - {action: deny, message: m, when: {program: x, call_count: {gte: 0, lt: 5, window: 1h}}}\n"), ""},
		{rules("  - {action: deny, message: m, when: {program: kubctl}}\n"), `did you mean "kubectl"?`},
		{rules("  - {action: deny, message: m, when: {program: gti}}\n"), `did you mean "git"?`},
		{rules("  - {action: deny, message: m, when: {program: [codex, gost, test]}}\n"), ""},
		{rules("  - {action: deny, message: m, when: {sets_env: LD_PRELAOD}}\n"), `did you mean "LD_PRELOAD"?`},
	} {
		got := mustCompile(t, c.text).Lint()
		if c.want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || c.want == "" || !strings.Contains(got[0].String(), c.want) {
			t.Errorf("%s: got %v", c.text, got)
		}
	}
}

// TestTextGlobs: '*' and '?' in free text.
func TestTextGlobs(t *testing.T) {
	for _, c := range []struct {
		glob, text string
		want       bool
	}{
		{"a*c", "abc", true}, {"a*c", "ac", true}, {"a*c", "acd", false}, {"a**c", "a/b c", true}, {"*", "", true}, {"a", "a", true}, {"a", "ab", false},
		{"a?c", "abc", true}, {"a?c", "aéc", true}, {"?b*?", "abc", true}, {"?b*?", "ab", false}, {"*a?c*", "xxabcyy", true}, {"*?", "é", true}, {"*ab?", "xabé", true}, {"*ab?", "xab", false},
		{`C:\*`, `C:\x`, true}, {"[x]", "[x]", true}, {"ab*ba", "aba", false},
	} {
		g := compileText(c.glob)
		if got := g.match(c.text); got != c.want {
			t.Errorf("%s on %s: got %v", c.glob, c.text, got)
		}
	}
}
