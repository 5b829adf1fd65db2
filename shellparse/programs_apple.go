package shellparse

import "strings"

// appleScript finds the shell texts in a program for osascript: `do shell
// script` runs one, `do script` types one into a terminal. What else it asks of
// applications is not known.
func (a *analyzer) appleScript(cmd *command, text string) {
	low := lower(text)
	for _, mark := range [...]string{"do shell script", "do script"} {
		for from := 0; ; {
			i := strings.Index(low[from:], mark)
			if i < 0 {
				break
			}
			from += i + len(mark)
			a.shellArg(&call{cmd: cmd, p: &program{}}, appleString(text[from:]))
		}
	}
}

// appleString reads strings that are joined by &; what is no string in between
// is not known.
func appleString(s string) str {
	var b builder
	for {
		s = strings.TrimLeft(s, " \t(")
		if !strings.HasPrefix(s, `"`) {
			b.add(unknown(nil))
			return b.str()
		}
		i := 1
		for ; i < len(s) && s[i] != '"'; i++ {
			if s[i] == '\\' && i+1 < len(s) {
				i++
				if s[i] == 'n' {
					b.lit("\n")
					continue
				}
			}
			b.lit(s[i : i+1])
		}
		s = strings.TrimLeft(s[min(i+1, len(s)):], " \t)")
		if !strings.HasPrefix(s, "&") {
			return b.str()
		}
		s = s[1:]
	}
}
