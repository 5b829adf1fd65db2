package format

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Origin is what a record doesn't say about where it was made.
type Origin struct {
	Version string // of Rampart
	Host    string // name of the machine
}

// runes calls f for each character of s. What is not printable, and each byte
// that is not UTF-8, is spelled out in ASCII, \x1b or \u202e; f gets that
// spelling, and the character in every other case. It ends when f says so.
func runes(s string, f func(r rune, spelled string) bool) {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		spelled := ""
		switch {
		case r == utf8.RuneError && n == 1:
			spelled = `\x` + string([]byte{hexDigits[s[0]>>4], hexDigits[s[0]&15]})
		case !unicode.IsPrint(r):
			spelled = strconv.QuoteRuneToASCII(r)
			spelled = spelled[1 : len(spelled)-1]
		}
		if !f(r, spelled) {
			return
		}
		s = s[n:]
	}
}

const hexDigits = "0123456789abcdef"
