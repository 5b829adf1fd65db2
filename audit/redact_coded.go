package audit

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// A secret is one in another code as well: in base64, as echo X | base64 -d has
// it, and behind percent signs, as in the query of a URL. What is decoded is
// looked at as any other text, a few codes deep.

// codedDeep is how many codes may lie upon one another.
const codedDeep = 2

// redactCoded redacts what s holds in another code.
func redactCoded(s string, deep int) string {
	return redactBase64(redactPercent(s, deep), deep)
}

var (
	urlChars    = class(lower, upper, digits, "%._~-+/:=&?#@,;!*()[]")
	base64Chars = class(lower, upper, digits, "+/-_")
)

// redactPercent decodes each run of a URL's characters with percent signs among
// them. One that holds a secret is left decoded, with the secret taken out.
func redactPercent(s string, deep int) string {
	var out []byte
	done := 0
	for at := strings.IndexByte(s, '%'); at >= 0 && at < len(s); {
		if !isPercent(s[at:]) {
			next := strings.IndexByte(s[at+1:], '%')
			if next < 0 {
				break
			}
			at += 1 + next
			continue
		}
		from, to := at, at
		for from > done && urlChars[s[from-1]] {
			from--
		}
		for to < len(s) && urlChars[s[to]] {
			to++
		}
		decoded := unpercent(s[from:to])
		if t := redact(decoded, deep-1); t != decoded {
			out = append(append(out, s[done:from]...), t...)
			done = to
		}
		next := strings.IndexByte(s[to:], '%')
		if next < 0 {
			break
		}
		at = to + next
	}
	if done == 0 {
		return s
	}
	return string(append(out, s[done:]...))
}

func isPercent(s string) bool { return len(s) > 2 && hexNum[s[1]] && hexNum[s[2]] }

func unpercent(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && isPercent(s[i:]) {
			c, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b = append(b, byte(c))
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// Less is no secret with its name, and no token.
const shortestBase64 = 16

// redactBase64 decodes each run of base64, and takes it out if it holds a secret.
func redactBase64(s string, deep int) string {
	var out []byte
	done := 0
	for i := 0; i+shortestBase64 <= len(s); {
		from := i
		for i += shortestBase64; i > from && base64Chars[s[i-1]]; i-- {
		}
		if i > from { // a run that is long enough begins after that at the earliest
			continue
		}
		i += shortestBase64
		for i < len(s) && base64Chars[s[i]] {
			i++
			// Programs that encode break lines, at a place where a group of four ends.
			if n := i - from; i < len(s)-1 && s[i] == '\n' && n >= 48 && base64Chars[s[i+1]] {
				i++
			}
		}
		if skip, text := fromBase64(s[from:i]); text != "" && redact(text, deep-1) != text {
			for i < len(s) && s[i] == '=' {
				i++
			}
			out = append(append(out, s[done:from+skip]...), "[redacted:base64]"...)
			done = i
		}
	}
	if done == 0 {
		return s
	}
	return string(append(out, s[done:]...))
}

// fromBase64 decodes a run, in whichever alphabet. It may begin with a few
// characters that are something else, such as the option before it. "" if no
// text comes out.
func fromBase64(run string) (skip int, text string) {
	for skip = range 4 {
		if isText(decode64(run[skip:min(skip+shortestBase64, len(run))])) {
			return skip, textOf(decode64(run[skip:]))
		}
	}
	return 0, ""
}

func decode64(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; c {
		case '\n':
		case '-':
			b = append(b, '+')
		case '_':
			b = append(b, '/')
		default:
			b = append(b, c)
		}
	}
	if len(b)%4 == 1 {
		b = b[:len(b)-1]
	}
	n, err := base64.RawStdEncoding.Decode(b, b)
	if err != nil {
		return nil
	}
	return b[:n]
}

// isText says whether b is the beginning of a text: in ASCII, or in UTF-16, as
// PowerShell encodes commands.
func isText(b []byte) bool {
	for i, c := range b {
		if c == 0 && i%2 == 1 && b[1] == 0 {
			continue
		}
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return len(b) > 1
}

func textOf(b []byte) string {
	if len(b) < 2 || b[1] != 0 {
		return string(b)
	}
	half := b[:0]
	for i := 0; i < len(b); i += 2 {
		half = append(half, b[i])
	}
	return string(half)
}
