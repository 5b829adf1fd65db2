package policy

import (
	"sync"
	"sync/atomic"

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
	rules []*rule
	kinds [shellparse.Flow + 1]lazyIndex // by shellparse.Kind; 0 is the Call as a whole
}

// lazyIndex is the index for one kind of unit, made when it begins to pay: one
// command is judged sooner by trying every rule than by filing them all first.
type lazyIndex struct {
	tried  atomic.Int32 // units that every rule was tried on
	making sync.Mutex
	made   atomic.Pointer[kindIndex]
}

// triesFirst is how many units are judged without an index.
const triesFirst = 24

// candidates appends the rules that may hold for the unit to buf, in order.
func (x *index) candidates(u *unit, buf []int32) []int32 {
	k := shellparse.Kind(0)
	if u.effect != nil {
		k = u.effect.Kind
	}
	l := &x.kinds[k]
	if ki := l.made.Load(); ki != nil {
		return ki.candidates(u, buf)
	}
	if l.tried.Add(1) <= triesFirst || !l.making.TryLock() {
		return appendAbout(buf, x.rules, kindSet(1)<<k)
	}
	defer l.making.Unlock()
	if ki := l.made.Load(); ki != nil {
		return ki.candidates(u, buf) // made between the look and the lock
	}
	return x.make(k).candidates(u, buf)
}

func (x *index) make(k shellparse.Kind) *kindIndex {
	ki := buildIndex(x.rules, kindSet(1)<<k)
	x.kinds[k].made.Store(ki)
	return ki
}

// appendAbout appends the places of those rules that can be about a kind.
func appendAbout(to []int32, rules []*rule, kind kindSet) []int32 {
	for i, r := range rules {
		if r.kinds&kind != 0 {
			to = append(to, int32(i))
		}
	}
	return to
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
