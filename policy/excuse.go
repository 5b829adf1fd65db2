package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"rampart/shellparse"
)

// This file holds the owner's exceptions against what a rule would stop.

// ownRule is an OwnRule, ready to be matched.
type ownRule struct {
	OwnRule
	file  string
	order int // of the entries of all files
	text  textGlob
	words []exceptionWord // of the text's arguments, where they bound it
	paths []pathGlob
	moves []string // of Effects: the changes of directory, in order
	at    []string // of Effects: the directory of each, "" where it is not known; nil: any
}

// ref is how the rule is named in decisions.
func (o *ownRule) ref() string { return fmt.Sprintf("%s:%d", o.file, o.Line) }

func compileOwn(o *OwnRule) (*ownRule, error) {
	c := &ownRule{OwnRule: *o, text: compileText(o.Pattern)}
	for _, dir := range []string{o.In, o.Below} {
		if dir != "" && !strings.HasPrefix(dir, "/") && !(len(dir) > 1 && dir[1] == ':') {
			return nil, errors.New("in and below are absolute directories")
		}
	}
	switch toolKinds[o.Tool] {
	case shellparse.Read, shellparse.Write, shellparse.Delete:
		if o.Exact {
			break
		}
		var err error
		if c.paths, err = compilePath(o.Pattern); err != nil {
			return nil, err
		}
	}
	if o.Tool == "exec" && !o.Exact && o.Action == Allow {
		c.words = exceptionWords(o.Pattern)
	}
	if !o.Exact || o.Tool != "exec" {
		return c, nil
	}
	c.moves = moves(o.Effects)
	if o.In == "" {
		return c, nil
	}
	dir := o.In
	c.at = make([]string, len(o.Effects))
	for i := range o.Effects {
		c.at[i] = dir
		if m, ok := moveOf(&o.Effects[i]); ok && dir != "" {
			dir = moved(dir, m)
		}
	}
	return c, nil
}

// moved is where a move leads from dir, "" if that is not known.
func moved(dir, move string) string {
	_, to, _ := strings.Cut(move, "\x00")
	switch {
	case to == "" || to[0] == '-' || to[0] == '+' || strings.Contains(to, "\x00") || !strings.HasPrefix(move, "cd\x00"):
		return ""
	case to[0] == '/':
		return path.Clean(to)
	}
	return path.Join(dir, to)
}

// moves are the commands among effects that change the shell's directory, word
// for word; one that is not wholly known is like no other.
func moves(effects []shellparse.Effect) []string {
	var out []string
	for i := range effects {
		if m, ok := moveOf(&effects[i]); ok {
			out = append(out, m)
		}
	}
	return out
}

func moveOf(x *shellparse.Effect) (string, bool) {
	if x.Kind != shellparse.Exec || !x.Builtin {
		return "", false
	}
	switch x.Program {
	case "cd", "pushd", "popd", "chdir":
	default:
		return "", false
	}
	words := make([]string, len(x.Argv))
	for j, v := range x.Argv {
		words[j] = v.Text
		if v.Certainty != shellparse.Exact {
			words[j] = "?\x00?"
		}
	}
	return strings.Join(words, "\x00"), true
}

// Excuse is an exception that took effect.
type Excuse struct {
	ID   string
	Rule string // FILE:LINE
	Once bool   // it is among the Claims of the decision
}

// exception returns the owner's exception that covers the unit against a rule
// of the group, or its default action if r is nil; nil if there is none.
func (e *evaluation) exception(g *group, r *rule, u *unit) *ownRule {
	if e.inner || g.tier != TierUser || len(e.set.exceptions)+len(e.extra) == 0 {
		return nil
	}
	u = u.itself()
	least := -1
	if r != nil && r.own != nil {
		least = r.own.order // a block counts against what was allowed before it
	}
	for _, list := range [2][]*ownRule{e.set.exceptions, e.extra} {
		for _, o := range list {
			if o.order > least && o.inForce(e) && o.covers(e, u) {
				return o
			}
		}
	}
	return nil
}

