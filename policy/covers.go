package policy

import (
	"reflect"
	"slices"
	"strings"
)

// covers reports whether the rule holds whenever another of its policy does, as
// far as that can be seen from what they say. It errs on the side of no.
func (r *rule) covers(other *rule) bool {
	a, b := &r.when, &other.when
	if !r.expires.IsZero() || r.once || r.webhook != nil || r.kinds&other.kinds != other.kinds {
		return false
	}
	return coversCommands(a, b) &&
		coversList(&a.program, &b.program) &&
		coversArgs(a, b) &&
		coversPaths(&a.paths, &b.paths) && coversPaths(&a.reads, &b.reads) &&
		coversPaths(&a.writes, &b.writes) && coversPaths(&a.deletes, &b.deletes) &&
		coversFetches(&a.fetches, &b.fetches) && coversList(&a.env, &b.env) && coversList(&a.sessions, &b.sessions) &&
		sameOrNone(a.flow, b.flow) && sameOrNone(a.sends, b.sends) && sameOrNone(a.recursive, b.recursive) &&
		sameOrNone(a.unresolved, b.unresolved) && sameOrNone(a.depth, b.depth) && sameOrNone(a.count, b.count) &&
		(len(a.params)+len(a.response)+len(a.responseNot) == 0 ||
			reflect.DeepEqual(a.params, b.params) && reflect.DeepEqual(a.response, b.response) && reflect.DeepEqual(a.responseNot, b.responseNot))
}

// sameOrNone reports whether the first says nothing, or both say the same.
func sameOrNone[T any](a, b *T) bool {
	return a == nil || b != nil && reflect.DeepEqual(a, b)
}

func coversTexts(is, not, otherIs, otherNot []textGlob) bool {
	if len(is)+len(not) == 0 {
		return true
	}
	if len(not) > 0 && !reflect.DeepEqual(not, otherNot) || len(is) > 0 && len(otherIs) == 0 {
		return false
	}
	for i := range otherIs {
		if len(is) > 0 && !slices.ContainsFunc(is, func(g textGlob) bool { return g.coversText(&otherIs[i]) }) {
			return false
		}
	}
	return true
}

func coversList(a, b *globList) bool { return coversTexts(a.is, a.not, b.is, b.not) }

// coversCommands: of globs and texts one is enough, so each of the other's has to
// be covered.
func coversCommands(a, b *conditions) bool {
	if len(a.commandNot) > 0 && !reflect.DeepEqual(a.commandNot, b.commandNot) {
		return false
	}
	if len(a.command)+len(a.contains) == 0 {
		return true
	}
	for i := range b.command {
		if !slices.ContainsFunc(a.command, func(g textGlob) bool { return g.coversText(&b.command[i]) }) {
			return false
		}
	}
	for _, long := range b.contains {
		if !slices.ContainsFunc(a.contains, func(short string) bool { return strings.Contains(long, short) }) {
			return false
		}
	}
	return len(b.command)+len(b.contains) > 0
}

func coversPaths(a, b *pathList) bool {
	if a.empty() {
		return true
	}
	if len(a.not) > 0 && !reflect.DeepEqual(a.not, b.not) || len(a.is) > 0 && len(b.is) == 0 {
		return false
	}
	for i := range b.is {
		if len(a.is) > 0 && !slices.ContainsFunc(a.is, func(g pathGlob) bool { return g.coversPath(&b.is[i]) }) {
			return false
		}
	}
	return true
}

func coversFetches(a, b *fetchList) bool {
	if a.empty() {
		return true
	}
	if a.both || b.both || len(b.urls.is)+len(b.urls.not) > 0 && a.urls.empty() {
		return reflect.DeepEqual(a, b)
	}
	return !b.empty() && (b.hosts.empty() || !a.hosts.empty() && coversList(&a.hosts, &b.hosts)) && (b.urls.empty() || coversList(&a.urls, &b.urls))
}

// coversArgs holds operands and flags against each other: fewer words of the
// same beginning, and fewer flags, say less.
func coversArgs(a, b *conditions) bool {
	if len(a.argsNot) > 0 && !reflect.DeepEqual(a.argsNot, b.argsNot) {
		return false
	}
	if len(a.args) > 0 && len(b.args) == 0 {
		return false
	}
	for i := range b.args {
		if len(a.args) > 0 && !slices.ContainsFunc(a.args, func(g operandGlob) bool { return g.beginsLike(&b.args[i]) }) {
			return false
		}
	}
	has := func(list []flagNeed, f flagNeed) bool {
		return slices.ContainsFunc(list, func(x flagNeed) bool { return reflect.DeepEqual(x, f) })
	}
	for _, f := range a.flags {
		if !has(b.flags, f) {
			return false
		}
	}
	for _, f := range a.flagsNot {
		if !has(b.flagsNot, f) {
			return false
		}
	}
	return true
}

func (g *operandGlob) beginsLike(longer *operandGlob) bool {
	if len(g.words) > len(longer.words) {
		return false
	}
	for i := range g.words {
		switch {
		case g.skips[i] != longer.skips[i]:
			return false
		case !g.words[i].coversText(&longer.words[i]):
			return false
		}
	}
	return true
}
