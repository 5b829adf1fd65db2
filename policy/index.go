package policy

import (
	"slices"
	"strings"

	"rampart/shellparse"
)

// index finds the rules that may hold for a unit without looking at the
// others. What it leaves out can't hold; what it yields is still matched.
//
// Each rule is filed, for each kind of unit that it can be about, under keys of
// which every unit that it matches has at least one: a program's name, a word,
// a name in a path, the ending of a host, four characters in a row of a text.
// Among what a rule offers, the keys are taken that the fewest rules share.
// Paths that stand for many files, by a wildcard or by all that is below them,
// are looked up in an index of their own, in index_path.go.
type index struct {
	kinds [shellparse.Flow + 1]kindIndex // by shellparse.Kind; 0 is the Call as a whole
}

// kindIndex holds rules by their place in the tier, ascending.
type kindIndex struct {
	all   []int32 // every rule about this kind
	other []int32 // those that have no key
	keyed map[key][]int32
	sorts uint32    // which keys there are, as 1<<keySort
	pres  lengths   // of the beginnings that are keys
	sufs  lengths   // of the endings that are keys
	grams *gramBits // of the keys that are grams
	// loose are the rules under keys that a text with wildcards may meet
	// without having them.
	loose []int32
	paths *pathIndex // of path kinds, for paths that stand for many
}

// key is a hash of a sort of thing and its name in lower case. Two things with
// one key cost a needless match and nothing else.
type key uint64

type keySort uint8

const (
	_            keySort = iota
	byProgram            // of the Exec, or that the effect belongs to
	byProgramArg         // the program and one of its words
	byPatternArg         // the program, if one of its words has wildcards
	byFirstWord          // of the Call's text
	byGram               // four characters in a row
	byName               // a component of a path, a variable, a host
	byBeginning          // up to affixLen characters
	byEnding             // up to affixLen characters
	byDot                // what begins at the last dot of a name, or at any dot of a host
	byURLHost            // between :// and the next /
	byTool               // the Call's tool or its MCP class
	byToolPrefix         // of a tool, up to a __
	byAgent
	byParam // a parameter of a tool has this name
	byBelow // index_path.go
	byTail
	byTailWild
	byFirstName
)

// affixLen is how much of a beginning or ending makes a key.
const affixLen = 4

// lengths says which lengths, up to affixLen, occur.
type lengths uint8

const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

func (k keySort) start() key { return (hashStart ^ key(k)) * hashPrime }

// add hashes s, in lower case, into k.
func (k key) add(s string) key {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return k.addExact(strings.ToLower(s))
		}
	}
	for i := range len(s) {
		k = (k ^ key(lower(s[i]))) * hashPrime
	}
	return k
}

func (k key) addExact(s string) key {
	for i := range len(s) {
		k = (k ^ key(s[i])) * hashPrime
	}
	return k
}

func (k keySort) of(s string) key { return k.start().add(s) }

// gramLen is how many characters make a gram.
const gramLen = 4

func gramOf(b uint32) key { return (byGram.start() ^ key(b)) * hashPrime }

// gramBits says quickly that a gram is no key.
type gramBits [1 << 10]uint64

func (g *gramBits) place(b uint32) (int, uint64) {
	h := b * 2654435761 >> 16
	return int(h >> 6), 1 << (h & 63)
}

// eachGram calls f with those grams of s that are all ASCII, in lower case.
// Others have no one spelling in lower case.
func eachGram(s string, f func(uint32)) {
	var b uint32
	for i := range len(s) {
		b = b<<8 | uint32(lower(s[i]))
		if i >= gramLen-1 && b&0x80808080 == 0 {
			f(b)
		}
	}
}

// asciiPrefix returns the length of the beginning of s that is ASCII, asciiSuffix
// of the ending, both at most affixLen.
func asciiPrefix(s string) int {
	n := 0
	for n < len(s) && n < affixLen && s[n] < 0x80 {
		n++
	}
	return n
}

func asciiSuffix(s string) int {
	n := 0
	for n < len(s) && n < affixLen && s[len(s)-1-n] < 0x80 {
		n++
	}
	return n
}

// offer is a key that a rule may be filed under, with what must be known of it
// to look it up.
type offer struct {
	key  key
	sort keySort
	of   keySort // of a beginning or ending: the sort of what it belongs to
	n    uint8   // length, of beginnings and endings
	gram uint32  // of a gram
}