// excuse notes that an exception took effect.
func (e *evaluation) excuse(o *ownRule) {
	if o.Once {
		e.claim(o.ID)
	}
	for i := range e.excuses {
		if e.excuses[i].ID == o.ID {
			return
		}
	}
	e.excuses = append(e.excuses, Excuse{ID: o.ID, Rule: o.ref(), Once: o.Once})
}

// claim notes that what may be used once was.
func (e *evaluation) claim(name string) {
	if !slices.Contains(e.claims, name) {
		e.claims = append(e.claims, name)
	}
}

// inForce checks time, place and use.
func (o *ownRule) inForce(e *evaluation) bool {
	if !o.Expires.IsZero() && !e.now().Before(o.Expires) {
		return false
	}
	if !o.inPlace(e.call.Cwd) {
		return false
	}
	return !o.Once || e.call.Unclaimed != nil && e.call.Unclaimed(o.ID)
}

func (o *ownRule) inPlace(cwd string) bool {
	switch {
	case o.In != "":
		return cwd == o.In || cwd != "" && slices.Contains(o.at, cwd)
	case o.Below != "":
		return cwd == o.Below || strings.HasPrefix(cwd, strings.TrimSuffix(o.Below, "/")+"/")
	}
	return true
}

// covers reports whether the exception names the unit.
func (o *ownRule) covers(e *evaluation, u *unit) bool {
	switch {
	case o.Exact && toolKinds[o.Tool] == shellparse.Exec:
		return o.coversExact(e, u)
	case toolKinds[o.Tool] == shellparse.Exec:
		return o.coversCommand(e, u)
	case toolKinds[o.Tool] != 0:
		return o.coversEffect(e, u)
	}
	if o.Tool != e.call.Tool {
		return false
	}
	params := ParamsText(e.call)
	return o.Exact && params == o.Pattern || !o.Exact && o.text.match(params)
}

// ParamsText is what a pattern for a tool of an agent's own is held against:
// its parameters as JSON, keys in order.
func ParamsText(c *Call) string {
	if len(c.Params) == 0 {
		return "{}"
	}
	b, err := json.Marshal(c.Params)
	if err != nil {
		return ""
	}
	return string(b)
}

// coversEffect is for exceptions of reads, writes, deletes and fetches.
func (o *ownRule) coversEffect(e *evaluation, u *unit) bool {
	kind := toolKinds[o.Tool]
	if u.effect == nil {
		if e.tool != kind || len(e.effects) == 0 {
			return false
		}
		for i := range e.effects {
			if x := &e.effects[i]; !o.coversEffect(e, &unit{run: e, kind: kindBit(x.Kind), effect: x}) {
				return false
			}
		}
		return true
	}
	if u.effect.Kind != kind {
		return false
	}
	if kind == shellparse.Fetch {
		url := u.effect.URL
		return u.effect.Certainty == shellparse.Exact && url != "" && (url == o.Pattern || !o.Exact && o.text.match(url))
	}
	if o.Exact {
		t := u.path()
		return t.certainty == shellparse.Exact && !t.recursive && t.path == e.places.spell(absolute(e.call, o.Pattern))
	}
	for i := range o.paths {
		// A directory with all below it is more than any one path names.
		if t := u.path(); (!t.recursive || o.paths[i].holdsBelow()) && o.paths[i].spelled(&e.places).match(&e.places, t, false) == yes {
			return true
		}
	}
	return false
}

// holdsBelow reports whether the glob names everything below what it names.
func (g *pathGlob) holdsBelow() bool {
	return len(g.parts) > 0 && g.parts[len(g.parts)-1].double
}

// coversCommand is for exceptions that are a glob over the words of a program:
// what the program itself does is covered with it; not redirections around it,
// variables that are set for it, or data that flows, which are worth a word of
// their own.
func (o *ownRule) coversCommand(e *evaluation, u *unit) bool {
	if u.effect == nil {
		return e.onlyRuns(o.namesExec)
	}
	if u.effect.Kind == shellparse.Flow || u.effect.Kind == shellparse.SetEnv || u.effect.Redirect {
		return false
	}
	p := nearestExec(e.effects, u.effect)
	return p != nil && o.namesExec(p)
}

