package policy

import (
	"bytes"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"rampart/shellparse"
)

// OwnRule is one entry of the file that `rampart allow` and `rampart block`
// keep: the owner's word about one thing, which holds besides all policy files.
// An entry that allows is an exception: the one thing that beats a deny. It
// does so for exactly what it names, and only for rules of the owner's own
// tier, older entries of this file included.
type OwnRule struct {
	ID      string
	Action  Action // Allow; Ask or Deny for what is blocked
	Tool    string // exec, read, write, delete, fetch, or the name of another tool
	Pattern string // a command, a path, a URL; with '*' and '?' unless Exact
	// Exact says that Pattern is no glob. An exact command allows Effects, what
	// it was found to do when it was allowed, and nothing else that it may have
	// come to do since.
	Exact   bool
	Effects []shellparse.Effect
	In      string // the only working directory in which it holds; "" is any
	Below   string // or this one and all below it
	Added   time.Time
	Expires time.Time // zero: never
	Once    bool
	Line    int // in the file
}

// ParseOwnRules reads the file of the owner's own rules. Its error is a
// *[LoadError].
func ParseOwnRules(name string, data []byte) ([]OwnRule, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	r := &reader{file: name}
	top := r.parse(data)
	if top == nil {
		return nil, &LoadError{r.problems}
	}
	rules := r.ownRules(top)
	if len(r.problems) > 0 {
		return nil, &LoadError{r.problems}
	}
	return rules, nil
}

func (r *reader) ownRules(top *yaml.Node) []OwnRule {
	var rules []OwnRule
	version := "1"
	r.mapping(top, "the file of own rules", []field{
		{"version", func(n *yaml.Node) {
			if r.text(n, "version", &version) && version != "1" {
				r.problem(n, "version %q is not known here; write \"1\"", version)
			}
		}},
		{"rules", func(n *yaml.Node) {
			r.list(n, "rules", func(n *yaml.Node) { rules = append(rules, r.ownRule(n)) })
		}},
	})
	seen := map[string]int{}
	for i := range rules {
		if first := seen[rules[i].ID]; first > 0 {
			r.problem(top, "the rules on lines %d and %d have the same id", first, rules[i].Line)
		}
		seen[rules[i].ID] = rules[i].Line
	}
	return rules
}

func (r *reader) ownRule(n *yaml.Node) OwnRule {
	o := OwnRule{Tool: "exec", Line: n.Line}
	said, hasEffects := 0, false
	before := len(r.problems)
	text := func(key string, to *string) field {
		return field{key, func(n *yaml.Node) { r.text(n, key, to) }}
	}
	pattern := func(key string, a Action) field {
		return field{key, func(n *yaml.Node) {
			said++
			o.Action = a
			r.text(n, key, &o.Pattern)
		}}
	}
	moment := func(key string, to *time.Time) field {
		return field{key, func(n *yaml.Node) { r.moment(n, key, to) }}
	}
	r.mapping(n, "a rule of one's own", []field{
		pattern("allow", Allow), pattern("ask", Ask), pattern("block", Deny),
		text("id", &o.ID), text("tool", &o.Tool), text("in", &o.In), text("below", &o.Below),
		moment("added", &o.Added), moment("expires_at", &o.Expires),
		{"once", func(n *yaml.Node) { r.boolean(n, "once", &o.Once) }},
		{"exact", func(n *yaml.Node) { r.boolean(n, "exact", &o.Exact) }},
		{"effects", func(n *yaml.Node) {
			hasEffects = true
			r.list(n, "effects", func(n *yaml.Node) { o.Effects = append(o.Effects, r.ownEffect(n)) })
		}},
	})
	switch {
	case len(r.problems) > before:
	case said != 1 || o.Pattern == "":
		r.problem(n, "a rule of one's own says one of allow, ask and block, and what")
	case o.ID == "" || strings.ContainsAny(o.ID, `/\. `):
		r.problem(n, "a rule of one's own needs an id of letters and digits")
	case o.Tool == "":
		r.problem(n, "an empty tool; leave it out for exec")
	case o.Exact != hasEffects && (o.Tool == "exec" || hasEffects):
		r.problem(n, "an exact command comes with its effects, and nothing else does")
	case o.Action != Allow && (o.Once || o.Exact):
		r.problem(n, "once, exact and effects are for what is allowed")
	default:
		if _, err := compileOwn(&o); err != nil {
			r.problem(n, "%v", err)
		}
	}
	return o
}

