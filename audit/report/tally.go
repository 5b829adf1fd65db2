package report

import (
	"cmp"
	"slices"
	"strings"
)

// maxDistinct is how many different values are counted one by one.
const maxDistinct = 10_000

// maxName is the longest part of a value that is kept, in bytes.
const maxName = 400

// Count is a value and how often there was one.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// tally counts values. Those that come when there are too many already are
// counted together.
type tally struct {
	counts map[string]int
	other  int
}

func (t *tally) add(name string) {
	if name == "" {
		return
	}
	name = short(name)
	if _, ok := t.counts[name]; !ok {
		if len(t.counts) == maxDistinct {
			t.other++
			return
		}
		if t.counts == nil {
			t.counts = map[string]int{}
		}
		name = strings.Clone(name) // it is part of a line that need not be kept
	}
	t.counts[name]++
}

// top returns the n most frequent values, and one for all others; 0: all.
func (t *tally) top(n int) []Count {
	all := []Count{}
	for name, count := range t.counts {
		all = append(all, Count{name, count})
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	rest := t.other
	if n > 0 && len(all) > n {
		for _, c := range all[n:] {
			rest += c.Count
		}
		all = all[:n]
	}
	if rest > 0 {
		all = append(all, Count{"(others)", rest})
	}
	return all
}

func short(s string) string {
	if len(s) > maxName {
		return strings.ToValidUTF8(s[:maxName], "") + "…"
	}
	return s
}
