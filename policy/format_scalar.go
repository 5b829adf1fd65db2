package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// scalar writes a text or a word. A text keeps single quotes, which spare it
// backslashes; plain words that would be read as something else are quoted.
func (f *formatter) scalar(n *yaml.Node, indent int, bracketed bool) string {
	v := n.Value
	if n.Tag != "!!str" {
		return v // 1, true, null: as written
	}
	if !bracketed && strings.Contains(v, "\n") && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		if s, ok := literalBlock(v, indent+2); ok {
			return s
		}
	}
	if plainScalar(v, bracketed) {
		return v
	}
	if strings.ContainsAny(v, "\\\"") && !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == utf8.RuneError || r > 0x7e }) {
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return doubleQuoted(v)
}

// literalBlock writes a text of several lines as it is; false if YAML would
// read it back as another.
func literalBlock(v string, indent int) (string, bool) {
	body := strings.TrimSuffix(v, "\n")
	if body == "" || strings.HasSuffix(body, "\n") || strings.HasPrefix(v, " ") || strings.HasPrefix(v, "\n") {
		return "", false
	}
	var b strings.Builder
	b.WriteByte('|')
	if body == v {
		b.WriteByte('-')
	}
	for line := range strings.SplitSeq(body, "\n") {
		b.WriteByte('\n')
		if line != "" {
			b.WriteString(strings.Repeat(" ", indent) + line)
		}
		if strings.TrimSpace(line) == "" && line != "" || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }) {
			return "", false
		}
	}
	return b.String(), true
}

// plainScalar reports whether YAML reads v back as this text without quotes.
func plainScalar(v string, bracketed bool) bool {
	if v == "" || strings.TrimSpace(v) != v || len(v) > formatWidth*4 {
		return false
	}
	if strings.ContainsAny(v, "\n\t\r") || strings.Contains(v, ": ") || strings.Contains(v, " #") || strings.HasSuffix(v, ":") {
		return false
	}
	if bracketed && strings.ContainsAny(v, ",[]{}") || bracketed && strings.Contains(v, ":") {
		return false
	}
	if strings.ContainsRune("!&*-?:,[]{}#|>@`\"'%=~<", rune(v[0])) {
		return false
	}
	if plainWord(v) {
		return true
	}
	var n yaml.Node
	text := "- " + v
	if bracketed {
		text = "[" + v + "]"
	}
	if yaml.Unmarshal([]byte(text), &n) != nil || len(n.Content) != 1 || len(n.Content[0].Content) != 1 {
		return false
	}
	got := n.Content[0].Content[0]
	return got.Kind == yaml.ScalarNode && got.Tag == "!!str" && got.Value == v && !oldBoolean(v)
}

// plainWord reports whether v is a word of letters, digits, '_', '/' and '-' that
// begins with a letter and that no reader of YAML takes for anything but a text.
func plainWord(v string) bool {
	for i := range len(v) {
		switch c := v[i] | 0x20; {
		case 'a' <= c && c <= 'z':
		case i > 0 && ('0' <= v[i] && v[i] <= '9' || v[i] == '_' || v[i] == '/' || v[i] == '-'):
		default:
			return false
		}
	}
	switch strings.ToLower(v) {
	case "true", "false", "null":
		return false
	}
	return !oldBoolean(v)
}

// oldBoolean reports whether older readers of YAML take a word for true or
// false.
func oldBoolean(v string) bool {
	switch strings.ToLower(v) {
	case "y", "n", "yes", "no", "on", "off":
		return true
	}
	return false
}

func doubleQuoted(v string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range v {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
