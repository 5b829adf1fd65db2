package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode"

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
	keep       Retention
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

// fileReader is a file that is being read.
type fileReader struct {
	*file
	version     string
	hasPolicies bool
	names       map[string]int // of policies, with their lines
}

// fileTable is the vocabulary of a file's top.
var fileTable = newTable("the policy file",
	entry[*fileReader]{"version", func(r *reader, n *yaml.Node, f *fileReader) {
		if r.text(n, "version", &f.version) && f.version != "1" && f.version != "2" {
			r.problem(n, "version %q is not known here; write \"1\"", f.version)
		}
	}},
	ignoredField[*fileReader]("name"),
	ignoredField[*fileReader]("description"),
	entry[*fileReader]{"default_action", func(r *reader, n *yaml.Node, f *fileReader) {
		if a, ok := r.choice(n, "default_action", actionList[:6]); ok {
			f.fallback, f.stated = actionWords[a], true
		}
	}},
	entry[*fileReader]{"extends", func(_ *reader, n *yaml.Node, f *fileReader) { f.extends = follow(n) }},
	entry[*fileReader]{"without", func(r *reader, n *yaml.Node, f *fileReader) {
		r.texts(n, "without", func(n *yaml.Node, _ string) { f.without = append(f.without, n) })
	}},
	entry[*fileReader]{"ask_becomes", func(r *reader, n *yaml.Node, f *fileReader) {
		if word, ok := r.choice(n, "action in ask_becomes", []string{"deny", "allow", "watch"}); ok {
			a := actionWords[word]
			f.askBecomes = &a
		}
	}},
	entry[*fileReader]{"notify", func(r *reader, n *yaml.Node, f *fileReader) { r.notify(n, f.file) }},
	entry[*fileReader]{"audit", func(r *reader, n *yaml.Node, f *fileReader) { r.retention(n, f.file) }},
	entry[*fileReader]{"policies", func(r *reader, n *yaml.Node, f *fileReader) {
		f.hasPolicies = true
		f.names = map[string]int{}
		r.list(n, "policies", func(n *yaml.Node) { r.policy(n, f.file, f.names) })
	}},
	entry[*fileReader]{"tests", func(r *reader, n *yaml.Node, f *fileReader) {
		r.list(n, "tests", func(n *yaml.Node) { r.test(n, f.file) })
	}},
	entry[*fileReader]{"policy", func(r *reader, n *yaml.Node, f *fileReader) {
		f.suite = true
		r.text(n, "policy", &f.suiteUnder)
	}},
	entry[*fileReader]{"cases", func(r *reader, n *yaml.Node, f *fileReader) {
		f.suite = true
		r.list(n, "cases", func(n *yaml.Node) { r.corpusCase(n, f.file) })
	}},
)

// decodeFile reads the top of a policy file.
func (r *reader) decodeFile(top *yaml.Node, info *sourceInfo) *file {
	f := &fileReader{file: &file{info: info}, version: "1"}
	readMapping(r, top, fileTable, f)
	switch {
	case f.suite || len(r.problems) > 0:
	case f.version == "2":
		r.problem(top, "version 2 is for suites of cases; a policy has version \"1\"")
	case !f.hasPolicies && !f.stated && f.extends == nil && len(f.tests) == 0 && len(f.notify) == 0 && f.keep == Retention{}:
		r.problem(top, "the file has neither policies nor a default_action")
	}
	return f.file
}

var notifyTable = newTable("notify",
	entry[*Notify]{"url", func(r *reader, n *yaml.Node, to *Notify) { r.url(n, "notify.url", &to.URL) }},
	entry[*Notify]{"platform", func(r *reader, n *yaml.Node, to *Notify) {
		to.Platform, _ = r.choice(n, "notify.platform", []string{"auto", "slack", "discord", "teams", "webhook"})
	}},
	entry[*Notify]{"on", func(r *reader, n *yaml.Node, to *Notify) {
		r.texts(n, "notify.on", func(n *yaml.Node, _ string) {
			if a, ok := r.choice(n, "action in notify.on", actionList[:6]); ok {
				to.On = append(to.On, actionWords[a])
			}
		})
	}},
)

