package shellparse

import (
	"strings"
	"unicode"
)

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

// runLines runs those lines of a file that can be understood by themselves, where
// the whole can't. Whether they run, and in what order, is not known.
func (a *analyzer) runLines(st *state, s str, d Dialect, sp Span, io stdio) {
	saved, savedUnit, dialect := a.doubt, a.unit, a.dialect
	a.doubt = max(a.doubt, Pattern)
	io.out = nil
	f := st.fork()
	for line := range strings.Lines(s.t[:min(len(s.t), maxLoneLines)]) {
		if line = strings.TrimSpace(line); !beginsCommand(line) {
			continue
		}
		c, _ := a.canonical(line, d)
		if a.over {
			break
		}
		if c != nil {
			a.unit, a.dialect = &unit{c: c, fixed: &sp}, d
			a.lines(f, c.file.Stmts, io)
			f.dead = false
		}
	}
	a.doubt, a.unit, a.dialect = saved, savedUnit, dialect
}

// beginsCommand reports whether a line begins with a word that commands begin with,
// and so is none of a text in another language.
func beginsCommand(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	if name, _, ok := strings.Cut(word, "="); ok && name != "" && strings.IndexFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) < 0 {
		return true
	}
	return lookupProgram(path0(word)) != nil || builtins[word].run != nil
}

// maxLoneLines bounds what is read of a file line by line, in bytes.
const maxLoneLines = 1 << 15

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
