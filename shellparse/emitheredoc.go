package shellparse

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// bodies writes the here-documents that begin on the line at e.at.
func (e *emitter) bodies() {
	pending := e.heredocs
	e.heredocs = nil
	for _, r := range pending {
		e.body(r)
	}
}

// body writes one here-document to the byte: its content is data.
func (e *emitter) body(r *syntax.Redirect) {
	delim, quoted := e.delimiter(r)
	end, next := e.bodyEnd(r, delim, quoted)
	if quoted {
		e.copyTo(end)
	} else {
		if r.Hdoc != nil {
			for _, p := range r.Hdoc.Parts {
				if _, lit := p.(*syntax.Lit); lit {
					continue
				}
				e.literal(int(p.Pos().Offset()), inHeredoc)
				e.part(p, inHeredoc)
				if e.at > end {
					e.refuse(e.at, e.at, "an expansion runs over the end of its here-document; shells disagree about that")
				}
			}
		}
		e.literal(end, inHeredoc)
	}
	e.copyTo(next)
	if n := len(e.out); e.out[n-1] != '\n' {
		e.out = append(e.out, '\n')
	}
}

// bodyEnd finds the line that ends a here-document, as a shell does: by lines,
// before anything is parsed. next is where the line after it begins.
func (e *emitter) bodyEnd(r *syntax.Redirect, delim string, quoted bool) (end, next int) {
	joined, continued := "", false
	for at := e.at; at < len(e.src); at = next {
		line := e.src[at:]
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
			next = at + i + 1
		} else {
			next = len(e.src)
		}
		if r.Op == syntax.DashHdoc {
			line = strings.TrimLeft(line, "\t")
		}
		if line == delim {
			if continued {
				break
			}
			return at, next
		}
		if quoted {
			continue
		}
		// An unquoted backslash joins this line to the next one. Shells differ
		// in whether a line made so can be the last.
		slashes := len(line) - len(strings.TrimRight(line, "\\"))
		if slashes%2 == 1 {
			if len(strings.TrimLeft(joined, "\t")) <= len(delim) { // else it is no end already
				joined += line[:len(line)-1]
			}
			continued = true
			continue
		}
		if continued && strings.TrimLeft(joined+line, "\t") == delim {
			break
		}
		joined, continued = "", false
	}
	e.refuse(int(r.OpPos.Offset()), int(r.OpPos.Offset())+2, "the end of this here-document is missing, or is read differently by different shells")
	return 0, 0
}

// delimiter returns the word that ends a here-document, and whether it was
// quoted, so that the body is not expanded.
func (e *emitter) delimiter(r *syntax.Redirect) (delim string, quoted bool) {
	src := e.src[r.Word.Pos().Offset():r.Word.End().Offset()]
	if len(r.Word.Parts) == 1 {
		switch p := r.Word.Parts[0].(type) {
		case *syntax.Lit:
			delim = p.Value
			if len(src) > 1 && src[0] == '\\' && p.Value == src {
				delim, quoted = src[1:], true
			}
		case *syntax.SglQuoted:
			if !p.Dollar && src == "'"+p.Value+"'" {
				delim, quoted = p.Value, true
			}
		case *syntax.DblQuoted:
			if v := p.Parts; !p.Dollar && len(v) == 1 {
				if l, ok := v[0].(*syntax.Lit); ok && src == "\""+l.Value+"\"" {
					delim, quoted = l.Value, true
				}
			}
		}
	}
	if delim == "" || strings.TrimFunc(delim, func(c rune) bool {
		return c < 128 && (scanNameByte(byte(c)) || strings.ContainsRune("-./,:@%+=!~^ ", c) && (quoted || c != ' '))
	}) != "" || !quoted && src != delim {
		e.refuse(int(r.Word.Pos().Offset()), int(r.Word.End().Offset()), "the end word of a here-document must be a plain word, or one in quotes, such as 'EOF'")
	}
	return delim, quoted
}
