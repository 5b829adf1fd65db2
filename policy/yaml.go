package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// This file reads YAML nodes strictly; what the keys mean is in schema.go.

const (
	maxDepth   = 32
	maxProblem = 50
)

// reader collects the problems of one file.
type reader struct {
	file     string
	problems []Problem
	limit    int // of the file, in bytes; what follows is bounded by it
	visited  int // nodes, aliases counted each time they are followed
	weight   int // of what was compiled, in bytes

	examplesSeen int

	doc   *yaml.Node // that was parsed
	data  []byte
	bangs bool     // there is a '!' with a blank behind it
	lines [][]byte // of data, once they are needed
	at    place    // that was last looked up in them
}

func (r *reader) problem(n *yaml.Node, format string, args ...any) {
	if len(r.problems) >= maxProblem {
		return
	}
	p := Problem{File: r.file, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	r.problems = append(r.problems, p)
}

const emptyFile = `the file is empty; write at least

    version: "1"
    policies: []`

// parse returns the top node of the only document, nil with a problem noted.
func (r *reader) parse(data []byte) *yaml.Node { return r.parseUpTo(maxSourceSize, data) }

func (r *reader) parseUpTo(limit int, data []byte) *yaml.Node {
	if len(data) > limit {
		r.problem(nil, "the file has %d bytes; such a policy has at most %d", len(data), limit)
		return nil
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		r.problem(nil, "not a text file: a NUL byte at offset %d", i)
		return nil
	}
	r.data, r.bangs, r.limit = data, hasLoneBang(data), limit
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		r.problem(nil, emptyFile)
		return nil
	}
	if err != nil {
		r.syntax(err)
		return nil
	}
	switch err = dec.Decode(&second); {
	case err == nil:
		r.problem(&second, "a second document; a policy file holds one (remove the '---')")
		return nil
	case !errors.Is(err, io.EOF):
		r.syntax(err)
		return nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Tag == "!!null" {
		r.problem(nil, emptyFile)
		return nil
	}
	if !r.bounded(doc.Content[0], 0) {
		return nil
	}
	r.doc = &doc
	return doc.Content[0]
}

// hasLoneBang reports whether there is a '!' with a blank behind it.
func hasLoneBang(data []byte) bool {
	for i, b := range data {
		if b == '!' && i+1 < len(data) && bytes.IndexByte([]byte(" \t\r\n"), data[i+1]) >= 0 {
			return true
		}
	}
	return false
}

var yamlLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^yaml: (?:line (\d+): )?`) })

func (r *reader) syntax(err error) {
	message := err.Error()
	p := Problem{File: r.file, Message: "not YAML: " + yamlLine().ReplaceAllString(message, "")}
	for part, hint := range map[string]string{
		"whitespace or line break":       "a text that begins with '!' needs quotes",
		"anchor":                         "a text that begins with '*' or '&' needs quotes",
		"alphabetic or numeric":          "a text that begins with '*' or '&' needs quotes",
		"cannot start any token":         "indent with spaces, not tabs; a text that begins with '@', '`' or '%' needs quotes",
		"mapping values are not allowed": "a text with ': ' in it needs quotes",
	} {
		if strings.Contains(message, part) {
			p.Message += " (" + hint + ")"
			break
		}
	}
	switch m := yamlLine().FindStringSubmatch(message); {
	case m != nil && m[1] != "":
		p.Line, _ = strconv.Atoi(m[1])
		p.Column = 1
	case !strings.Contains(message, "UTF-") && !strings.Contains(message, "control characters"):
		p.Line, p.Column = 1, 1 // the parser names every line but the first
	}
	r.problems = append(r.problems, p)
}

// bounded refuses documents whose aliases unfold into too much.
func (r *reader) bounded(n *yaml.Node, depth int) bool {
	if r.visited++; r.visited > r.limit/2 || depth > maxDepth {
		r.problem(n, "nested too deeply, or too much once its aliases are unfolded")
		return false
	}
	if n.Kind == yaml.AliasNode {
		return r.bounded(n.Alias, depth+1)
	}
	if tag := r.tag(n); tag != "" {
		r.problem(n, "%s is read as a YAML tag here; put a text that begins with '!' in quotes", tag)
		return len(r.problems) < maxProblem
	}
	for _, c := range n.Content {
		if !r.bounded(c, depth+1) {
			return false
		}
	}
	return true
}

