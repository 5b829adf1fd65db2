package policy

import (
	"strings"

	"rampart/shellparse"
)

// builder files the rules of a group for one kind.
type builder struct {
	kind   kindSet
	counts map[key]int32
	f      feature
	best   []offer
	picked []offer
}

func buildIndex(rules []*rule, kind kindSet) *kindIndex {
	ki := &kindIndex{all: appendAbout(nil, rules, kind)}
	b := builder{kind: kind, counts: map[key]int32{}}
	for _, i := range ki.all {
		b.features(rules[i], func(f *feature) {
			for _, o := range f.offers {
				b.counts[o.key]++
			}
		})
	}
	for _, i := range ki.all {
		b.file(ki, rules[i], i)
		if kind&pathKinds != 0 {
			ki.addPaths(rules[i], kind, i)
		}
	}
	if ki.paths != nil {
		ki.paths.seal()
	}
	return ki
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
