package policy

import (
	"slices"
	"strings"
	"time"

	"rampart/shellparse"
)

// noteFunc takes what is doubtful at a place of a file.
type noteFunc func(line, column int, format string, args ...any)

var knownTools = []string{"exec", "bash", "shell", "read", "write", "edit", "delete", "fetch", "web_fetch", "mcp", "mcp-destructive", "mcp-dangerous"}

// lintPolicy finds names in a policy's match that no call has.
func lintPolicy(p *policyInfo, note noteFunc) {
	if p.tools == nil {
		return
	}
	for i := range p.tools.names {
		name, plain := p.tools.names[i].literal()
		if !plain || strings.HasPrefix(name, "mcp__") || slices.Contains(knownTools, name) {
			continue
		}
		if near := nearest(name, knownTools); near != "" && distance(name, near, 3) < 3 {
			note(p.line, 1, "no tool of this name is known: %q (did you mean %q?)", name, near)
		}
	}
}

// lintGlobs finds conditions that nothing meets, for a reason that can be said.
func lintGlobs(r *rule, note noteFunc) {
	w := &r.when
	say := func(format string, args ...any) { note(r.line, r.column, format, args...) }
	if !r.expires.IsZero() && time.Now().After(r.expires) {
		say("without effect: it expired on %s", r.expires.Format(time.RFC3339))
	}
	if w.depth != nil && w.depth.certain() {
		say("agent_depth holds always: an agent that was started by hand has the depth 0")
	}
	if w.count != nil && w.count.certain() {
		say("call_count holds always: the first call counts 0 before it")
	}
	lintNames(w, say)
	for _, g := range w.program.is {
		if strings.Contains(g.source, " ") {
			say("program %q matches nothing: its arguments belong under args and flags", g.source)
		}
	}
	for _, need := range append(slices.Clone(w.flags), w.flagsNot...) {
		if need.every {
			continue
		}
		for _, form := range need.forms {
			if letters := clustered(form, w.program.is); letters != "" {
				say("flags %q means one option of that name; write flags: [%s]", form.long, letters)
			}
		}
	}
	for _, list := range [][]operandGlob{w.args, w.argsNot} {
		for _, g := range list {
			for _, word := range g.words {
				if strings.HasPrefix(word.source, "-") && word.source != "-" {
					say("args %q matches nothing: args are the operands; options like %s belong under flags", g.source(), word.source)
				}
			}
		}
	}
	for _, g := range w.env.is {
		if strings.ContainsAny(g.source, "=$ ") {
			say("variable %q matches nothing: a variable is given by its name alone", g.source)
		}
	}
	for _, l := range []*globList{&w.program, &w.fetches.hosts, &w.fetches.urls, &w.env} {
		lintSwallowed(l.is, l.not, say)
	}
	for _, l := range []*pathList{&w.paths, &w.reads, &w.writes, &w.deletes} {
		lintSwallowedPaths(l, say)
	}
}

// lintNames finds programs and variables that are one slip of the hand away
// from one that is known.
func lintNames(w *conditions, say func(string, ...any)) {
	misspelt := func(what string, g textGlob, known []string) {
		name, plain := g.literal()
		if _, found := slices.BinarySearch(known, name); !plain || found {
			return
		}
		for _, k := range known {
			if slipOf(name, k) {
				say("no %s of this name is known: %q (did you mean %q?)", what, name, k)
				return
			}
		}
	}
	for _, g := range w.program.is {
		misspelt("program", g, shellparse.KnownPrograms())
	}
	for _, g := range w.env.is {
		misspelt("variable", g, shellparse.CodeVariables())
	}
}

// slipOf reports whether name is known with two letters swapped, or with one
// lost or doubled. Many programs are named like another but for one letter.
func slipOf(name, known string) bool {
	if name == "" || name[:1] != known[:1] || distance(name, known, 2) > 1 {
		return false
	}
	if len(name) == len(known) {
		a, b := []byte(name), []byte(known)
		slices.Sort(a)
		slices.Sort(b)
		return slices.Equal(a, b)
	}
	return min(len(name), len(known)) > 5
}

// clustered returns the letters of a flag that was written like -rf, for
// programs all of whose short options they are; "" for an option's real name.
func clustered(f flagForms, programs []textGlob) string {
	if len(f.long) < 2 || len(f.long) > 4 || f.shorts != "" || len(programs) == 0 {
		return ""
	}
	for _, p := range programs {
		for i := range len(f.long) {
			if longOf[p.source][f.long[i]] == "" {
				return ""
			}
		}
	}
	return strings.Join(strings.Split(f.long, ""), ", ")
}

// source returns the entry as it was written, its words apart by one blank.
func (g *operandGlob) source() string {
	words := make([]string, len(g.words))
	for i := range g.words {
		words[i] = g.words[i].source
	}
	return strings.Join(words, " ")
}

func lintSwallowed(is, not []textGlob, say func(string, ...any)) {
	for i := range is {
		for j := range not {
			if not[j].coversText(&is[i]) {
				say("%q matches nothing: the exception %q takes all of it away", is[i].source, "!"+not[j].source)
			}
		}
	}
}

func lintSwallowedPaths(l *pathList, say func(string, ...any)) {
	for i := range l.is {
		for j := range l.not {
			if l.not[j].coversPath(&l.is[i]) {
				say("%q matches nothing: the exception %q takes all of it away", l.is[i].source, "!"+l.not[j].source)
				return
			}
		}
	}
}

// coversText reports whether every text that other matches is matched too, by
// trying a few that differ where other has a wildcard.
func (g *textGlob) coversText(other *textGlob) bool {
	for _, s := range other.samples() {
		if !g.match(s) {
			return false
		}
	}
	return true
}

func (g *textGlob) samples() []string {
	var out []string
	for _, fill := range []string{"", "\x01", "\x01\x02 \x03/\x04"} {
		out = append(out, strings.ReplaceAll(strings.Join(g.chunks, fill), "?", "\x05"))
	}
	return out
}

// lintPlaces are where path globs are tried.
var lintPlaces = places{home: "/\x01home/\x01me", cwd: "/\x01home/\x01me/\x01here"}

// coversPath is coversText for path globs.
func (g *pathGlob) coversPath(other *pathGlob) bool {
	for _, p := range other.samples() {
		if !g.matchExact(&lintPlaces, p) {
			return false
		}
	}
	return true
}

func (g *pathGlob) samples() []string {
	var out []string
	for _, fill := range []struct{ deep, star string }{{"", "\x01"}, {"/\x01x/.\x02y", "\x03"}, {"/.\x01", "\x02\x04"}} {
		var b strings.Builder
		b.WriteString(lintPlaces.base(g.anchor))
		for i := range g.parts {
			c := &g.parts[i]
			if c.double {
				b.WriteString(fill.deep)
				continue
			}
			b.WriteByte('/')
			for _, e := range c.elems {
				switch e.kind {
				case elemStar:
					b.WriteString(fill.star)
				case elemAny:
					b.WriteByte('\x05')
				case elemClass:
					if len(e.set.ranges) > 0 && !e.set.negate {
						b.WriteRune(e.set.ranges[0].lo)
					} else {
						b.WriteByte('\x05')
					}
				default:
					b.WriteRune(e.r)
				}
			}
		}
		if b.Len() == 0 {
			b.WriteByte('/')
		}
		out = append(out, b.String())
	}
	return out
}

// textOnly reports whether the rule goes by how a command is spelled.
func (r *rule) textOnly() bool {
	w := &r.when
	return w.needsText && w.about == 0 && w.paths.empty() && r.kinds&(kindBit(shellparse.Exec)|callKind) != 0
}
