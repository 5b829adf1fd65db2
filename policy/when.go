package policy

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"rampart/shellparse"
)

// whenReader collects what only makes sense together.
type whenReader struct {
	x             *rule
	w             *conditions
	flags         []string
	domains, urls globList
	always        *bool
}

// whenTable is the vocabulary of `when`.
var whenTable = newTable("when",
	commandsField("command_matches", func(w *conditions) *[]textGlob { return &w.command }),
	commandsField("command_not_matches", func(w *conditions) *[]textGlob { return &w.commandNot }),
	entry[*whenReader]{"command_contains", func(r *reader, n *yaml.Node, t *whenReader) {
		r.condition(n, "command_contains", func(_ *yaml.Node, s string) { t.w.contains = append(t.w.contains, strings.ToLower(s)) })
	}},
	globsField("command_env_assignments", func(t *whenReader) *globList { return &t.w.env }),
	globsField("sets_env", func(t *whenReader) *globList { return &t.w.env }),
	pathsField("path_matches", func(w *conditions) *pathList { return &w.paths }),
	entry[*whenReader]{"path_not_matches", func(r *reader, n *yaml.Node, t *whenReader) {
		r.condition(n, "path_not_matches", func(n *yaml.Node, s string) { r.path(n, s, &t.w.paths.not) })
	}},
	globsField("url_matches", func(t *whenReader) *globList { return &t.urls }),
	entry[*whenReader]{"domain_matches", func(r *reader, n *yaml.Node, t *whenReader) { r.hosts(n, "domain_matches", &t.domains) }},
	globsField("session_matches", func(t *whenReader) *globList { return &t.w.sessions }),
	entry[*whenReader]{"session_not_matches", func(r *reader, n *yaml.Node, t *whenReader) {
		r.condition(n, "session_not_matches", func(n *yaml.Node, s string) { r.glob(n, s, &t.w.sessions.not) })
	}},
	entry[*whenReader]{"agent_depth", func(r *reader, n *yaml.Node, t *whenReader) {
		t.w.depth = new(comparison)
		r.comparison(n, "agent_depth", t.w.depth, nil)
	}},
	entry[*whenReader]{"call_count", func(r *reader, n *yaml.Node, t *whenReader) { r.callCount(n, t.w) }},
	entry[*whenReader]{"tool_param_matches", func(r *reader, n *yaml.Node, t *whenReader) { r.toolParams(n, t.w) }},
	expressionsField("response_matches", func(w *conditions) *[]*regexp.Regexp { return &w.response }),
	expressionsField("response_not_matches", func(w *conditions) *[]*regexp.Regexp { return &w.responseNot }),
	truthField("default", func(t *whenReader) **bool { return &t.always }),
	entry[*whenReader]{"program", func(r *reader, n *yaml.Node, t *whenReader) { r.programs(n, "program", &t.w.program) }},
	entry[*whenReader]{"args", func(r *reader, n *yaml.Node, t *whenReader) { r.args(n, t.w) }},
	entry[*whenReader]{"flags", func(r *reader, n *yaml.Node, t *whenReader) {
		r.condition(n, "flags", func(n *yaml.Node, s string) {
			if r.weigh(n, 64*len(s)+100*len(longOf)*(1+strings.Count(s, "|"))) {
				t.flags = append(t.flags, s)
			}
		})
	}},
	pathsField("reads", func(w *conditions) *pathList { return &w.reads }),
	pathsField("writes", func(w *conditions) *pathList { return &w.writes }),
	pathsField("deletes", func(w *conditions) *pathList { return &w.deletes }),
	entry[*whenReader]{"fetches", func(r *reader, n *yaml.Node, t *whenReader) { r.fetches(n, &t.w.fetches) }},
	truthField("sends", func(t *whenReader) **bool { return &t.w.sends }),
	truthField("recursive", func(t *whenReader) **bool { return &t.w.recursive }),
	truthField("unresolved", func(t *whenReader) **bool { return &t.w.unresolved }),
	entry[*whenReader]{"flow", func(r *reader, n *yaml.Node, t *whenReader) { r.flow(n, t.w) }},
)

func commandsField(key string, to func(*conditions) *[]textGlob) entry[*whenReader] {
	return entry[*whenReader]{key, func(r *reader, n *yaml.Node, t *whenReader) {
		r.condition(n, key, func(n *yaml.Node, s string) { r.glob(n, strings.TrimSpace(s), to(t.w)) })
	}}
}

