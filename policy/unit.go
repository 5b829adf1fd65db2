package policy

import (
	"strings"

	"rampart/shellparse"
)

// unit is one thing to be judged: an effect of a Call, or the Call as a whole
// (effect nil). Its methods fill in what a rule asks for, once.
type unit struct {
	run    *evaluation
	kind   kindSet
	effect *shellparse.Effect
	of     *shellparse.Effect // the same by the name of the file itself, if effect's is another
	target target

	targetKnown, ownerKnown bool
	owner                   *shellparse.Effect
	texts                   [2]string
	textsKnown              bool
	low                     []string // texts in lower case
}

// itself is the unit by the name of its file: what is excused is so by either.
func (u *unit) itself() *unit {
	if u.of == nil {
		return u
	}
	return &unit{run: u.run, kind: u.kind, effect: u.of, owner: u.owner, ownerKnown: u.ownerKnown}
}

func (u *unit) path() *target {
	if !u.targetKnown {
		u.target, u.targetKnown = targetOf(&u.run.places, u.effect), true
	}
	return &u.target
}

// program returns the Exec that the unit is, or that its effect belongs to:
// the one with the smallest span around it; where there are no spans, the last
// one before it. nil if there is none: a redirection, or the Call as a whole.
func (u *unit) program() *shellparse.Effect {
	if u.effect == nil || u.kind == kindBit(shellparse.Exec) {
		return u.effect
	}
	if !u.ownerKnown {
		u.owner, u.ownerKnown = ownerOf(u.run.effects, u.effect), true
		if u.owner == nil {
			u.owner = u.run.call.By
		}
	}
	return u.owner
}

func ownerOf(effects []shellparse.Effect, e *shellparse.Effect) *shellparse.Effect {
	if e.Redirect {
		return nil
	}
	var best *shellparse.Effect
	before := true
	for i := range effects {
		x := &effects[i]
		if x == e {
			before = false
			continue
		}
		if x.Kind != shellparse.Exec || x.Span.Start > e.Span.Start || x.Span.End < e.Span.End {
			continue
		}
		size := x.Span.End - x.Span.Start
		if best == nil || size < best.Span.End-best.Span.Start || before && size == best.Span.End-best.Span.Start {
			best = x
		}
	}
	return best
}

// commands returns the texts that command globs are held against: of the Call
// what was handed in; of an Exec its words, with and without the directory of
// its program.
func (u *unit) commands() []string {
	if !u.textsKnown {
		u.textsKnown = true
		if u.effect == nil {
			u.texts[0] = callText(u.run.call)
		} else if p := u.program(); p != nil {
			u.texts[0] = execText(p)
			if len(p.Argv) > 0 && p.Argv[0].Text != p.Program {
				if _, rest, ok := strings.Cut(u.texts[0], " "); ok {
					u.texts[1] = p.Argv[0].Text + " " + rest
				} else {
					u.texts[1] = p.Argv[0].Text
				}
			}
		}
	}
	if u.texts[1] == "" {
		return u.texts[:1]
	}
	return u.texts[:]
}

// lowered returns the texts of commands in lower case.
func (u *unit) lowered() []string {
	if u.low == nil {
		for _, t := range u.commands() {
			u.low = append(u.low, strings.ToLower(t))
		}
	}
	return u.low
}

func callText(c *Call) string {
	if c.Command != "" {
		return strings.TrimSpace(c.Command)
	}
	return strings.Join(c.Argv, " ")
}

// hole stands for an unknown argument in a command's text: a glob covers it
// with a star, and nothing else does.
const hole = "\x00"

func execText(e *shellparse.Effect) string {
	var b strings.Builder
	b.WriteString(e.Program)
	for i := 1; i < len(e.Argv); i++ {
		b.WriteByte(' ')
		if e.Argv[i].Certainty == shellparse.Unknown {
			b.WriteString(hole)
		} else {
			b.WriteString(e.Argv[i].Text)
		}
	}
	return b.String()
}
