package wrap

// escapeMark stands in the filtered input for a sequence that was taken out.
const escapeMark = 0

// escapeFilter takes escape sequences out of terminal input: cursor keys, and
// replies of the terminal that a program on it can provoke (DSR, DA, OSC, DCS).
// They must never count as typed. Its state lasts across calls, since a
// sequence may arrive in pieces.
type escapeFilter struct{ state escapeState }

type escapeState uint8

const (
	plainText    escapeState = iota
	afterEscape              // ESC
	inCSI                    // ESC [
	inSS3                    // ESC O
	inString                 // ESC ] P X ^ _: until BEL or ESC \
	stringEscape             // ESC inside such a string
)

// forget drops a sequence that was begun and not finished: a key such as Alt-]
// begins one, and is not followed by the rest.
func (f *escapeFilter) forget() { f.state = plainText }

// plain returns p without escape sequences; each is replaced by escapeMark.
func (f *escapeFilter) plain(p []byte) []byte {
	out := make([]byte, 0, len(p))
	for _, c := range p {
		if c == 3 || c == 0x18 || c == 0x1a { // ^C, CAN and SUB end any sequence
			f.state = plainText
		}
		switch f.state {
		case plainText:
			switch {
			case c == 0x1b:
				f.state = afterEscape
				out = append(out, escapeMark)
			case c != escapeMark:
				out = append(out, c)
			}
		case afterEscape:
			f.state = introduced(c)
		case inCSI:
			switch {
			case c == 0x1b:
				f.state = afterEscape
			case c >= 0x40 && c <= 0x7e:
				f.state = plainText
			}
		case inSS3:
			f.state = plainText
		case inString:
			switch c {
			case 0x07:
				f.state = plainText
			case 0x1b:
				f.state = stringEscape
			}
		case stringEscape:
			if f.state = inString; c == '\\' {
				f.state = plainText
			}
		}
	}
	return out
}

// introduced returns the state after ESC c.
func introduced(c byte) escapeState {
	switch c {
	case '[':
		return inCSI
	case 'O':
		return inSS3
	case ']', 'P', 'X', '^', '_':
		return inString
	case 0x1b:
		return afterEscape
	}
	return plainText
}
