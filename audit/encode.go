package audit

import (
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// The longest that the parts of a record may be, in bytes before escaping.
// One byte becomes eight at worst, so that no line is longer than MaxLine.
const (
	maxName    = 4 << 10   // each of session, agent, policy, rule, ...
	maxPlace   = 16 << 10  // each of cwd, path, url
	maxMessage = 32 << 10  // each of message, instead, refusal
	maxCommand = 384 << 10 // command and argv together
	maxEffects = 192 << 10 // all effects together
	maxFiles   = 32 << 10  // all files of code together
	maxDetails = 64 << 10  // all details together
)

// MaxLine is the length of the longest line in a segment, in bytes.
const MaxLine = 8 << 20

const timeLayout = "2006-01-02T15:04:05.000000000Z"

// encoder writes the canonical form of a record: keys in one order, no blanks,
// nothing that is empty, and no character that could do harm.
type encoder struct {
	b    []byte
	left int // what the part that is being written may still take
	cut  bool
}

// encodeBody appends what lies between the sequence number and the chain.
func encodeBody(b []byte, r *Record) []byte {
	e := encoder{b: b}
	e.b = append(e.b, `"time":"`...)
	e.b = r.Time.UTC().AppendFormat(e.b, timeLayout)
	e.b = append(e.b, '"')

	e.name("event", r.Event)
	e.name("session", r.Session)
	e.name("agent", r.Agent)
	e.name("layer", r.Layer)
	if r.PID != 0 {
		e.number("pid", int64(r.PID))
		e.number("uid", int64(r.UID))
	}
	e.text("cwd", r.Cwd, maxPlace)
	e.name("tool", r.Tool)
	e.left = maxCommand
	e.field("command", r.Command)
	e.list("argv", r.Argv)
	e.text("path", r.Path, maxPlace)
	e.text("url", r.URL, maxPlace)
	e.effects(r.Effects)
	e.files(r.Files)
	e.flag("unresolved", r.Unresolved)
	e.flag("unpredicted", r.Unpredicted)
	e.name("action", r.Action)
	e.name("outcome", r.Outcome)
	e.name("mode", r.Mode)
	e.name("policy", r.Policy)
	e.name("rule", r.Rule)
	e.text("message", r.Message, maxMessage)
	e.text("instead", r.Instead, maxMessage)
	e.text("refusal", r.Refusal, maxMessage)
	e.details(r.Details)
	if us := r.Duration / time.Microsecond; us > 0 {
		e.number("duration_us", int64(us))
	}
	e.flag("cut", e.cut || r.Cut)
	return e.b
}

// name writes a word that Rampart or the owner chose.
func (e *encoder) name(key, s string) {
	e.left = maxName
	e.word(key, s)
}

// word writes a string that can't hold a secret.
func (e *encoder) word(key, s string) {
	if s != "" {
		e.key(key)
		e.value(s)
	}
}

func (e *encoder) text(key, s string, limit int) {
	e.left = limit
	e.field(key, s)
}

// field writes a string without its secrets, in what is left of the budget.
func (e *encoder) field(key, s string) {
	if s != "" {
		e.key(key)
		e.str(s)
	}
}

func (e *encoder) number(key string, n int64) {
	e.key(key)
	e.b = strconv.AppendInt(e.b, n, 10)
}

func (e *encoder) flag(key string, on bool) {
	if on {
		e.key(key)
		e.b = append(e.b, "true"...)
	}
}

func (e *encoder) key(key string) {
	if e.b[len(e.b)-1] != '{' {
		e.b = append(e.b, ',')
	}
	e.b = append(e.b, '"')
	e.b = append(e.b, key...)
	e.b = append(e.b, '"', ':')
}

func (e *encoder) list(key string, items []string) {
	if len(items) == 0 {
		return
	}
	e.key(key)
	e.b = append(e.b, '[')
	redacted := redactArgv(items)
	for i, s := range redacted {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		if e.left <= 0 {
			e.cut = true
			e.b = append(e.b, `"…[+`...)
			e.b = strconv.AppendInt(e.b, int64(len(redacted)-i), 10)
			e.b = append(e.b, ` arguments]"`...)
			break
		}
		e.left -= 4 // so that empty strings are not for free
		e.value(s)
	}
	e.b = append(e.b, ']')
}

func (e *encoder) effects(effects []Effect) {
	if len(effects) == 0 {
		return
	}
	e.left = maxEffects
	e.key("effects")
	e.b = append(e.b, '[')
	for i := range effects {
		if e.left <= 0 {
			e.cut = true
			break
		}
		if i > 0 {
			e.b = append(e.b, ',')
		}
		e.left -= 128 // the keys
		e.effect(&effects[i])
	}
	e.b = append(e.b, ']')
}

func (e *encoder) effect(f *Effect) {
	e.b = append(e.b, '{')
	e.word("kind", f.Kind)
	e.word("certainty", f.Certainty)
	e.field("program", f.Program)
	e.list("argv", f.Argv)
	e.field("path", f.Path)
	e.field("host", f.Host)
	e.field("url", f.URL)
	e.word("name", f.Name)
	if f.Value != "" {
		e.key("value")
		e.value(redactValue(f.Name, f.Value))
	}
	e.word("from", f.From)
	e.word("to", f.To)
	e.flag("recursive", f.Recursive)
	e.flag("sends", f.Sends)
	e.flag("builtin", f.Builtin)
	e.field("via", f.Via)
	e.b = append(e.b, '}')
}

func (e *encoder) files(files []File) {
	if len(files) == 0 {
		return
	}
	e.left = maxFiles
	e.key("files")
	e.b = append(e.b, '[')
	for i, f := range files {
		if e.left <= 0 {
			e.cut = true
			break
		}
		if i > 0 {
			e.b = append(e.b, ',')
		}
		e.left -= 128 // keys and digest
		e.b = append(e.b, '{')
		e.field("path", f.Path)
		e.number("size", f.Size)
		e.word("sha256", f.SHA256)
		e.b = append(e.b, '}')
	}
	e.b = append(e.b, ']')
}

func (e *encoder) details(d map[string]string) {
	if len(d) == 0 {
		return
	}
	e.left = maxDetails
	e.key("details")
	e.b = append(e.b, '{')
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if e.left <= 0 {
			e.cut = true
			break
		}
		if e.b[len(e.b)-1] != '{' {
			e.b = append(e.b, ',')
		}
		e.left -= 6
		e.value(k)
		e.b = append(e.b, ':')
		e.value(redactValue(k, d[k]))
	}
	e.b = append(e.b, '}')
}

