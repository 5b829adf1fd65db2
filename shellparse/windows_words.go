package shellparse

import "strings"

// winStop ends a command: a bar or a bracket goes on with the same statement.
const winStop = "|(){}"

// unescapeWindows takes out the marks that keep a character from being read as
// anything else, and joins strings that are added up.
func unescapeWindows(s string) string {
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
			if j := joinedWindows(s[i+1:]); j > 0 { // 'I'+'EX'
				quote = s[i+j]
				i += j
				continue
			}
		case c == '^' && quote == 0, c == '`' && quote != '\'':
			continue
		case c == '^' && quote == '"' && i+1 < len(s) && s[i+1] == '"':
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// joinedWindows is how many bytes lie between a string's end and the next one's
// beginning, that one included, if a plus is all there is; else 0.
func joinedWindows(s string) int {
	t := strings.TrimLeft(s, " ")
	if !strings.HasPrefix(t, "+") {
		return 0
	}
	t = strings.TrimLeft(t[1:], " ")
	if t == "" || t[0] != '\'' && t[0] != '"' {
		return 0
	}
	return len(s) - len(t) + 1
}

// cutWindows returns where the first command ends, where the next one begins,
// and whether a new statement begins there.
func cutWindows(s string) (end, next int, statement bool) {
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'' && (i == 0 || strings.IndexByte(" \t(,=+&|;", s[i-1]) >= 0):
			quote = c
		case c == ';' || c == '\n' || c == '\r':
			return i, i + 1, true
		case c == '&' || c == '|' && i+1 < len(s) && s[i+1] == '|':
			if c == '&' && i > 0 && s[i-1] == '>' {
				continue // 2>&1
			}
			n := i + 1
			if n < len(s) && s[n] == c {
				n++
			} else if t := strings.TrimSpace(s[:i]); c == '&' && (t == "" || t[len(t)-1] == '=') {
				continue // PowerShell's call operator
			}
			return i, n, true
		case strings.IndexByte(winStop, c) >= 0:
			return i, i + 1, false
		}
	}
	return len(s), len(s), false
}

// wordsOf splits a command into words, quotes taken off.
func wordsOf(s string) []string {
	var out []string
	var b strings.Builder
	quote := byte(0)
	open := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(c)
		case c == '"', c == '\'' && !open:
			quote, open = c, true
		case c == ' ' || c == '\t':
			if open {
				out = append(out, b.String())
				b.Reset()
			}
			open = false
		default:
			b.WriteByte(c)
			open = true
		}
	}
	if open {
		out = append(out, b.String())
	}
	return out
}