// feature is one condition of a rule that has keys: of each alternative that it
// gives, all that every match of that alternative has. A feature in which an
// alternative has none is of no use.
type feature struct {
	offers []offer
	ends   []int // where in offers each alternative ends
	void   bool
}

func (f *feature) add(o offer) { f.offers = append(f.offers, o) }

func (f *feature) name(s keySort, name string) { f.add(offer{key: s.of(name), sort: s}) }

// end closes an alternative.
func (f *feature) end() {
	start := 0
	if len(f.ends) > 0 {
		start = f.ends[len(f.ends)-1]
	}
	f.void = f.void || start == len(f.offers)
	f.ends = append(f.ends, len(f.offers))
}

func (f *feature) reset() { *f = feature{offers: f.offers[:0], ends: f.ends[:0]} }

func (f *feature) usable() bool { return len(f.ends) > 0 && !f.void }

// builder files the rules of a group for one kind.
type builder struct {
	kind   kindSet
	counts map[key]int32
	f      feature
	best   []offer
	picked []offer
}

func buildIndex(rules []*rule) *index {
	x := &index{}
	for k := range x.kinds {
		b := builder{kind: kindSet(1) << k, counts: map[key]int32{}}
		for _, r := range rules {
			if r.kinds&b.kind != 0 {
				b.features(r, func(f *feature) {
					for _, o := range f.offers {
						b.counts[o.key]++
					}
				})
			}
		}
		ki := &x.kinds[k]
		for i, r := range rules {
			if r.kinds&b.kind == 0 {
				continue
			}
			ki.all = append(ki.all, int32(i))
			b.file(ki, r, int32(i))
			if b.kind&pathKinds != 0 {
				ki.addPaths(r, b.kind, int32(i))
			}
		}
		if ki.paths != nil {
			ki.paths.seal()
		}
	}
	return x
}

// file puts a rule under the cheapest of its features.
func (b *builder) file(ki *kindIndex, r *rule, i int32) {
	cheapest := int64(1) << 60
	b.best = b.best[:0]
	b.features(r, func(f *feature) {
		cost, start := int64(0), 0
		b.picked = b.picked[:0]
		for _, end := range f.ends {
			best := f.offers[start]
			for _, o := range f.offers[start:end] {
				if b.counts[o.key] < b.counts[best.key] {
					best = o
				}
			}
			b.picked = append(b.picked, best)
			if best.sort != byPatternArg { // seldom looked up
				cost += int64(b.counts[best.key])
			}
			start = end
		}
		if cost < cheapest {
			cheapest = cost
			b.best = append(b.best[:0], b.picked...)
		}
	})
	if len(b.best) == 0 {
		ki.other = append(ki.other, i)
		return
	}
	if ki.keyed == nil {
		ki.keyed = map[key][]int32{}
	}
	for _, o := range b.best {
		ki.sorts |= 1<<o.sort | 1<<o.of
		switch o.sort {
		case byBeginning:
			ki.pres |= 1 << o.n
		case byEnding:
			ki.sufs |= 1 << o.n
		case byGram:
			if ki.grams == nil {
				ki.grams = new(gramBits)
			}
			word, bit := ki.grams.place(o.gram)
			ki.grams[word] |= bit
			ki.loose = appendOnce(ki.loose, i)
		}
		ki.keyed[o.key] = appendOnce(ki.keyed[o.key], i)
	}
}

func appendOnce(list []int32, i int32) []int32 {
	if len(list) > 0 && list[len(list)-1] == i {
		return list
	}
	return append(list, i)
}

// features calls use with each condition of the rule that has keys for the
// builder's kind.
func (b *builder) features(r *rule, use func(*feature)) {
	w := &r.when
	exec := b.kind == kindBit(shellparse.Exec)
	try := func(fill func(f *feature)) {
		b.f.reset()
		if fill(&b.f); b.f.usable() {
			use(&b.f)
		}
	}
	if t := r.policy.tools; t != nil && t.kinds == 0 {
		try(t.offer)
	}
	if a := &r.policy.agents; len(a.is) > 0 {
		try(func(f *feature) { a.offer(f, byAgent) })
	}
	if len(w.program.is) > 0 && b.kind != callKind {
		try(func(f *feature) { w.program.offer(f, byProgram) })
	}
	if exec && len(w.args) > 0 {
		try(w.offerArgs)
	}
	if exec || b.kind == callKind {
		try(func(f *feature) {
			for i := range w.command {
				w.command[i].offerCommand(f, exec)
			}
			for _, needle := range w.contains {
				f.grams(needle)
				f.end()
			}
		})
	}
	switch {
	case b.kind == callKind:
		for i := range w.params {
			try(func(f *feature) {
				// Of a.b, a call has a parameter a with a b inside, or one of that name.
				name, _, dotted := strings.Cut(w.params[i].name, ".")
				f.name(byParam, name)
				f.end()
				if dotted {
					f.name(byParam, w.params[i].name)
					f.end()
				}
			})
		}
	case b.kind&pathKinds != 0:
		if l := r.pathsAbout(b.kind); l != nil && len(l.is) > 0 {
			try(l.offer)
		}
	case b.kind == kindBit(shellparse.Fetch) && w.about == b.kind:
		w.fetches.offer(try)
	case b.kind == kindBit(shellparse.SetEnv) && w.about == b.kind && len(w.env.is) > 0:
		try(func(f *feature) { w.env.offer(f, byName) })
	}
}

