package shellparse

import "strings"

// stopgapCall is how a shell is called.
type stopgapCall struct {
	text    *str
	script  *str
	rc      *str
	args    []field
	nothing bool
}

func stopgapInvocation(argv []field) (stopgapCall, bool) {
	var c stopgapCall
	command := false
	i := 1
	for ; i < len(argv); i++ {
		f := argv[i]
		if !f.known() {
			break
		}
		s := f.t
		if s == "-" || s == "--" {
			i++
			break
		}
		if strings.HasPrefix(s, "--") {
			switch s {
			case "--rcfile", "--init-file":
				if i+1 < len(argv) {
					i++
					c.rc = &argv[i].str
				}
			case "--version", "--help":
				c.nothing = true
			}
			continue
		}
		if len(s) < 2 || (s[0] != '-' && s[0] != '+') {
			break
		}
		for _, o := range s[1:] {
			switch o {
			case 'c':
				command = command || s[0] == '-'
			case 'o', 'O':
				i++
			}
		}
	}
	if i >= len(argv) {
		return c, !command
	}
	if command {
		c.text, c.args = &argv[i].str, argv[i+1:]
		return c, true
	}
	c.script, c.args = &argv[i].str, argv[i+1:]
	return c, true
}