func (r *reader) notify(n *yaml.Node, f *file) {
	if f.info.tier == TierProject {
		r.problem(n, "a project's policy can't send anything anywhere: notify belongs into the owner's policy")
		return
	}
	one := Notify{File: f.info.name}
	readMapping(r, n, notifyTable, &one)
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

// policyReader is a policy that is being read.
type policyReader struct {
	*policyInfo
	disabled bool
	tools    []string
	rules    *yaml.Node
}

var policyTable = newTable("a policy",
	entry[*policyReader]{"name", func(r *reader, n *yaml.Node, p *policyReader) {
		r.text(n, "name", &p.name)
		if strings.ContainsFunc(p.name, unicode.IsControl) {
			r.problem(n, "a name is shown on terminals: it holds no control characters")
		}
	}},
	ignoredField[*policyReader]("description"),
	entry[*policyReader]{"priority", func(r *reader, n *yaml.Node, p *policyReader) { r.integer(n, "priority", &p.priority) }},
	entry[*policyReader]{"enabled", func(r *reader, n *yaml.Node, p *policyReader) {
		enabled := true
		r.boolean(n, "enabled", &enabled)
		p.disabled = !enabled
	}},
	entry[*policyReader]{"match", func(r *reader, n *yaml.Node, p *policyReader) {
		readMapping(r, n, matchTable, p)
		if m := follow(n); m.Kind == yaml.MappingNode && len(m.Content) == 0 {
			r.problem(m, "an empty match; leave it out for a policy about all calls")
		}
	}},
	entry[*policyReader]{"rules", func(_ *reader, n *yaml.Node, p *policyReader) { p.rules = n }},
)

var matchTable = newTable("match",
	entry[*policyReader]{"tool", func(r *reader, n *yaml.Node, p *policyReader) {
		r.condition(n, "match.tool", func(n *yaml.Node, s string) {
			if strings.HasPrefix(s, "!") {
				r.problem(n, "match.tool has no exceptions; name the tools, or put an allow before the other rules")
				return
			}
			p.tools = append(p.tools, s)
		})
	}},
	entry[*policyReader]{"agent", func(r *reader, n *yaml.Node, p *policyReader) { r.globs(n, "match.agent", &p.agents) }},
	entry[*policyReader]{"session", func(r *reader, n *yaml.Node, p *policyReader) { r.globs(n, "match.session", &p.sessions) }},
	entry[*policyReader]{"os", func(r *reader, n *yaml.Node, p *policyReader) {
		r.texts(n, "match.os", func(n *yaml.Node, s string) {
			not, negated := strings.CutPrefix(s, "!")
			name, ok := r.choice(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: not, Line: n.Line, Column: n.Column}, "system in match.os", systemList)
			if !ok {
				return
			}
			if name == "macos" {
				name = "darwin"
			}
			if negated {
				name = "!" + name
			}
			r.listEntry(n, name, &p.systems)
		})
	}},
)

// systemList are the values of match.os: as runtime.GOOS has them, and one more
// name for darwin.
var systemList = []string{"linux", "darwin", "macos", "windows", "freebsd", "openbsd", "netbsd", "android"}

func (r *reader) policy(n *yaml.Node, f *file, names map[string]int) {
	p := &policyReader{policyInfo: &policyInfo{source: f.info, priority: defaultPriority, line: n.Line}}
	readMapping(r, n, policyTable, p)
	p.policyInfo.tools = compileTools(p.tools)
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
	if p.rules == nil || follow(p.rules).Kind == yaml.SequenceNode && len(follow(p.rules).Content) == 0 {
		r.problem(n, "policy %q has no rules", p.name)
		return
	}
	var decoded []*rule
	r.list(p.rules, "rules", func(n *yaml.Node) { decoded = append(decoded, r.rule(n, p.policyInfo)...) })
	if !p.disabled {
		f.policies = append(f.policies, p.policyInfo)
		f.rules = append(f.rules, decoded...)
	}
}

// ruleReader is a rule that is being read.
type ruleReader struct {
	*rule
	word string // of its action
	hook *yaml.Node
	when []*yaml.Node
}

