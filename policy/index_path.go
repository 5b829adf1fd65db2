package policy

import (
	"strings"
	"unicode/utf8"

	"rampart/shellparse"
)

// pathIndex finds rules about paths for an effect on many files: on all that
// is below a path, or on what a pattern matches. Such an effect meets a glob
//   - on the way to the glob's literal beginning, which is filed under each of
//     its directories (byBelow);
//   - beyond that beginning, which is filed as a whole if wildcards follow
//     (byTail);
//   - at a name that the glob spells: the first after a '**' for what is below
//     a path (byFirstName), any one for a pattern, which has to have text in
//     common with a glob that starts anywhere.
type pathIndex struct {
	kindIndex          // its keyed, sorts, pres and sufs; other are the rules to try always
	homed      []int32 // rules with a glob that starts at home
	cwds       []int32 // rules with a glob that starts at the working directory
	byPatterns kindIndex
	names      []floating // names of globs that start anywhere
	wilds      []floating // components of theirs with wildcards
	nameAt     map[key]int
}

// floating is a component of globs that start anywhere.
type floating struct {
	mask        uint64 // of its characters
	first, last rune   // 0: a wildcard
	part        *component
	rules       []int32
}

func floatingOf(c *component) floating {
	f := floating{mask: maskOf(c.elems), part: c}
	if e := c.elems[0]; e.kind == elemLiteral {
		f.first = e.r
	}
	if e := c.elems[len(c.elems)-1]; e.kind == elemLiteral {
		f.last = e.r
	}
	return f
}

// apart says quickly that two components with wildcards name nothing in common.
func (f *floating) apart(o *floating) bool {
	return f.first != o.first && f.first != 0 && o.first != 0 || f.last != o.last && f.last != 0 && o.last != 0 || f.mask&o.mask == 0
}

// maskOf has a bit for each literal character.
func maskOf(elems []elem) uint64 {
	var m uint64
	for i := range elems {
		if elems[i].kind == elemLiteral {
			m |= 1 << (uint32(elems[i].r) * 2654435761 >> 26)
		}
	}
	return m
}

// offer gives the names, beginnings and endings in a list of paths.
func (l *pathList) offer(f *feature) {
	for i := range l.is {
		for j := range l.is[i].parts {
			l.is[i].parts[j].offer(f, byName)
		}
		f.end()
	}
}

func (c *component) offer(f *feature, name keySort) {
	switch {
	case c.double:
	case c.literal:
		f.name(name, c.prefix)
	case c.simple:
		f.affixes(name, c.prefix, c.suffix)
		if dot := strings.LastIndexByte(c.suffix, '.'); dot >= 0 {
			f.name(byDot, c.suffix[dot:])
		}
	default:
		lead, trail := c.ends()
		f.affixes(name, lead, trail)
	}
}

// ends returns the literal beginning and ending of a component.
func (c *component) ends() (lead, trail string) {
	text := func(elems []elem) string {
		var b []byte
		for _, e := range elems {
			b = utf8.AppendRune(b, e.r)
		}
		return string(b)
	}
	plain := func(e elem) bool { return e.kind == elemLiteral && utf8.ValidRune(e.r) }
	i, j := 0, len(c.elems)
	for i < len(c.elems) && plain(c.elems[i]) {
		i++
	}
	for j > i && plain(c.elems[j-1]) {
		j--
	}
	return text(c.elems[:i]), text(c.elems[j:])
}

// anchored begins a key about a path from an anchor; each name is added with its
// slash.
func (s keySort) anchored(a anchor) key { return (s.start() ^ key(a+1)) * hashPrime }

func (k key) slash(name string) key { return k.add(name).addExact("/") }

// addPaths files a rule about paths.
func (k *kindIndex) addPaths(r *rule, kind kindSet, i int32) {
	if k.paths == nil {
		k.paths = &pathIndex{nameAt: map[key]int{}}
		k.paths.keyed, k.paths.byPatterns.keyed = map[key][]int32{}, map[key][]int32{}
	}
	p := k.paths
	l := r.pathsAbout(kind)
	if l == nil || len(l.is) == 0 {
		p.other = appendOnce(p.other, i)
		return
	}
	for j := range l.is {
		p.addGlob(&l.is[j], i)
	}
}

