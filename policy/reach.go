package policy

import (
	"math/bits"
	"strings"

	"rampart/shellparse"
)

// tri is the answer to whether a rule holds for what is only partly known.
type tri int8

const (
	no    tri = iota // it does not
	maybe            // for some of what may happen
	yes              // for all of it
)

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}

func (t tri) not() tri { return yes - t }

// target is a path of an Effect, made ready for many globs.
type target struct {
	path      string // in the spelling of places
	certainty shellparse.Certainty
	recursive bool
	tangled   bool        // a pattern too long to be held against globs: it may be any path
	pattern   []component // of a Pattern
	// solid is how many of pattern's components come before a tail of nothing
	// but wildcards: deleting DIR/* is deleting DIR, as far as its owner cares.
	solid int
}

// What a pattern may have, so that holding it against a glob stays cheap. A
// shell's own names are not longer; a longer pattern is made to be.
const (
	maxPatternParts = 64
	maxPatternElems = 256
)

func targetOf(p *places, e *shellparse.Effect) target {
	t := target{path: p.spell(e.Path), certainty: e.Certainty, recursive: e.Recursive}
	if t.certainty == shellparse.Exact && t.path == "" {
		t.certainty = shellparse.Unknown
	}
	if t.certainty != shellparse.Pattern {
		return t
	}
	for _, name := range strings.Split(t.path, "/") {
		if name == "" || name == "." {
			continue
		}
		c, err := compileComponent(name, true)
		if t.tangled = err != nil || len(t.pattern) >= maxPatternParts || len(c.elems) > maxPatternElems; t.tangled {
			return t
		}
		t.pattern = append(t.pattern, c)
	}
	t.solid = len(t.pattern)
	for t.solid > 0 && t.pattern[t.solid-1].wide() {
		t.solid--
	}
	return t
}

// match says whether the glob holds for the target. An unknown path is matched
// only by the glob that matches every path; if negated, the glob stands for an
// exception, and an unknown path may be one.
func (g *pathGlob) match(p *places, t *target, negated bool) tri {
	switch {
	case t.certainty == shellparse.Unknown:
		if g.all() {
			return yes
		}
		if negated {
			return maybe
		}
		return no
	case t.tangled:
		return maybe
	case t.certainty == shellparse.Exact:
		if g.matchExact(p, t.path) {
			return yes
		}
		if !t.recursive {
			return no
		}
		return triOf(g.reachesBelow(p, t)).weaken()
	}
	return g.matchPattern(p, t)
}

func (t tri) weaken() tri { return min(t, maybe) }

// walk is a run of a glob's components over a path's: a set of positions, bit
// i saying that parts[:i] are used up. The anchor's directory counts as
// literal components in front.
type walk struct {
	glob   *pathGlob
	base   string // rest of the anchor's directory, still to be matched
	states uint64
	backed uint64 // those of states on whose way there was text in common
	steps  int    // components taken after the base was used up
}

func (g *pathGlob) start(p *places) (walk, bool) {
	base := p.base(g.anchor)
	if g.anchor != anchorRoot && base == "" {
		return walk{}, false
	}
	return walk{glob: g, base: strings.Trim(base, "/"), states: g.closure(1)}, true
}

// closure adds the positions behind '**', which may be empty.
func (g *pathGlob) closure(states uint64) uint64 {
	for i := range g.parts {
		if g.parts[i].double && states&(1<<i) != 0 {
			states |= 1 << (i + 1)
		}
	}
	return states
}

func (w *walk) step(meets func(*component) meeting) {
	var next, backed uint64
	for s := w.states; s != 0; s &= s - 1 {
		i := bits.TrailingZeros64(s)
		was := w.backed >> i & 1
		switch {
		case i == len(w.glob.parts):
		case w.glob.parts[i].double:
			next |= 1 << i
			backed |= was << i
		default:
			m := meets(&w.glob.parts[i])
			if m == apart {
				continue
			}
			next |= 1 << (i + 1)
			if m == byText {
				was = 1
			}
			backed |= was << (i + 1)
		}
	}
	w.states, w.backed = w.glob.closure(next), w.glob.closure(backed)
	w.steps++
}

func (w *walk) accepts() bool { return w.base == "" && w.states&(1<<len(w.glob.parts)) != 0 }