// pathsAbout returns the paths that a unit of a path kind is held against first.
func (r *rule) pathsAbout(kind kindSet) *pathList {
	w := &r.when
	switch {
	case !w.paths.empty():
		return &w.paths
	case w.about == kindBit(shellparse.Read):
		return &w.reads
	case w.about == kindBit(shellparse.Write):
		return &w.writes
	case w.about == kindBit(shellparse.Delete):
		return &w.deletes
	}
	return nil
}

// grams offers the grams of a text that every match has in it.
func (f *feature) grams(text string) {
	eachGram(text, func(b uint32) { f.add(offer{key: gramOf(b), sort: byGram, gram: b}) })
}

// affixes offers a beginning and an ending.
func (f *feature) affixes(of keySort, prefix, suffix string) {
	if n := asciiPrefix(prefix); n > 0 {
		f.add(offer{key: byBeginning.of(prefix[:n]), sort: byBeginning, of: of, n: uint8(n)})
	}
	if n := asciiSuffix(suffix); n > 0 {
		f.add(offer{key: byEnding.of(suffix[len(suffix)-n:]), sort: byEnding, of: of, n: uint8(n)})
	}
}

// offer gives the entries of a list of names: whole, or by beginning and end.
func (l *globList) offer(f *feature, sort keySort) {
	for i := range l.is {
		g := &l.is[i]
		if name, ok := g.literal(); ok {
			f.name(sort, name)
			if short := windowsName(name); sort == byProgram && short != strings.ToLower(name) {
				f.end()
				f.name(sort, short)
			}
		} else if sort != byAgent {
			f.affixes(sort, cutAtHole(g.chunks[0]), cutToHole(g.chunks[len(g.chunks)-1]))
		}
		f.end()
	}
}

// cutAtHole returns what of a chunk comes before its first '?', cutToHole what
// comes after the last.
func cutAtHole(chunk string) string {
	before, _, _ := strings.Cut(chunk, "?")
	return before
}

func cutToHole(chunk string) string { return chunk[strings.LastIndexByte(chunk, '?')+1:] }

func (t *tools) offer(f *feature) {
	for i := range t.names {
		g := &t.names[i]
		if name, ok := g.literal(); ok {
			f.name(byTool, name)
		} else if n := strings.LastIndex(g.chunks[0], "__"); n >= 0 && !strings.Contains(g.chunks[0], "?") {
			f.name(byToolPrefix, g.chunks[0][:n])
		}
		f.end()
	}
}

// offerArgs gives the words that a program must be run with, each with the
// program. A word with wildcards on the command line may be any of them.
func (w *conditions) offerArgs(f *feature) {
	if len(w.program.is) == 0 || len(w.program.exact) != len(w.program.is) {
		return
	}
	for name := range w.program.exact {
		w.offerArgsOf(f, name)
		if short := windowsName(name); short != strings.ToLower(name) {
			w.offerArgsOf(f, short)
		}
	}
}

func (w *conditions) offerArgsOf(f *feature, name string) {
	base := byProgramArg.of(name)
	for i := range w.args {
		for j := range w.args[i].words {
			if word, ok := w.args[i].words[j].literal(); ok && !w.args[i].skips[j] {
				f.add(offer{key: base.add(word), sort: byProgramArg})
			}
		}
		f.end()
	}
	f.name(byPatternArg, name)
	f.end()
}

