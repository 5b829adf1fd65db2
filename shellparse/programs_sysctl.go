package shellparse

import "strings"

// sysctl reads and writes the files of /proc/sys that its words name; in words
// that say so, others as well.
func (a *analyzer) sysctl(c *call) {
	for i := range c.args {
		g := &c.args[i]
		switch {
		case g.role != "setting":
			a.carry(c, g)
			continue
		case c.on("load"):
			a.readArg(c, g.val)
			continue
		}
		if !g.val.known() {
			a.readArg(c, unknown(g.val.src))
			a.writeArg(c, unknown(g.val.src))
			continue
		}
		name, _, sets := strings.Cut(g.val.t, "=")
		file := lit("/proc/sys/" + settingPath(strings.TrimSpace(name)))
		if sets {
			a.writeArg(c, file)
		} else {
			a.readArg(c, file)
		}
	}
	a.finishCall(c)
}

// settingPath is where procps looks for a setting: the first separator says which of
// the two is meant by dots, and dots are meant by the other then.
func settingPath(name string) string {
	if i := strings.IndexAny(name, "./"); i < 0 || name[i] == '/' {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}, name)
}
