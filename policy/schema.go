package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Notify asks for a message to the owner about decisions. It is kept here and
// acted on elsewhere.
type Notify struct {
	URL      string
	Platform string   // slack, discord, teams, webhook; "" or auto: by the URL
	On       []Action // which decisions; empty means deny
	File     string   // of which source
}

// TestCase is one entry of a file's `tests:`.
type TestCase struct {
	Name          string
	Call          Call
	Expect        Action
	ExpectMessage string // glob; "" is any
	File          string
	Line          int
}

// file is what one source says.
type file struct {
	info       *sourceInfo
	fallback   Action
	stated     bool
	notify     []Notify
	policies   []*policyInfo
	rules      []*rule // of all policies, in order
	tests      []TestCase
	suite      bool // `policy` or `cases`: tests for a policy elsewhere
	suiteUnder string
	own        bool // the owner's own rules

	extends    *yaml.Node // name of an embedded profile to build on
	without    []*yaml.Node
	askBecomes *Action // what `ask` is turned into, here and in what is extended
}

// sourceInfo is what rules know of their file.
type sourceInfo struct {
	name     string
	tier     Tier
	embedded bool
	order    int
}

// defaultPriority is that of a policy that says none. Smaller comes first.
const defaultPriority = 100

var actionWords = map[string]Action{
	"allow": Allow, "deny": Deny, "ask": Ask, "watch": Watch,
	"log": Watch, "require_approval": Ask,
}

var actionList = []string{"allow", "deny", "ask", "watch", "log", "require_approval", "webhook"}

// decodeFile reads the top of a policy file.
func (r *reader) decodeFile(top *yaml.Node, info *sourceInfo) *file {
	f := &file{info: info}
	version := "1"
	hasPolicies := false
	r.mapping(top, "the policy file", []field{
		{"version", func(n *yaml.Node) {
			if r.text(n, "version", &version) && version != "1" && version != "2" {
				r.problem(n, "version %q is not known here; write \"1\"", version)
			}
		}},
		{"name", func(n *yaml.Node) { r.text(n, "name", new(string)) }},
		{"description", func(n *yaml.Node) { r.text(n, "description", new(string)) }},
		{"default_action", func(n *yaml.Node) {
			if a, ok := r.choice(n, "default_action", actionList[:6]); ok {
				f.fallback, f.stated = actionWords[a], true
			}
		}},
		{"extends", func(n *yaml.Node) { f.extends = follow(n) }},
		{"without", func(n *yaml.Node) {
			r.texts(n, "without", func(n *yaml.Node, _ string) { f.without = append(f.without, n) })
		}},
		{"ask_becomes", func(n *yaml.Node) {
			if word, ok := r.choice(n, "action in ask_becomes", []string{"deny", "allow", "watch"}); ok {
				a := actionWords[word]
				f.askBecomes = &a
			}
		}},
		{"notify", func(n *yaml.Node) { r.notify(n, f) }},
		{"policies", func(n *yaml.Node) {
			hasPolicies = true
			names := map[string]int{}
			r.list(n, "policies", func(n *yaml.Node) { r.policy(n, f, names) })
		}},
		{"tests", func(n *yaml.Node) { r.list(n, "tests", func(n *yaml.Node) { r.test(n, f) }) }},
		{"policy", func(n *yaml.Node) {
			f.suite = true
			r.text(n, "policy", &f.suiteUnder)
		}},
		{"cases", func(n *yaml.Node) {
			f.suite = true
			r.list(n, "cases", func(n *yaml.Node) { r.corpusCase(n, f) })
		}},
	})
	switch {
	case f.suite || len(r.problems) > 0:
	case version == "2":
		r.problem(top, "version 2 is for suites of cases; a policy has version \"1\"")
	case !hasPolicies && !f.stated && f.extends == nil && len(f.tests) == 0 && len(f.notify) == 0:
		r.problem(top, "the file has neither policies nor a default_action")
	}
	return f
}

