package policy

import (
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf8"

	"rampart/shellparse"
)

// The table of files tells a process by itself which of the files that it opens
// no rule can stop, ask about or watch. What the table says about a path is
// never looser than what [Set.Evaluate] says about a Call with By set; where it
// can't tell, it says that the engine has to be asked. preload/c/table.c reads it.
//
// All numbers are 32 bits, little endian; places are offsets from the start.
//
//	header   magic, size, 3 kinds (read, write, delete) x place of its keys, tableFilter bytes of filter each
//	keys     lengths of beginnings (bit n: of n bytes), number of buckets, that many places of a chain,
//	         number of globs to try always, their places
//	chain    hash, place of a glob, place of the next link or 0
//	glob     place of its rule, anchor (0 the root, 1 the working directory), number of parts, parts
//	part     sort, size in bytes, that many bytes, filled up to 4
//	rule     number of exceptions, number of allowances, places of globs, places of allowances
//	allowance  number of globs, number of exceptions, places of globs
//
// Parts are of sort 0 (any number of components), 1 (this name), 2 (size of the
// beginning, beginning, ending) or 3 (elements: kind, and a character, or a
// negation, a number and so many pairs).
const (
	tableMagic  = 0x31544652 // RFT1
	tableFilter = 1024       // bytes
	tableHeader = 8 + 3*4 + 3*tableFilter

	// maxBeginning bounds the beginnings of names that are keys.
	maxBeginning = 8
)

const (
	partDouble = iota
	partLiteral
	partAffix
	partElems
)

// fileKinds are the kinds of effect that the table is about, in its order.
var fileKinds = [...]shellparse.Kind{shellparse.Read, shellparse.Write, shellparse.Delete}

// speaksOfFiles reports whether the rule is about files of that kind as such,
// and not about all that happens.
func (r *rule) speaksOfFiles(kind kindSet) bool {
	return r.pathsAbout(kind) != nil || r.toolKinds&kind != 0
}

// ofFiles reports whether a policy of these tools may be about what a program
// does with files: it names commands, or such a tool.
func (t *tools) ofFiles() bool {
	for _, tool := range [...]string{"exec", "read", "write", "delete"} {
		if t.named(tool, "") {
			return true
		}
	}
	return false
}

// FileTable compiles what s says about files, together with what the project
// policies in the others add, for a Linux session of that home.
func (s *Set) FileTable(home string, others ...*Set) []byte {
	t := &tableWriter{home: home, b: make([]byte, tableHeader), globs: map[*pathGlob]uint32{}}
	if home != "" && path.Clean(home) != home {
		t.home = "" // no path that is looked up can be below it
	}
	groups := s.groups
	for _, o := range others {
		for _, g := range o.groups {
			if g.tier == TierProject {
				groups = append(groups[:len(groups):len(groups)], g)
			}
		}
	}
	for i, kind := range fileKinds {
		t.kind(i, groups, kindBit(kind))
	}
	binary.LittleEndian.PutUint32(t.b, tableMagic)
	binary.LittleEndian.PutUint32(t.b[4:], uint32(len(t.b)))
	return t.b
}

type tableWriter struct {
	b     []byte
	home  string
	globs map[*pathGlob]uint32 // exceptions and allowances, written once
}

func (t *tableWriter) put(values ...uint32) uint32 {
	at := uint32(len(t.b))
	for _, v := range values {
		t.b = binary.LittleEndian.AppendUint32(t.b, v)
	}
	return at
}

// fileKey is a key of the globs of one kind.
type fileKey struct {
	hash uint32
	glob uint32
}

func (t *tableWriter) kind(i int, groups []*group, kind kindSet) {
	var keys []fileKey
	var always []uint32
	lengths := uint32(0)
	for _, g := range groups {
		allowed := map[*policyInfo][]uint32{}
		for _, r := range g.rules {
			switch {
			case r.kinds&kind == 0 || !r.speaksOfFiles(kind) || !r.onFiles():
			case r.action == Allow && r.webhook == nil:
				if at, ok := t.allowance(r, kind); ok {
					allowed[r.policy] = append(allowed[r.policy], at)
				}
			default:
				at := t.rule(r, kind, allowed[r.policy])
				for j := range t.is(r, kind) {
					g := &t.is(r, kind)[j]
					if g.anchor == anchorHome && t.home == "" {
						continue
					}
					place := t.glob(g, at)
					if key, n, ok := t.key(g); ok {
						keys = append(keys, fileKey{key, place})
						lengths |= 1 << n
					} else {
						always = append(always, place)
					}
				}
			}
		}
	}
	lengths &^= 1
	at := t.keys(keys, lengths, always)
	binary.LittleEndian.PutUint32(t.b[8+4*i:], at)
	filter := t.b[20+i*tableFilter:][:tableFilter]
	for _, k := range keys {
		filter[k.hash>>3%tableFilter] |= 1 << (k.hash & 7)
	}
}

// everything is the glob of a rule that names no path.
var everything = []pathGlob{{parts: []component{{double: true}}}}

func (t *tableWriter) is(r *rule, kind kindSet) []pathGlob {
	if l := r.pathsAbout(kind); l != nil && len(l.is) > 0 {
		return l.is
	}
	return everything
}

// onFiles reports whether the rule can hold for one file of Linux that is known
// by its name.
func (r *rule) onFiles() bool {
	p, w := r.policy, &r.when
	return (p.tools == nil || p.tools.ofFiles()) && (p.systems.empty() || p.systems.match("linux")) &&
		(w.recursive == nil || !*w.recursive) && (w.unresolved == nil || !*w.unresolved)
}

