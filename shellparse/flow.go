package shellparse

// source is a place that bytes came from. Sources form immutable lists.
type source struct {
	from Endpoint
	path string
	host string
	url  string
	name string
	via  string // the file that an earlier command left it in
	cert Certainty
	made bool // something was made of the data: it is not these bytes any more
	next *source
}

// altered is where data comes from that a program made of data from s.
func (s *source) altered() *source {
	if s == nil || s.made && s.next == nil {
		return s
	}
	c := *s
	c.made, c.next = true, s.next.altered()
	return &c
}

// maxSources bounds a list: what matters is that there is one of each kind.
const maxSources = 12

func (s *source) has(o *source) bool {
	for ; s != nil; s = s.next {
		if s.from == o.from && s.path == o.path && s.host == o.host && s.url == o.url && s.name == o.name && s.made == o.made {
			return true
		}
	}
	return false
}

func (s *source) hasFrom(e Endpoint) bool {
	for ; s != nil; s = s.next {
		if s.from == e {
			return true
		}
	}
	return false
}

// join is the union of two lists.
func join(a, b *source) *source {
	if a == nil || a == b {
		return b
	}
	if b == nil {
		return a
	}
	n := 0
	for s := a; s != nil; s = s.next {
		n++
	}
	for ; b != nil && n < maxSources; b = b.next {
		if !a.has(b) {
			c := *b
			c.next = a
			a = &c
			n++
		}
	}
	return a
}

// flowInto records that data of these sources is run by program.
func (a *analyzer) flowInto(program string, src *source, sp Span) {
	for ; src != nil; src = src.next {
		if src.from == Network || src.from == Decoded {
			a.emit(Effect{Kind: Flow, From: src.from, To: Interpreter, Program: program,
				Path: src.path, Host: src.host, URL: src.url, Via: src.via, Span: sp, Certainty: src.cert})
		}
	}
}

// flowOut records that data of these sources leaves the machine for host.
func (a *analyzer) flowOut(program string, src *source, host, url string, sp Span) {
	for ; src != nil; src = src.next {
		if src.from == File || src.from == Environment {
			a.emit(Effect{Kind: Flow, From: src.from, To: Network, Program: program,
				Path: src.path, Name: src.name, Host: host, URL: url, Via: src.via, Span: sp, Certainty: src.cert})
		}
	}
}
