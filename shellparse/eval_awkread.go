package shellparse

import "strings"

// awkRules are a program's rules as ranges of tokens.
type awkRule struct {
	begin, end bool
	pattern    [2]int
	body       [2]int
	hasBody    bool
}

// awkTokens cuts a program into tokens, regular expressions among them.
func awkTokens(t string) []token {
	var out []token
	for i := 0; i < len(t); {
		c := t[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '\\' && i+1 < len(t) && t[i+1] == '\n':
			i += 2
		case c == '\n':
			out = append(out, token{kind: 'p', text: ";"})
			i++
		case c == '#':
			i = lineEnd(t, i)
		case c == '"':
			n, tok := readString(t[i:], "awk")
			out = append(out, tok)
			i += n
		case c >= '0' && c <= '9':
			n := i
			for n < len(t) && (t[n] >= '0' && t[n] <= '9' || t[n] == '.') {
				n++
			}
			out = append(out, token{kind: 'n', text: t[i:n]})
			i = n
		case isIdent(c):
			n := i
			for n < len(t) && isIdent(t[n]) {
				n++
			}
			out = append(out, token{kind: 'i', text: t[i:n]})
			i = n
		case c == '/' && (len(out) == 0 || out[len(out)-1].kind == 'p' && strings.IndexByte(")]$", out[len(out)-1].text[0]) < 0):
			end := sedPart(t, i+1, '/')
			if end >= len(t) {
				return []token{{kind: 'p', text: "?"}}
			}
			out = append(out, token{kind: 'r', text: strings.ReplaceAll(t[i+1:end], `\/`, "/")})
			i = end + 1
		default:
			n := 1
			for _, op := range []string{"==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "!~", ">>"} {
				if strings.HasPrefix(t[i:], op) {
					n = 2
				}
			}
			out = append(out, token{kind: 'p', text: t[i : i+n]})
			i += n
		}
	}
	return out
}

func (m *awkMachine) is(text string) bool {
	return m.i < len(m.toks) && m.toks[m.i].kind == 'p' && m.toks[m.i].text == text
}

func (m *awkMachine) take(text string) bool {
	if m.is(text) {
		m.i++
		return true
	}
	return false
}

// closing is the index of the bracket that closes the one at i.
func (m *awkMachine) closing(i int) int {
	depth := 0
	for ; i < len(m.toks); i++ {
		if m.toks[i].kind != 'p' {
			continue
		}
		switch m.toks[i].text {
		case "(", "{", "[":
			depth++
		case ")", "}", "]":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	m.bad = true
	return len(m.toks)
}

func (m *awkMachine) rules() []awkRule {
	var out []awkRule
	for i := 0; i < len(m.toks) && !m.bad && len(out) < 64; {
		t := m.toks[i]
		if t.kind == 'p' && t.text == ";" {
			i++
			continue
		}
		var r awkRule
		if t.kind == 'i' && (t.text == "BEGIN" || t.text == "END") {
			r.begin, r.end = t.text == "BEGIN", t.text == "END"
			i++
		} else if t.kind == 'i' && (t.text == "function" || t.text == "func") {
			m.bad = true
			return nil
		}
		r.pattern[0] = i
		for i < len(m.toks) && !(m.toks[i].kind == 'p' && (m.toks[i].text == "{" || m.toks[i].text == ";")) {
			i++
		}
		r.pattern[1] = i
		if i < len(m.toks) && m.toks[i].text == "{" {
			end := m.closing(i)
			r.hasBody, r.body = true, [2]int{i + 1, end}
			i = end + 1
		}
		out = append(out, r)
	}
	return out
}
