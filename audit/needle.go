package audit

import (
	"bytes"
	"strings"
)

// needles are what a canonical line that fits must hold somewhere: of each
// group, one. Looking for bytes is many times faster than reading a record.
type needles struct {
	groups [][][]byte
	folded []string // of A to Z, either
}

// shortest is the length below which a needle is no use.
const shortest = 3

func (n *needles) in(line []byte) bool {
next:
	for _, group := range n.groups {
		for _, needle := range group {
			if bytes.Contains(line, needle) {
				continue next
			}
		}
		return false
	}
	for _, text := range n.folded {
		if !containsFold(line, text) {
			return false
		}
	}
	return true
}

// add adds a group, unless one of its values says too little.
func (n *needles) add(values []string) {
	if len(values) == 0 {
		return
	}
	var group [][]byte
	for _, v := range values {
		v = written(v)
		if len(v) < shortest {
			return
		}
		group = append(group, []byte(v))
	}
	n.groups = append(n.groups, group)
}

// written returns the longest part of s whose form in a canonical line is
// certain. Of other characters than those of ASCII that depends on the version of
// Unicode that the writer knew.
func written(s string) (longest string) {
	for len(s) > 0 {
		n := 0
		for n < len(s) && (plain[s[n]] || s[n] == '"' || s[n] == '\\') {
			n++
		}
		if n > len(longest) {
			longest = s[:n]
		}
		s = s[min(n+1, len(s)):]
	}
	return string(appendEscaped(nil, longest))
}

// literal returns the longest part of a pattern that stands for itself.
func (p *pattern) literal() (longest string) {
	if !p.glob {
		return p.text
	}
	if strings.ContainsAny(p.text, `[{\`) {
		return p.head
	}
	for part := range strings.FieldsFuncSeq(p.text, func(r rune) bool { return r == '*' || r == '?' }) {
		part = strings.Trim(part, "/") // **/ may stand for nothing
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

func literals(patterns []pattern) (out []string) {
	for i := range patterns {
		out = append(out, patterns[i].literal())
	}
	return out
}

// find sets what lines must hold.
func (m *matcher) find() {
	for _, text := range m.Text {
		if !m.IgnoreCase {
			m.needles.add([]string{text})
		} else if text = written(text); len(text) >= shortest {
			m.needles.folded = append(m.needles.folded, text)
		}
	}
	for _, n := range m.names {
		m.needles.add(literals(n.patterns))
	}
	m.needles.add(literals(m.rules))
	m.needles.add(literals(m.programs))
	m.needles.add(literals(m.paths))
}
