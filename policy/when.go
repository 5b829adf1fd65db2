package policy

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"rampart/shellparse"
)

// when reads the conditions of a rule.
func (r *reader) when(n *yaml.Node, x *rule) {
	w := &x.when
	always, hasAlways := false, false
	if m := follow(n); m.Kind == yaml.MappingNode {
		x.keys = len(m.Content) / 2
	}
	commands := func(key string, to *[]textGlob) field {
		return field{key, func(n *yaml.Node) {
			r.texts(n, key, func(_ *yaml.Node, s string) { *to = append(*to, compileText(strings.TrimSpace(s))) })
		}}
	}
	globs := func(key string, to *globList) field {
		return field{key, func(n *yaml.Node) { r.globs(n, key, to) }}
	}
	paths := func(key string, to *pathList) field {
		return field{key, func(n *yaml.Node) { r.paths(n, key, to) }}
	}
	truth := func(key string, to **bool) field {
		return field{key, func(n *yaml.Node) {
			b := new(bool)
			if r.boolean(n, key, b) {
				*to = b
			}
		}}
	}
	expressions := func(key string, to *[]*regexp.Regexp) field {
		return field{key, func(n *yaml.Node) {
			r.texts(n, key, func(n *yaml.Node, s string) {
				re, err := regexp.Compile(s)
				if err != nil {
					r.problem(n, "%s: %v", key, err)
					return
				}
				*to = append(*to, re)
			})
		}}
	}
	var flags []string
	var domains, urls globList
	fields := []field{
		commands("command_matches", &w.command),
		commands("command_not_matches", &w.commandNot),
		{"command_contains", func(n *yaml.Node) {
			r.texts(n, "command_contains", func(_ *yaml.Node, s string) { w.contains = append(w.contains, asciiLower(s)) })
		}},
		globs("command_env_assignments", &w.env),
		globs("sets_env", &w.env),
		{"path_matches", func(n *yaml.Node) { r.paths(n, "path_matches", &w.paths) }},
		{"path_not_matches", func(n *yaml.Node) {
			r.texts(n, "path_not_matches", func(n *yaml.Node, s string) { r.path(n, s, &w.paths.not) })
		}},
		globs("url_matches", &urls),
		globs("domain_matches", &domains),
		globs("session_matches", &w.sessions),
		{"session_not_matches", func(n *yaml.Node) {
			r.texts(n, "session_not_matches", func(_ *yaml.Node, s string) { w.sessions.not = append(w.sessions.not, compileText(s)) })
		}},
		{"agent_depth", func(n *yaml.Node) { w.depth = &comparison{}; r.comparison(n, "agent_depth", w.depth, nil) }},
		{"call_count", func(n *yaml.Node) { r.callCount(n, w) }},
		{"tool_param_matches", func(n *yaml.Node) { r.toolParams(n, w) }},
		expressions("response_matches", &w.response),
		expressions("response_not_matches", &w.responseNot),
		{"default", func(n *yaml.Node) { hasAlways = true; r.boolean(n, "default", &always) }},
		globs("program", &w.program),
		{"args", func(n *yaml.Node) { r.args(n, w) }},
		{"flags", func(n *yaml.Node) {
			r.texts(n, "flags", func(_ *yaml.Node, s string) { flags = append(flags, s) })
		}},
		paths("reads", &w.reads),
		paths("writes", &w.writes),
		paths("deletes", &w.deletes),
		{"fetches", func(n *yaml.Node) { r.fetches(n, &w.fetches) }},
		truth("sends", &w.sends),
		truth("recursive", &w.recursive),
		truth("unresolved", &w.unresolved),
		{"flow", func(n *yaml.Node) { r.flow(n, w) }},
	}
	r.mapping(n, "when", fields)
	var programs []string
	for i := range w.program.is {
		if name, ok := w.program.is[i].literal(); ok {
			programs = append(programs, name)
		}
	}
	for _, f := range flags {
		if not, ok := strings.CutPrefix(f, "!"); ok {
			w.flagsNot = append(w.flagsNot, compileFlag(not, programs))
		} else {
			w.flags = append(w.flags, compileFlag(f, programs))
		}
	}
	if !domains.empty() || !urls.empty() {
		if !w.fetches.empty() {
			r.problem(n, "fetches says the same as domain_matches and url_matches; write one of them")
		}
		w.fetches = fetchList{hosts: domains, urls: urls, both: !domains.empty() && !urls.empty()}
	}
	switch {
	case hasAlways && !always:
		r.problem(n, "default: false never holds; leave it out")
	case hasAlways && x.keys > 1:
		r.problem(n, "default: true holds always, so the other conditions beside it would be without effect; leave it out")
	case x.keys == 0 && follow(n).Kind == yaml.MappingNode:
		r.problem(n, "an empty when; leave it out for a rule that always holds")
	case hasAlways:
		x.keys = 0
	}
}

