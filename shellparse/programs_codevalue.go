package shellparse

// val is what an expression in another language is worth, as far as it matters.
type val struct {
	s     str    // as text; unknown for what is none
	or    []str  // what it may be instead
	items []val  // of a list or a table
	list  bool   //
	name  string // of a function or a module: os.system
	class string // of an object: Path
	recv  *val   // what it is a member of
	kw    string // the key it stands under
	num   bool
	mode  string // of a file that is open
}

func text(s string) val { return val{s: lit(s)} }

func nothing(src *source) val { return val{s: unknown(src)} }

// src is where it came from, and what is in it.
func (v *val) src() *source {
	src := v.s.src
	for i := range v.items {
		src = join(src, v.items[i].src())
	}
	for _, o := range v.or {
		src = join(src, o.src)
	}
	return src
}

// isText reports whether anything is known of v as text.
func (v *val) isText() bool { return !v.list && !v.s.opaque() }

// all are the texts that v may be.
func (v *val) all() []str { return append([]str{v.s}, v.or...) }

// either is a or b.
func either(a, b val) val {
	switch {
	case !a.isText() && !a.list || same(a.s, b.s) && !a.list && !b.list:
		b.s.src = join(b.s.src, a.src())
		return b
	case !b.isText() && !b.list || a.list:
		return a
	case b.list:
		return b
	}
	if len(a.or)+len(b.or) < maxValues {
		a.or = append(append(append([]str(nil), a.or...), b.s), b.or...)
	}
	return a
}

// glue is the text of a with that of b after it.
func glue(a, b val, between string) val {
	out := val{}
	for _, x := range a.all() {
		for _, y := range b.all() {
			if len(out.or) < 2*maxValues {
				out.or = append(out.or, concat(x, lit(between), y))
			}
		}
	}
	out.s, out.or = out.or[0], out.or[1:]
	return out
}
