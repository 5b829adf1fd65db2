package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A path glob is a list of components; this file knows one of them.

type elemKind uint8

const (
	elemLiteral elemKind = iota // one certain character
	elemAny                     // any one character
	elemClass                   // one character of a set
	elemStar                    // any run of characters
)

type runeRange struct{ lo, hi rune }

type elem struct {
	r    rune
	kind elemKind
	set  *runeSet // of a class
}

type runeSet struct {
	negate bool
	ranges []runeRange
}

func (e *elem) matches(r rune) bool {
	switch e.kind {
	case elemLiteral:
		return e.r == r
	case elemClass:
		for _, s := range e.set.ranges {
			if s.lo <= r && r <= s.hi {
				return !e.set.negate
			}
		}
		return e.set.negate
	}
	return true
}

// component is one part of a path glob between slashes.
type component struct {
	double  bool   // '**': any number of components
	simple  bool   // prefix and suffix say all
	star    bool   // with simple: anything may stand between prefix and suffix
	prefix  string // of every name that matches
	suffix  string
	elems   []elem
	literal bool // simple && !star: only prefix matches
	stem    int  // elems before the ending, if they say anything; else all
}

// compileComponent reads one component. In a rule's glob there is no escape
// (a backslash was a separator); in a Value it is the backslash.
func compileComponent(s string, escapes bool) (component, error) {
	if s == "**" && !escapes {
		return component{double: true}, nil
	}
	elems, err := parseElems(s, escapes)
	if err != nil {
		return component{}, err
	}
	c := component{elems: elems, simple: true}
	var prefix, suffix strings.Builder
	for _, e := range elems {
		switch {
		case e.kind == elemStar && !c.star:
			c.star = true
		case e.kind != elemLiteral, !utf8.ValidRune(e.r):
			c.simple = false
		case c.star:
			suffix.WriteRune(e.r)
		default:
			prefix.WriteRune(e.r)
		}
	}
	c.prefix, c.suffix = prefix.String(), suffix.String()
	c.literal = c.simple && !c.star
	c.stem = len(elems)
	letters := false
	for i, e := range elems {
		if e.kind != elemLiteral {
			continue
		}
		if e.r == '.' && letters {
			c.stem = i
		}
		letters = letters || unicode.IsLetter(e.r)
	}
	return c, nil
}

// nextRune is utf8.DecodeRuneInString, but bytes that are no UTF-8, which file
// names may have, stay different from each other.
func nextRune(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return 0xDC00 | rune(s[0]), 1
	}
	return r, n
}

var errClass = errors.New("a '[' without its ']' (write [[] for the character itself)")

func parseElems(s string, escapes bool) ([]elem, error) {
	out := make([]elem, 0, len(s))
	for i := 0; i < len(s); {
		r, n := nextRune(s[i:])
		i += n
		switch {
		case r == '*':
			if len(out) == 0 || out[len(out)-1].kind != elemStar {
				out = append(out, elem{kind: elemStar})
			}
		case r == '?':
			out = append(out, elem{kind: elemAny})
		case r == '[':
			e, n, err := parseClass(s[i:], escapes)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			i += n
		case r == '\\' && escapes && i < len(s):
			r, n = nextRune(s[i:])
			i += n
			fallthrough
		default:
			out = append(out, elem{r: r})
		}
	}
	return out, nil
}

