package shellparse

import "strings"

// runPartText runs shell text of which a part may be unknown. What is unknown
// is taken for the value of a variable, and for code as well where it came from
// elsewhere than the environment.
func (a *analyzer) runPartText(cmd *command, s str, d Dialect) {
	if !s.glob || s.opaque() {
		a.runText(cmd.st, s, d, cmd.span, cmd.io)
		return
	}
	if !onlyEnvironment(s.src) {
		a.unknownCode(s, cmd.span)
	}
	a.runText(cmd.st, str{t: holesAsValues(unescape(s.t)), src: s.src}, d, cmd.span, cmd.io)
}

// holesAsValues puts a variable in place of what is unknown, or of the variable
// that it is the name of.
func holesAsValues(text string) string {
	const value = "${" + unknownName + "}"
	text = strings.ReplaceAll(text, `\$`+hole, `\$`+value)
	return strings.ReplaceAll(strings.ReplaceAll(text, "$"+hole, value), hole, value)
}

// onlyEnvironment reports whether what is unknown comes from variables that the
// text got.
func onlyEnvironment(src *source) bool {
	some := src != nil
	for ; src != nil; src = src.next {
		if src.from != Environment {
			return false
		}
	}
	return some
}

// unknownName is a variable of which nothing is ever known, assigned or not.
const unknownName = "_RAMPART_UNKNOWN"
