package audit

import (
	"slices"
	"strings"
)

// maxKey is the length of the longest key that is looked at.
const maxKey = 64

// keyBefore returns the key that ends at i, without quotes and dashes.
func keyBefore(s string, i int) string {
	for n := 0; n < 2 && i > 0 && strings.IndexByte(`"'\`, s[i-1]) >= 0; n++ {
		i--
	}
	start := i
	for start > 0 && i-start < maxKey && dotted[s[start-1]] {
		start--
	}
	return strings.TrimLeft(s[start:i], "-")
}

// isSecretKey says whether a value under this name is a secret.
func isSecretKey(key string) bool {
	if len(key) < 3 || len(key) > maxKey {
		return false
	}
	for len(key) > 0 && (key[len(key)-1] <= '9' || key[len(key)-1] == '_') { // digits and - .
		key = key[:len(key)-1]
	}
	if len(key) < 3 || !keyEnds[key[len(key)-2]|0x20].has(key[len(key)-1]|0x20) {
		return false
	}
	last, rest := lastWord(key)
	for _, end := range secretEnds {
		if strings.HasSuffix(last, end) {
			return true
		}
	}
	if secretWords[last] {
		return true
	}
	if pairs := secretPairs[last]; pairs != nil {
		before, _ := lastWord(rest)
		return pairs[before]
	}
	return false
}

// lastWord splits the last word, in lower case, off a name like DB_PASSWORD,
// client-secret or apiKey.
func lastWord(key string) (word, rest string) {
	key = strings.TrimRight(key, "_-.")
	i := len(key)
	for i > 0 && strings.IndexByte("_-.", key[i-1]) < 0 {
		i--
		if i > 0 && isUpper(key[i]) && !isUpper(key[i-1]) {
			break
		}
	}
	return strings.ToLower(key[i:]), key[:i]
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func skipBlanks(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

// valueAt returns the bounds of the value at i, without its quotes.
func valueAt(s string, i int) (from, to int) {
	open := i
	if strings.HasPrefix(s[open:], `$'`) {
		open++
	}
	for open < len(s) && s[open] == '\\' {
		open++
	}
	if open < len(s) && (s[open] == '"' || s[open] == '\'') {
		quote := s[open]
		from = open + 1
		for to = from; to < len(s) && s[to] != quote; to++ {
			if s[to] == '\\' && to+1 < len(s) && quote == '"' && open == i {
				to++
			}
		}
		to = min(to, len(s))
		for open > i && to > from && s[to-1] == '\\' { // \"value\"
			to--
		}
		return from, to
	}
	for to = i; to < len(s) && strings.IndexByte(" \t\r\n;&|<>()\"'`", s[to]) < 0; to++ {
		if s[to] == '\\' && to+1 < len(s) {
			to++
		}
	}
	return i, min(to, len(s))
}

// isSecret says whether a value is more than nothing, a reference to a secret,
// or what is left of one.
func isSecret(v string) bool {
	switch {
	case v == "" || v[0] == '`' || strings.HasPrefix(v, "$("):
		return false
	case slices.ContainsFunc(references, func(r string) bool { return strings.HasPrefix(v, r) }):
		return false
	case v[0] == '$':
		name := strings.TrimSuffix(strings.TrimPrefix(v[1:], "{"), "}")
		for i := range len(name) {
			if !wordChars[name[i]] {
				return true
			}
		}
		return false
	case v[0] == '[':
		return !(strings.HasPrefix(v, "[redacted") && strings.IndexByte(v, ']') == len(v)-1)
	}
	return true
}
