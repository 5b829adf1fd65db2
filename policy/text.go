package policy

import (
	"strings"
	"unicode/utf8"
)

// textGlob matches free text: commands, hosts, URLs, names. '*' and '**' are
// any run of characters, '?' is one character, everything else is itself, also
// the backslash and brackets, which commands are full of.
type textGlob struct {
	source string
	// chunks are the parts between stars. The first is anchored at the start,
	// the last at the end; a lone chunk at both.
	chunks []string
}

func compileText(source string) textGlob {
	g := textGlob{source: source}
	for i, c := range strings.Split(source, "*") {
		// Two stars in a row leave an empty chunk, which says nothing.
		if c == "" && i > 0 && len(g.chunks) > 0 && i < strings.Count(source, "*") {
			continue
		}
		g.chunks = append(g.chunks, c)
	}
	return g
}

// all reports whether the glob matches every text.
func (g *textGlob) all() bool {
	for _, c := range g.chunks {
		if c != "" {
			return false
		}
	}
	return len(g.chunks) > 1
}

// literal returns the text that is the only one to match, if there is only one.
func (g *textGlob) literal() (string, bool) {
	if len(g.chunks) == 1 && !strings.Contains(g.chunks[0], "?") {
		return g.chunks[0], true
	}
	return "", false
}

// firstWord returns the first word of every text that can match, "" if they
// differ.
func (g *textGlob) firstWord() string {
	c := g.chunks[0]
	if i := strings.IndexByte(c, ' '); i >= 0 {
		c = c[:i]
	} else if len(g.chunks) > 1 {
		return ""
	}
	if strings.Contains(c, "?") {
		return ""
	}
	return c
}

// match takes the leftmost place for each chunk, which is right because what
// lies between chunks is arbitrary: the cost is at most len(s) for each chunk,
// times the chunk's length if it has a '?'.
func (g *textGlob) match(s string) bool {
	n, ok := prefixLen(g.chunks[0], s)
	if !ok {
		return false
	}
	s = s[n:]
	if len(g.chunks) == 1 {
		return s == ""
	}
	last := len(g.chunks) - 1
	for _, c := range g.chunks[1:last] {
		if s, ok = after(c, s); !ok {
			return false
		}
	}
	return hasSuffix(g.chunks[last], s)
}

// prefixLen returns the length of the prefix of s that chunk matches.
func prefixLen(chunk, s string) (int, bool) {
	if strings.IndexByte(chunk, '?') < 0 {
		return len(chunk), strings.HasPrefix(s, chunk)
	}
	n := 0
	for i := 0; i < len(chunk); i++ {
		if n >= len(s) {
			return 0, false
		}
		if chunk[i] == '?' {
			_, size := utf8.DecodeRuneInString(s[n:])
			n += size
		} else if chunk[i] == s[n] {
			n++
		} else {
			return 0, false
		}
	}
	return n, true
}

// after returns what follows the leftmost place of chunk in s.
func after(chunk, s string) (string, bool) {
	if strings.IndexByte(chunk, '?') < 0 {
		i := strings.Index(s, chunk)
		if i < 0 {
			return "", false
		}
		return s[i+len(chunk):], true
	}
	for i := 0; i <= len(s); {
		if n, ok := prefixLen(chunk, s[i:]); ok {
			return s[i+n:], true
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += max(size, 1)
	}
	return "", false
}

func hasSuffix(chunk, s string) bool {
	if strings.IndexByte(chunk, '?') < 0 {
		return strings.HasSuffix(s, chunk)
	}
	// From the end, character by character: '?' has no fixed length in bytes.
	for len(chunk) > 0 {
		if s == "" {
			return false
		}
		c, n := utf8.DecodeLastRuneInString(chunk)
		r, size := utf8.DecodeLastRuneInString(s)
		if c != '?' && (c != r || n != size) {
			return false
		}
		chunk, s = chunk[:len(chunk)-n], s[:len(s)-size]
	}
	return true
}

// containsFold reports whether s contains needle, which is in lower case;
// ASCII letters of s match either way.
func containsFold(s, needle string) bool {
	if needle == "" {
		return true
	}
	for i := 0; i+len(needle) <= len(s); i++ {
		if lower(s[i]) != needle[0] {
			continue
		}
		j := 1
		for j < len(needle) && lower(s[i+j]) == needle[j] {
			j++
		}
		if j == len(needle) {
			return true
		}
	}
	return false
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