func (p *pathIndex) put(k *kindIndex, o offer, i int32) {
	k.sorts |= 1<<o.sort | 1<<o.of
	switch o.sort {
	case byBeginning:
		k.pres |= 1 << o.n
	case byEnding:
		k.sufs |= 1 << o.n
	}
	k.keyed[o.key] = appendOnce(k.keyed[o.key], i)
}

func (p *pathIndex) addGlob(g *pathGlob, i int32) {
	switch g.anchor {
	case anchorHome:
		p.homed = appendOnce(p.homed, i)
	case anchorCwd:
		p.cwds = appendOnce(p.cwds, i)
	}
	floats := g.anchor == anchorRoot && g.firstDouble == 0 && len(g.parts) > 0
	if floats {
		p.addFloating(g, i)
	} else {
		below, tail, tailWild := byBelow.anchored(g.anchor), byTail.anchored(g.anchor), byTailWild.anchored(g.anchor)
		if g.anchor != anchorRoot {
			p.put(&p.kindIndex, offer{key: below, sort: byBelow}, i)
		}
		n := 0
		for ; n < len(g.parts) && g.parts[n].literal; n++ {
			name := g.parts[n].prefix
			below, tail, tailWild = below.slash(name), tail.slash(name), tailWild.slash(name)
			p.put(&p.kindIndex, offer{key: below, sort: byBelow}, i)
		}
		if n < len(g.parts) {
			p.put(&p.kindIndex, offer{key: tail, sort: byTail}, i)
			if !g.parts[n].double {
				p.put(&p.kindIndex, offer{key: tailWild, sort: byTailWild}, i)
			}
		}
	}
	for j := g.firstDouble; j < len(g.parts); j++ {
		if c := &g.parts[j]; !c.double && !c.wide() {
			var f feature
			if c.offer(&f, byFirstName); len(f.offers) == 0 {
				p.other = appendOnce(p.other, i)
			} else {
				p.put(&p.kindIndex, f.offers[0], i)
			}
			break
		}
	}
}

// addFloating files a glob that starts anywhere under each of its names, for
// patterns.
func (p *pathIndex) addFloating(g *pathGlob, i int32) {
	named := false
	for j := range g.parts {
		c := &g.parts[j]
		if c.double || c.wide() {
			continue
		}
		named = true
		var f feature
		if c.offer(&f, byName); len(f.offers) == 0 {
			p.byPatterns.other = appendOnce(p.byPatterns.other, i)
			continue
		}
		p.put(&p.byPatterns, f.offers[0], i)
		if !c.literal {
			w := floatingOf(c)
			w.rules = []int32{i}
			p.wilds = append(p.wilds, w)
			continue
		}
		at, ok := p.nameAt[f.offers[0].key]
		if !ok {
			at = len(p.names)
			p.nameAt[f.offers[0].key] = at
			p.names = append(p.names, floatingOf(c))
		}
		p.names[at].rules = appendOnce(p.names[at].rules, i)
	}
	if !named || g.need == "" {
		p.other = appendOnce(p.other, i)
	}
}

func (p *pathIndex) seal() { p.nameAt = nil }

// findPath appends the rules that may be about a path.
func (k *kindIndex) findPath(u *unit, buf []int32) ([]int32, bool) {
	t := u.path()
	switch {
	case t.certainty == shellparse.Unknown:
		return buf, true
	case t.certainty == shellparse.Pattern:
		return k.paths.findPattern(&u.run.places, t, append(buf, k.paths.other...))
	case t.recursive:
		var ok bool
		if buf, ok = k.paths.findBelow(&u.run.places, t, append(buf, k.paths.other...)); !ok {
			return nil, false
		}
	}
	for rest := t.path; rest != ""; {
		var name string
		if name, rest = cutComponent(rest); name != "" {
			buf = k.lookupPart(byName, name, buf)
		}
	}
	return buf, true
}

