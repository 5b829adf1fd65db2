package engine

import (
	"fmt"
	"strings"
	"unicode"

	"rampart/policy"
)

// Refusal is what a refused command prints in place of running: for the model
// that reads it and the person behind it.
func (o *Outcome) Refusal(c *policy.Call) string {
	return o.reason() + "This command did not run. Do not try to reach the same by other means; tell the user if it is needed.\n"
}

// FileRefusal is the same for what a program does to a file by itself.
func (o *Outcome) FileRefusal() string {
	return o.reason() + "The program goes on, and was told that permission is denied. Do not try to reach the same by other means; tell the user if it is needed."
}

func (o *Outcome) reason() string {
	d := &o.Decision
	var b strings.Builder
	verb := "refused"
	if d.Action == policy.Ask {
		verb = "not approved"
	}
	b.WriteString("rampart: " + verb + ": " + Sanitize(d.Message) + "\n")
	if d.Effect != nil {
		line(&b, "because it", DescribeEffect(d.Effect))
	}
	if d.Rule != "" {
		line(&b, "rule", d.Policy+" ("+d.Rule+")")
	}
	if d.Instead != "" {
		line(&b, "instead", d.Instead)
	}
	if d.AllowBy != "" {
		line(&b, "to allow", d.AllowBy)
	}
	if strings.HasPrefix(d.AllowBy, "rampart allow ") {
		line(&b, "", "(for the owner, in a terminal outside of this session)")
	}
	if o.Notice != "" {
		line(&b, "note", o.Notice)
	}
	return b.String()
}

func line(b *strings.Builder, key, value string) {
	fmt.Fprintf(b, "  %-10s %s\n", key, Sanitize(value))
}

// Sanitize makes text that an agent may have chosen safe to print on a
// terminal: what is not printable becomes a space, and what is too long is cut.
func Sanitize(s string) string {
	const most = 2000
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