// parseClass reads what follows a '[' and returns how many bytes it took.
func parseClass(s string, escapes bool) (elem, int, error) {
	e := elem{kind: elemClass, set: &runeSet{}}
	i := 0
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		e.set.negate = true
		i++
	}
	next := func() (rune, bool) {
		if i >= len(s) {
			return 0, false
		}
		if s[i] == '\\' && escapes && i+1 < len(s) {
			i++
		}
		r, n := nextRune(s[i:])
		i += n
		return r, true
	}
	for first := true; ; first = false {
		if i < len(s) && s[i] == ']' && !first {
			return e, i + 1, nil
		}
		if strings.HasPrefix(s[i:], "[:") {
			end := strings.Index(s[i:], ":]")
			if end < 0 {
				return e, 0, errClass
			}
			set, ok := namedClasses[s[i+2:i+end]]
			if !ok {
				return e, 0, fmt.Errorf("unknown character class %q", s[i:i+end+2])
			}
			e.set.ranges = append(e.set.ranges, set...)
			i += end + 2
			continue
		}
		lo, ok := next()
		if !ok {
			return e, 0, errClass
		}
		hi := lo
		if i+1 < len(s) && s[i] == '-' && s[i+1] != ']' {
			i++
			if hi, ok = next(); !ok {
				return e, 0, errClass
			}
			if hi < lo {
				return e, 0, fmt.Errorf("the range %c-%c is empty: its ends are the wrong way round", lo, hi)
			}
		}
		e.set.ranges = append(e.set.ranges, runeRange{lo, hi})
	}
}

var namedClasses = map[string][]runeRange{
	"alpha": {{'a', 'z'}, {'A', 'Z'}}, "digit": {{'0', '9'}}, "alnum": {{'a', 'z'}, {'A', 'Z'}, {'0', '9'}},
	"lower": {{'a', 'z'}}, "upper": {{'A', 'Z'}}, "xdigit": {{'0', '9'}, {'a', 'f'}, {'A', 'F'}},
	"space": {{'\t', '\r'}, {' ', ' '}}, "blank": {{'\t', '\t'}, {' ', ' '}}, "punct": {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}},
	"print": {{' ', '~'}}, "graph": {{'!', '~'}}, "cntrl": {{0, 31}, {127, 127}},
}

// wide reports whether the component has no character of its own, so that it
// stands for whole directories.
func (c *component) wide() bool {
	for i := range c.elems {
		if c.elems[i].kind == elemLiteral {
			return false
		}
	}
	return len(c.elems) > 0
}

// match reports whether the component matches name. Going back to the last
// star only keeps the cost at len(name) times len(elems).
func (c *component) match(name string) bool {
	if c.simple {
		if !c.star {
			return name == c.prefix
		}
		return len(name) >= len(c.prefix)+len(c.suffix) && strings.HasPrefix(name, c.prefix) && strings.HasSuffix(name, c.suffix)
	}
	ok, steps := matchElems(c.elems, name)
	spend(steps)
	return ok
}

func matchElems(elems []elem, name string) (ok bool, steps int) {
	e, i := 0, 0
	starElem, starAt := -1, 0
	for ; i < len(name); steps++ {
		r, n := nextRune(name[i:])
		switch {
		case e < len(elems) && elems[e].kind == elemStar:
			starElem, starAt = e, i
			e++
		case e < len(elems) && elems[e].matches(r):
			e++
			i += n
		case starElem >= 0:
			_, n = nextRune(name[starAt:])
			starAt += n
			i, e = starAt, starElem+1
		default:
			return false, steps
		}
	}
	for e < len(elems) && elems[e].kind == elemStar {
		e++
	}
	return e == len(elems), steps
}

// maxElems bounds what the quadratic comparisons below look at; a longer
// component is taken to intersect and not to be contained.
const maxElems = 512

// meeting says how two globs can name the same.
type meeting uint8

const (
	apart   meeting = iota // they can't
	byStars                // only where one of them would match anything
	byText                 // and they have text in common
)

