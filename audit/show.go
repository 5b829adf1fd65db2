package audit

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest that a text is shown, in characters.
const (
	shownCommand = 200
	shownMessage = 160
	shownName    = 60
	shownPath    = 4096
)

// colors are the SGR codes of actions; everything else is faint.
var colors = map[string]string{"deny": "1;31", "ask": "33", "watch": "36", "allow": "32"}

// usualOutcome is what need not be said.
var usualOutcome = map[string]string{"allow": "run", "watch": "run", "deny": "refused"}

// appendReadable appends a line of the trail for people, without a line feed.
// It returns nil for what only matters to the trail itself.
func appendReadable(b []byte, line []byte, color bool) []byte {
	r, err := ParseRecord(line)
	if err != nil {
		return append(b, "(a line that is no record)"...)
	}
	if isHousekeeping(line) {
		return nil
	}
	return r.AppendText(b, color)
}

// AppendText appends a record as one line for people, without a line feed: when,
// which layer, what was decided, about what, and why. Nothing in it can do
// anything to a terminal; the colours are those of this package.
func (r *Record) AppendText(b []byte, color bool) []byte {
	what, code := r.Event, "2"
	if r.Event == EventDecision {
		if what = r.Action; r.Outcome != "" && r.Outcome != usualOutcome[r.Action] {
			what += ", " + r.Outcome // asked and answered, or only monitored
		}
		if c, ok := colors[r.Action]; ok {
			code = c
		}
	}
	b = r.Time.Local().AppendFormat(b, "2006-01-02 15:04:05")
	b = fmt.Appendf(b, "  %-7s  ", Visible(r.Layer, shownName))
	what = fmt.Sprintf("%-6s", Visible(what, shownName))
	if color {
		what = "\x1b[" + code + "m" + what + "\x1b[0m"
	}
	b = append(b, what...)
	b = append(b, "  "...)
	b = append(b, Visible(r.Subject(), shownCommand)...)
	why := strings.TrimSuffix(r.Message, ".")
	if r.Refusal != "" && !strings.Contains(why, r.Refusal) {
		why = strings.TrimPrefix(why+"; "+r.Refusal, "; ")
	}
	if r.Event == EventDecision && r.Action == "allow" {
		why = ""
	}
	if why = Visible(why, shownMessage); r.Rule != "" {
		why = strings.TrimSuffix("["+Visible(r.Rule, shownName)+"] "+why, " ")
	}
	if why != "" {
		if color {
			why = "\x1b[2m" + why + "\x1b[0m"
		}
		b = append(b, "  "...)
		b = append(b, why...)
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// Subject is what a record is about: a command, a path, a URL.
func (r *Record) Subject() string {
	switch {
	case r.Command != "":
		return r.Command
	case len(r.Argv) > 0 && r.Path != "" && (r.Tool == "read" || r.Tool == "write" || r.Tool == "delete"):
		return r.Tool + " " + r.Path + " by " + quoteArgv(r.Argv, 4*utf8.UTFMax*shownCommand) // a file, and the program that touches it
	case len(r.Argv) > 0:
		return quoteArgv(r.Argv, 4*utf8.UTFMax*shownCommand)
	case r.Path != "":
		return strings.TrimPrefix(r.Tool+" ", " ") + r.Path
	case r.URL != "":
		return strings.TrimPrefix(r.Tool+" ", " ") + r.URL
	case r.Seal != nil:
		return fmt.Sprintf("epoch %d, %s", r.Seal.Epoch, count(r.Seal.Records, "record"))
	}
	return r.Tool
}

// CommandLine is the command text, or the words as a shell would have to be
// given them.
func (r *Record) CommandLine() string {
	if r.Command == "" {
		return quoteArgv(r.Argv, maxCommand)
	}
	return r.Command
}

// Program is the first program that the record's effects execute, a shell's
// own commands left out; "" if there is none.
func (r *Record) Program() string {
	for i := range r.Effects {
		if f := &r.Effects[i]; f.executes() {
			return f.Program
		}
	}
	return ""
}

// executes says whether f starts a program that is known by name.
func (f *Effect) executes() bool { return f.Kind == "exec" && f.Program != "" && !f.Builtin }

// quoteArgv shows words as a shell would have to be given them, as many as it
// takes to fill limit bytes.
func quoteArgv(argv []string, limit int) string {
	var b strings.Builder
	for i, s := range argv {
		if b.Len() > limit {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		if s == "" || strings.ContainsAny(s, " \t\n'\"\\$`;&|<>()*?[]{}#~!") {
			s = "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
		b.WriteString(s)
	}
	return b.String()
}

// Visible returns s in at most limit characters of which none can do anything
// to a terminal: what is not printable is spelled out.
func Visible(s string, limit int) string {
	var b []byte
	for n := 0; len(s) > 0; n++ {
		if n == limit {
			return string(b) + "…"
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		default:
			q := strconv.AppendQuoteRuneToASCII(nil, r)
			b = append(b, q[1:len(q)-1]...)
		}
		s = s[size:]
	}
	return string(b)
}

// Harmless returns a line of the trail as it is, unless somebody else wrote it
// and it holds what a terminal would act upon.
func Harmless(line []byte) []byte {
	for i, c := range line {
		if !plain[c] && c != '"' && c != '\\' {
			return appendHarmless(append([]byte(nil), line[:i]...), string(line[i:]))
		}
	}
	return line
}

// appendHarmless escapes as the encoder does, but leaves the syntax alone.
func appendHarmless(b []byte, s string) []byte {
	for len(s) > 0 {
		n := strings.IndexAny(s, `"\`)
		if n < 0 {
			n = len(s)
		}
		b = appendEscaped(b, s[:n])
		if n < len(s) {
			b = append(b, s[n])
			n++
		}
		s = s[n:]
	}
	return b
}
