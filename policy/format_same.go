package policy

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

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
	if commentWords(a, x) != commentWords(b, y) {
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
		at := func(j int) bool {
			return sameNodes(a.Content[i], b.Content[j]) && sameNodes(a.Content[i+1], b.Content[j+1])
		}
		found := at(i) // most keys stay where they were
		for j := 0; j+1 < len(b.Content) && !found; j += 2 {
			found = at(j)
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
func commentWords(data []byte, doc *yaml.Node) string {
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
	walk(doc)
	// What the reader itself lost is still counted in the text.
	sort.Strings(all)
	return strings.Join(all, " ") + fmt.Sprint(bytes.Count(data, []byte{'#'})-countHashes(doc))
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