func asciiLower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

// globs reads text globs; an entry that begins with '!' is an exception.
func (r *reader) globs(n *yaml.Node, what string, to *globList) {
	r.texts(n, what, func(_ *yaml.Node, s string) {
		if not, ok := strings.CutPrefix(s, "!"); ok && not != "" {
			to.not = append(to.not, compileText(not))
			return
		}
		g := compileText(s)
		if lit, ok := g.literal(); ok {
			if to.exact == nil {
				to.exact = map[string]bool{}
			}
			to.exact[lit] = true
		}
		to.is = append(to.is, g)
	})
}

// paths reads path globs; an entry that begins with '!' is an exception.
func (r *reader) paths(n *yaml.Node, what string, to *pathList) {
	r.texts(n, what, func(n *yaml.Node, s string) {
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
	*to = append(*to, g...)
}

func (r *reader) fetches(n *yaml.Node, to *fetchList) {
	r.texts(n, "fetches", func(n *yaml.Node, s string) {
		list := &to.hosts
		if strings.Contains(s, "/") {
			list = &to.urls
		} else {
			s = strings.ToLower(s)
		}
		entry := *n
		entry.Value = s
		r.globs(&entry, "fetches", list)
	})
}

func (r *reader) args(n *yaml.Node, w *conditions) {
	r.texts(n, "args", func(n *yaml.Node, s string) {
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

func (r *reader) flow(n *yaml.Node, w *conditions) {
	f := &flowCondition{}
	ends := func(key string, to *[]shellparse.Endpoint) field {
		return field{key, func(n *yaml.Node) {
			r.texts(n, "flow."+key, func(n *yaml.Node, _ string) {
				s, ok := r.choice(n, "end of a flow", endpoints)
				switch {
				case !ok || s == "any":
				case s == "secret" && key == "to":
					r.problem(n, "a flow comes from a secret; write the file under writes")
				case s == "secret":
					f.fromSecret = true
				default:
					*to = append(*to, shellparse.Endpoint(s))
				}
			})
		}}
	}
	r.mapping(n, "flow", []field{
		ends("from", &f.from), ends("to", &f.to),
		{"path", func(n *yaml.Node) { r.paths(n, "flow.path", &f.paths) }},
		{"host", func(n *yaml.Node) { r.globs(n, "flow.host", &f.hosts) }},
		{"program", func(n *yaml.Node) { r.globs(n, "flow.program", &f.programs) }},
		{"name", func(n *yaml.Node) { r.globs(n, "flow.name", &f.names) }},
	})
	w.flow = f
}

func (r *reader) comparison(n *yaml.Node, what string, c *comparison, more []field) {
	if follow(n).Kind == yaml.ScalarNode {
		v := 0
		if r.integer(n, what, &v) {
			c.eq = &v
		}
		return
	}
	bound := func(key string, to **int) field {
		return field{key, func(n *yaml.Node) {
			v := 0
			if r.integer(n, what+"."+key, &v) {
				*to = &v
			}
		}}
	}
	r.mapping(n, what, append([]field{
		bound("gte", &c.gte), bound("gt", &c.gt), bound("lte", &c.lte), bound("lt", &c.lt), bound("eq", &c.eq),
	}, more...))
}

func (r *reader) callCount(n *yaml.Node, w *conditions) {
	w.count = &countCondition{}
	r.comparison(n, "call_count", &w.count.comparison, []field{
		{"window", func(n *yaml.Node) { r.duration(n, "call_count.window", &w.count.window) }},
	})
	if w.count.window == 0 && len(r.problems) == 0 {
		r.problem(n, `call_count needs a window, like "1h"`)
	}
}

func (r *reader) toolParams(n *yaml.Node, w *conditions) {
	m := follow(n)
	if m.Kind != yaml.MappingNode || len(m.Content) == 0 {
		r.problem(m, "tool_param_matches is a mapping of parameter names to globs, not %s", describe(m))
		return
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		p := paramCondition{name: m.Content[i].Value}
		r.globs(m.Content[i+1], "tool_param_matches."+p.name, &p.globs)
		w.params = append(w.params, p)
	}
}