func (o *ownRule) namesExec(p *shellparse.Effect) bool {
	if p.Certainty != shellparse.Exact || strayProgram(p) && !strings.ContainsAny(o.text.firstWord(), `/\`) {
		return false
	}
	u := unit{run: &evaluation{}, kind: kindBit(shellparse.Exec), effect: p}
	if !anyText([]textGlob{o.text}, u.commands()) {
		return false
	}
	return o.words == nil || len(p.Argv) > 0 && coverArguments(o.words, p.Argv[1:])
}

// coversExact is for exceptions that are a command text: the unit is one of
// the effects that it had, brought about by the programs that it named, in the
// directories where it ran them.
func (o *ownRule) coversExact(e *evaluation, u *unit) bool {
	has, ok := o.effectsFor(e)
	if !ok {
		return false
	}
	x := u.effect
	if x == nil {
		return e.onlyRuns(has)
	}
	if x.Kind == shellparse.Flow && x.To == shellparse.Interpreter && x.Via != "" {
		// What earlier commands put into the file that it runs was not to be seen
		// when the exception was made.
		p := nearestExec(e.effects, x)
		return p != nil && has(p)
	}
	if !has(x) {
		return false
	}
	if !wholly(x) {
		return o.isText(e, x)
	}
	for i := range e.effects { // variables that are code change what programs do
		if s := &e.effects[i]; s.Kind == shellparse.SetEnv && !has(s) {
			return false
		}
	}
	if x.Kind != shellparse.Flow {
		if p := nearestExec(e.effects, x); p != nil {
			return p == x || has(p)
		}
	}
	return e.onlyRuns(has)
}

// effectsFor returns what tells the exception's effects, as far as they were
// brought about where the Call's are; false if the Call changes directories in
// another way.
func (o *ownRule) effectsFor(e *evaluation) (has func(*shellparse.Effect) bool, ok bool) {
	m := moves(e.effects)
	same := slices.Equal(m, o.moves) && (o.In == "" || e.call.Cwd == o.In)
	switch {
	case same:
	case len(m) > 0:
		return nil, false
	case o.at == nil && e.call.Canonical != "":
		return nil, false // below the shell, a program starts where the shell has gone
	}
	return func(x *shellparse.Effect) bool {
		for i := range o.Effects {
			if sameEffect(&o.Effects[i], x) && (same || o.at == nil || o.at[i] == e.call.Cwd) {
				return true
			}
		}
		return false
	}, true
}

// isText reports whether an effect that can't be known beforehand comes out of
// the exception's own text: the Call's, or one that it hands to eval or a shell.
func (o *ownRule) isText(e *evaluation, x *shellparse.Effect) bool {
	text := strings.TrimSpace(o.Pattern)
	if e.call.Canonical != "" && strings.TrimSpace(e.call.Canonical) == text {
		return true
	}
	for i := range e.effects {
		p := &e.effects[i]
		if p.Kind != shellparse.Exec || p.Span != x.Span || p == x || len(p.Argv) < 2 {
			continue
		}
		words := make([]string, len(p.Argv))
		for j, v := range p.Argv {
			if v.Certainty != shellparse.Exact {
				return false
			}
			words[j] = v.Text
		}
		if p.Program == "eval" && strings.Join(words[1:], " ") == text || carriesText(p) && slices.Contains(words, text) {
			return true
		}
	}
	return false
}

// wholly reports whether all of an effect is known, be it as a pattern.
func wholly(x *shellparse.Effect) bool {
	if x.Certainty == shellparse.Unknown || x.Value.Certainty == shellparse.Unknown {
		return false
	}
	for i := range x.Argv {
		if x.Argv[i].Certainty == shellparse.Unknown {
			return false
		}
	}
	return true
}

// sameEffect reports whether two effects are one and the same. The program of
// an Exec may be spelled by name or by path, as long as it is one that the
// system installs.
func sameEffect(a, b *shellparse.Effect) bool {
	if a.Kind != b.Kind || a.Certainty != b.Certainty || a.Program != b.Program ||
		a.Recursive != b.Recursive || a.Sends != b.Sends || a.Host != b.Host || a.URL != b.URL ||
		a.Name != b.Name || a.Value != b.Value || a.From != b.From || a.To != b.To {
		return false
	}
	if a.Kind != shellparse.Exec {
		return a.Path == b.Path
	}
	if len(a.Argv) != len(b.Argv) {
		return false
	}
	for i := range a.Argv {
		if !sameWord(a.Argv[i], b.Argv[i]) && (i > 0 || strayProgram(a) || strayProgram(b)) {
			return false
		}
	}
	return true
}

// sameWord compares what is known of two words: in how many a shell splits
// them, a file of exceptions does not say.
func sameWord(a, b shellparse.Value) bool { return a.Text == b.Text && a.Certainty == b.Certainty }

// nearestExec is the program that brings an effect about: itself if it is one,
// for a redirection the one whose output or input it is. nil if that can't be
// told.
func nearestExec(effects []shellparse.Effect, x *shellparse.Effect) *shellparse.Effect {
	if x.Kind == shellparse.Exec {
		return x
	}
	if !x.Redirect {
		return ownerOf(effects, x)
	}
	var best *shellparse.Effect
	for i := range effects {
		p := &effects[i]
		if p.Kind != shellparse.Exec || x.Span.End <= x.Span.Start || p.Span.Start > x.Span.Start || p.Span.End < x.Span.End {
			continue
		}
		if best == nil || p.Span.End-p.Span.Start < best.Span.End-best.Span.Start {
			best = p
		}
	}
	return best
}

// onlyRuns reports whether the Call runs something and all of it is as named,
// apart from what only leads to it.
func (e *evaluation) onlyRuns(named func(*shellparse.Effect) bool) bool {
	found := false
	for i := range e.effects {
		x := &e.effects[i]
		if x.Kind != shellparse.Exec {
			continue
		}
		switch {
		case named(x):
			found = true
		case !carriesText(x):
			return false
		}
	}
	return found
}

// carriesText reports whether an Exec does nothing of its own, but what it
// leads to is in the list of effects: eval, a shell with a command text, and
// builtins that only set the stage.
func carriesText(x *shellparse.Effect) bool {
	if x.Builtin {
		switch x.Program {
		case "eval", ".", "source", "cd", "pwd", "shopt", "set", "setopt", "unsetopt", "trap", "true", ":", "exit", "return":
			return true
		}
		return false
	}
	if _, shell := shellparse.DialectOf(x.Program); !shell {
		return false
	}
	for i := 1; i+1 < len(x.Argv); i++ {
		if w := x.Argv[i].Text; len(w) > 1 && w[0] == '-' && w[1] != '-' && strings.Contains(w, "c") {
			return true
		}
	}
	return false
}

// HasException reports whether the owner's exception of that ID is in the set.
func (s *Set) HasException(id string) bool {
	return slices.ContainsFunc(s.exceptions, func(o *ownRule) bool { return o.ID == id })
}

// HasOnce reports whether something in the set may be used once.
func (s *Set) HasOnce() bool { return s.once }

// Stopped returns the programs whose effects rules of the owner's tier would
// have stopped or asked about, each once: those that an exception has to name.
func (s *Set) Stopped(c *Call) []*shellparse.Effect {
	e := evaluation{set: s, stops: &[]*shellparse.Effect{}}
	e.judge(c)
	return *e.stops
}

// stop notes for Stopped what a rule or default action stops.
func (e *evaluation) stop(x *shellparse.Effect) {
	if e.stops == nil || x == nil || x.Kind == shellparse.Flow {
		return
	}
	if p := nearestExec(e.effects, x); p != nil && !slices.Contains(*e.stops, p) {
		*e.stops = append(*e.stops, p)
	}
}
