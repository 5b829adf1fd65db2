package shellparse

import (
	"sort"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// canonQuoteLet parses text. To the parser `let` begins a clause with a
// grammar of its own; to every shell it is a builtin with ordinary words, so
// that `let 1|rm y` is a pipeline. Quoted, as 'let', it is a command to both.
// edits are the offsets of the quotes put in.
func canonQuoteLet(text string, lang syntax.LangVariant) (quoted string, edits []int, f *syntax.File, r *refusal) {
	// Quoting one clause may show others that the parser had taken for arithmetic.
	for range 16 {
		var err error
		if f, err = canonParse(text, lang); err != nil {
			r := canonParseError(err)
			r.span.Start = canonOriginal(edits, r.span.Start)
			r.span.End = r.span.Start
			return "", nil, nil, r
		}
		lets := letOffsets(text, f)
		if len(lets) == 0 {
			return text, edits, f, nil
		}
		text, edits = quoteAt(text, lets, edits)
	}
	return "", nil, nil, &refusal{reason: "let is used in too many ways to follow; use $((...)) instead"}
}

func letOffsets(text string, f *syntax.File) (at []int) {
	if !strings.Contains(text, "let") {
		return nil
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		if l, ok := n.(*syntax.LetClause); ok {
			o := int(l.Let.Offset())
			if !strings.HasPrefix(text[o:], "let") {
				panic(&refusal{reason: "let is written in a way that shells read differently", span: Span{o, o}})
			}
			at = append(at, o)
		}
		return true
	})
	sort.Ints(at)
	return at
}

// quoteAt puts quotes around the three bytes at each offset.
func quoteAt(text string, at, edits []int) (string, []int) {
	var b strings.Builder
	var moved []int
	from, next := 0, 0
	for i, o := range at {
		for next < len(edits) && edits[next] < o {
			moved = append(moved, edits[next]+2*i)
			next++
		}
		b.WriteString(text[from:o])
		moved = append(moved, b.Len(), b.Len()+4)
		b.WriteString("'let'")
		from = o + 3
	}
	for ; next < len(edits); next++ {
		moved = append(moved, edits[next]+2*len(at))
	}
	b.WriteString(text[from:])
	return b.String(), moved
}

// canonOriginal maps an offset in a text with edits to the text before them.
func canonOriginal(edits []int, at int) int {
	return at - sort.SearchInts(edits, at)
}
