package shellparse

import "strings"

// variable is a shell variable. More than one value means that it depends on
// a condition which of them it has.
type variable struct {
	vals   []str
	elems  []element  // set for arrays
	ways   []variable // what it may be, of which this is what is certain: arrays that differ
	array  bool
	open   bool // an array that may have more elements than these
	unset  bool
	maybe  bool    // it may also not be set, for which "" is among its values
	from   *source // of one that is not set: what would have been
	nameTo string  // declare -n
	export bool

	mayExport bool // with export: or it is not

	lower  bool
	upper  bool
	number bool
	assoc  bool // declare -A
	fixed  bool // readonly, or it may be
	free   bool // what an assignment makes of it is not known, or others assign to it at any time
}

type element struct {
	key string
	val str
}

// end is the index behind the last element.
func (v *variable) end() int64 {
	n := int64(0)
	if !v.assoc && len(v.elems) > 0 {
		last, _ := parseInt(v.elems[len(v.elems)-1].key)
		n = last + 1
	}
	return n
}

// put sets an element. Those of an array that is no map stay in order.
func (v *variable) put(key string, val str) {
	n, _ := parseInt(key)
	for i := len(v.elems); ; i-- {
		if i > 0 && v.elems[i-1].key == key {
			v.elems[i-1].val = val
			return
		}
		if v.assoc && i > 0 {
			continue
		}
		if i > 0 {
			if k, _ := parseInt(v.elems[i-1].key); k > n {
				continue
			}
		}
		if v.assoc {
			i = len(v.elems)
		}
		v.elems = append(v.elems, element{})
		copy(v.elems[i+1:], v.elems[i:])
		v.elems[i] = element{key, val}
		return
	}
}

// maxValues bounds the values a variable may have at a time.
const maxValues = 4

// state is what a shell process knows at a point of its run. A child sees its
// parent's values and keeps its own changes to itself.
type state struct {
	parent *state
	vars   map[string]*variable
	funcs  map[string]*function
	alias  map[string][]str // all that each has stood for: which counts is settled where a line is read
	set    [3]bool          // which of cwd, params, options are this state's own

	cwds   []str // absolute paths; an opaque one is unknown
	params []str
	open   bool    // there may be more parameters than these
	ways   [][]str // with open: what they may be, or they are others
	opts   options

	locals  map[string]bool // names that end with this scope
	unsure  map[string]bool // those of them that may be the caller's as well
	choices int             // branches and ands when the call began
	call    bool            // scope of a function call
	last    *str            // $_: the last argument of the command before
	dead    bool            // the shell has left: exit, or return from a function
	process bool            // code in it runs in a process of its own
	multi   bool            // a variable with several values may be in sight
	regains bool            // zsh: the options are those of before when the call ends
	fixed   bool            // one that is readonly, or free, may be
	depth   int             // of parents
}

// options are the shell options that change what words mean.
type options struct {
	mayExport                                  bool // allexport is on, or it is not
	noglob, split, lastpipe, nocase, allexport bool
	errexit, nounset                           bool // the shell may end at any command, or any expansion
	nullglob                                   bool // a wildcard that matches nothing vanishes, or it does not
	histExpand                                 bool // bash: with a history, ! and ^ in later lines stand for earlier ones
	unsureGlob                                 bool // noglob is on, or it is not
	zeroArrays                                 bool // zsh: arrays are those of ksh, or may be
	noclobber                                  bool // a file that there is may not be written to by >
	oddDirs                                    bool // zsh: the stack of directories is kept in another way
	restored                                   bool // zsh: options are local to the function under way
	extglob                                    bool // bash: on for certain
	globCode                                   bool // zsh: what a variable holds is a pattern, and its qualifiers may run code
}

// maxPath is the longest path that the kernel takes.
const maxPath = 4096

const (
	ownCwd = iota
	ownParams
	ownOpts
)

func (s *state) fork() *state {
	return &state{parent: s, multi: s.multi, fixed: s.fixed, depth: s.depth + 1}
}

// spawn is a fork for code that runs in a process of its own.
func (s *state) spawn() *state {
	f := s.fork()
	f.process = true
	return f
}

func (s *state) lookup(name string) *variable {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v
		}
	}
	return nil
}

// ownerOf is the state that an assignment to name goes to.
func (s *state) ownerOf(name string) *state {
	for s.call && !s.locals[name] && s.parent != nil {
		s = s.parent
	}
	return s
}

// severalInSight notes that something has several values.
func (s *state) severalInSight() {
	for ; s != nil; s = s.parent {
		s.multi = true
	}
}

// assign sets a variable where the shell would: in the function call that
// made it local, else in the innermost process.
func (s *state) assign(name string, v *variable) {
	t := s.ownerOf(name)
	if s.fixed {
		v = s.orFixed(name, v)
	}
	if v.free || v.nameTo != "" {
		s.minding()
	}
	if len(v.vals) > 1 || v.maybe || len(v.ways) > 0 {
		s.severalInSight()
	}
	if t.vars == nil {
		t.vars = map[string]*variable{}
	}
	t.vars[name] = v
	if t.unsure[name] && t.parent != nil {
		t.parent.perhaps(name, v)
	}
}

// perhaps assigns what a variable may become.
func (s *state) perhaps(name string, v *variable) {
	old := s.lookup(name)
	if old == nil {
		old = &variable{unset: true}
	}
	either := eitherVariable(old, v)
	if either == nil {
		either = &variable{array: true, open: true, export: v.export}
	}
	s.assign(name, either)
}