// offerCommand gives the first word of a command glob, and the texts between
// its wildcards. Of a program started by its path, for an Exec, the name.
func (g *textGlob) offerCommand(f *feature, exec bool) {
	if word := g.firstWord(); word != "" {
		if exec {
			f.name(byProgram, base(word))
		} else {
			f.name(byFirstWord, word)
		}
	}
	for i, c := range g.chunks {
		if exec && i == 0 {
			// The directory of a program stands in one of its two texts only.
			if _, c, _ = strings.Cut(c, " "); c == "" {
				continue
			}
		}
		for _, part := range strings.Split(c, "?") {
			f.grams(part)
		}
	}
	f.end()
}

// offer gives hosts and addresses: both lists as two features where both must
// hold, else as the alternatives of one.
func (l *fetchList) offer(try func(func(*feature))) {
	hosts := func(f *feature) {
		for i := range l.hosts.is {
			l.hosts.is[i].offerHost(f)
		}
	}
	urls := func(f *feature) {
		for i := range l.urls.is {
			l.urls.is[i].offerURL(f)
		}
	}
	switch {
	case l.both:
		try(hosts)
		try(urls)
	case len(l.hosts.is)+len(l.hosts.not) > 0 && len(l.hosts.is) == 0, len(l.urls.is)+len(l.urls.not) > 0 && len(l.urls.is) == 0:
		// Nothing but exceptions: every host, or address, may match.
	default:
		try(func(f *feature) { hosts(f); urls(f) })
	}
}

func (g *textGlob) offerHost(f *feature) {
	if host, ok := g.literal(); ok {
		f.name(byName, host)
	} else {
		last := cutToHole(g.chunks[len(g.chunks)-1])
		if i := strings.IndexByte(last, '.'); i >= 0 && len(g.chunks) > 1 {
			f.name(byDot, last[i:])
		}
		for _, c := range g.chunks {
			for _, part := range strings.Split(c, "?") {
				f.grams(part)
			}
		}
	}
	f.end()
}

func (g *textGlob) offerURL(f *feature) {
	if host, ok := urlHost(cutAtHole(g.chunks[0])); ok {
		f.name(byURLHost, host)
	}
	for _, c := range g.chunks {
		for _, part := range strings.Split(c, "?") {
			f.grams(part)
		}
	}
	f.end()
}

// urlHost returns what stands between :// and the next slash.
func urlHost(s string) (string, bool) {
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		return "", false
	}
	host, _, ok := strings.Cut(rest, "/")
	return host, ok
}

// has reports whether there are keys of a sort.
func (k *kindIndex) has(s keySort) bool { return k.sorts&(1<<s) != 0 }

func (k *kindIndex) lookup(key key, buf []int32) []int32 { return append(buf, k.keyed[key]...) }

// lookupGrams appends the rules about texts that have something in a row with s.
func (k *kindIndex) lookupGrams(s string, buf []int32) []int32 {
	if k.grams == nil {
		return buf
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			s = strings.ToLower(s) // of some letters it is ASCII
			break
		}
	}
	var b uint32
	for i := range len(s) {
		b = b<<8 | uint32(lower(s[i]))
		if i < gramLen-1 {
			continue
		}
		if word, bit := k.grams.place(b); k.grams[word]&bit != 0 {
			buf = append(buf, k.keyed[gramOf(b)]...)
		}
	}
	return buf
}

// lookupName appends the rules about a name, its beginning or its ending.
func (k *kindIndex) lookupName(s keySort, name string, buf []int32) []int32 {
	if k.has(s) {
		buf = k.lookup(s.of(name), buf)
	}
	for n := 1; n <= affixLen && n <= len(name); n++ {
		if k.pres&(1<<n) != 0 {
			buf = k.lookup(byBeginning.of(name[:n]), buf)
		}
		if k.sufs&(1<<n) != 0 {
			buf = k.lookup(byEnding.of(name[len(name)-n:]), buf)
		}
	}
	return buf
}

// candidates appends the rules that may hold for the unit to buf, in order.
func (x *index) candidates(u *unit, buf []int32) []int32 {
	var ki *kindIndex
	if u.effect == nil {
		ki = &x.kinds[0]
	} else {
		ki = &x.kinds[u.effect.Kind]
	}
	if len(ki.other) == len(ki.all) {
		return append(buf, ki.all...)
	}
	buf = append(buf, ki.other...)
	buf, ok := ki.find(u, buf)
	if !ok {
		return append(buf[:0], ki.all...)
	}
	slices.Sort(buf)
	return buf
}

