package policy

import (
	"errors"
	"strings"

	"rampart/shellparse"
)

// This file makes rules of what the owner blocks by a command.

// ownPolicy is the name of the policy that own rules belong to.
const ownPolicy = "owner"

// addOwn takes in a file of own rules: exceptions go to the set, what is
// blocked becomes rules of the user's tier.
func (s *Set) addOwn(src Source, order int) (*file, []Problem) {
	f := &file{info: &sourceInfo{name: src.Name, tier: TierUser, order: order}, own: true}
	list, err := ParseOwnRules(src.Name, src.Data)
	if bad, ok := errors.AsType[*LoadError](err); ok {
		return f, bad.Problems
	}
	p := &policyInfo{name: ownPolicy, source: f.info, priority: defaultPriority}
	for i := range list {
		o, err := compileOwn(&list[i])
		if err != nil {
			continue // ParseOwnRules has refused it
		}
		o.file, o.order = src.Name, len(s.exceptions)+len(f.rules)
		if o.Action == Allow {
			s.exceptions = append(s.exceptions, o)
			continue
		}
		x := blockRule(o, p)
		x.finish()
		f.rules = append(f.rules, x)
	}
	f.policies = append(f.policies, p)
	return f, nil
}

// blockRule is the rule that a blocking entry means.
func blockRule(o *ownRule, p *policyInfo) *rule {
	one := *p // each is a policy of its own: all of them count
	x := &rule{policy: &one, action: o.Action, line: o.Line, own: o, expires: o.Expires, keys: 1}
	x.message = "the owner blocked " + o.Pattern
	if o.Action == Ask {
		x.message = "the owner wants to be asked about " + o.Pattern
	}
	w := &x.when
	switch kind := toolKinds[o.Tool]; kind {
	case shellparse.Exec:
		blockCommand(o.Pattern, w)
	case shellparse.Read:
		w.reads.is = o.paths
	case shellparse.Write:
		w.writes.is = o.paths
	case shellparse.Delete:
		w.deletes.is = o.paths
	case shellparse.Fetch:
		list := &w.fetches.hosts
		if strings.Contains(o.Pattern, "/") {
			list = &w.fetches.urls
		}
		list.is = append(list.is, compileText(o.Pattern))
	default:
		one.tools = compileTools([]string{o.Tool})
		if x.keys = 0; o.Pattern != "*" {
			x.keys = 1
			w.paramsText = &o.text
		}
	}
	return x
}

// BlockMeans says what a blocked command pattern is taken for.
func BlockMeans(pattern string) string {
	program, args, flags, ok := blockWords(pattern)
	if !ok {
		return "commands of the text " + pattern
	}
	s := "program " + program
	if len(args) > 0 {
		s += " with " + strings.Join(args, " ")
	}
	if len(flags) > 0 {
		s += " and the flags " + strings.Join(flags, ", ")
	}
	return s + ", however it is spelled"
}

// blockCommand reads a pattern of plain words as program, operands and flags,
// so that no other order or spelling gets by; any other is a glob over text.
func blockCommand(pattern string, w *conditions) {
	program, args, flags, ok := blockWords(pattern)
	if !ok {
		w.command = append(w.command, compileText(strings.TrimSpace(pattern)))
		return
	}
	g := compileText(program)
	w.program.is = append(w.program.is, g)
	if lit, ok := g.literal(); ok {
		w.program.exact = map[string]bool{lit: true}
	}
	if len(args) > 0 {
		w.args = append(w.args, compileOperands(strings.Join(args, " ")))
	}
	for _, f := range flags {
		w.flags = append(w.flags, compileFlag(f, []string{program}))
	}
}

func blockWords(pattern string) (program string, args, flags []string, ok bool) {
	words := strings.Fields(pattern)
	if len(words) == 0 || strings.ContainsAny(pattern, "'\"\\`$|&;<>(){}#~") || len(words) > maxComponents {
		return "", nil, nil, false
	}
	program = base(words[0])
	if program == "" || strings.ContainsAny(program, "*?=") {
		return "", nil, nil, false
	}
	for i, word := range words[1:] {
		switch {
		case len(word) > 1 && word[0] == '-' && strings.ContainsAny(word, "*?|="):
			return "", nil, nil, false
		case len(word) > 1 && word[0] == '-' && word[1] != '-' && longOf[program] != nil:
			for _, letter := range word[1:] {
				flags = append(flags, string(letter))
			}
		case len(word) > 1 && word[0] == '-' && word != "--":
			flags = append(flags, word)
		case word == "*" && i == len(words)-2:
		default:
			args = append(args, word)
		}
	}
	return program, args, flags, true
}
