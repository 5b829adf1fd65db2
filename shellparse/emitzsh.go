package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// zshFlags copies the flags of ${(...)x} that can't run code, or make a
// name or a pattern of a value.
func (e *emitter) zshFlags(l *syntax.Lit) {
	from, to := int(l.ValuePos.Offset()), int(l.ValueEnd.Offset())
	e.operators(from, "${(")
	for i := from; i < to; i++ {
		c := e.src[i]
		if strings.IndexByte("@fFULuoOniakvqcCwW0tAp", c) >= 0 {
			continue
		}
		// s:text: and j:text:
		if (c == 's' || c == 'j') && i+2 < to && strings.IndexByte(":./,|", e.src[i+1]) >= 0 {
			n := strings.IndexByte(e.src[i+2:to], e.src[i+1])
			if n >= 0 && emitInert(strings.ReplaceAll(e.src[i+2:i+2+n], "\\", "")) {
				i += n + 2
				continue
			}
		}
		e.refuse(from, to, "this flag of ${(...)} is not one that is known to be harmless")
	}
	e.copyTo(to)
	e.operators(to+1, ")")
}

// zshGroup copies parentheses in a word: alternatives of a pattern when there
// is a '|', else qualifiers. Of those, e and + run code, and some take a text.
func (e *emitter) zshGroup(to int) {
	group := e.src[e.at:to]
	allowed := "ND./@=p*%rwxAIERWXsStlLkmachMdnoOY0123456789,[]-^FTUG"
	if strings.IndexByte(group, '|') >= 0 {
		allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.*?-|"
	}
	if !strings.HasSuffix(group, ")") || strings.Trim(group[1:len(group)-1], allowed) != "" {
		e.refuse(e.at, to, "these parentheses hold something that zsh may run; use plain patterns")
	}
	e.copyTo(to)
}