// intersects says how the rule's component c and the pattern p of a Value,
// whose wildcards leave a leading dot alone, can name the same. Two character
// classes are taken to intersect. A beginning that they share, or two letters,
// count as text in common, but not an ending like .json after a name: nearly all
// names share a dot, a letter, or an ending.
func (c *component) intersects(p *component) meeting {
	if len(c.elems)*len(p.elems) > maxElems*maxElems {
		return byText
	}
	if len(c.elems) > 0 && len(p.elems) > 0 {
		a, b := &c.elems[0], &p.elems[0]
		if a.kind == elemLiteral && a.r == '.' && b.kind != elemLiteral {
			return apart
		}
	}
	switch { // most components are plain names, and most are other names
	case p.literal && !c.match(p.prefix), c.literal && !p.match(c.prefix):
		return apart
	case p.literal && c.literal:
		return byText
	case c.simple && p.simple && c.star && p.star: // as most of the others
		switch {
		case !agreeFront(c.prefix, p.prefix), !agreeBack(c.suffix, p.suffix):
			return apart
		case c.prefix != "" && p.prefix != "", c.suffix != "" && p.suffix != "":
		case !overlap(c.prefix, p.suffix) && !overlap(p.prefix, c.suffix):
			return byStars
		}
	}
	// row[j]: 0 if elems[:i] of c and p.elems[:j] can't spell the same, else
	// 1 and the letters that they can have in common.
	spend(len(c.elems) * len(p.elems))
	row := make([]uint8, len(p.elems)+1)
	row[0] = 1
	for j := range p.elems {
		if p.elems[j].kind == elemStar {
			row[j+1] = row[j]
		}
	}
	for i := range c.elems {
		a := &c.elems[i]
		diagonal := row[0]
		if a.kind != elemStar {
			row[0] = 0
		}
		for j := range p.elems {
			b := &p.elems[j]
			above := row[j+1]
			switch {
			case a.kind == elemStar && b.kind == elemStar:
				row[j+1] = max(above, row[j], diagonal)
			case a.kind == elemStar:
				row[j+1] = max(above, row[j])
			case b.kind == elemStar:
				row[j+1] = max(above, row[j])
			case !elemsMeet(a, b, i == 0 && j == 0):
				row[j+1] = 0
			case a.kind == elemLiteral && b.kind == elemLiteral && diagonal > 0:
				row[j+1] = diagonal
				if i < c.stem {
					row[j+1] = min(diagonal+shared(a.r, i == 0 && j == 0), 3)
				}
			default:
				row[j+1] = diagonal
			}
			diagonal = above
		}
	}
	switch row[len(p.elems)] {
	case 0:
		return apart
	case 3:
		return byText
	}
	return byStars
}

// agreeFront reports whether one text is a beginning of the other, agreeBack
// whether it is an ending.
func agreeFront(a, b string) bool {
	n := min(len(a), len(b))
	return a[:n] == b[:n]
}

func agreeBack(a, b string) bool {
	n := min(len(a), len(b))
	return a[len(a)-n:] == b[len(b)-n:]
}

// overlap reports whether an ending of a is a beginning of b.
func overlap(a, b string) bool {
	for k := min(len(a), len(b)); k > 0; k-- {
		if a[len(a)-k:] == b[:k] {
			return true
		}
	}
	return false
}

// shared weighs a character that two globs have in common.
func shared(r rune, first bool) uint8 {
	switch {
	case first:
		return 2
	case r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
		return 1
	}
	return 0
}

// elemsMeet reports whether a of a rule and b of a Value can be the same
// character.
func elemsMeet(a, b *elem, first bool) bool {
	switch {
	case a.kind == elemLiteral && b.kind == elemLiteral:
		return a.r == b.r
	case a.kind == elemLiteral:
		return !(first && a.r == '.') && b.matches(a.r)
	case b.kind == elemLiteral:
		return a.matches(b.r)
	}
	return true
}

// contains reports whether every name that matches p matches c too. It may
// miss some that do.
func (c *component) contains(p *component) bool {
	if len(c.elems)*len(p.elems) > maxElems*maxElems {
		return false
	}
	spend(len(c.elems) * len(p.elems))
	row := make([]bool, len(p.elems)+1)
	row[0] = true
	for i := range c.elems {
		a := &c.elems[i]
		diagonal := row[0]
		row[0] = row[0] && a.kind == elemStar
		for j := range p.elems {
			above := row[j+1]
			if a.kind == elemStar {
				row[j+1] = above || row[j]
			} else {
				row[j+1] = diagonal && elemHolds(a, &p.elems[j])
			}
			diagonal = above
		}
	}
	return row[len(p.elems)]
}

// elemHolds reports whether a matches every character that b does.
func elemHolds(a, b *elem) bool {
	switch {
	case b.kind == elemLiteral:
		return a.matches(b.r)
	case b.kind == elemStar:
		return false
	}
	return a.kind == elemAny
}