// plain reports whether the rule holds for every file that it names, whoever
// touches it and when.
func (r *rule) plain(kind kindSet) bool {
	p, w := r.policy, &r.when
	return p.agents.empty() && p.sessions.empty() && r.own == nil && r.expires.IsZero() && !r.once &&
		(p.tools == nil || r.toolKinds&kind != 0) &&
		!w.needsRun && !w.needsText && len(w.beside) == 0 && w.sessions.empty() && w.depth == nil && w.count == nil &&
		len(w.params) == 0 && w.paramsText == nil && len(w.response)+len(w.responseNot) == 0 && (w.about == 0 || w.paths.empty())
}

// allowance writes what a rule allows for certain.
func (t *tableWriter) allowance(r *rule, kind kindSet) (uint32, bool) {
	if !r.plain(kind) {
		return 0, false
	}
	var is, not []uint32
	for i := range t.is(r, kind) {
		if g := &t.is(r, kind)[i]; g.anchor != anchorHome || t.home != "" {
			is = append(is, t.exception(g))
		}
	}
	if l := r.pathsAbout(kind); l != nil {
		for i := range l.not {
			if g := &l.not[i]; g.anchor != anchorHome || t.home != "" {
				not = append(not, t.exception(g))
			}
		}
	}
	at := t.put(uint32(len(is)), uint32(len(not)))
	t.put(is...)
	t.put(not...)
	return at, true
}

func (t *tableWriter) rule(r *rule, kind kindSet, allowed []uint32) uint32 {
	var not []uint32
	if l := r.pathsAbout(kind); l != nil {
		for i := range l.not {
			if g := &l.not[i]; g.anchor != anchorHome || t.home != "" {
				not = append(not, t.exception(g))
			}
		}
	}
	at := t.put(uint32(len(not)), uint32(len(allowed)))
	t.put(not...)
	t.put(allowed...)
	return at
}

func (t *tableWriter) exception(g *pathGlob) uint32 {
	at, ok := t.globs[g]
	if !ok {
		at = t.glob(g, 0)
		t.globs[g] = at
	}
	return at
}

// parts returns a glob's components from its anchor on; of home that is the root.
func (t *tableWriter) parts(g *pathGlob) []component {
	if g.anchor != anchorHome {
		return g.parts
	}
	var out []component
	for name := range strings.SplitSeq(strings.Trim(t.home, "/"), "/") {
		if name != "" {
			out = append(out, component{literal: true, prefix: name})
		}
	}
	return append(out, g.parts...)
}

func (t *tableWriter) glob(g *pathGlob, rule uint32) uint32 {
	anchor := uint32(0)
	if g.anchor == anchorCwd {
		anchor = 1
	}
	parts := t.parts(g)
	at := t.put(rule, anchor, uint32(len(parts)))
	for i := range parts {
		t.part(&parts[i])
	}
	return at
}

func (t *tableWriter) part(c *component) {
	sort, body := uint32(partElems), []byte(nil)
	u32 := func(v uint32) { body = binary.LittleEndian.AppendUint32(body, v) }
	switch {
	case c.double:
		sort = partDouble
	case c.literal:
		sort, body = partLiteral, []byte(c.prefix)
	case c.simple:
		sort = partAffix
		u32(uint32(len(c.prefix)))
		body = append(append(body, c.prefix...), c.suffix...)
	default:
		for _, e := range c.elems {
			u32(uint32(e.kind))
			switch e.kind {
			case elemLiteral:
				u32(uint32(e.r))
			case elemClass:
				negate := uint32(0)
				if e.set.negate {
					negate = 1
				}
				u32(negate)
				u32(uint32(len(e.set.ranges)))
				for _, r := range e.set.ranges {
					u32(uint32(r.lo))
					u32(uint32(r.hi))
				}
			}
		}
	}
	t.put(sort, uint32(len(body)))
	t.b = append(t.b, body...)
	for len(t.b)%4 != 0 {
		t.b = append(t.b, 0)
	}
}

// key returns what every path that the glob matches has: a component of this
// name, or one that ends or begins so. n is the length of a beginning, else 0.
func (t *tableWriter) key(g *pathGlob) (hash uint32, n int, ok bool) {
	parts := t.parts(g)
	lead := ""
	for i := len(parts) - 1; i >= 0; i-- {
		c := &parts[i]
		if c.double {
			continue
		}
		if c.literal {
			return fileHash('=', c.prefix), 0, true
		}
		first, last := c.prefix, c.suffix
		if !c.simple {
			first, last = c.ends()
		}
		if dot := strings.LastIndexByte(last, '.'); dot >= 0 {
			return fileHash('.', last[dot+1:]), 0, true
		}
		if len(first) > len(lead) {
			lead = first
		}
	}
	if lead == "" || !utf8.ValidString(lead) {
		return 0, 0, false
	}
	n = min(len(lead), maxBeginning)
	return fileHash('<', lead[:n]), n, true
}

// fileHash is FNV-1a with another start for each sort of key.
func fileHash(sort byte, name string) uint32 {
	h := uint32(2166136261) + uint32(sort)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h ^ h>>15
}

func (t *tableWriter) keys(keys []fileKey, lengths uint32, always []uint32) uint32 {
	buckets := uint32(16)
	for int(buckets) < len(keys) {
		buckets *= 2
	}
	heads := make([]uint32, buckets)
	for _, k := range keys {
		b := k.hash % buckets
		heads[b] = t.put(k.hash, k.glob, heads[b])
	}
	at := t.put(lengths, buckets)
	t.put(heads...)
	t.put(uint32(len(always)))
	t.put(always...)
	return at
}
