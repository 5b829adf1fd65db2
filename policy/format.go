package policy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// formatWidth is how long a line with a list may get before it is broken.
const formatWidth = 120

// keyOrder is the order in which keys are written, by the mapping that they
// are in; keys that are not listed come after them as they were.
var keyOrder = map[string][]string{
	"":           {"version", "name", "description", "extends", "without", "ask_becomes", "default_action", "audit", "notify", "policy", "policies", "tests", "cases"},
	"policies":   {"name", "description", "priority", "enabled", "match", "rules"},
	"rules":      {"action", "when", "webhook", "message", "instead", "once", "expires_at", "match", "not_match"},
	"tests":      {"name", "tool", "params", "agent", "session", "cwd", "home", "os", "response", "expect", "expect_message"},
	"audit":      {"keep", "keep_size"},
	"notify":     {"url", "platform", "on"},
	"webhook":    {"url", "timeout"},
	"flow":       {"from", "to", "path", "host", "program", "name"},
	"call_count": {"gte", "gt", "lte", "lt", "eq", "window"},
}

// Format returns a policy file in its canonical form: two spaces of
// indentation, keys in one order, quotes only where they are needed, a blank
// line between policies. Comments stay with what they stand by. Its result has
// been read back and means the same; what can't be written so is an error.
// Formatting a second time changes nothing.
func Format(name string, data []byte) ([]byte, error) {
	out := data
	for range 4 { // a comment may settle in a second pass
		next, err := formatOnce(name, out)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(next, out) {
			return out, sameMeaning(name, data, out)
		}
		out = next
	}
	return nil, &LoadError{[]Problem{{File: name, Message: "can't be formatted: its comments find no place of their own"}}}
}

func formatOnce(name string, data []byte) ([]byte, error) {
	doc, err := document(name, data)
	if err != nil {
		return nil, err
	}
	f := &formatter{}
	top := doc.Content[0]
	if n := len(top.Content); top.Kind == yaml.MappingNode && n > 1 && top.Content[n-2].FootComment != "" {
		// What ends the file stays at its end, whichever key comes last.
		doc.FootComment = strings.TrimPrefix(doc.FootComment+"\n"+top.Content[n-2].FootComment, "\n")
		top.Content[n-2].FootComment = ""
	}
	f.comment(doc.HeadComment, 0)
	if doc.HeadComment != "" {
		f.b.WriteByte('\n')
	}
	f.block(top, "", 0)
	if foot := strings.TrimSpace(doc.FootComment); foot != "" {
		f.b.WriteByte('\n')
		f.comment(foot, 0)
	}
	if f.err != nil {
		return nil, &LoadError{[]Problem{{File: name, Line: f.line, Column: 1, Message: f.err.Error()}}}
	}
	return f.b.Bytes(), nil
}

func document(name string, data []byte) (*yaml.Node, error) {
	r := &reader{file: name}
	if r.parse(data) == nil {
		return nil, &LoadError{r.problems}
	}
	return r.doc, nil
}

type formatter struct {
	b    bytes.Buffer
	err  error
	line int // what err is about
}

func (f *formatter) fail(n *yaml.Node, format string, args ...any) {
	if f.err == nil {
		f.err, f.line = fmt.Errorf("can't be formatted: "+format, args...), n.Line
	}
}

// comment writes comment lines of their own.
func (f *formatter) comment(text string, indent int) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			f.b.WriteByte('\n')
			continue
		}
		f.b.WriteString(strings.Repeat(" ", indent) + line + "\n")
	}
}

// block writes a node that begins on a line of its own. place is the key that
// leads to it.
func (f *formatter) block(n *yaml.Node, place string, indent int) {
	switch n.Kind {
	case yaml.MappingNode:
		f.mapping(n, place, indent, false)
	case yaml.SequenceNode:
		f.sequence(n, place, indent)
	default:
		f.b.WriteString(strings.Repeat(" ", indent) + f.inline(n, indent) + lineComment(n.LineComment) + "\n")
	}
}

// mapping writes the pairs of a mapping. The first of an entry of a list
// stands behind its dash.
func (f *formatter) mapping(n *yaml.Node, place string, indent int, inEntry bool) {
	if len(n.Content) == 0 {
		f.b.WriteString(strings.Repeat(" ", indent) + "{}\n")
		return
	}
	for i, p := range ordered(n, keyOrder[place]) {
		key, value := p[0], p[1]
		if place == "" && i > 0 && (value.Kind == yaml.SequenceNode || value.Kind == yaml.MappingNode) && !f.isInline(value, indent) {
			f.b.WriteByte('\n')
		}
		f.comment(key.HeadComment, indent)
		if !inEntry || i > 0 || key.HeadComment != "" {
			f.b.WriteString(strings.Repeat(" ", indent))
		}
		if inEntry && i == 0 && key.HeadComment != "" {
			f.fail(key, "a comment between a dash and its first key; put it above the dash")
		}
		k := f.inline(key, indent)
		f.b.WriteString(k + ":")
		f.value(value, key.Value, indent, indent+len(k)+1, key.LineComment)
		f.comment(key.FootComment, indent)
		if key.FootComment != "" {
			f.b.WriteByte('\n')
		}
	}
}

// value writes what comes after a key and its colon.
func (f *formatter) value(v *yaml.Node, key string, indent, column int, comment string) {
	comment = joinComments(comment, v.LineComment)
	if f.isInline(v, indent) {
		f.b.WriteString(f.flow(v, indent, column+1) + lineComment(comment) + "\n")
		if v.HeadComment != "" || v.FootComment != "" {
			f.fail(v, "a comment between a key and its value; put it above the key")
		}
		return
	}
	if v.Anchor != "" {
		f.b.WriteString(" &" + v.Anchor)
	}
	f.b.WriteString(lineComment(comment) + "\n")
	f.comment(v.HeadComment, indent+2)
	f.block(v, key, indent+2)
	f.comment(v.FootComment, indent+2)
}

