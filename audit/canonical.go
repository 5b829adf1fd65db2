package audit

import (
	"unicode/utf8"
)

// valueKind is what may stand after a key.
type valueKind uint8

const (
	aString valueKind = iota
	aNumber
	aTrue
	aList
	someEffects
	someFiles
	aMap
	aSeal
)

type schemaKey struct {
	name string
	kind valueKind
}

// The keys of a record, of an effect, of a file and of a seal, in the only order they may have.
var (
	recordKeys = []schemaKey{
		{"v", aNumber}, {"seq", aNumber}, {"time", aString}, {"event", aString}, {"session", aString}, {"agent", aString},
		{"layer", aString}, {"pid", aNumber}, {"uid", aNumber}, {"cwd", aString}, {"tool", aString}, {"command", aString},
		{"argv", aList}, {"path", aString}, {"url", aString}, {"effects", someEffects}, {"files", someFiles}, {"unresolved", aTrue},
		{"unpredicted", aTrue}, {"action", aString}, {"outcome", aString}, {"mode", aString}, {"policy", aString},
		{"rule", aString}, {"message", aString}, {"instead", aString}, {"refusal", aString}, {"details", aMap},
		{"duration_us", aNumber}, {"cut", aTrue}, {"seal", aSeal}, {"prev", aString}, {"hash", aString},
	}
	effectKeys = []schemaKey{
		{"kind", aString}, {"certainty", aString}, {"program", aString}, {"argv", aList}, {"path", aString},
		{"host", aString}, {"url", aString}, {"name", aString}, {"value", aString}, {"from", aString}, {"to", aString},
		{"recursive", aTrue}, {"sends", aTrue}, {"builtin", aTrue}, {"via", aString},
	}
	fileKeys = []schemaKey{{"path", aString}, {"size", aNumber}, {"sha256", aString}}
	sealKeys = []schemaKey{
		{"epoch", aNumber}, {"records", aNumber}, {"since", aString}, {"reason", aString}, {"idle", aNumber}, {"next", aString}, {"sig", aString},
	}
)

// isCanonical says whether line is a record as the encoder writes it: keys that
// are known, once each, in order, and no byte that the encoder would escape.
func isCanonical(line []byte) bool {
	s := scanner{b: line}
	return s.object(recordKeys) && s.i == len(line)
}

type scanner struct {
	b []byte
	i int
}

func (s *scanner) eat(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) literal(t string) bool {
	if len(s.b)-s.i >= len(t) && string(s.b[s.i:s.i+len(t)]) == t {
		s.i += len(t)
		return true
	}
	return false
}

func (s *scanner) object(keys []schemaKey) bool {
	if !s.eat('{') {
		return false
	}
	for first := true; !s.eat('}'); first = false {
		if !first && !s.eat(',') || !s.eat('"') {
			return false
		}
		for len(keys) > 0 && !s.key(keys[0].name) {
			keys = keys[1:]
		}
		if len(keys) == 0 || !s.value(keys[0].kind) {
			return false
		}
		keys = keys[1:]
	}
	return true
}

// key eats NAME": and nothing else.
func (s *scanner) key(name string) bool {
	end := s.i + len(name)
	if end+2 > len(s.b) || string(s.b[s.i:end]) != name || s.b[end] != '"' || s.b[end+1] != ':' {
		return false
	}
	s.i = end + 2
	return true
}

func (s *scanner) value(k valueKind) bool {
	switch k {
	case aNumber:
		return s.number()
	case aTrue:
		return s.literal("true")
	case aList:
		return s.array((*scanner).string)
	case someEffects:
		return s.array(func(s *scanner) bool { return s.object(effectKeys) })
	case someFiles:
		return s.array(func(s *scanner) bool { return s.object(fileKeys) })
	case aSeal:
		return s.object(sealKeys)
	case aMap:
		return s.stringMap()
	}
	return s.string()
}

func (s *scanner) number() bool {
	s.eat('-')
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	n := s.i - start
	return n == 1 || n > 1 && n < 19 && s.b[start] != '0'
}

func (s *scanner) array(item func(*scanner) bool) bool {
	if !s.eat('[') {
		return false
	}
	for first := true; !s.eat(']'); first = false {
		if !first && !s.eat(',') || !item(s) {
			return false
		}
	}
	return true
}

func (s *scanner) stringMap() bool {
	if !s.eat('{') {
		return false
	}
	for first := true; !s.eat('}'); first = false {
		if !first && !s.eat(',') || !s.string() || !s.eat(':') || !s.string() {
			return false
		}
	}
	return true
}

func (s *scanner) string() bool {
	if !s.eat('"') {
		return false
	}
	b, i := s.b, s.i
	for i < len(b) {
		c := b[i]
		switch {
		case plain[c]:
			i++
		case c == '"':
			s.i = i + 1
			return true
		case c == '\\':
			n := escapeLen(b[i+1:])
			if n == 0 {
				return false
			}
			i += 1 + n
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return false
			}
			i += n
		default:
			return false
		}
	}
	return false
}

// escapeLen returns the length of what follows a backslash, 0 if it is not one
// of the escapes that are written.
func escapeLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch b[0] {
	case '"', '\\', 'n', 't':
		return 1
	case 'u':
		if len(b) < 5 {
			return 0
		}
		for _, c := range b[1:5] {
			if hexValue[c] > 15 {
				return 0
			}
		}
		if b[1] == '0' && b[2] == '0' { // ASCII has one form for each
			if c := hexValue[b[3]]<<4 | hexValue[b[4]]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
				return 0
			}
		}
		return 5
	}
	return 0
}
