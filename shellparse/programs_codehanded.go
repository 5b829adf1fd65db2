package shellparse

// This file follows what a method hands on to the functions that it is given,
// in JavaScript: fetch(u).then(r => r.text()).then(eval).

// callItems are the arguments between i and m of a call of v.
func (s *codeScan) callItems(v *val, i, m int) []val {
	if s.lang != "js" || v.recv == nil || v.recv.src() == nil {
		return s.items(i, m)
	}
	outer := s.handed
	s.handed = v.recv.src()
	args := s.items(i, m)
	s.handed = outer
	got := nothing(v.recv.src())
	for _, f := range args {
		if f.name == "" {
			continue
		}
		switch s.roleOf(&f) {
		case "eval", "sh", "run":
			s.invoke(f, []val{got})
		case "":
			s.inlined(f.name, []val{got, got})
		}
	}
	return args
}

// parameters gives the names from i up to the arrow at n what is handed on.
func (s *codeScan) parameters(i, n int) {
	if s.handed == nil {
		return
	}
	for ; i < n; i++ {
		if s.kind(i) == 'i' {
			s.set(s.toks[i].text, nothing(s.handed), "=")
		}
	}
}