func (f *formatter) sequence(n *yaml.Node, place string, indent int) {
	if len(n.Content) == 0 {
		f.b.WriteString(strings.Repeat(" ", indent) + "[]\n")
	}
	for i, x := range n.Content {
		if place == "policies" && i > 0 {
			f.b.WriteByte('\n')
		}
		head := x.HeadComment
		inner := x.Kind == yaml.MappingNode && !f.isInline(x, indent)
		if inner && len(x.Content) > 0 { // above the dash, whichever of the two has it
			first := ordered(x, keyOrder[place])[0][0]
			if first.HeadComment != "" {
				head = strings.TrimPrefix(head+"\n"+first.HeadComment, "\n")
				one := *first
				one.HeadComment = ""
				x = replaceKey(x, first, &one)
			}
		}
		f.comment(head, indent)
		f.b.WriteString(strings.Repeat(" ", indent) + "- ")
		switch {
		case !inner && f.isInline(x, indent):
			f.b.WriteString(strings.TrimPrefix(f.flow(x, indent, indent+2), " ") + lineComment(x.LineComment) + "\n")
		case inner:
			if x.Anchor != "" {
				f.b.WriteString("&" + x.Anchor + "\n" + strings.Repeat(" ", indent+2))
			}
			if x.LineComment != "" {
				f.fail(x, "a comment beside a dash; put it above")
			}
			f.mapping(x, place, indent+2, true)
		default:
			f.fail(x, "a list in a list is written in brackets")
		}
		f.comment(x.FootComment, indent)
		if x.FootComment != "" && i < len(n.Content)-1 {
			f.b.WriteByte('\n')
		}
	}
}

func replaceKey(n, old, by *yaml.Node) *yaml.Node {
	c := *n
	c.Content = slices.Clone(n.Content)
	c.Content[slices.Index(c.Content, old)] = by
	return &c
}

// ordered returns the pairs of a mapping in canonical order.
func ordered(n *yaml.Node, order []string) [][2]*yaml.Node {
	var out [][2]*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		out = append(out, [2]*yaml.Node{n.Content[i], n.Content[i+1]})
	}
	rank := func(p [2]*yaml.Node) int {
		if i := slices.Index(order, p[0].Value); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(out, func(a, b [2]*yaml.Node) int { return rank(a) - rank(b) })
	return out
}

// isInline reports whether a value stands on the line of its key: a scalar,
// and a collection in brackets, unless there are comments in it.
func (f *formatter) isInline(n *yaml.Node, _ int) bool {
	switch n.Kind {
	case yaml.MappingNode, yaml.SequenceNode:
		return (n.Style&yaml.FlowStyle != 0 || len(n.Content) == 0) && !hasComments(n)
	}
	return true
}

func hasComments(n *yaml.Node) bool {
	for _, c := range n.Content {
		if c.HeadComment != "" || c.LineComment != "" || c.FootComment != "" || hasComments(c) {
			return true
		}
	}
	return false
}

// flow writes a value in line, a blank before it. A list in brackets that was
// on several lines is broken anew if it has to be.
func (f *formatter) flow(n *yaml.Node, indent, column int) string {
	one := f.inline(n, indent)
	if n.Kind != yaml.SequenceNode || column+utf8.RuneCountInString(one) <= formatWidth || lastLine(n) == n.Line {
		return " " + one
	}
	var b strings.Builder
	pad := "\n" + strings.Repeat(" ", indent+4)
	b.WriteString(" " + anchorOf(n) + "[")
	at := formatWidth
	for i, x := range n.Content {
		s := f.inline(x, indent+4)
		if i < len(n.Content)-1 {
			s += ","
		} else {
			s += "]"
		}
		if width := utf8.RuneCountInString(s); at+1+width > formatWidth {
			b.WriteString(pad + s)
			at = indent + 4 + width
		} else {
			b.WriteString(" " + s)
			at += 1 + width
		}
	}
	return b.String()
}

func lastLine(n *yaml.Node) int {
	line := n.Line
	for _, c := range n.Content {
		line = max(line, lastLine(c))
	}
	return line
}

func anchorOf(n *yaml.Node) string {
	if n.Anchor == "" {
		return ""
	}
	return "&" + n.Anchor + " "
}

// inline writes a node without line breaks, but for texts of several lines.
func (f *formatter) inline(n *yaml.Node, indent int) string {
	if n.Style&yaml.TaggedStyle != 0 {
		f.fail(n, "tags (%s) have no place in a policy", n.Tag)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return "*" + n.Value
	case yaml.MappingNode:
		parts := make([]string, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, f.inner(n.Content[i])+": "+f.inner(n.Content[i+1]))
		}
		return anchorOf(n) + "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		parts := make([]string, len(n.Content))
		for i, c := range n.Content {
			parts[i] = f.inner(c)
		}
		return anchorOf(n) + "[" + strings.Join(parts, ", ") + "]"
	}
	return anchorOf(n) + f.scalar(n, indent, false)
}

// inner is inline within brackets.
func (f *formatter) inner(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return anchorOf(n) + f.scalar(n, 0, true)
	}
	return f.inline(n, 0)
}
func lineComment(s string) string {
	if s == "" {
		return ""
	}
	return " " + strings.Join(strings.Fields(strings.ReplaceAll(s, "\n", " ")), " ")
}

func joinComments(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "" || a == b:
		return a
	}
	return a + " " + strings.TrimLeft(b, "# ")
}