func (r *reader) moment(n *yaml.Node, what string, to *time.Time) {
	var s string
	if !r.text(n, what, &s) {
		return
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		r.problem(n, "%s is a time like 2006-01-02T15:04:05Z, not %q", what, s)
	}
	*to = t
}

var (
	kindWords = map[string]shellparse.Kind{
		"exec": shellparse.Exec, "read": shellparse.Read, "write": shellparse.Write, "delete": shellparse.Delete,
		"fetch": shellparse.Fetch, "setenv": shellparse.SetEnv, "flow": shellparse.Flow,
	}
	certaintyWords = map[string]shellparse.Certainty{
		"exact": shellparse.Exact, "pattern": shellparse.Pattern, "unknown": shellparse.Unknown,
	}
)

func (r *reader) ownEffect(n *yaml.Node) shellparse.Effect {
	var x shellparse.Effect
	text := func(key string, to *string) field {
		return field{key, func(n *yaml.Node) { r.text(n, key, to) }}
	}
	endpoint := func(key string, to *shellparse.Endpoint) field {
		return field{key, func(n *yaml.Node) { r.text(n, key, (*string)(to)) }}
	}
	truth := func(key string, to *bool) field {
		return field{key, func(n *yaml.Node) { r.boolean(n, key, to) }}
	}
	certainty := func(to *shellparse.Certainty) field {
		return field{"certainty", func(n *yaml.Node) {
			if s, ok := r.choice(n, "certainty", certaintyNames); ok {
				*to = certaintyWords[s]
			}
		}}
	}
	r.mapping(n, "an effect", []field{
		{"does", func(n *yaml.Node) {
			if s, ok := r.choice(n, "effect", kindNames); ok {
				x.Kind = kindWords[s]
			}
		}},
		certainty(&x.Certainty),
		text("program", &x.Program), text("path", &x.Path), text("host", &x.Host), text("url", &x.URL), text("name", &x.Name),
		endpoint("from", &x.From), endpoint("to", &x.To),
		truth("recursive", &x.Recursive), truth("sends", &x.Sends), truth("redirect", &x.Redirect), truth("builtin", &x.Builtin),
		{"argv", func(n *yaml.Node) {
			r.list(n, "argv", func(n *yaml.Node) {
				var v shellparse.Value
				if follow(n).Kind == yaml.MappingNode {
					r.mapping(n, "a word", []field{text("text", &v.Text), certainty(&v.Certainty)})
				} else {
					r.text(n, "a word", &v.Text)
				}
				x.Argv = append(x.Argv, v)
			})
		}},
		{"value", func(n *yaml.Node) {
			r.mapping(n, "a value", []field{text("text", &x.Value.Text), certainty(&x.Value.Certainty)})
		}},
	})
	if x.Kind == 0 && len(r.problems) == 0 {
		r.problem(n, "an effect without what it does")
	}
	return x
}

var (
	kindNames      = []string{"exec", "read", "write", "delete", "fetch", "setenv", "flow"}
	certaintyNames = []string{"exact", "pattern", "unknown"}
)

const ownHeader = `# What you allowed and blocked with rampart allow and rampart block.
# rampart rules lists it; rampart rules remove N takes an entry away.
`

// FormatOwnRules returns the file that ParseOwnRules reads as rules.
func FormatOwnRules(rules []OwnRule) []byte {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range rules {
		list.Content = append(list.Content, rules[i].node())
	}
	if len(rules) == 0 {
		list.Style = yaml.FlowStyle
	}
	m := mappingNode{}
	m.quoted("version", "1")
	m.add("rules", list)
	var b bytes.Buffer
	b.WriteString(ownHeader)
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(m.node()); err != nil { // nodes of text can't fail
		panic(err)
	}
	return b.Bytes()
}