// lookupPart appends the rules about one component of a path.
func (k *kindIndex) lookupPart(s keySort, name string, buf []int32) []int32 {
	buf = k.lookupName(s, name, buf)
	if k.has(byDot) {
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			buf = k.lookup(byDot.of(name[dot:]), buf)
		}
	}
	return buf
}

// findBelow appends the rules about something below an exact path.
func (p *pathIndex) findBelow(places *places, t *target, buf []int32) ([]int32, bool) {
	if t.path == "/" || holds(t.path, places.home) {
		return nil, false // a home has everything in it
	}
	if holds(t.path, places.cwd) {
		buf = append(buf, p.cwds...)
	}
	buf = p.lookupFrom(places, t.path, byTailWild, buf)
	for rest := t.path; rest != ""; {
		var name string
		if name, rest = cutComponent(rest); name != "" {
			buf = p.lookupPart(byFirstName, name, buf)
		}
	}
	return buf, true
}

// lookupFrom appends the rules whose globs have a literal beginning at or below
// path, or whose tail begins on the way to it. Every anchor that the path is
// below may be meant.
func (p *pathIndex) lookupFrom(places *places, path string, tails keySort, buf []int32) []int32 {
	for a := anchorRoot; a <= anchorCwd; a++ {
		rest, ok := places.below(a, path)
		if !ok {
			continue
		}
		below, tail := byBelow.anchored(a), tails.anchored(a)
		buf = p.lookup(tail, buf)
		for rest != "" {
			var name string
			if name, rest = cutComponent(rest); name == "" {
				continue
			}
			below, tail = below.slash(name), tail.slash(name)
			buf = p.lookup(tail, buf)
		}
		buf = p.lookup(below, buf)
	}
	return buf
}

// maxPatternPart bounds what a component of a pattern is looked up by.
const maxPatternPart = 64

// findPattern appends the rules that have to do with a pattern.
func (p *pathIndex) findPattern(places *places, t *target, buf []int32) ([]int32, bool) {
	if t.tangled {
		return nil, false
	}
	literal := 0
	for literal < len(t.pattern) && t.pattern[literal].literal {
		literal++
	}
	if literal == 0 || t.recursive && t.mayHold(places.home) {
		return nil, false
	}
	var b strings.Builder
	for i := range t.pattern[:literal] {
		if i > 0 || t.path[0] == '/' {
			b.WriteByte('/')
		}
		b.WriteString(t.pattern[i].prefix)
	}
	path := b.String()
	if holds(path, places.home) {
		buf = append(buf, p.homed...)
	}
	if holds(path, places.cwd) {
		buf = append(buf, p.cwds...)
	}
	buf = p.lookupFrom(places, path, byTail, buf)
	buf = append(buf, p.byPatterns.other...)
	for i := range t.pattern {
		c := &t.pattern[i]
		switch {
		case len(c.elems) > maxPatternPart:
			return nil, false
		case c.literal:
			buf = p.byPatterns.lookupPart(byName, c.prefix, buf)
		case !c.wide():
			buf = p.meeting(c, buf)
		}
	}
	return buf, true
}

// mayHold says whether the pattern may name a directory that home is in, or
// home itself.
func (t *target) mayHold(home string) bool {
	rest := strings.TrimLeft(home, "/")
	for i := range t.pattern {
		var name string
		if name, rest = cutComponent(rest); name == "" || !t.pattern[i].match(name) {
			return false
		}
	}
	return home != ""
}

// meeting appends the rules whose names have text in common with a component of
// a pattern.
func (p *pathIndex) meeting(c *component, buf []int32) []int32 {
	f := floatingOf(c)
	for i := range p.names {
		if n := &p.names[i]; f.mask&^n.mask == 0 && n.part.intersects(c) == byText {
			buf = append(buf, n.rules...)
		}
	}
	for i := range p.wilds {
		if n := &p.wilds[i]; !n.apart(&f) && n.part.intersects(c) == byText {
			buf = append(buf, n.rules...)
		}
	}
	return buf
}
