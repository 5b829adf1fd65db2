package policy

import (
	"errors"
	"strings"
	"testing"

	"rampart/shellparse"
)

// TestNoRuleIsSilentlyLost: ways of writing a rule that its author takes for
// one and YAML, or the language, for another. Each is refused with the place
// and the way out.
func TestNoRuleIsSilentlyLost(t *testing.T) {
	deny := func(when string) string { return rules("  - action: deny\n    when: " + when + "\n") }
	for _, c := range []struct{ name, text, want string }{
		{"a home that is nothing", deny("{deletes: ~}"), `p.yaml:6:21: an entry of deletes is a text, not nothing; YAML reads ~ as nothing, write "~"`},
		{"a home in a list", deny("{deletes: [/x, ~]}"), `p.yaml:6:26: an entry of deletes is a text, not nothing; YAML reads ~`},
		{"an exception that is a tag", deny("{reads: [/x, !y z]}"), `p.yaml:6:24: !y is read as a YAML tag here; put a text that begins with '!' in quotes`},
		{"an exception that is half a tag", deny("{reads: [/x, !/x/y]}"), "a text that begins with '!' needs quotes"},
		{"an exception and nothing else", deny("{program: [!rm]}"), "a text that begins with '!' needs quotes"},
		{"an exception behind an anchor", deny("{reads: ['**', &e  ! /x/y]}"), "put a text that begins with '!' in quotes"},
		{"an exception behind a blank", deny("{reads: ['**', ! /x/y]}"), "put a text that begins with '!' in quotes"},
		{"a glob that is an alias", deny("{reads: **/x}"), "begins with '*' or '&' needs quotes"},
		{"a star that is an alias", deny("{program: *}"), "begins with '*' or '&' needs quotes"},
		{"a list out of its brackets", deny("{reads: /a, /b}"), `unknown key "/b" in when`},
		{"a colon", deny("{command_contains: a: b}"), "p.yaml:5:1: not YAML"},
		{"a mapping for a text", deny("{program: {rm: true}}"), "program is a text or a list of texts, not a mapping"},
		{"nothing", deny("{program: }"), "program is a text or a list of texts, not nothing"},
		{"nothing in a list", deny("{program: [rm, null]}"), "an entry of program is a text, not nothing"},
		{"empty", deny("{program: ''}"), "an empty entry in program"},
		{"empty list", deny("{reads: []}"), "reads is an empty list"},
		{"empty when", deny("{}"), "an empty when"},
		{"no when", deny(""), "when is a mapping of keys, not nothing"},
		{"list of nothing", deny("[]"), "when is a mapping of keys, not a list"},
		{"list with nothing in it", deny("[{program: x}, ]\n    when: []"), `"when" occurs twice`},
		{"an empty alternative", deny("[{program: x}, {}]"), "p.yaml:6:26: an empty when"},
		{"empty flow", deny("{flow: {}}"), "an empty flow"},
		{"empty match", "policies: [{name: a, match: {}, rules: [{action: deny}]}]\n", "an empty match"},
		{"no rules", "policies: [{name: a, rules: []}]\n", "has no rules"},
		{"a merge key", "x: 1\n", `unknown key "x" in the policy file`},
		{"a key twice", rules("  - action: deny\n    action: allow\n"), `p.yaml:6:5: "action" occurs twice in a rule; the first is on line 5`},
		{"a condition twice", deny("{reads: /x, reads: /y}"), `"reads" occurs twice in when`},
		{"a parameter twice", deny("{tool_param_matches: {a: x, a: y}}"), `"a" occurs twice in tool_param_matches`},
		{"another case of a key", rules("  - Action: deny\n"), `unknown key "Action" in a rule (did you mean "action"?)`},
		{"another case of an action", rules("  - action: DENY\n"), `unknown action "DENY" (did you mean "deny"?)`},
		{"a look-alike in a key", rules("  - aсtion: deny\n"), `(did you mean "action"?)`},
		{"a look-alike in an action", rules("  - action: dеny\n"), `(did you mean "deny"?)`},
		{"a look-alike in a program", deny("{program: сurl}"), "has Cyrillic and Latin letters in one word (с is U+0441, u is U+0075)"},
		{"a look-alike in a path", deny("{reads: '**/αws/**'}"), "has Greek and Latin letters in one word"},
		{"a blank that is none", deny("{command_matches: \"git\u00a0push *\"}"), "the invisible character U+00A0"},
		{"a character of no width", deny("{program: \"r\u200bm\"}"), "the invisible character U+200B"},
		{"a mark of byte order", deny("{program: \"\ufeffrm\"}"), "the invisible character U+FEFF"},
		{"a turn of direction", deny("{reads: \"/x/\u202etxt\"}"), "the invisible character U+202E"},
		{"a control character", deny(`{program: "r\bm"}`), "the control character U+0008"},
		{"a program's path", deny("{program: /bin/rm}"), `"/bin/rm" is a path; a program is known by its name, "rm"`},
		{"a command for a program", deny("{program: rm -rf}"), `"rm -rf" is a command; write program: rm`},
		{"an address for a host", deny("{domain_matches: 'https://x.example/'}"), "is more than a host; addresses go under url_matches"},
		{"a host with its port", deny("{fetches: 'x.example:443'}"), "is more than a host"},
		{"an exception from nothing", deny("{program: ['!']}"), "a '!' without what it excepts"},
		{"an exception among tools", "policies: [{name: a, match: {tool: ['!exec']}, rules: [{action: deny}]}]\n", "match.tool has no exceptions"},
		{"no such system", "policies: [{name: a, match: {os: win}, rules: [{action: deny}]}]\n", `unknown system in match.os "win"`},
		{"no bound", deny("{agent_depth: {}}"), "agent_depth needs a bound"},
		{"bounds that exclude each other", deny("{agent_depth: {gte: 3, lt: 3}}"), "agent_depth can never hold"},
		{"less than nothing", deny("{call_count: {lt: 0, window: 1h}}"), "call_count can never hold"},
		{"a date for a time", rules("  - {action: allow, expires_at: 2026-01-01}\n"), "expires_at is a time like 2006-01-02T15:04:05Z"},
		{"UTF-16", "\xff\xfep\x00o\x00l\x00", "NUL byte"},
		{"not UTF-8", rules("  - {action: deny, when: {program: \"\xe9\"}}\n"), "not YAML"},
		{"tabs", "policies:\n\t- name: x\n", "indent with spaces, not tabs"},
		{"two documents", "policies: []\n---\npolicies: []\n", "a second document"},
		{"an end and a second start", "policies: []\n...\npolicies: []\n", "p.yaml:"},
		{"a reference to itself", "policies: &a [*a]\n", "p.yaml"},
		{"a '?' in a long text", deny("{command_matches: '*" + strings.Repeat("a", 64) + "?*'}"), "more than 64 characters between two stars"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile([]Source{{Name: "p.yaml", Data: []byte(c.text)}})
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

// TestWellDefined: spellings that differ from how they look, and what they mean.
func TestWellDefined(t *testing.T) {
	rm := callOf("rm x", execOf(0, "rm", "x"))
	for _, c := range []struct {
		name, text string
		call       *Call
		want       Action
	}{
		{"a mark of byte order in front", "\ufeff" + rules("  - {action: deny, when: {program: rm}}\n"), rm, Deny},
		{"lines that end as in Windows", strings.ReplaceAll(rules("  - action: deny\n    when:\n      program: rm\n"), "\n", "\r\n"), rm, Deny},
		{"an alias", "policies:\n- {name: a, rules: [&r {action: deny, when: {program: rm}}]}\n- {name: b, rules: [*r]}\n", rm, Deny},
		{"an alias in a list", rules("  - {action: ask, when: {program: &p [rm]}}\n  - {action: deny, when: {program: *p}}\n"), rm, Ask},
		{"a yes that is a name", rules("  - {action: deny, when: {program: yes}}\n"), callOf("yes", execOf(0, "yes")), Deny},
		{"a number that is a name", rules("  - {action: deny, when: {program: 7}}\n"), callOf("7", execOf(0, "7")), Deny},
		{"a number as it is written", rules("  - {action: deny, when: {args: 0x10}}\n"), callOf("", execOf(0, "x", "0x10")), Deny},
		{"a block of text", rules("  - action: deny\n    when:\n      command_matches: >\n        rm\n        *\n"), rm, Deny},
		{"a host in capitals", rules("  - {action: deny, when: {domain_matches: X.Example.}}\n"), callOf("", shellparse.Effect{Kind: shellparse.Fetch, Host: "x.example"}), Deny},
		{"words of one script", rules("  - {action: deny, when: {program: 'файл-x'}}\n"), callOf("", execOf(0, "файл-x")), Deny},
		{"a tool in capitals", "policies: [{name: a, match: {tool: Read}, rules: [{action: deny}]}]\n", &Call{Tool: "read", Path: "/x"}, Deny},
		{"the mac", "policies: [{name: a, match: {os: macos}, rules: [{action: deny}]}]\n", &Call{Tool: "read", Path: "/x", OS: "darwin"}, Deny},
		{"an empty list of policies", "policies: []\n", rm, Allow},
		{"text of any script and case", rules("  - {action: deny, when: {command_contains: ÉCOLE}}\n"), callOf("echo école", execOf(0, "echo", "école")), Deny},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := mustCompile(t, c.text).Evaluate(c.call); d.Action != c.want {
				t.Errorf("got %v by %s", d.Action, d.Rule)
			}
		})
	}
}
