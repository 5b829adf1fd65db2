package shellparse

import (
	"fmt"
	"strings"
)

// testInput is a command of the user that all tests are about.
func testInput(text string) *Input {
	env := map[string]string{"PATH": "/usr/bin:/bin", "HOME": "/home/dev", "SHELL": "/bin/bash", "TERM": "xterm", "API_TOKEN": "t0k"}
	return &Input{
		Text: text, Cwd: "/home/dev/app", Home: "/home/dev", User: "dev",
		Env: func(n string) (string, bool) { v, ok := env[n]; return v, ok },
	}
}

// show writes an effect in the compact form of the tests: a letter for its
// kind (x program, b builtin, r read, w write, d delete, u fetch, U fetch that
// sends, e variable, f flow), "~" before it for a pattern, "?" for unknown.
func show(e Effect) string {
	mark := [...]string{"", "~", "?"}[e.Certainty]
	rec := ""
	if e.Recursive {
		rec = "/**"
	}
	switch e.Kind {
	case Exec:
		var b strings.Builder
		for i, v := range e.Argv {
			if i > 0 {
				b.WriteByte(' ')
			}
			if v.Certainty == Unknown {
				b.WriteByte('?')
			} else {
				b.WriteString(v.Text)
			}
		}
		if e.Builtin {
			return mark + "b " + b.String()
		}
		return mark + "x " + b.String()
	case Read:
		return mark + "r " + e.Path + rec
	case Write:
		return mark + "w " + e.Path + rec
	case Delete:
		return mark + "d " + e.Path + rec
	case Fetch:
		if e.Sends {
			return mark + "U " + e.Host
		}
		return mark + "u " + e.Host
	case SetEnv:
		return mark + "e " + e.Name + "=" + e.Value.Text
	case Flow:
		return mark + "f " + string(e.From) + ">" + string(e.To) + strings.TrimRight(" "+strings.TrimSpace(e.Path+e.Name+" "+e.Host), " ")
	}
	return fmt.Sprint(e)
}
