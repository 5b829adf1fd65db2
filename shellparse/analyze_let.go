package shellparse

import (
	"regexp"
	"strings"
)

// let evaluates its words.
func (a *analyzer) let(c *command) {
	for _, f := range c.argv[1:] {
		t := f.t
		if f.hasHole() {
			a.letUnknown(c, f)
			continue
		} else if f.glob {
			t = unescape(t) // no file has such a name
		}
		if e := a.parseArith(t); e != nil {
			a.arith(c.st, e)
		} else {
			a.arithWord(c.st, str{t: t, src: f.src}) // for what runs before the error shows
		}
	}
}

var (
	letName    = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	letUnnamed = regexp.MustCompile("^" + hole + "|" + hole + `[-+*/%&|^<>]*=`)
)

// letUnknown is a word of let of which a part is unknown: what it names may be
// assigned, and anything where the name is what is unknown.
func (a *analyzer) letUnknown(c *command, f field) {
	if letUnnamed.MatchString(f.t) {
		a.unknownCode(f.str, c.span)
	}
	for _, name := range letName.FindAllString(strings.ReplaceAll(f.t, `\\`, ""), -1) {
		if a.tick(4) {
			a.setVar(c.st, name, unknown(f.src))
		}
	}
}
