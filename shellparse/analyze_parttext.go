package shellparse

import (
	"regexp"
	"strings"
)

// runPartText runs shell text of which a part may be unknown. What is unknown
// is taken for the value of a variable, and for code as well where it came from
// elsewhere than the environment.
func (a *analyzer) runPartText(cmd *command, s str, d Dialect) {
	if !s.glob || s.opaque() {
		a.runText(cmd.st, s, d, cmd.span, cmd.io)
		return
	}
	text := unescape(s.t)
	asValue := holesAsValues(text)
	if onlyEnvironment(s.src) {
		a.runText(cmd.st, str{t: asValue, src: s.src}, d, cmd.span, cmd.io)
		return
	}
	a.unknownCode(s, cmd.span)
	if !openLine.MatchString(text) {
		a.runText(cmd.st, str{t: asValue, src: s.src}, d, cmd.span, cmd.io)
		return
	}
	asLines := holesAsValues(openLine.ReplaceAllString(text, "\n$1"))
	states := []*state{cmd.st.fork(), cmd.st.fork()}
	a.eachState(cmd.st, cmd.io, states, func(i int, st *state, io stdio) {
		if i == 0 {
			a.runText(st, str{t: asValue, src: s.src}, d, cmd.span, io)
			return
		}
		a.inFileDo(cmd.span, func() { a.runText(st, str{t: asLines, src: s.src}, d, cmd.span, io) })
	})
}

// holesAsValues puts a variable in place of what is unknown, or of the variable
// that it is the name of.
func holesAsValues(text string) string {
	const value = "${" + unknownName + "}"
	text = strings.ReplaceAll(text, `\$`+hole, `\$`+value)
	return strings.ReplaceAll(strings.ReplaceAll(text, "$"+hole, value), hole, value)
}

// openLine is the unknown beginning of a line, of which the rest may be a line of
// its own: what a program prints mostly ends in a newline.
var openLine = regexp.MustCompile(`(?m)^\x00+([\w"'\\$(){!` + "`" + `]|/(?:usr/)?s?bin/)`)

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
