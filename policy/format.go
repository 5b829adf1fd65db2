package policy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sort"
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
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		r.syntax(err)
		return nil, &LoadError{r.problems}
	}
	return &doc, nil
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

// scalar writes a text or a word. A text keeps single quotes, which spare it
// backslashes; plain words that would be read as something else are quoted.
func (f *formatter) scalar(n *yaml.Node, indent int, bracketed bool) string {
	v := n.Value
	if n.Tag != "!!str" {
		return v // 1, true, null: as written
	}
	if !bracketed && strings.Contains(v, "\n") && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		if s, ok := literalBlock(v, indent+2); ok {
			return s
		}
	}
	if plainScalar(v, bracketed) {
		return v
	}
	if strings.ContainsAny(v, "\\\"") && !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == utf8.RuneError || r > 0x7e }) {
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return doubleQuoted(v)
}

// literalBlock writes a text of several lines as it is; false if YAML would
// read it back as another.
func literalBlock(v string, indent int) (string, bool) {
	body := strings.TrimSuffix(v, "\n")
	if body == "" || strings.HasSuffix(body, "\n") || strings.HasPrefix(v, " ") || strings.HasPrefix(v, "\n") {
		return "", false
	}
	var b strings.Builder
	b.WriteByte('|')
	if body == v {
		b.WriteByte('-')
	}
	for line := range strings.SplitSeq(body, "\n") {
		b.WriteByte('\n')
		if line != "" {
			b.WriteString(strings.Repeat(" ", indent) + line)
		}
		if strings.TrimSpace(line) == "" && line != "" || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }) {
			return "", false
		}
	}
	return b.String(), true
}

// plainScalar reports whether YAML reads v back as this text without quotes.
func plainScalar(v string, bracketed bool) bool {
	if v == "" || strings.TrimSpace(v) != v || len(v) > formatWidth*4 {
		return false
	}
	if strings.ContainsAny(v, "\n\t\r") || strings.Contains(v, ": ") || strings.Contains(v, " #") || strings.HasSuffix(v, ":") {
		return false
	}
	if bracketed && strings.ContainsAny(v, ",[]{}") || bracketed && strings.Contains(v, ":") {
		return false
	}
	if strings.ContainsRune("!&*-?:,[]{}#|>@`\"'%=~<", rune(v[0])) {
		return false
	}
	var n yaml.Node
	text := "- " + v
	if bracketed {
		text = "[" + v + "]"
	}
	if yaml.Unmarshal([]byte(text), &n) != nil || len(n.Content) != 1 || len(n.Content[0].Content) != 1 {
		return false
	}
	got := n.Content[0].Content[0]
	return got.Kind == yaml.ScalarNode && got.Tag == "!!str" && got.Value == v && !oldBoolean(v)
}

// oldBoolean reports whether older readers of YAML take a word for true or
// false.
func oldBoolean(v string) bool {
	switch strings.ToLower(v) {
	case "y", "n", "yes", "no", "on", "off":
		return true
	}
	return false
}

func doubleQuoted(v string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range v {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
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

// sameMeaning checks that nothing but form differs: values and their order,
// the order of keys aside, and the words of comments.
func sameMeaning(name string, a, b []byte) error {
	x, err := document(name, a)
	if err != nil {
		return err
	}
	y, err := document(name, b)
	if err != nil {
		return fmt.Errorf("can't be formatted: %w", err)
	}
	if !sameNodes(x.Content[0], y.Content[0]) {
		return errors.New(name + ": can't be formatted without changing what it says")
	}
	if commentWords(a) != commentWords(b) {
		return &LoadError{[]Problem{{File: name, Message: "can't be formatted without losing a comment; give each comment a line of its own"}}}
	}
	return nil
}

func sameNodes(a, b *yaml.Node) bool {
	a, b = follow(a), follow(b)
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) || a.Kind == yaml.ScalarNode && (a.Value != b.Value || a.Tag != b.Tag) {
		return false
	}
	if a.Kind != yaml.MappingNode {
		for i := range a.Content {
			if !sameNodes(a.Content[i], b.Content[i]) {
				return false
			}
		}
		return true
	}
	for i := 0; i+1 < len(a.Content); i += 2 {
		found := false
		for j := 0; j+1 < len(b.Content) && !found; j += 2 {
			found = sameNodes(a.Content[i], b.Content[j]) && sameNodes(a.Content[i+1], b.Content[j+1])
		}
		if !found {
			return false
		}
	}
	return true
}

// commentWords are the comments of a file in an order of their own. They are
// found by reading the file as YAML does: what is in it, and is not in what it
// says, is a comment.
func commentWords(data []byte) string {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil {
		return ""
	}
	var all []string
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		for _, c := range []string{n.HeadComment, n.LineComment, n.FootComment} {
			all = append(all, strings.Fields(strings.ReplaceAll(c, "#", " "))...)
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&doc)
	// What the reader itself lost is still counted in the text.
	sort.Strings(all)
	return strings.Join(all, " ") + fmt.Sprint(bytes.Count(data, []byte{'#'})-countHashes(&doc))
}

// countHashes counts the '#' that are part of values.
func countHashes(n *yaml.Node) int {
	total := 0
	if n.Kind == yaml.ScalarNode || n.Kind == yaml.AliasNode {
		total += strings.Count(n.Value, "#")
	}
	for _, c := range n.Content {
		total += countHashes(c)
	}
	return total + strings.Count(n.Anchor, "#")
}
