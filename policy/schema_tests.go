package policy

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// examples reads commands, or calls of other tools, beside a rule.
func (r *reader) examples(n *yaml.Node, what string, x *rule, to *[]Example) {
	one := func(n *yaml.Node) {
		e := Example{Line: follow(n).Line, Column: follow(n).Column}
		if follow(n).Kind == yaml.MappingNode {
			e.other = new(Call)
			r.callParams(n, e.other)
		} else if !r.text(n, "an entry of "+what, &e.command) {
			return
		}
		if r.examplesSeen++; r.examplesSeen == maxExamples+1 && x.policy.source.tier == TierProject {
			r.problem(n, "more than %d examples; a project's policy is loaded while a command waits", maxExamples)
		}
		*to = append(*to, e)
	}
	if follow(n).Kind == yaml.SequenceNode {
		r.list(n, what, one)
	} else {
		one(n)
	}
}

var exampleTable = newTable("an example",
	textField("tool", func(c *Call) *string { return &c.Tool }),
	textField("command", func(c *Call) *string { return &c.Command }),
	textField("path", func(c *Call) *string { return &c.Path }),
	textField("url", func(c *Call) *string { return &c.URL }),
	textField("cwd", func(c *Call) *string { return &c.Cwd }),
	textField("home", func(c *Call) *string { return &c.Home }),
	textField("os", func(c *Call) *string { return &c.OS }),
	textField("shell", func(c *Call) *string { return &c.Shell }),
	entry[*Call]{"params", func(r *reader, n *yaml.Node, c *Call) { r.params(n, c) }},
	textField("agent", func(c *Call) *string { return &c.Agent }),
	textField("session", func(c *Call) *string { return &c.Session }),
	textField("response", func(c *Call) *string { return &c.Response }),
	entry[*Call]{"agent_depth", func(r *reader, n *yaml.Node, c *Call) { r.integer(n, "agent_depth", &c.AgentDepth) }},
	entry[*Call]{"call_count", func(r *reader, n *yaml.Node, c *Call) { r.counted(n, c) }},
	entry[*Call]{"after", func(r *reader, n *yaml.Node, c *Call) { r.after(n, c) }},
)

// counted reads how many calls there were within any window.
func (r *reader) counted(n *yaml.Node, c *Call) {
	var count int
	if r.integer(n, "call_count", &count) {
		c.Count = func(string, time.Duration) int { return count }
	}
}

// callParams reads a mapping of what a Call may be given as.
func (r *reader) callParams(n *yaml.Node, c *Call) {
	readMapping(r, n, exampleTable, c)
	if c.Tool == "" {
		c.Tool = "exec"
	}
}

// after reads the commands that a call comes after.
func (r *reader) after(n *yaml.Node, c *Call) {
	r.texts(n, "after", func(_ *yaml.Node, s string) { c.After = append(c.After, s) })
}

// testReader is a test that is being read.
type testReader struct {
	TestCase
	id, expect string
}

var testTable = newTable("a test",
	textField("name", func(t *testReader) *string { return &t.Name }),
	textField("tool", func(t *testReader) *string { return &t.Call.Tool }),
	entry[*testReader]{"params", func(r *reader, n *yaml.Node, t *testReader) { r.params(n, &t.Call) }},
	entry[*testReader]{"expect", func(r *reader, n *yaml.Node, t *testReader) { t.expect, _ = r.choice(n, "expect", actionList[:6]) }},
	textField("expect_message", func(t *testReader) *string { return &t.ExpectMessage }),
	textField("agent", func(t *testReader) *string { return &t.Call.Agent }),
	textField("session", func(t *testReader) *string { return &t.Call.Session }),
	textField("cwd", func(t *testReader) *string { return &t.Call.Cwd }),
	textField("home", func(t *testReader) *string { return &t.Call.Home }),
	textField("os", func(t *testReader) *string { return &t.Call.OS }),
	textField("response", func(t *testReader) *string { return &t.Call.Response }),
	entry[*testReader]{"agent_depth", func(r *reader, n *yaml.Node, t *testReader) { r.integer(n, "agent_depth", &t.Call.AgentDepth) }},
	entry[*testReader]{"call_count", func(r *reader, n *yaml.Node, t *testReader) { r.counted(n, &t.Call) }},
	entry[*testReader]{"after", func(r *reader, n *yaml.Node, t *testReader) { r.after(n, &t.Call) }},
)

func (r *reader) test(n *yaml.Node, f *file) {
	t := testReader{TestCase: TestCase{File: f.info.name, Line: n.Line}}
	before := len(r.problems)
	readMapping(r, n, testTable, &t)
	if t.expect == "" || t.Call.Tool == "" {
		if len(r.problems) == before {
			r.problem(n, "a test needs tool and expect")
		}
		return
	}
	t.Expect = actionWords[t.expect]
	f.tests = append(f.tests, t.TestCase)
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

var caseTable = newTable("a case",
	textField("id", func(t *testReader) *string { return &t.id }),
	textField("name", func(t *testReader) *string { return &t.Name }),
	ignoredField[*testReader]("category"), ignoredField[*testReader]("technique"),
	ignoredField[*testReader]("severity"), ignoredField[*testReader]("description"),
	textField("os", func(t *testReader) *string { return &t.Call.OS }),
	textField("tool", func(t *testReader) *string { return &t.Call.Tool }),
	entry[*testReader]{"input", func(r *reader, n *yaml.Node, t *testReader) { r.params(n, &t.Call) }},
	entry[*testReader]{"expected", func(r *reader, n *yaml.Node, t *testReader) { t.expect, _ = r.choice(n, "expected", actionList[:6]) }},
)

// corpusCase reads an entry of `cases:`, the form in which collections of
// attacks are handed around.
func (r *reader) corpusCase(n *yaml.Node, f *file) {
	t := testReader{TestCase: TestCase{File: f.info.name, Line: n.Line}}
	readMapping(r, n, caseTable, &t)
	if t.expect == "" || t.Call.Tool == "" {
		r.problem(n, "a case needs tool and expected")
		return
	}
	switch t.Call.OS {
	case "*":
		t.Call.OS = ""
	case "macos":
		t.Call.OS = "darwin"
	}
	t.Name = strings.TrimSpace(t.id + " " + t.Name)
	t.Expect = actionWords[t.expect]
	f.tests = append(f.tests, t.TestCase)
}
