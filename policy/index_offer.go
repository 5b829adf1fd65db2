package policy

import (
	"strings"
)

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