// orFixed is v, or the variable as it was when that is readonly: the
// assignment fails, and what follows may be done all the same.
func (s *state) orFixed(name string, v *variable) *variable {
	old := s.lookup(name)
	if old != nil && old.nameTo != "" && v.nameTo == "" {
		s.freeTarget(old)
	}
	if old == nil || !old.fixed && !old.free || old.nameTo != "" || v.nameTo != "" {
		return v
	}
	if old.free {
		return freed(old, v)
	}
	either := eitherVariable(old, v)
	if either == nil {
		either = &variable{array: true, open: true, export: v.export}
	}
	either.fixed = true
	return either
}

// freeTarget makes nothing known of what a variable is a name for.
func (s *state) freeTarget(v *variable) {
	for range 8 { // names may stand for each other in a circle
		base, _, _ := strings.Cut(v.nameTo, "[")
		if v = s.lookup(base); v == nil || v.nameTo == "" {
			s.free(base)
			return
		}
	}
}

// free makes a variable one of which nothing is known, whatever is assigned.
func (s *state) free(name string) {
	var src *source
	export := false
	if old := s.lookup(name); old != nil {
		export = old.export
		for _, x := range old.vals {
			src = join(src, x.src)
		}
	}
	s.assign(name, &variable{vals: []str{unknown(src)}, export: export, free: true})
}

// freed is a variable that may be anything, after an assignment as well.
func freed(old, v *variable) *variable {
	var src *source
	for _, x := range v.vals {
		src = join(src, x.src)
	}
	for _, e := range v.elems {
		src = join(src, e.val.src)
	}
	if old.array || v.array {
		return &variable{array: true, open: true, elems: []element{{"0", unknown(src)}}, export: v.export, free: true}
	}
	return &variable{vals: []str{unknown(src)}, export: old.export || v.export, free: true}
}

// own is the state in which the process of s began.
func (s *state) own() *state {
	for !s.process && s.parent != nil {
		s = s.parent
	}
	return s
}

// minding has the states see to variables of which an assignment may not be
// all that there is.
func (s *state) minding() {
	for u := s; u != nil; u = u.parent {
		u.fixed = true
	}
}

// fix makes a variable readonly.
func (s *state) fix(name string) {
	v := variable{unset: true}
	if old := s.lookup(name); old != nil {
		v = *old
	}
	v.fixed = true
	s.assign(name, &v)
	s.minding()
}

// local makes a name end with this scope, which is that of a call.
func (s *state) local(name string) {
	if s.locals == nil {
		s.locals = map[string]bool{}
	}
	s.locals[name] = true
}

// maybeLocal is local where it may not come to that.
func (s *state) maybeLocal(name string) {
	if s.unsure == nil {
		s.unsure = map[string]bool{}
	}
	s.unsure[name] = true
	s.local(name)
}

func (s *state) inCall() bool {
	for ; s != nil; s = s.parent {
		if s.call {
			return true
		}
	}
	return false
}

func (s *state) function(name string) *function {
	for ; s != nil; s = s.parent {
		if f, ok := s.funcs[name]; ok {
			return f
		}
	}
	return nil
}

func (s *state) define(name string, f *function) {
	for s.call {
		s = s.parent
	}
	if s.funcs == nil {
		s.funcs = map[string]*function{}
	}
	s.funcs[name] = f
}

func (s *state) aliasOf(name string) []str {
	for ; s != nil; s = s.parent {
		if v, ok := s.alias[name]; ok {
			return v
		}
	}
	return nil
}

func (s *state) setAlias(name string, v str) {
	vals := addValue(s.aliasOf(name), v)
	if len(vals) > 2*maxValues {
		vals = []str{unknown(v.src)}
	}
	for s.call {
		s = s.parent
	}
	if s.alias == nil {
		s.alias = map[string][]str{}
	}
	s.alias[name] = vals
}

// setLast remembers the last argument of a command for $_.
func (s *state) setLast(v str) {
	for s.call && s.parent != nil {
		s = s.parent
	}
	s.last = &v
}

func (s *state) lastArg() str {
	for ; s != nil; s = s.parent {
		if s.last != nil {
			return *s.last
		}
	}
	return unknown(nil)
}

func (s *state) owner(what int) *state {
	for ; s.parent != nil; s = s.parent {
		if s.set[what] {
			return s
		}
	}
	return s
}

func (s *state) cwd() str {
	o := s.owner(ownCwd)
	if len(o.cwds) == 1 {
		return o.cwds[0]
	}
	return unknown(nil)
}

func (s *state) setCwd(c str) {
	if !strings.HasPrefix(c.t, "/") || len(c.t) > maxPath {
		c = unknown(c.src)
	}
	for s.call {
		s = s.parent
	}
	s.cwds = []str{c}
	s.set[ownCwd] = true
}

func (s *state) parameters() ([]str, bool) {
	o := s.owner(ownParams)
	return o.params, o.open
}

// setParams acts on the innermost call or process, as set -- does.
func (s *state) setParams(p []str, open bool) {
	s.params, s.open, s.ways = p, open, nil
	s.set[ownParams] = true
}

func (s *state) options() options { return s.owner(ownOpts).opts }

func (s *state) setOptions(o options) {
	for s.call {
		s = s.parent
	}
	s.opts = o
	s.set[ownOpts] = true
}

// alsoIn adds directories that the shell may be in.
func (s *state) alsoIn(dirs ...str) {
	if len(dirs) == 0 {
		return
	}
	t := s
	for t.call && t.parent != nil {
		t = t.parent
	}
	cwds := s.owner(ownCwd).cwds
	n := len(cwds)
	for _, d := range dirs {
		cwds = addValue(cwds, d)
	}
	if len(cwds) == n {
		return
	}
	if len(cwds) > maxValues {
		cwds = []str{unknown(nil)}
	}
	t.cwds, t.set[ownCwd] = cwds, true
	for u := s; u != nil; u = u.parent {
		u.multi = u.multi || len(t.cwds) > 1
	}
}
