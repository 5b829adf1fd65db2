package shellparse

import (
	"regexp"
	"strings"
)

// typedCommands follows what is known of the commands that a program reads, a line
// each: those of an editor, a debugger or m4, or a shell's text behind what how says.
func (a *analyzer) typedCommands(c *call, how string) {
	in := *c.cmd.io.in
	if files := c.all("loads"); how == "m4" && len(files) > 0 {
		in = str{}
		for _, f := range files {
			in = concat(in, a.programText(c, f))
		}
	}
	if !in.known() || in.t == "" || !a.tick(1+len(in.t)/16) {
		return
	}
	a.inFileDo(c.cmd.span, func() {
		for line := range strings.Lines(in.t) {
			line = strings.TrimSpace(line)
			switch rest, found := strings.CutPrefix(line, how); {
			case how == "ex":
				a.exCommand(c, lit(line))
			case how == "gdb":
				a.gdbCommand(c, lit(line))
			case how == "gnuplot":
				a.gnuplotCommand(c, lit(line))
			case how == "m4":
				for _, m := range m4Call.FindAllStringSubmatch(line, -1) {
					a.shellArg(c, lit(strings.Trim(m[1], "`'")))
				}
			case found:
				a.shellArg(c, lit(rest))
			}
		}
	})
}

var m4Call = regexp.MustCompile(`\be?syscmd\(([^)]*)`)
