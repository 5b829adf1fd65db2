package shellparse

// branchFiles are the files that the text has written to, as they are before and
// after each of several branches of which one is what happens.
type branchFiles struct {
	a             *analyzer
	branches      int
	before, after map[string]fileState
	seen          map[string]int // by how many branches
	begun         bool
}

// branchFiles begins n branches. With one there is nothing to do.
func (a *analyzer) branchFiles(n int) *branchFiles {
	b := &branchFiles{a: a, branches: n}
	if n > 1 && len(a.files) > 0 {
		b.before = make(map[string]fileState, len(a.files))
		for p, f := range a.files {
			b.before[p] = *f
		}
	}
	return b
}

// branch begins the next one, with the files as they were.
func (b *branchFiles) branch() {
	if b.branches < 2 || !b.begun {
		b.begun = true
		return
	}
	b.end()
	for p := range b.a.files {
		if f, ok := b.before[p]; ok {
			*b.a.files[p] = f
		} else {
			delete(b.a.files, p)
		}
	}
}

func (b *branchFiles) end() {
	if len(b.a.files) > 0 && b.after == nil {
		b.after, b.seen = map[string]fileState{}, map[string]int{}
	}
	for p, f := range b.a.files {
		if !b.a.tick(1) {
			return
		}
		all := b.after[p]
		for _, v := range f.vals {
			all.vals = addValue(all.vals, v)
		}
		all.unsure = all.unsure || f.unsure
		b.after[p], b.seen[p] = all, b.seen[p]+1
	}
}

// merge makes each file what it may be after any of the branches.
func (b *branchFiles) merge() {
	if b.branches < 2 {
		return
	}
	b.end()
	for p, f := range b.after {
		if b.seen[p] < b.branches {
			f.vals = addValue(f.vals, b.a.asItWas(p))
		}
		f.vals = fewValues(f.vals, 2*maxValues)
		b.a.files[p] = &f
	}
}