func (o *OwnRule) node() *yaml.Node {
	m := mappingNode{}
	m.quoted(map[Action]string{Allow: "allow", Ask: "ask", Deny: "block"}[o.Action], o.Pattern)
	m.text("id", o.ID)
	if o.Tool != "exec" {
		m.text("tool", o.Tool)
	}
	m.text("in", o.In)
	m.text("below", o.Below)
	m.time("added", o.Added)
	m.time("expires_at", o.Expires)
	m.truth("once", o.Once)
	m.truth("exact", o.Exact)
	if o.Exact && o.Tool == "exec" {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range o.Effects {
			list.Content = append(list.Content, effectNode(&o.Effects[i]))
		}
		if len(list.Content) == 0 {
			list.Style = yaml.FlowStyle
		}
		m.add("effects", list)
	}
	return m.node()
}

func effectNode(x *shellparse.Effect) *yaml.Node {
	m := mappingNode{}
	m.text("does", x.Kind.String())
	if x.Certainty != shellparse.Exact {
		m.text("certainty", x.Certainty.String())
	}
	m.text("program", x.Program)
	if len(x.Argv) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, v := range x.Argv {
			list.Content = append(list.Content, valueNode(v))
		}
		m.add("argv", list)
	}
	m.text("path", x.Path)
	m.text("host", x.Host)
	m.text("url", x.URL)
	m.text("name", x.Name)
	if x.Value != (shellparse.Value{}) {
		v := x.Value
		one := mappingNode{}
		one.quoted("text", v.Text)
		one.text("certainty", v.Certainty.String())
		m.add("value", one.node())
	}
	m.text("from", string(x.From))
	m.text("to", string(x.To))
	m.truth("recursive", x.Recursive)
	m.truth("sends", x.Sends)
	m.truth("redirect", x.Redirect)
	m.truth("builtin", x.Builtin)
	n := m.node()
	n.Style = yaml.FlowStyle
	return n
}

func valueNode(v shellparse.Value) *yaml.Node {
	if v.Certainty == shellparse.Exact {
		return quotedNode(v.Text)
	}
	m := mappingNode{}
	m.quoted("text", v.Text)
	m.text("certainty", v.Certainty.String())
	n := m.node()
	n.Style = yaml.FlowStyle
	return n
}

// mappingNode builds a YAML mapping; what is empty is left out.
type mappingNode struct{ content []*yaml.Node }

func (m *mappingNode) add(key string, v *yaml.Node) {
	m.content = append(m.content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
}

func (m *mappingNode) text(key, v string) {
	if v != "" {
		m.quoted(key, v)
	}
}

func (m *mappingNode) quoted(key, v string) { m.add(key, quotedNode(v)) }

func (m *mappingNode) time(key string, t time.Time) {
	if !t.IsZero() {
		m.add(key, &yaml.Node{Kind: yaml.ScalarNode, Value: t.UTC().Format(time.RFC3339)})
	}
}

func (m *mappingNode) truth(key string, v bool) {
	if v {
		m.add(key, &yaml.Node{Kind: yaml.ScalarNode, Value: "true"})
	}
}

func (m *mappingNode) node() *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: m.content}
}

// quotedNode is a text that is read back as that text: plain where that is
// sure, in double quotes otherwise.
func quotedNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
	if plainText(s) {
		n.Style = 0
	}
	return n
}

// plainText reports whether s needs no quotes in YAML, by a narrow rule.
func plainText(s string) bool {
	if s == "" || len(s) > 200 {
		return false
	}
	letter := false
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letter = true
		case i > 0 && i < len(s)-1 && c == ' ' && s[i+1] != '#', '0' <= c && c <= '9', c == '/', c == '_', i > 0 && (c == '-' || c == '.'):
		default:
			return false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		return false
	}
	return letter && !('0' <= s[0] && s[0] <= '9')
}

// Describe says the rule in words.
func (o *OwnRule) Describe() string {
	verb := map[Action]string{Allow: "allow", Ask: "ask", Deny: "block"}[o.Action]
	s := verb + " " + o.Tool + " " + o.Pattern
	switch {
	case o.In != "":
		s += " in " + o.In
	case o.Below != "":
		s += " below " + o.Below
	}
	if o.Once {
		s += ", once"
	}
	if !o.Expires.IsZero() {
		s += ", until " + o.Expires.Local().Format("2006-01-02 15:04:05")
	}
	return s
}