// drop forgets what was reached through stars alone. A glob that may start
// anywhere meets nearly every pattern somewhere; it is only held to mean those
// that have some of its text.
func (w *walk) drop() *walk {
	g := w.glob
	if g.anchor == anchorRoot && g.firstDouble == 0 && g.need != "" {
		w.states &= w.backed
	}
	return w
}

// below reports whether the glob names something under the path that was
// walked, closely enough that whoever wrote it thought of such a path: the
// path is on the way to the glob's fixed beginning, or has passed a name that
// the glob spells after its first '**'.
func (w *walk) below() bool {
	if w.states == 0 {
		return false
	}
	if w.base != "" {
		return true
	}
	g := w.glob
	for s := w.states; s != 0; s &= s - 1 {
		i := bits.TrailingZeros64(s)
		if i == len(g.parts) {
			continue
		}
		if i <= g.firstDouble {
			if i == w.steps && !(i == g.firstDouble && g.anchor == anchorRoot && i == 0) {
				return true
			}
			continue
		}
		for _, c := range g.parts[g.firstDouble+1 : i] {
			if !c.double && !c.wide() {
				return true
			}
		}
	}
	return false
}

// reachesBelow reports whether the glob names something under an exact path.
func (g *pathGlob) reachesBelow(p *places, t *target) bool {
	floating := g.anchor == anchorRoot && g.firstDouble == 0
	if floating && holds(t.path, p.home) {
		return true
	}
	// Most globs end here: past its '**', a glob is only reached by its next
	// name, and from the root only by its first.
	switch {
	case floating && len(g.parts) > 1 && g.parts[1].simple && !strings.Contains(t.path, g.parts[1].prefix):
		return false
	case g.anchor == anchorRoot && !floating && len(g.parts) > 0 && len(t.path) > 1:
		if first, _ := cutComponent(t.path[1:]); !g.parts[0].match(first) {
			return false
		}
	case g.anchor != anchorRoot && !holds(t.path, p.base(g.anchor)) && !holds(p.base(g.anchor), t.path):
		return false
	}
	w, ok := g.start(p)
	if !ok {
		return false
	}
	for rest := strings.TrimLeft(t.path, "/"); rest != ""; {
		var name string
		name, rest = cutComponent(rest)
		if name == "" {
			continue
		}
		if w.base != "" {
			var want string
			want, w.base = cutComponent(w.base)
			if want != name {
				return false
			}
			continue
		}
		w.step(func(c *component) meeting {
			if c.match(name) {
				return byText
			}
			return apart
		})
		if w.states == 0 {
			return false
		}
	}
	return w.below()
}

// mayHave says whether a component of the target's glob can be that name.
func (t *target) mayHave(name string) bool {
	for i := range t.pattern {
		if c := &t.pattern[i]; c.double || c.match(name) {
			return true
		}
	}
	return false
}

// matchPattern holds two globs against each other.
func (g *pathGlob) matchPattern(p *places, t *target) tri {
	if !t.recursive && g.name != "" && !t.mayHave(g.name) {
		return no
	}
	w, ok := g.start(p)
	if !ok {
		return no
	}
	all := w
	reached := no
	atHome := strings.Trim(p.home, "/")
	floating := g.anchor == anchorRoot && g.firstDouble == 0
	for i := range t.pattern {
		if i == t.solid {
			if solid := w; solid.drop().accepts() {
				reached = maybe
			}
		}
		c := &t.pattern[i]
		if atHome != "" {
			var want string
			want, atHome = cutComponent(atHome)
			if !c.match(want) {
				floating = false
			}
		} else {
			floating = false
		}
		if w.base != "" {
			var want string
			want, w.base = cutComponent(w.base)
			_, all.base = cutComponent(all.base)
			if !c.match(want) || strings.HasPrefix(want, ".") && c.elems[0].kind != elemLiteral {
				w.states = 0
			}
			if !c.literal {
				all.states = 0
			}
		} else {
			w.step(func(part *component) meeting { return part.intersects(c) })
			all.step(func(part *component) meeting {
				if part.contains(c) {
					return byText
				}
				return apart
			})
		}
		if w.states == 0 {
			return reached
		}
	}
	w.drop()
	switch {
	case all.accepts():
		return yes
	case w.accepts(), t.recursive && (floating || w.below()):
		return maybe
	}
	return reached
}