var ruleTable = newTable("a rule",
	entry[*ruleReader]{"action", func(r *reader, n *yaml.Node, x *ruleReader) {
		x.word, _ = r.choice(n, "action", actionList)
		if x.word == "webhook" && x.policy.source.tier == TierProject {
			r.problem(n, "a project's policy can't ask a web service: webhook belongs into the owner's policy")
		}
	}},
	entry[*ruleReader]{"when", func(_ *reader, n *yaml.Node, x *ruleReader) {
		if x.when = []*yaml.Node{n}; follow(n).Kind == yaml.SequenceNode && len(follow(n).Content) > 0 {
			x.when = follow(n).Content
		}
	}},
	textField("message", func(x *ruleReader) *string { return &x.message }),
	textField("instead", func(x *ruleReader) *string { return &x.instead }),
	entry[*ruleReader]{"webhook", func(r *reader, n *yaml.Node, x *ruleReader) {
		x.hook = n
		r.webhook(n, x.rule)
	}},
	entry[*ruleReader]{"match", func(r *reader, n *yaml.Node, x *ruleReader) { r.examples(n, "match", x.rule, &x.examples) }},
	entry[*ruleReader]{"not_match", func(r *reader, n *yaml.Node, x *ruleReader) {
		r.examples(n, "not_match", x.rule, &x.counterexamples)
	}},
	entry[*ruleReader]{"expires_at", func(r *reader, n *yaml.Node, x *ruleReader) {
		var s string
		if r.text(n, "expires_at", &s) {
			t, err := time.Parse(time.RFC3339, s)
			if err != nil {
				r.problem(n, "expires_at is a time like 2006-01-02T15:04:05Z, not %q", s)
			}
			x.expires = t
		}
	}},
	entry[*ruleReader]{"once", func(r *reader, n *yaml.Node, x *ruleReader) { r.boolean(n, "once", &x.once) }},
)

// rule reads a rule. One with a list of conditions, of which any may hold,
// becomes a rule for each.
func (r *reader) rule(n *yaml.Node, p *policyInfo) []*rule {
	x := &ruleReader{rule: &rule{policy: p, line: n.Line, column: n.Column}}
	before := len(r.problems)
	readMapping(r, n, ruleTable, x)
	switch {
	case len(r.problems) > before:
	case x.word == "":
		r.problem(n, "a rule without an action")
	case x.word == "webhook" && (x.hook == nil || x.webhook == nil):
		r.problem(n, "action webhook needs a webhook with its url")
	case x.word != "webhook" && x.hook != nil:
		r.problem(x.hook, "webhook is only for action webhook")
	case x.once && x.word != "allow":
		r.problem(n, "once is for an allow that may be used once, not for %s", x.word)
	}
	if x.once {
		x.claim = p.source.name + "#" + fingerprint(n)
	}
	x.action = actionWords[x.word]
	if x.word == "webhook" {
		x.action = Deny
	}
	if len(x.when) == 0 {
		return []*rule{x.rule}
	}
	if len(x.when) == 1 {
		r.when(x.when[0], x.rule)
		return []*rule{x.rule}
	}
	var out []*rule
	for i, n := range x.when {
		one := *x.rule
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

var webhookTable = newTable("webhook",
	entry[*Webhook]{"url", func(r *reader, n *yaml.Node, h *Webhook) { r.url(n, "webhook.url", &h.URL) }},
	entry[*Webhook]{"timeout", func(r *reader, n *yaml.Node, h *Webhook) { r.duration(n, "webhook.timeout", &h.Timeout) }},
)

func (r *reader) webhook(n *yaml.Node, x *rule) {
	h := &Webhook{Timeout: 5 * time.Second}
	readMapping(r, n, webhookTable, h)
	if h.Timeout > time.Minute {
		r.problem(n, "webhook.timeout is at most 1m: a command waits for it")
	}
	if u, err := url.Parse(h.URL); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		r.problem(n, "webhook.url: anybody on the way could answer over plain http, which is for services of this machine; use https")
	}
	if h.URL != "" {
		x.webhook = h
	}
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