// str writes s without its secrets.
func (e *encoder) str(s string) {
	if len(s) > maxCommand {
		// What is cut anyway need not be searched.
		e.quoted(Redact(s[:maxCommand]), len(s)-maxCommand)
		return
	}
	e.quoted(Redact(s), 0)
}

func (e *encoder) value(s string) { e.quoted(s, 0) }

// quoted writes s as a JSON string, cut to what is left of the budget. rest is
// the number of bytes that have been cut already.
func (e *encoder) quoted(s string, rest int) {
	if len(s) > max(e.left, 0) {
		keep := max(e.left, 0)
		for keep > 0 && !utf8.RuneStart(s[keep]) {
			keep--
		}
		s, rest = s[:keep], rest+len(s)-keep
	}
	e.left -= len(s)
	e.b = append(e.b, '"')
	e.b = appendEscaped(e.b, s)
	if rest > 0 {
		e.cut = true
		e.b = append(e.b, "…[+"...)
		e.b = strconv.AppendInt(e.b, int64(rest), 10)
		e.b = append(e.b, " bytes]"...)
	}
	e.b = append(e.b, '"')
}

const hexDigits = "0123456789abcdef"

// plain are the bytes that stand for themselves in a canonical string.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendEscaped appends s as the inside of a JSON string. Whatever is not
// printable (controls, escape sequences, line and paragraph separators, marks
// that turn text round or hide it) is written as \uXXXX. A byte that is not
// UTF-8 becomes U+FFFD and its value in two hex digits.
func appendEscaped(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, s[start:i]...)
			b = append(b, `\ufffd`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
			start = i + n
		case !unicode.IsPrint(r):
			b = append(b, s[start:i]...)
			b = appendRune(b, r)
			start = i + n
		}
		i += n
	}
	return append(b, s[start:]...)
}

// appendRune appends r as one \uXXXX, or as the two of a surrogate pair.
func appendRune(b []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		b = appendRune(b, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
