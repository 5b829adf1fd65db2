package policy

import "rampart/shellparse"

// RuleInfo is a rule of a set as reports name it.
type RuleInfo struct {
	Policy   string
	Rule     string // FILE:LINE
	Action   Action
	Message  string
	Examples int // match and not_match beside it
}

// Rules returns the rules that were written down, in order, each once; not
// those that Rampart brings along for its own protection.
func (s *Set) Rules() []RuleInfo {
	var out []RuleInfo
	at := map[string]int{}
	for _, g := range s.groups {
		if g.tier == tierBuiltin {
			continue
		}
		for _, r := range g.rules {
			if i, ok := at[r.ref]; ok { // one of several conditions
				out[i].Examples += len(r.examples) + len(r.counterexamples)
				continue
			}
			at[r.ref] = len(out)
			out = append(out, RuleInfo{
				Policy: r.policy.name, Rule: r.ref, Action: r.action, Message: r.message,
				Examples: len(r.examples) + len(r.counterexamples),
			})
		}
	}
	return out
}

// Examples returns the calls that stand beside the set's rules as examples,
// matching or not.
func (s *Set) Examples() []Call {
	var out []Call
	for _, g := range s.groups {
		for _, r := range g.rules {
			for _, list := range [2][]Example{r.examples, r.counterexamples} {
				for i := range list {
					out = append(out, list[i].Call())
				}
			}
		}
	}
	return out
}

// FirstOperand returns the first argument of a program that is no option, nor
// an option's value; ok is false if it is not known.
func FirstOperand(x *shellparse.Effect) (operand string, ok bool) {
	ok = true
	operands(x.Program, x.Argv, func(v *shellparse.Value) bool {
		operand, ok = v.Text, v.Certainty == shellparse.Exact
		return false
	})
	return operand, ok
}
