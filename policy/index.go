package policy

import (
	"slices"
	"strings"

	"rampart/shellparse"
)

// index finds the rules that may hold for a unit without looking at the
// others. What it leaves out can't hold; what it yields is still matched.
type index struct {
	kinds [shellparse.Flow + 1]kindIndex // by shellparse.Kind; 0 is the Call as a whole
}

// kindIndex holds rules by their place in the tier, ascending.
type kindIndex struct {
	all   []int32            // every rule about this kind
	other []int32            // those that have no key
	keyed map[string][]int32 // by a key that every match of the rule has
}

func buildIndex(rules []*rule) *index {
	x := &index{}
	for i, r := range rules {
		for k := range x.kinds {
			bit := kindSet(1) << k
			if r.kinds&bit == 0 {
				continue
			}
			ki := &x.kinds[k]
			ki.all = append(ki.all, int32(i))
			keys := r.indexKeys(bit)
			if len(keys) == 0 {
				ki.other = append(ki.other, int32(i))
				continue
			}
			if ki.keyed == nil {
				ki.keyed = map[string][]int32{}
			}
			for _, key := range keys {
				list := ki.keyed[key]
				if len(list) == 0 || list[len(list)-1] != int32(i) {
					ki.keyed[key] = append(list, int32(i))
				}
			}
		}
	}
	return x
}

// indexKeys returns the keys of a rule for one kind; none if it must always be
// tried. Keys are in lower case, as are the lookups.
func (r *rule) indexKeys(kind kindSet) []string {
	w := &r.when
	switch {
	case kind == kindBit(shellparse.Exec):
		if keys := w.programKeys(); keys != nil {
			return keys
		}
		return commandKeys(w.command, true)
	case kind == callKind:
		return commandKeys(w.command, false)
	case kind&pathKinds == 0:
		return nil
	case !w.paths.empty():
		return w.paths.keys()
	case w.about == kindBit(shellparse.Read):
		return w.reads.keys()
	case w.about == kindBit(shellparse.Write):
		return w.writes.keys()
	case w.about == kindBit(shellparse.Delete):
		return w.deletes.keys()
	}
	return nil
}

func (w *conditions) programKeys() []string {
	if len(w.program.is) == 0 || len(w.program.exact) != len(w.program.is) {
		return nil
	}
	var keys []string
	for name := range w.program.exact {
		keys = append(keys, strings.ToLower(name))
	}
	slices.Sort(keys)
	return keys
}

// commandKeys returns the first words of command globs; of a program started
// by its path, for an Exec, the name.
func commandKeys(globs []textGlob, exec bool) []string {
	var keys []string
	for i := range globs {
		word := globs[i].firstWord()
		if exec {
			word = base(word)
		}
		if word == "" {
			return nil
		}
		keys = append(keys, strings.ToLower(word))
	}
	return keys
}

func (l *pathList) keys() []string {
	var keys []string
	for i := range l.is {
		key := l.is[i].key()
		if key == "" {
			return nil
		}
		keys = append(keys, strings.ToLower(key))
	}
	return keys
}

// candidates appends the rules that may hold for the unit to buf, in order.
func (x *index) candidates(u *unit, buf []int32) []int32 {
	switch {
	case u.effect == nil:
		ki := &x.kinds[0]
		buf = append(buf, ki.other...)
		if len(ki.keyed) > 0 {
			word, _, _ := strings.Cut(callText(u.run.call), " ")
			buf = ki.lookup(word, buf)
		}
	case u.effect.Kind == shellparse.Exec:
		ki := &x.kinds[shellparse.Exec]
		if u.effect.Certainty == shellparse.Pattern {
			return append(buf, ki.all...)
		}
		name := u.effect.Program
		if u.run.call.OS == "windows" {
			name = strings.TrimSuffix(strings.ToLower(name), ".exe")
		}
		buf = ki.lookup(name, append(buf, ki.other...))
	case u.kind&pathKinds != 0:
		ki := &x.kinds[u.effect.Kind]
		t := u.path()
		if t.certainty == shellparse.Pattern || t.recursive && t.certainty == shellparse.Exact {
			return append(buf, ki.all...)
		}
		buf = append(buf, ki.other...)
		for rest := t.path; rest != "" && len(ki.keyed) > 0; {
			var name string
			if name, rest = cutComponent(rest); name != "" {
				buf = ki.lookup(name, buf)
			}
			if dot := strings.LastIndexByte(name, '.'); dot >= 0 && rest == "" {
				buf = ki.lookupEnding(name[dot:], buf)
			}
		}
	default:
		return append(buf, x.kinds[u.effect.Kind].all...)
	}
	slices.Sort(buf)
	return buf
}

// lookupEnding appends the rules about names with this ending.
func (k *kindIndex) lookupEnding(ending string, buf []int32) []int32 {
	var small [32]byte
	if len(ending) >= len(small) {
		return k.lookup("*"+ending, buf)
	}
	small[0] = '*'
	for i := range len(ending) {
		if ending[i] >= 0x80 {
			return k.lookup("*"+ending, buf)
		}
		small[i+1] = lower(ending[i])
	}
	return append(buf, k.keyed[string(small[:len(ending)+1])]...)
}

// lookup appends the rules of a key, in whatever case it is written.
func (k *kindIndex) lookup(key string, buf []int32) []int32 {
	var small [64]byte
	if len(key) > len(small) {
		return append(buf, k.keyed[strings.ToLower(key)]...)
	}
	for i := range len(key) {
		if key[i] >= 0x80 {
			return append(buf, k.keyed[strings.ToLower(key)]...)
		}
		small[i] = lower(key[i])
	}
	return append(buf, k.keyed[string(small[:len(key)])]...)
}
