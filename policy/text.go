package policy

import (
	"math/bits"
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

// maxChunk bounds a chunk with a '?' in it, in characters, so that its states
// fit a word.
const maxChunk = 64

func (g *textGlob) tooLong() bool {
	for _, c := range g.chunks {
		if strings.Contains(c, "?") && utf8.RuneCountInString(c) > maxChunk {
			return true
		}
	}
	return false
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
// lies between chunks is arbitrary. Each byte of s is looked at once or, by a
// chunk's search for its literal text, a few times.
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

// spent counts the steps of the matchers, in tests; nil otherwise.
var spent *int

func spend(n int) {
	if spent != nil {
		*spent += n
	}
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
			spend(len(s))
			return "", false
		}
		spend(i + len(chunk))
		return s[i+len(chunk):], true
	}
	// All places at once: bit i of states says that the characters before here
	// match the first i+1 of the chunk, which is why a chunk fits a word.
	var wild, done uint64
	var letters [maxChunk]rune
	n := 0
	for _, c := range chunk {
		if letters[n] = c; c == '?' {
			wild |= 1 << n
		}
		n++
	}
	done = 1 << (n - 1)
	var states uint64
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		i += size
		spend(1)
		next := states<<1 | 1
		states = next & wild
		for m := next &^ wild; m != 0; m &= m - 1 {
			if at := bits.TrailingZeros64(m); at < n && letters[at] == c && !(c == utf8.RuneError && size == 1) {
				states |= 1 << at
			}
		}
		if states&done != 0 {
			return s[i:], true
		}
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

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