func (r *reader) notify(n *yaml.Node, f *file) {
	if f.info.tier == TierProject {
		r.problem(n, "a project's policy can't send anything anywhere: notify belongs into the owner's policy")
		return
	}
	one := Notify{File: f.info.name}
	r.mapping(n, "notify", []field{
		{"url", func(n *yaml.Node) { r.url(n, "notify.url", &one.URL) }},
		{"platform", func(n *yaml.Node) {
			one.Platform, _ = r.choice(n, "notify.platform", []string{"auto", "slack", "discord", "teams", "webhook"})
		}},
		{"on", func(n *yaml.Node) {
			r.texts(n, "notify.on", func(n *yaml.Node, _ string) {
				if a, ok := r.choice(n, "action in notify.on", actionList[:6]); ok {
					one.On = append(one.On, actionWords[a])
				}
			})
		}},
	})
	if one.URL == "" {
		r.problem(n, "notify without url")
	}
	f.notify = append(f.notify, one)
}

func (r *reader) url(n *yaml.Node, what string, to *string) {
	if !r.text(n, what, to) {
		return
	}
	u, err := url.Parse(*to)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		r.problem(n, "%s is an http or https address, not %q", what, *to)
	}
}

func (r *reader) policy(n *yaml.Node, f *file, names map[string]int) {
	p := &policyInfo{source: f.info, priority: defaultPriority, line: n.Line}
	enabled := true
	var toolNames []string
	var rules *yaml.Node
	r.mapping(n, "a policy", []field{
		{"name", func(n *yaml.Node) { r.text(n, "name", &p.name) }},
		{"description", func(n *yaml.Node) { r.text(n, "description", new(string)) }},
		{"priority", func(n *yaml.Node) { r.integer(n, "priority", &p.priority) }},
		{"enabled", func(n *yaml.Node) { r.boolean(n, "enabled", &enabled) }},
		{"match", func(n *yaml.Node) {
			r.mapping(n, "match", []field{
				{"tool", func(n *yaml.Node) {
					r.texts(n, "match.tool", func(_ *yaml.Node, s string) { toolNames = append(toolNames, s) })
				}},
				{"agent", func(n *yaml.Node) { r.globs(n, "match.agent", &p.agents) }},
				{"session", func(n *yaml.Node) { r.globs(n, "match.session", &p.sessions) }},
				{"os", func(n *yaml.Node) { r.globs(n, "match.os", &p.systems) }},
			})
		}},
		{"rules", func(n *yaml.Node) { rules = n }},
	})
	p.tools = compileTools(toolNames)
	switch first, twice := names[p.name]; {
	case follow(n).Kind != yaml.MappingNode:
		return
	case p.name == "":
		r.problem(n, "a policy without a name")
	case twice:
		r.problem(n, "a second policy named %q; the first is on line %d", p.name, first)
	default:
		names[p.name] = n.Line
	}
	if rules == nil || follow(rules).Kind == yaml.SequenceNode && len(follow(rules).Content) == 0 {
		r.problem(n, "policy %q has no rules", p.name)
		return
	}
	var decoded []*rule
	r.list(rules, "rules", func(n *yaml.Node) { decoded = append(decoded, r.rule(n, p)...) })
	if enabled {
		f.policies = append(f.policies, p)
		f.rules = append(f.rules, decoded...)
	}
}

