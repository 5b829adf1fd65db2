package shellparse

// listed is a file that lists the names of others, one a line or with NUL
// between them; - is the standard input.
func (a *analyzer) listed(c *call, list str) str {
	if list.known() && list.t == "-" {
		return *c.cmd.io.in
	}
	a.readArg(c, list)
	return a.fileText(c.cmd.st, list)
}

// readListed reads the files that a list names.
func (a *analyzer) readListed(c *call, names str, null bool) {
	for _, f := range a.inputItems(names, true, null) {
		if !f.opaque() {
			a.readArg(c, f.str)
		}
	}
}