// find appends the rules that are filed under what the unit has. It gives up on
// a unit of which too little is known.
func (k *kindIndex) find(u *unit, buf []int32) ([]int32, bool) {
	c := u.run.call
	if k.has(byTool) {
		buf = k.lookup(byTool.of(c.Tool), buf)
		if u.run.category != "" {
			buf = k.lookup(byTool.of(u.run.category), buf)
		}
	}
	if k.has(byToolPrefix) {
		for i := 0; ; {
			n := strings.Index(c.Tool[i:], "__")
			if n < 0 {
				break
			}
			buf = k.lookup(byToolPrefix.of(c.Tool[:i+n]), buf)
			i += n + 1
		}
	}
	if k.has(byAgent) {
		buf = k.lookup(byAgent.of(c.Agent), buf)
	}
	if u.effect == nil {
		return k.findCall(c, buf), true
	}
	if u.kind == kindBit(shellparse.Exec) {
		return k.findExec(u, buf)
	}
	if k.has(byProgram) {
		p := u.program()
		if p != nil && p.Certainty == shellparse.Pattern {
			return nil, false
		}
		if p != nil {
			buf = k.lookupName(byProgram, p.Program, buf)
			if c.OS == "windows" {
				buf = k.lookupName(byProgram, programName(c, p.Program), buf)
			}
		}
	}
	switch {
	case u.kind&pathKinds != 0:
		return k.findPath(u, buf)
	case u.effect.Kind == shellparse.Fetch:
		return k.findFetch(u.effect, buf), true
	case u.effect.Kind == shellparse.SetEnv:
		if u.effect.Certainty == shellparse.Pattern {
			return nil, false
		}
		return k.lookupName(byName, u.effect.Name, buf), true
	}
	return buf, true
}

func (k *kindIndex) findCall(c *Call, buf []int32) []int32 {
	text := callText(c)
	if k.has(byFirstWord) {
		word, _, _ := strings.Cut(text, " ")
		buf = k.lookup(byFirstWord.of(word), buf)
	}
	if k.has(byParam) {
		for name := range c.Params {
			buf = k.lookup(byParam.of(name), buf)
		}
	}
	return k.lookupGrams(text, buf)
}

func (k *kindIndex) findExec(u *unit, buf []int32) ([]int32, bool) {
	e := u.effect
	if e.Certainty == shellparse.Pattern {
		return nil, false
	}
	name := programName(u.run.call, e.Program)
	buf = k.lookupName(byProgram, name, buf)
	if name != e.Program {
		buf = k.lookupName(byProgram, e.Program, buf)
	}
	if k.has(byProgramArg) {
		program, loose := byProgramArg.of(name), false
		for i := range e.Argv {
			switch {
			case i == 0:
			case e.Argv[i].Certainty == shellparse.Exact:
				buf = k.lookup(program.add(e.Argv[i].Text), buf)
			case e.Argv[i].Certainty == shellparse.Pattern && !loose:
				loose = true
				buf = k.lookup(byPatternArg.of(name), buf)
			}
		}
	}
	if len(e.Argv) > 0 && e.Argv[0].Text != e.Program { // exec -a
		if called := base(e.Argv[0].Text); called != e.Program && called != name {
			buf = k.lookupName(byProgram, called, buf)
		}
	}
	if k.grams != nil {
		for _, text := range u.commands() {
			buf = k.lookupGrams(text, buf)
		}
	}
	return buf, true
}

// programName is how a program's name is held against rules.
func programName(c *Call, name string) string {
	if c.OS == "windows" {
		return windowsName(name)
	}
	return name
}

// windowsName is what Windows makes of a program's name: it ignores case, and
// .exe goes without saying.
func windowsName(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".exe") }

func (k *kindIndex) findFetch(e *shellparse.Effect, buf []int32) []int32 {
	host := strings.TrimSuffix(e.Host, ".")
	if e.Certainty == shellparse.Pattern {
		buf = append(buf, k.loose...)
		if strings.ContainsAny(host, `*?[\`) {
			return append(buf, k.all...)
		}
		if h, ok := urlHost(e.URL); !ok || strings.ContainsAny(h, `*?[\`) {
			return append(buf, k.all...)
		}
	}
	if host != "" {
		buf = k.lookup(byName.of(host), buf)
		for i := 0; i < len(host) && k.has(byDot); i++ {
			if host[i] == '.' {
				buf = k.lookup(byDot.of(host[i:]), buf)
			}
		}
		buf = k.lookupGrams(host, buf)
	}
	if e.URL != "" {
		if h, ok := urlHost(e.URL); ok && k.has(byURLHost) {
			buf = k.lookup(byURLHost.of(h), buf)
		}
		buf = k.lookupGrams(e.URL, buf)
	}
	return buf
}