// tag returns the tag that stands in front of a node, "" if none or one of
// YAML's own. The parser does not tell of a lone '!', so the text is asked.
func (r *reader) tag(n *yaml.Node) string {
	if n.Style&yaml.TaggedStyle != 0 {
		if strings.HasPrefix(n.Tag, "!!") {
			return ""
		}
		return n.Tag
	}
	if n.Kind != yaml.ScalarNode || n.Style != 0 || !r.bangs {
		return ""
	}
	if r.lines == nil {
		r.lines = bytes.SplitAfter(r.data, []byte("\n"))
	}
	if n.Line < 1 || n.Line > len(r.lines) {
		return ""
	}
	rest := r.at.find(r.lines[n.Line-1], n.Line, n.Column)
	if bytes.HasPrefix(rest, []byte{'&'}) { // an anchor may come first
		_, rest, _ = bytes.Cut(rest, []byte{' '})
	}
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0] == '!' {
		return "!"
	}
	return ""
}

// place is a character of a line. Nodes are asked about in the order of the
// file, so that a line, which may be all of it, is walked through once.
type place struct{ line, column, offset int }

// find returns what begins in the column, counted in characters from 1.
func (p *place) find(text []byte, line, column int) []byte {
	if p.line != line || p.column > column {
		*p = place{line, 1, 0}
	}
	for p.column < column && p.offset < len(text) {
		_, n := utf8.DecodeRune(text[p.offset:])
		p.column, p.offset = p.column+1, p.offset+n
	}
	return text[p.offset:]
}

// weigh adds to what the file has been compiled to, an estimate in bytes, and
// reports whether that is still within bounds: few lines may unfold into very
// much, by alternatives, repetitions and aliases.
func (r *reader) weigh(n *yaml.Node, bytes int) bool {
	most := 128 * r.limit
	if r.weight <= most && r.weight+bytes > most {
		r.problem(n, "too much once alternatives, repetitions and aliases are unfolded")
	}
	r.weight = min(r.weight+bytes, most+1)
	return r.weight <= most
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func describe(n *yaml.Node) string {
	switch n = follow(n); n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "a yes or no"
	case "!!int", "!!float":
		return "a number"
	}
	return fmt.Sprintf("%q", n.Value)
}

// entry is a key of a mapping and how its value is read.
type entry[T any] struct {
	key  string
	read func(r *reader, n *yaml.Node, to T)
}

// table is the vocabulary of a mapping.
type table[T any] struct {
	what   string
	fields []entry[T]
	byKey  map[string]int
}

func newTable[T any](what string, fields ...entry[T]) *table[T] {
	t := &table[T]{what, fields, map[string]int{}}
	for i, f := range fields {
		t.byKey[f.key] = i
	}
	return t
}

func (t *table[T]) keys() []string {
	out := make([]string, len(t.fields))
	for i, f := range t.fields {
		out[i] = f.key
	}
	return out
}

// textField is a key whose value is a text.
func textField[T any](key string, to func(T) *string) entry[T] {
	return entry[T]{key, func(r *reader, n *yaml.Node, t T) { r.text(n, key, to(t)) }}
}

// ignoredField is a key whose value is for people.
func ignoredField[T any](key string) entry[T] {
	return entry[T]{key, func(r *reader, n *yaml.Node, _ T) { r.text(n, key, new(string)) }}
}

// readMapping reads a mapping, its keys in the order of the file.
func readMapping[T any](r *reader, n *yaml.Node, t *table[T], to T) {
	n = follow(n)
	if n.Kind != yaml.MappingNode {
		r.problem(n, "%s is a mapping of keys, not %s", t.what, describe(n))
		return
	}
	var first [64]int // line of each key's first place
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := follow(n.Content[i]), n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			r.problem(k, "a key of %s is a word, not %s", t.what, describe(k))
			continue
		}
		at, known := t.byKey[k.Value]
		switch {
		case !known:
			r.unknownKey(k, t.what, t.keys())
		case first[at] != 0:
			r.problem(k, "%q occurs twice in %s; the first is on line %d", k.Value, t.what, first[at])
		default:
			first[at] = k.Line
			t.fields[at].read(r, v, to)
		}
	}
}

// field is a key of a mapping that is seldom read.
type field struct {
	key  string
	read func(*yaml.Node)
}