// rule reads a rule. One with a list of conditions, of which any may hold,
// becomes a rule for each.
func (r *reader) rule(n *yaml.Node, p *policyInfo) []*rule {
	x := &rule{policy: p, line: n.Line, column: n.Column}
	action := ""
	var hook *yaml.Node
	var when []*yaml.Node
	before := len(r.problems)
	r.mapping(n, "a rule", []field{
		{"action", func(n *yaml.Node) {
			action, _ = r.choice(n, "action", actionList)
			if action == "webhook" && p.source.tier == TierProject {
				r.problem(n, "a project's policy can't ask a web service: webhook belongs into the owner's policy")
			}
		}},
		{"when", func(n *yaml.Node) {
			if when = []*yaml.Node{n}; follow(n).Kind == yaml.SequenceNode && len(follow(n).Content) > 0 {
				when = follow(n).Content
			}
		}},
		{"message", func(n *yaml.Node) { r.text(n, "message", &x.message) }},
		{"instead", func(n *yaml.Node) { r.text(n, "instead", &x.instead) }},
		{"webhook", func(n *yaml.Node) { hook = n; r.webhook(n, x) }},
		{"match", func(n *yaml.Node) { r.examples(n, "match", x, &x.examples) }},
		{"not_match", func(n *yaml.Node) { r.examples(n, "not_match", x, &x.counterexamples) }},
		{"expires_at", func(n *yaml.Node) {
			var s string
			if r.text(n, "expires_at", &s) {
				t, err := time.Parse(time.RFC3339, s)
				if err != nil {
					r.problem(n, "expires_at is a time like 2006-01-02T15:04:05Z, not %q", s)
				}
				x.expires = t
			}
		}},
		{"once", func(n *yaml.Node) { r.boolean(n, "once", &x.once) }},
	})
	switch {
	case len(r.problems) > before:
	case action == "":
		r.problem(n, "a rule without an action")
	case action == "webhook" && (hook == nil || x.webhook == nil):
		r.problem(n, "action webhook needs a webhook with its url")
	case action != "webhook" && hook != nil:
		r.problem(hook, "webhook is only for action webhook")
	case x.once && action != "allow":
		r.problem(n, "once is for an allow that may be used once, not for %s", action)
	}
	if x.once {
		x.claim = p.source.name + "#" + fingerprint(n)
	}
	x.action = actionWords[action]
	if action == "webhook" {
		x.action = Deny
	}
	if len(when) == 0 {
		return []*rule{x}
	}
	var out []*rule
	for i, n := range when {
		one := *x
		if i > 0 {
			one.examples, one.counterexamples = nil, nil
		}
		r.when(n, &one)
		out = append(out, &one)
	}
	return out
}

