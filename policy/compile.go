package policy

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"rampart/shellparse"
)

const projectPrefix = "[Project Policy] "

// Compile reads and compiles sources. Its error is a *[LoadError] with every
// problem found. Without sources the set allows everything.
func Compile(sources []Source) (*Set, error) {
	var problems []Problem
	var files []*file
	set := &Set{}
	protection := loadProtection(sources)
	for i, s := range sources {
		switch s.Tier {
		case tierBuiltin:
			continue
		case TierExceptions:
			f, p := set.addOwn(s, i)
			problems = append(problems, p...)
			files = append(files, f)
			continue
		}
		f, p := load(s, i)
		if f != nil && f.suite {
			p = append(p, Problem{File: s.Name, Message: "this is a test suite, not a policy; run it with rampart test"})
		}
		problems = append(problems, p...)
		files = append(files, f)
	}
	if len(problems) > 0 {
		return nil, &LoadError{problems}
	}
	for _, f := range files {
		set.add(f)
		set.notify = append(set.notify, f.notify...)
		if f.keep != (Retention{}) {
			set.keep = set.keep.most(f.keep)
		}
		set.tests = append(set.tests, f.tests...)
		if !f.own {
			f.extends, f.without = nil, nil // and their tree with them
			set.files = append(set.files, f)
		}
	}
	if set.watchOnly = set.onlyWatches(); !set.watchOnly {
		if err := set.protect(protection()); err != nil {
			return nil, err
		}
	}
	set.once = slices.ContainsFunc(set.exceptions, func(o *ownRule) bool { return o.Once })
	for _, g := range set.groups {
		g.seal()
		set.once = set.once || slices.ContainsFunc(g.rules, func(r *rule) bool { return r.once })
		set.past = set.past || slices.ContainsFunc(g.rules, (*rule).dependsOnPast)
		set.depth = set.depth || slices.ContainsFunc(g.rules, func(r *rule) bool { return r.when.depth != nil })
	}
	set.past = set.past || set.once
	if problems := set.checkFiles(sources); len(problems) > 0 {
		return nil, &LoadError{problems}
	}
	return set, nil
}

// add puts a file's rules where they are judged: with those of its tier, in a
// project apart from all others.
func (s *Set) add(f *file) {
	tier := f.info.tier
	if tier != TierProject {
		for _, g := range s.groups {
			if g.tier == tier {
				g.add(f)
				return
			}
		}
	}
	g := &group{tier: tier}
	g.add(f)
	s.groups = append(s.groups, g)
}

// load reads one source.
func load(s Source, order int) (*file, []Problem) {
	r := &reader{file: s.Name}
	limit := maxSourceSize
	if s.Tier == TierProject {
		limit = maxProjectSize
	}
	top := r.parseUpTo(limit, s.Data)
	if top == nil {
		return nil, r.problems
	}
	info := &sourceInfo{name: s.Name, tier: s.Tier, embedded: s.embedded, order: order}
	if info.tier == 0 {
		info.tier = TierUser
	}
	f := r.decodeFile(top, info)
	if f.extends != nil {
		r.extend(f)
	}
	if f.askBecomes != nil {
		for _, x := range f.rules {
			if x.action == Ask {
				x.action = *f.askBecomes
			}
		}
	}
	claims := map[string]int{}
	for _, x := range f.rules {
		x.finish()
		if x.once {
			if claims[x.claim]++; claims[x.claim] > 1 { // the same allowed once, twice
				x.claim += fmt.Sprintf("#%d", claims[x.claim])
			}
		}
	}
	return f, r.problems
}

// extend brings in the policies of an embedded profile, and its default action
// if the file states none.
func (r *reader) extend(f *file) {
	var name string
	if !r.text(f.extends, "extends", &name) {
		return
	}
	s, err := Profile(name)
	if err != nil {
		r.problem(f.extends, "extends: %v", err)
		return
	}
	s.Tier = f.info.tier
	base, problems := load(s, f.info.order)
	if len(problems) > 0 {
		r.problems = append(r.problems, problems...)
		return
	}
	var names []string
	for _, p := range base.policies {
		names = append(names, p.name)
	}
	drop := map[string]bool{}
	for _, n := range f.without {
		if !slices.Contains(names, n.Value) {
			r.problem(n, "profile %s has no policy %q%s", name, n.Value, didYouMean(n.Value, names))
		}
		drop[n.Value] = true
	}
	for _, x := range base.rules {
		if !drop[x.policy.name] {
			f.rules = append(f.rules, x)
		}
	}
	for _, p := range base.policies {
		if !drop[p.name] {
			f.policies = append(f.policies, p)
		}
	}
	if !f.stated {
		f.fallback, f.stated = base.fallback, base.stated
	}
}

func (g *group) add(f *file) {
	g.rules = append(g.rules, f.rules...)
	if f.stated && (!g.stated || f.fallback > g.fallback) {
		g.fallback, g.source, g.stated = f.fallback, f.info.name, true
	}
}

