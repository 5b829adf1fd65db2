package policy

import (
	"fmt"
	"unicode"
)

// unmatchable says why a text of a condition can't be meant as it is written:
// it has characters that nobody sees, or letters of two scripts in one word,
// which look like a word that it is not. "" if nothing is wrong with it.
func unmatchable(s string) string {
	script, first := "", rune(0)
	for _, c := range s {
		if c < 0x80 {
			if c < ' ' && c != '\t' && c != '\n' || c == 0x7F {
				return fmt.Sprintf("the control character %U in %q; write '?' where one may stand", c, s)
			}
			if !unicode.IsLetter(c) {
				script = ""
				continue
			}
		}
		switch {
		case unicode.Is(unicode.Cf, c), unicode.IsControl(c) && c >= 0x80, unicode.IsSpace(c) && c >= 0x80:
			return fmt.Sprintf("the invisible character %U in %q; write it anew, or '?' where one may stand", c, s)
		case !unicode.IsLetter(c):
			script = ""
			continue
		}
		now := scriptOf(c)
		if now == "" {
			continue
		}
		if script != "" && script != now {
			return fmt.Sprintf("%q has %s and %s letters in one word (%c is %U, %c is %U); it matches neither spelling", s, script, now, first, first, c, c)
		}
		script, first = now, c
	}
	return ""
}

// scriptOf names the scripts whose letters are taken for each other.
func scriptOf(c rune) string {
	switch {
	case c < 0x80, unicode.Is(unicode.Latin, c):
		return "Latin"
	case unicode.Is(unicode.Cyrillic, c):
		return "Cyrillic"
	case unicode.Is(unicode.Greek, c):
		return "Greek"
	}
	return ""
}