// fingerprint names a rule by what it says, so that the name survives when
// lines above it come or go.
func fingerprint(n *yaml.Node) string {
	h := sha256.New()
	var add func(*yaml.Node)
	add = func(n *yaml.Node) {
		n = follow(n)
		fmt.Fprintf(h, "%d %q %d\n", n.Kind, n.Value, len(n.Content))
		for _, c := range n.Content {
			add(c)
		}
	}
	add(n)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

func (r *reader) webhook(n *yaml.Node, x *rule) {
	h := &Webhook{Timeout: 5 * time.Second}
	r.mapping(n, "webhook", []field{
		{"url", func(n *yaml.Node) { r.url(n, "webhook.url", &h.URL) }},
		{"timeout", func(n *yaml.Node) { r.duration(n, "webhook.timeout", &h.Timeout) }},
	})
	if h.Timeout > time.Minute {
		r.problem(n, "webhook.timeout is at most 1m: a command waits for it")
	}
	if h.URL != "" {
		x.webhook = h
	}
}

// examples reads commands, or calls of other tools, beside a rule.
func (r *reader) examples(n *yaml.Node, what string, x *rule, to *[]Example) {
	one := func(n *yaml.Node) {
		e := Example{Line: follow(n).Line, Column: follow(n).Column}
		if follow(n).Kind == yaml.MappingNode {
			r.callParams(n, "an example", &e.Call)
		} else if !r.text(n, "an entry of "+what, &e.Call.Command) {
			return
		} else {
			e.Call.Tool = "exec"
		}
		*to = append(*to, e)
	}
	if follow(n).Kind == yaml.SequenceNode {
		r.list(n, what, one)
	} else {
		one(n)
	}
}

// callParams reads a mapping of what a Call may be given as.
func (r *reader) callParams(n *yaml.Node, what string, c *Call) {
	text := func(key string, to *string) field {
		return field{key, func(n *yaml.Node) { r.text(n, key, to) }}
	}
	r.mapping(n, what, []field{
		text("tool", &c.Tool), text("command", &c.Command), text("path", &c.Path), text("url", &c.URL),
		text("cwd", &c.Cwd), text("home", &c.Home), text("os", &c.OS), text("shell", &c.Shell),
	})
	if c.Tool == "" {
		c.Tool = "exec"
	}
}

func (r *reader) test(n *yaml.Node, f *file) {
	t := TestCase{File: f.info.name, Line: n.Line}
	expect := ""
	text := func(key string, to *string) field {
		return field{key, func(n *yaml.Node) { r.text(n, key, to) }}
	}
	r.mapping(n, "a test", []field{
		text("name", &t.Name), text("tool", &t.Call.Tool),
		{"params", func(n *yaml.Node) { r.params(n, &t.Call) }},
		{"expect", func(n *yaml.Node) { expect, _ = r.choice(n, "expect", actionList[:6]) }},
		text("expect_message", &t.ExpectMessage),
		text("agent", &t.Call.Agent), text("session", &t.Call.Session),
		text("cwd", &t.Call.Cwd), text("home", &t.Call.Home), text("os", &t.Call.OS),
		{"response", func(n *yaml.Node) { r.text(n, "response", &t.Call.Response) }},
	})
	if expect == "" || t.Call.Tool == "" {
		r.problem(n, "a test needs tool and expect")
		return
	}
	t.Expect = actionWords[expect]
	f.tests = append(f.tests, t)
}

// params reads the parameters of a native or MCP tool, of which command, path
// and url are known by name.
func (r *reader) params(n *yaml.Node, c *Call) {
	var all map[string]any
	if m := follow(n); m.Kind != yaml.MappingNode || m.Decode(&all) != nil {
		r.problem(n, "params is a mapping of parameters, not %s", describe(n))
		return
	}
	c.Params = all
	for name, to := range map[string]*string{"command": &c.Command, "path": &c.Path, "file_path": &c.Path, "url": &c.URL, "cwd": &c.Cwd} {
		if s, ok := all[name].(string); ok {
			*to = s
		}
	}
}

// corpusCase reads an entry of `cases:`, the form in which collections of
// attacks are handed around.
func (r *reader) corpusCase(n *yaml.Node, f *file) {
	t := TestCase{File: f.info.name, Line: n.Line}
	expect, id := "", ""
	ignored := func(key string) field {
		return field{key, func(n *yaml.Node) { r.text(n, key, new(string)) }}
	}
	r.mapping(n, "a case", []field{
		{"id", func(n *yaml.Node) { r.text(n, "id", &id) }},
		{"name", func(n *yaml.Node) { r.text(n, "name", &t.Name) }},
		ignored("category"), ignored("technique"), ignored("severity"), ignored("description"),
		{"os", func(n *yaml.Node) { r.text(n, "os", &t.Call.OS) }},
		{"tool", func(n *yaml.Node) { r.text(n, "tool", &t.Call.Tool) }},
		{"input", func(n *yaml.Node) { r.params(n, &t.Call) }},
		{"expected", func(n *yaml.Node) { expect, _ = r.choice(n, "expected", actionList[:6]) }},
	})
	if expect == "" || t.Call.Tool == "" {
		r.problem(n, "a case needs tool and expected")
		return
	}
	if t.Call.OS == "*" {
		t.Call.OS = ""
	}
	if t.Call.OS == "macos" {
		t.Call.OS = "darwin"
	}
	t.Name = strings.TrimSpace(id + " " + t.Name)
	t.Expect = actionWords[expect]
	f.tests = append(f.tests, t)
}