// seal orders the rules and builds the index. The order decides which rule is
// named when several say the same; the action does not depend on it, except
// among the rules of one policy.
func (g *group) seal() {
	slices.SortStableFunc(g.rules, func(a, b *rule) int {
		return cmp.Or(cmp.Compare(a.policy.priority, b.policy.priority), cmp.Compare(a.policy.source.order, b.policy.source.order))
	})
	for i, r := range g.rules {
		r.order = i
	}
	g.index = &index{rules: g.rules}
}

// onlyWatches reports whether the set never stops anything and says so: a
// default of watch, or a policy that watches all commands.
func (s *Set) onlyWatches() bool {
	watches := false
	for _, g := range s.groups {
		if g.fallback > Watch {
			return false
		}
		watches = watches || g.fallback == Watch
		for _, r := range g.rules {
			if r.action > Watch {
				return false
			}
			watches = watches || r.action == Watch && r.keys == 0
		}
	}
	return watches
}

// finish works out what follows from what the rule says.
func (x *rule) finish() {
	p, w := x.policy, &x.when
	x.ref = fmt.Sprintf("%s:%d", filepath.Base(p.source.name), x.line)
	if !p.source.embedded {
		x.ref = fmt.Sprintf("%s:%d", p.source.name, x.line)
	}
	if x.message == "" {
		x.message = fmt.Sprintf("policy %q says %s", p.name, x.action)
	}
	switch {
	case p.source.tier == tierBuiltin:
		x.allowBy = "no policy allows this; do it yourself, outside of the session"
	case x.own != nil:
		x.allowBy = "rampart rules remove " + x.own.ID
	case p.source.tier == TierProject:
		x.message = projectPrefix + x.message
		x.allowBy = fmt.Sprintf("change rule %s of this project, or start with RAMPART_NO_PROJECT_POLICY=1", x.ref)
	case p.source.tier == TierSystem:
		x.allowBy = fmt.Sprintf("ask the administrator about rule %s", x.ref)
	case p.source.embedded:
		x.allowBy = fmt.Sprintf("change rule %s in your own copy (rampart init writes one to ~/.rampart/policies)", x.ref)
	default:
		x.allowBy = fmt.Sprintf("change rule %s", x.ref)
	}
	w.needsRun = !w.program.empty() || len(w.args)+len(w.argsNot)+len(w.flags)+len(w.flagsNot) > 0
	w.windows = w.program.forWindows()
	w.needsText = len(w.command)+len(w.commandNot)+len(w.contains) > 0
	if s := w.subjects(); len(s) > 0 {
		w.about, w.beside = s[0], s[1:]
	}
	for _, l := range []*pathList{&w.paths, &w.reads, &w.writes, &w.deletes} {
		l.index()
	}
	x.kinds, x.toolKinds = x.reach()
}

// subjects are the effects that the conditions speak of. The first is the one
// that the rule is about.
func (w *conditions) subjects() []kindSet {
	var out []kindSet
	for _, k := range []struct {
		kind shellparse.Kind
		said bool
	}{
		{shellparse.Flow, w.flow != nil},
		{shellparse.Delete, !w.deletes.empty()},
		{shellparse.Write, !w.writes.empty()},
		{shellparse.Read, !w.reads.empty()},
		{shellparse.Fetch, !w.fetches.empty() || w.sends != nil},
		{shellparse.SetEnv, !w.env.empty()},
	} {
		if k.said {
			out = append(out, kindBit(k.kind))
		}
	}
	return out
}

// reach returns what the rule can be about, and which of it follows from the
// policy's tools alone. Who may not write a file may not delete it either:
// rules that ask or deny for writes hold for deletes.
func (x *rule) reach() (kinds, toolKinds kindSet) {
	w := &x.when
	t := x.policy.tools
	exec := kindBit(shellparse.Exec)
	kinds = effectKinds | callKind
	if t != nil {
		toolKinds = t.kinds
		kinds = t.kinds | callKind
	}
	switch {
	case w.about != 0:
		kinds = w.about
	case !w.paths.empty() && kinds&pathKinds == 0 && (t == nil || kinds&exec != 0 || kinds == callKind):
		kinds = pathKinds
	case !w.paths.empty():
		kinds &= pathKinds
	case w.needsRun:
		kinds &= exec
	case w.needsText:
		kinds &= exec | callKind
	case len(w.response)+len(w.responseNot)+len(w.params) > 0:
		kinds = callKind
	}
	if x.action >= Ask {
		kinds, toolKinds = withDeletes(kinds), withDeletes(toolKinds)
	}
	return kinds, toolKinds
}

// withDeletes adds deletes to writes.
func withDeletes(k kindSet) kindSet {
	if k&kindBit(shellparse.Write) != 0 {
		k |= kindBit(shellparse.Delete)
	}
	return k
}

// hostOf returns the host of a URL in lower case, "" if it has none.
func hostOf(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		rest = url
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if strings.HasPrefix(rest, "[") {
		rest, _, _ = strings.Cut(rest[1:], "]")
	} else {
		rest, _, _ = strings.Cut(rest, ":")
	}
	return strings.ToLower(strings.TrimSuffix(rest, "."))
}
