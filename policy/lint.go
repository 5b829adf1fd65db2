package policy

import "fmt"

// Lint returns what is doubtful about the set's sources though they load.
func (s *Set) Lint() []Problem {
	var out []Problem
	for _, f := range s.files {
		out = append(out, lintFile(f)...)
	}
	return out
}

func lintFile(f *file) []Problem {
	var out []Problem
	note := func(line, column int, format string, args ...any) {
		out = append(out, Problem{File: f.info.name, Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
	}
	always := map[*policyInfo]*rule{}
	before := map[*policyInfo][]*rule{}
	looked := map[*policyInfo]bool{}
	for _, r := range f.rules {
		if r.policy.source != f.info {
			continue // of the profile that is extended
		}
		if first := always[r.policy]; first != nil {
			note(r.line, r.column, "never reached: the rule on line %d before it always holds", first.line)
			continue
		}
		w := &r.when
		switch {
		case r.keys == 0:
			always[r.policy] = r
		case r.kinds == 0 || r.policy.tools != nil && !r.policy.tools.bring(r.kinds, r.toolKinds):
			note(r.line, r.column, "never holds: its conditions are about other effects than the tools of policy %q", r.policy.name)
		}
		if !looked[r.policy] {
			looked[r.policy] = true
			lintPolicy(r.policy, note)
		}
		for _, first := range before[r.policy] {
			if first.line != r.line && first.covers(r) {
				note(r.line, r.column, "never reached: the rule on line %d before it holds whenever this one does", first.line)
				break
			}
		}
		before[r.policy] = append(before[r.policy], r)
		lintGlobs(r, note)
		if f.info.tier == TierProject && r.action <= Watch {
			note(r.line, r.column, "a project's policy can only tighten: this %s changes nothing but the rules after it", r.action)
		}
		for _, l := range []*pathList{&w.paths, &w.reads, &w.writes, &w.deletes} {
			for i := range l.is {
				if l.is[i].all() && len(l.is) > 1 {
					note(r.line, r.column, "%q matches every path, so the other paths beside it say nothing", l.is[i].source)
				}
			}
		}
		for i := range w.command {
			if w.command[i].all() {
				note(r.line, r.column, "%q matches every command; write default: true if that is meant", w.command[i].source)
			}
		}
		if r.message == fmt.Sprintf("policy %q says %s", r.policy.name, r.action) && r.action >= Ask {
			note(r.line, r.column, "no message: the agent will not know what to do in place of it")
		}
	}
	return out
}
