package shellparse

import "strings"

// mktemp makes a file or directory whose name is known but for the part that
// it makes up.
func (a *analyzer) mktemp(c *call) {
	dir, template := str{}, lit("tmp.XXXXXXXXXX")
	inTmp := true
	for _, g := range c.args {
		switch {
		case g.role == "tmpdir":
			dir, inTmp = g.val, true
		case g.role == "template":
			template = g.val
			inTmp = c.on("tmp") || dir.t != ""
		}
	}
	if inTmp && dir.t == "" {
		if dir = a.scalar(c.cmd.st, "TMPDIR"); dir.t == "" {
			dir = lit("/tmp")
		}
	}
	name := template
	if template.known() {
		if i := strings.LastIndex(template.t, "XXX"); i >= 0 {
			end := len(strings.TrimRight(template.t[:i+3], "X"))
			name = concat(lit(template.t[:end]), unknown(nil), lit(template.t[i+3:]))
		}
	}
	for _, s := range c.all("suffix") {
		name = concat(name, s)
	}
	if p := name.prefix(); !inTmp && !strings.HasPrefix(p, "/") && !template.hasHole() {
		name = concat(lit("./"), name)
	}
	if inTmp {
		name = concat(dir, lit("/"), name)
	}
	if !c.on("dry") {
		a.writeArg(c, name)
	}
	c.cmd.io.write(concat(name, lit("\n")))
}