func globsField(key string, to func(*whenReader) *globList) entry[*whenReader] {
	return entry[*whenReader]{key, func(r *reader, n *yaml.Node, t *whenReader) { r.globs(n, key, to(t)) }}
}

func pathsField(key string, to func(*conditions) *pathList) entry[*whenReader] {
	return entry[*whenReader]{key, func(r *reader, n *yaml.Node, t *whenReader) { r.paths(n, key, to(t.w)) }}
}

func truthField(key string, to func(*whenReader) **bool) entry[*whenReader] {
	return entry[*whenReader]{key, func(r *reader, n *yaml.Node, t *whenReader) {
		b := new(bool)
		if r.boolean(n, key, b) {
			*to(t) = b
		}
	}}
}

func expressionsField(key string, to func(*conditions) *[]*regexp.Regexp) entry[*whenReader] {
	return entry[*whenReader]{key, func(r *reader, n *yaml.Node, t *whenReader) {
		r.texts(n, key, func(n *yaml.Node, s string) {
			tree, err := syntax.Parse(s, syntax.Perl)
			if err == nil && !r.weigh(n, unfolded(tree)) {
				return
			}
			re, err := regexp.Compile(s)
			if err != nil {
				r.problem(n, "%s: %v", key, err)
				return
			}
			*to(t.w) = append(*to(t.w), re)
		})
	}}
}

// unfolded estimates how many bytes an expression takes once it is compiled and
// its repetitions are written out.
func unfolded(re *syntax.Regexp) int {
	const most = 1 << 29
	n := 200 + 8*len(re.Rune)
	for _, sub := range re.Sub {
		n = min(n+unfolded(sub), most)
	}
	if re.Op == syntax.OpRepeat {
		times := max(re.Min, re.Max, 1)
		n = min(n, most/times) * times
	}
	return n
}

// when reads the conditions of a rule.
func (r *reader) when(n *yaml.Node, x *rule) {
	w := &x.when
	t := whenReader{x: x, w: w}
	if m := follow(n); m.Kind == yaml.MappingNode {
		x.keys = len(m.Content) / 2
	}
	readMapping(r, n, whenTable, &t)
	if len(t.flags) > 0 {
		var programs []string
		for i := range w.program.is {
			if name, ok := w.program.is[i].literal(); ok {
				programs = append(programs, name)
			}
		}
		programs = spoken(programs)
		for _, f := range t.flags {
			if not, ok := strings.CutPrefix(f, "!"); ok {
				w.flagsNot = append(w.flagsNot, compileFlag(not, programs))
			} else {
				w.flags = append(w.flags, compileFlag(f, programs))
			}
		}
	}
	if !t.domains.empty() || !t.urls.empty() {
		if !w.fetches.empty() {
			r.problem(n, "fetches says the same as domain_matches and url_matches; write one of them")
		}
		w.fetches = fetchList{hosts: t.domains, urls: t.urls, both: !t.domains.empty() && !t.urls.empty()}
	}
	switch {
	case t.always != nil && !*t.always:
		r.problem(n, "default: false never holds; leave it out")
	case t.always != nil && x.keys > 1:
		r.problem(n, "default: true holds always, so the other conditions beside it would be without effect; leave it out")
	case x.keys == 0 && follow(n).Kind == yaml.MappingNode:
		r.problem(n, "an empty when; leave it out for a rule that always holds")
	case t.always != nil:
		x.keys = 0
	}
}

// condition reads a list of texts that something is held against.
func (r *reader) condition(n *yaml.Node, what string, read func(n *yaml.Node, s string)) {
	r.texts(n, what, func(n *yaml.Node, s string) {
		if flaw := unmatchable(s); flaw != "" {
			r.problem(n, "%s: %s", what, flaw)
			return
		}
		read(n, s)
	})
}

// glob compiles a text glob.
func (r *reader) glob(n *yaml.Node, s string, to *[]textGlob) {
	g := compileText(s)
	if g.tooLong() {
		r.problem(n, "glob %.40q...: more than %d characters between two stars, with a '?' among them", s, maxChunk)
		return
	}
	*to = append(*to, g)
}

// globs reads text globs; an entry that begins with '!' is an exception.
func (r *reader) globs(n *yaml.Node, what string, to *globList) {
	r.condition(n, what, func(n *yaml.Node, s string) { r.listEntry(n, s, to) })
}

