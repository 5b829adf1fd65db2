package shellparse

import (
	"strconv"
	"strings"
)

// unquoteDouble resolves the backslashes that count inside double quotes.
func unquoteDouble(s string, heredoc bool) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			switch s[i+1] {
			case '\n':
				i++
				continue
			case '"':
				if !heredoc {
					i++
				}
			case '$', '`', '\\':
				i++
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// ansiC resolves the escapes of $'...'.
func ansiC(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		n := 0
		switch c := s[i]; c {
		case 'a':
			b = append(b, 7)
		case 'b':
			b = append(b, 8)
		case 'e', 'E':
			b = append(b, 27)
		case 'f':
			b = append(b, 12)
		case 'n':
			b = append(b, 10)
		case 'r':
			b = append(b, 13)
		case 't':
			b = append(b, 9)
		case 'v':
			b = append(b, 11)
		case '\\', '\'', '"', '?':
			b = append(b, c)
		case 'x':
			n = digits(s[i+1:], 16, 2)
			b = appendCode(b, s[i:], 1, n, 16, false)
			i += n
		case 'u', 'U':
			max := 4
			if c == 'U' {
				max = 8
			}
			n = digits(s[i+1:], 16, max)
			b = appendCode(b, s[i:], 1, n, 16, true)
			i += n
		case 'c':
			if i+1 < len(s) {
				i++
				b = append(b, s[i]&0x1f)
			}
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n = digits(s[i:], 8, 3)
			b = appendCode(b, s[i:], 0, n, 8, false)
			i += n - 1
		default:
			b = append(b, '\\', c)
		}
	}
	if i := strings.IndexByte(string(b), 0); i >= 0 {
		b = b[:i] // bash ends the string at a NUL
	}
	return string(b)
}

// ansiQuoted is what $'...' stands for. Shells differ in what becomes of a
// backslash that means nothing, and some have no \c.
func (a *analyzer) ansiQuoted(s string) str {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		if i++; strings.IndexByte(`abeEfnrtvxuU\'"?01234567`, s[i]) < 0 && (a.dialect != Bash) {
			return unknown(nil)
		}
	}
	return lit(ansiC(s))
}

func digits(s string, base, max int) int {
	n := 0
	for n < len(s) && n < max {
		if _, err := strconv.ParseUint(s[n:n+1], base, 8); err != nil {
			break
		}
		n++
	}
	return n
}

func appendCode(b []byte, s string, from, n, base int, unicode bool) []byte {
	if n == 0 {
		return append(b, '\\', s[0])
	}
	v, _ := strconv.ParseUint(s[from:from+n], base, 32)
	if unicode {
		return append(b, string(rune(v))...)
	}
	return append(b, byte(v))
}
