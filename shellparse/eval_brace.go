package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxBraces bounds the words one word may become through {a,b} and {1..9}.
const maxBraces = 1024

// braces returns the words that w becomes by brace expansion. A /bin/sh may
// be a bash, so the POSIX dialect is no exception.
func (a *analyzer) braces(w *syntax.Word) []*syntax.Word {
	found := false
	for _, p := range w.Parts {
		if l, ok := p.(*syntax.Lit); ok && strings.IndexByte(l.Value, '{') >= 0 {
			found = true
		}
		if _, ok := p.(*syntax.BraceExp); ok {
			found = true
		}
	}
	if !found {
		return []*syntax.Word{w}
	}
	c := &syntax.Word{Parts: append([]syntax.WordPart(nil), w.Parts...)}
	if !syntax.SplitBraces(c) {
		return []*syntax.Word{w}
	}
	return a.expandBraces(c.Parts)
}

func (a *analyzer) expandBraces(parts []syntax.WordPart) []*syntax.Word {
	for i, p := range parts {
		e, ok := p.(*syntax.BraceExp)
		if !ok {
			continue
		}
		var heads []*syntax.Word
		if e.Sequence {
			heads = a.sequence(e)
		} else {
			for _, el := range e.Elems {
				heads = append(heads, a.expandBraces(el.Parts)...)
			}
		}
		tails := a.expandBraces(parts[i+1:])
		if len(heads)*len(tails) > maxBraces || !a.tick(len(heads)*len(tails)) {
			a.refuse("too complex to judge: a brace expansion makes too many words")
			return nil
		}
		var out []*syntax.Word
		for _, h := range heads {
			for _, t := range tails {
				w := &syntax.Word{Parts: append([]syntax.WordPart(nil), parts[:i]...)}
				w.Parts = append(w.Parts, h.Parts...)
				w.Parts = append(w.Parts, t.Parts...)
				out = append(out, w)
			}
		}
		return out
	}
	return []*syntax.Word{{Parts: parts}}
}

// sequence expands {1..9..2} and {a..e}.
func (a *analyzer) sequence(e *syntax.BraceExp) []*syntax.Word {
	part := func(i int) string {
		if i < len(e.Elems) {
			return e.Elems[i].Lit()
		}
		return ""
	}
	from, fromOK := parseInt(part(0))
	to, toOK := parseInt(part(1))
	chars := !fromOK || !toOK
	if chars {
		if a.dialect == Zsh && len(e.Elems) > 2 { // which takes no steps between letters
			return []*syntax.Word{{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: "{" + part(0) + ".." + part(1) + ".." + part(2) + "}"}}}}
		}
		if len(part(0)) != 1 || len(part(1)) != 1 {
			return []*syntax.Word{{Parts: []syntax.WordPart{e}}}
		}
		from, to = int64(part(0)[0]), int64(part(1)[0])
	}
	step, _ := parseInt(part(2))
	step = max(step, -step, 1)
	width := 0
	for i := range 2 {
		if s := strings.TrimPrefix(part(i), "-"); len(s) > 1 && s[0] == '0' {
			width = max(width, len(part(i)))
		}
	}
	var out []*syntax.Word
	for n := 0; ; n++ {
		if n > maxBraces {
			a.refuse("too complex to judge: a brace expansion makes too many words")
			return nil
		}
		s := string(rune(from))
		if !chars {
			s = padNumber(from, width)
		}
		out = append(out, &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: s}}})
		if from == to || (from < to && from+step > to) || (from > to && from-step < to) {
			return out
		}
		if from < to {
			from += step
		} else {
			from -= step
		}
	}
}