func (r *reader) listEntry(n *yaml.Node, s string, to *globList) {
	if not, ok := strings.CutPrefix(s, "!"); ok {
		if not == "" {
			r.problem(n, "a '!' without what it excepts")
			return
		}
		r.glob(n, not, &to.not)
		return
	}
	before := len(to.is)
	r.glob(n, s, &to.is)
	if len(to.is) == before {
		return
	}
	if lit, ok := to.is[before].literal(); ok {
		if to.exact == nil {
			to.exact = map[string]bool{}
		}
		to.exact[lit] = true
	}
}

// programs reads names of programs.
func (r *reader) programs(n *yaml.Node, what string, to *globList) {
	r.condition(n, what, func(n *yaml.Node, s string) {
		name := strings.TrimPrefix(s, "!")
		switch {
		case strings.ContainsAny(name, `/\`):
			r.problem(n, "%s: %q is a path; a program is known by its name, %q", what, name, base(name))
		case strings.Contains(name, " -"):
			program, _, _ := strings.Cut(name, " ")
			r.problem(n, "%s: %q is a command; write program: %s, and the rest under flags and args", what, name, program)
		default:
			r.listEntry(n, s, to)
		}
	})
}

// hosts reads names of hosts, in any case.
func (r *reader) hosts(n *yaml.Node, what string, to *globList) {
	r.condition(n, what, func(n *yaml.Node, s string) {
		if strings.Contains(s, "/") || strings.Count(s, ":") == 1 {
			r.problem(n, "%s: %q is more than a host; addresses go under url_matches", what, s)
			return
		}
		r.listEntry(n, strings.TrimSuffix(strings.ToLower(s), "."), to)
	})
}

// paths reads path globs; an entry that begins with '!' is an exception.
func (r *reader) paths(n *yaml.Node, what string, to *pathList) {
	r.condition(n, what, func(n *yaml.Node, s string) {
		if not, ok := strings.CutPrefix(s, "!"); ok {
			r.path(n, not, &to.not)
		} else {
			r.path(n, s, &to.is)
		}
	})
}

func (r *reader) path(n *yaml.Node, s string, to *[]pathGlob) {
	g, err := compilePath(s)
	if err != nil {
		r.problem(n, "path %q: %v", s, err)
		return
	}
	weight := 0
	for i := range g {
		weight += g[i].weight()
	}
	if r.weigh(n, weight) {
		*to = append(*to, g...)
	}
}

func (r *reader) fetches(n *yaml.Node, to *fetchList) {
	r.condition(n, "fetches", func(n *yaml.Node, s string) {
		if strings.Contains(s, "/") {
			r.listEntry(n, s, &to.urls)
		} else {
			r.hosts(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Line: n.Line, Column: n.Column}, "fetches", &to.hosts)
		}
	})
}

func (r *reader) args(n *yaml.Node, w *conditions) {
	r.condition(n, "args", func(n *yaml.Node, s string) {
		not, negated := strings.CutPrefix(s, "!")
		if negated {
			s = not
		}
		g := compileOperands(s)
		switch {
		case len(g.words) == 0 || len(g.words) > maxComponents:
			r.problem(n, "an entry of args has 1 to %d words", maxComponents)
		case negated:
			w.argsNot = append(w.argsNot, g)
		default:
			w.args = append(w.args, g)
		}
	})
}

var endpoints = []string{
	string(shellparse.Network), string(shellparse.Interpreter), string(shellparse.File),
	string(shellparse.Decoded), string(shellparse.Environment), "secret", "any",
}

var flowTable = newTable("flow",
	endsField("from", func(f *flowCondition) *[]shellparse.Endpoint { return &f.from }),
	endsField("to", func(f *flowCondition) *[]shellparse.Endpoint { return &f.to }),
	entry[*flowCondition]{"path", func(r *reader, n *yaml.Node, f *flowCondition) { r.paths(n, "flow.path", &f.paths) }},
	entry[*flowCondition]{"host", func(r *reader, n *yaml.Node, f *flowCondition) { r.hosts(n, "flow.host", &f.hosts) }},
	entry[*flowCondition]{"program", func(r *reader, n *yaml.Node, f *flowCondition) { r.programs(n, "flow.program", &f.programs) }},
	entry[*flowCondition]{"name", func(r *reader, n *yaml.Node, f *flowCondition) { r.globs(n, "flow.name", &f.names) }},
	entry[*flowCondition]{"earlier", func(r *reader, n *yaml.Node, f *flowCondition) {
		if b := new(bool); r.boolean(n, "flow.earlier", b) {
			f.earlier = b
		}
	}},
)

func endsField(key string, to func(*flowCondition) *[]shellparse.Endpoint) entry[*flowCondition] {
	return entry[*flowCondition]{key, func(r *reader, n *yaml.Node, f *flowCondition) {
		r.texts(n, "flow."+key, func(n *yaml.Node, _ string) {
			s, ok := r.choice(n, "end of a flow", endpoints)
			switch {
			case !ok || s == "any":
			case s == "secret" && key == "to":
				r.problem(n, "a flow comes from a secret; write the file under writes")
			case s == "secret":
				f.fromSecret = true
			default:
				*to(f) = append(*to(f), shellparse.Endpoint(s))
			}
		})
	}}
}

func (r *reader) flow(n *yaml.Node, w *conditions) {
	w.flow = &flowCondition{}
	readMapping(r, n, flowTable, w.flow)
	if m := follow(n); m.Kind == yaml.MappingNode && len(m.Content) == 0 {
		r.problem(m, "an empty flow; write {from: any} for all of them")
	}
}

// bounds reads the limits of a number.
type bounds struct {
	what   string
	c      *comparison
	window *time.Duration // nil: there is none
}

var boundFields = []entry[bounds]{
	boundField("gte", func(c *comparison) **int { return &c.gte }),
	boundField("gt", func(c *comparison) **int { return &c.gt }),
	boundField("lte", func(c *comparison) **int { return &c.lte }),
	boundField("lt", func(c *comparison) **int { return &c.lt }),
	boundField("eq", func(c *comparison) **int { return &c.eq }),
}

func boundField(key string, to func(*comparison) **int) entry[bounds] {
	return entry[bounds]{key, func(r *reader, n *yaml.Node, b bounds) {
		v := 0
		if r.integer(n, b.what+"."+key, &v) {
			*to(b.c) = &v
		}
	}}
}

var (
	depthTable = newTable("agent_depth", boundFields...)
	countTable = newTable("call_count", append(boundFields[:len(boundFields):len(boundFields)],
		entry[bounds]{"window", func(r *reader, n *yaml.Node, b bounds) { r.duration(n, b.what+".window", b.window) }})...)
)

// comparison reads bounds, or the one number that is meant.
func (r *reader) comparison(n *yaml.Node, what string, c *comparison, window *time.Duration) {
	before := len(r.problems)
	table := depthTable
	switch {
	case follow(n).Kind == yaml.ScalarNode:
		v := 0
		if r.integer(n, what, &v) {
			c.eq = &v
		}
	case window != nil:
		table = countTable
		fallthrough
	default:
		readMapping(r, n, table, bounds{what, c, window})
	}
	switch {
	case len(r.problems) > before:
	case *c == comparison{}:
		r.problem(n, "%s needs a bound: gte, gt, lte, lt or eq", what)
	case c.impossible():
		r.problem(n, "%s can never hold: its bounds exclude each other", what)
	}
}

// certain reports whether every number from 0 up is within the bounds.
func (c *comparison) certain() bool {
	return (c.gte != nil || c.gt != nil) && c.lte == nil && c.lt == nil && c.eq == nil && c.holds(0)
}

// impossible reports whether no number from 0 up is within the bounds.
func (c *comparison) impossible() bool {
	for _, bound := range []*int{c.gte, c.gt, c.lte, c.lt, c.eq, new(int)} {
		for d := -1; d <= 1 && bound != nil; d++ {
			if n := *bound + d; n >= 0 && c.holds(n) {
				return false
			}
		}
	}
	return true
}

func (r *reader) callCount(n *yaml.Node, w *conditions) {
	w.count = &countCondition{}
	before := len(r.problems)
	r.comparison(n, "call_count", &w.count.comparison, &w.count.window)
	if w.count.window == 0 && len(r.problems) == before {
		r.problem(n, `call_count needs a window, like "1h"`)
	}
}

func (r *reader) toolParams(n *yaml.Node, w *conditions) {
	m := follow(n)
	if m.Kind != yaml.MappingNode || len(m.Content) == 0 {
		r.problem(m, "tool_param_matches is a mapping of parameter names to globs, not %s", describe(m))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		k := follow(m.Content[i])
		p := paramCondition{name: k.Value}
		if seen[p.name] {
			r.problem(k, "%q occurs twice in tool_param_matches", p.name)
		}
		seen[p.name] = true
		r.globs(m.Content[i+1], "tool_param_matches."+p.name, &p.globs)
		w.params = append(w.params, p)
	}
}