// mapping reads a mapping by a vocabulary made for it.
func (r *reader) mapping(n *yaml.Node, what string, fields []field) {
	entries := make([]entry[*reader], len(fields))
	for i, f := range fields {
		entries[i] = entry[*reader]{f.key, func(_ *reader, n *yaml.Node, _ *reader) { f.read(n) }}
	}
	readMapping(r, n, newTable(what, entries...), r)
}

func (r *reader) unknownKey(k *yaml.Node, what string, keys []string) {
	hint := didYouMean(k.Value, keys)
	switch {
	case k.Value == "<<":
		hint = "; merge keys are not read here"
	case hint == "":
		hint = "; its keys are " + strings.Join(keys, ", ")
	}
	r.problem(k, "unknown key %q in %s%s", k.Value, what, hint)
}

// list calls read for the entries of a list.
func (r *reader) list(n *yaml.Node, what string, read func(*yaml.Node)) {
	n = follow(n)
	if n.Kind != yaml.SequenceNode {
		r.problem(n, "%s is a list, not %s", what, describe(n))
		return
	}
	for _, c := range n.Content {
		read(c)
	}
}

// text reads a scalar as a string. Numbers are taken as they are written.
func (r *reader) text(n *yaml.Node, what string, to *string) bool {
	n = follow(n)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		hint := ""
		if n.Value == "~" {
			hint = `; YAML reads ~ as nothing, write "~"`
		}
		r.problem(n, "%s is a text, not %s%s", what, describe(n), hint)
		return false
	}
	*to = n.Value
	return true
}

// texts reads a list of strings, or one.
func (r *reader) texts(n *yaml.Node, what string, read func(n *yaml.Node, s string)) {
	one := func(n *yaml.Node) {
		var s string
		if r.text(n, "an entry of "+what, &s) {
			switch {
			case s == "":
				r.problem(n, "an empty entry in %s", what)
				return
			case len(s) > maxGlob:
				r.problem(n, "an entry of %s is longer than %d bytes", what, maxGlob)
				return
			case !r.weigh(n, 200+16*len(s)):
				return
			}
			read(follow(n), s)
		}
	}
	m := follow(n)
	switch {
	case m.Kind == yaml.ScalarNode && (m.Tag != "!!null" || m.Value == "~"):
		one(n)
	case m.Kind == yaml.SequenceNode && len(m.Content) == 0:
		r.problem(m, "%s is an empty list, which nothing can match; leave the key out or add an entry", what)
	case m.Kind == yaml.SequenceNode:
		for _, c := range m.Content {
			one(c)
		}
	default:
		r.problem(m, "%s is a text or a list of texts, not %s", what, describe(m))
	}
}

func (r *reader) boolean(n *yaml.Node, what string, to *bool) bool {
	n = follow(n)
	if n.Kind != yaml.ScalarNode || n.Decode(to) != nil || n.Tag == "!!null" {
		r.problem(n, "%s is true or false, not %s", what, describe(n))
		return false
	}
	return true
}

func (r *reader) integer(n *yaml.Node, what string, to *int) bool {
	n = follow(n)
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		r.problem(n, "%s is a whole number, not %s", what, describe(n))
		return false
	}
	*to = v
	return true
}

func (r *reader) duration(n *yaml.Node, what string, to *time.Duration) {
	n = follow(n)
	d, err := time.ParseDuration(n.Value)
	if days, ok := strings.CutSuffix(n.Value, "d"); err != nil && ok {
		if v, e := strconv.Atoi(days); e == nil && v < 36500 {
			d, err = time.Duration(v)*24*time.Hour, nil
		}
	}
	if n.Kind != yaml.ScalarNode || err != nil || d <= 0 {
		r.problem(n, `%s is a time like "90s", "10m", "1h" or "7d", not %s`, what, describe(n))
		return
	}
	*to = d
}

// choice reads one word of several.
func (r *reader) choice(n *yaml.Node, what string, words []string) (string, bool) {
	var s string
	if !r.text(n, what, &s) {
		return "", false
	}
	for _, w := range words {
		if w == s {
			return s, true
		}
	}
	hint := didYouMean(s, words)
	if hint == "" {
		hint = "; it is one of " + strings.Join(words, ", ")
	}
	r.problem(follow(n), "unknown %s %q%s", what, s, hint)
	return "", false
}
