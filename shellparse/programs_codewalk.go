package shellparse

import "strings"

// walk takes note of the directories that a program goes through, with all that
// lies below them. The names it gets are not followed one by one.
func (s *codeScan) walk(pos []val) val {
	for _, p := range pos {
		for _, t := range argsOf(p) {
			if t.isText() && !t.num {
				s.walked = append(s.walked, s.path(t.s))
			}
		}
	}
	return val{s: unknown(nil), list: true}
}

// walkOf is the directory that a pattern for names at any depth begins in.
func (s *codeScan) walkOf(pattern str) {
	dir, rest, deep := strings.Cut(unescape(pattern.globText()), "**")
	if i := strings.LastIndexByte(dir, '/'); i >= 0 && deep && path0(rest) == "*" {
		s.walked = append(s.walked, rawGlob(dir[:i+1], pattern.src))
	}
}

// deletesWalked is what a program removes without its name being known, where
// it goes through directories: in the directory that it works in some of what
// lies there, elsewhere everything.
func (s *codeScan) deletesWalked() {
	if !s.unnamed {
		return
	}
	cwd, cert := s.a.resolve(s.cmd.st, lit("."), true)
	for _, root := range s.walked {
		p, c := s.a.resolve(s.cmd.st, root, true)
		switch {
		case c == Unknown:
		case cert == Exact && holdsPath(cwd, p):
			s.a.foundEffect(s.call(), Delete, root, nil, true)
		default:
			s.a.touched = true
			s.a.emit(Effect{Kind: Delete, Path: p, Certainty: max(c, Pattern), Recursive: true, Span: s.cmd.span})
		}
	}
}
