package policy

import (
	"regexp"
	"strings"
	"time"

	"rampart/shellparse"
)

// policyInfo is what the rules of one policy share.
type policyInfo struct {
	name     string
	priority int
	tools    *tools // nil: all
	agents   globList
	sessions globList
	systems  globList // as runtime.GOOS
	source   *sourceInfo
	line     int
}

// rule is one rule, ready to be matched.
type rule struct {
	order   int // place in its tier: of two rules of a policy, the smaller is tried first
	policy  *policyInfo
	action  Action
	ref     string // FILE:LINE
	message string
	instead string
	allowBy string
	webhook *Webhook
	expires time.Time
	once    bool
	claim   string // of a rule that may be used once: its file and content
	// kinds are the effects that the rule can be about.
	kinds kindSet
	// toolKinds are the effects that the policy's tools mean, whatever tool
	// brings them about.
	toolKinds kindSet
	when      conditions

	line, column              int
	examples, counterexamples []Example
	keys                      int // conditions in `when`; 0 means that the rule always holds

	own *ownRule // what the owner blocked by a command, nil for rules of policy files
}

// conditions are what `when` says: all must hold, and of a list one entry.
// A nil field says nothing.
type conditions struct {
	// Of the command as text.
	command, commandNot []textGlob
	contains            []string // lower case
	// Of the program that is run, and that the effect belongs to.
	program  globList
	windows  *globList // program as Windows reads it, nil if that is the same
	args     []operandGlob
	argsNot  []operandGlob
	flags    []flagNeed
	flagsNot []flagNeed
	// Of the effect.
	paths                  pathList
	reads, writes, deletes pathList
	fetches                fetchList
	env                    globList
	flow                   *flowCondition
	sends, recursive       *bool
	unresolved             *bool
	// Of the call.
	sessions            globList
	depth               *comparison
	count               *countCondition
	params              []paramCondition
	paramsText          *textGlob // of all parameters as JSON
	response            []*regexp.Regexp
	responseNot         []*regexp.Regexp
	about               kindSet   // the effect that the rule is about, 0 if it is about none
	beside              []kindSet // the other effects that it speaks of
	needsText, needsRun bool
}

// globList is a list of text globs and exceptions.
type globList struct {
	is, not []textGlob
	exact   map[string]bool // entries of is without wildcards
}

func (l *globList) empty() bool { return len(l.is) == 0 && len(l.not) == 0 }

func (l *globList) match(s string) bool {
	for i := range l.not {
		if l.not[i].match(s) {
			return false
		}
	}
	if len(l.is) == 0 || l.exact[s] {
		return true
	}
	for i := range l.is {
		if l.is[i].match(s) {
			return true
		}
	}
	return false
}

// forWindows returns the list as Windows reads names of programs, nil if there
// is no difference.
func (l *globList) forWindows() *globList {
	out, differs := &globList{exact: map[string]bool{}}, false
	convert := func(from []textGlob) (to []textGlob) {
		for i := range from {
			name := windowsName(from[i].source)
			differs = differs || name != from[i].source
			to = append(to, compileText(name))
		}
		return to
	}
	out.is, out.not = convert(l.is), convert(l.not)
	if !differs {
		return nil
	}
	for i := range out.is {
		if name, ok := out.is[i].literal(); ok {
			out.exact[name] = true
		}
	}
	return out
}

// matchValue is match for what may be known in part only.
func (l *globList) matchValue(s string, certainty shellparse.Certainty) tri {
	switch certainty {
	case shellparse.Exact:
		return triOf(l.match(s))
	case shellparse.Unknown:
		if len(l.is) == 0 {
			return maybe // it may be one of the exceptions
		}
		for i := range l.is {
			if l.is[i].all() && len(l.not) == 0 {
				return yes
			}
		}
		return no
	}
	for i := range l.is {
		if patternMeets(s, &l.is[i]) {
			return maybe
		}
	}
	return triOf(len(l.is) == 0).weaken()
}

// pathList is a list of path globs and exceptions.
type pathList struct {
	is, not []pathGlob
	// Of a long list: which globs of is to try for a path that has a component,
	// or ending, as in pathGlob.key; and those to try for every path.
	keyed   map[string][]uint16
	unkeyed []uint16
}

// longList is how many globs make an index of them worth its lookups.
const longList = 8

func (l *pathList) index() {
	if len(l.is) <= longList || l.keyed != nil {
		return
	}
	l.keyed = map[string][]uint16{}
	for i := range l.is {
		if key := l.is[i].key(); key != "" {
			l.keyed[key] = append(l.keyed[key], uint16(i))
		} else {
			l.unkeyed = append(l.unkeyed, uint16(i))
		}
	}
}

// matchIndexed reports whether a glob of a long list matches an exact path.
func (l *pathList) matchIndexed(p *places, path string) bool {
	try := func(which []uint16) bool {
		for _, i := range which {
			if l.is[i].matchExact(p, path) {
				return true
			}
		}
		return false
	}
	if try(l.unkeyed) {
		return true
	}
	for rest := path; rest != ""; {
		var name string
		if name, rest = cutComponent(rest); name != "" && try(l.keyed[name]) {
			return true
		}
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 && rest == "" && len(name)-dot < 32 {
			var ending [32]byte
			ending[0] = '*'
			if try(l.keyed[string(ending[:1+copy(ending[1:], name[dot:])])]) {
				return true
			}
		}
	}
	return false
}

func (l *pathList) empty() bool { return len(l.is) == 0 && len(l.not) == 0 }

func (l *pathList) match(p *places, t *target) tri {
	best := no
	if len(l.is) == 0 {
		best = yes
	}
	switch {
	case l.keyed != nil && !p.fold && t.certainty == shellparse.Exact && !t.recursive:
		best = triOf(l.matchIndexed(p, t.path))
	default:
		for i := range l.is {
			if best = max(best, l.is[i].spelled(p).match(p, t, false)); best == yes {
				break
			}
		}
	}
	if best == no {
		return no
	}
	for i := range l.not {
		if best = min(best, l.not[i].spelled(p).match(p, t, true).not()); best == no {
			return no
		}
	}
	return best
}

// fetchList is a list of hosts and URLs.
type fetchList struct {
	hosts globList
	urls  globList
	both  bool // hosts and urls come from different keys, and both must hold
}

func (l *fetchList) empty() bool { return l.hosts.empty() && l.urls.empty() }

func (l *fetchList) match(e *shellparse.Effect) tri {
	host, url := no, no
	if !l.hosts.empty() {
		certainty := e.Certainty
		if e.Host == "" && certainty == shellparse.Exact {
			certainty = shellparse.Unknown
		}
		host = l.hosts.matchValue(strings.TrimSuffix(e.Host, "."), certainty)
	}
	if !l.urls.empty() && e.URL != "" {
		url = l.urls.matchValue(e.URL, e.Certainty)
	}
	if l.both {
		return min(host, url)
	}
	return max(host, url)
}

// flowCondition is the value of `flow`.
type flowCondition struct {
	from, to   []shellparse.Endpoint // empty: any
	fromSecret bool                  // `secret` is among from
	paths      pathList
	hosts      globList
	programs   globList
	names      globList // of environment variables
	earlier    *bool    // whether an earlier command left the data in a file
}

// comparison bounds a number; a nil bound says nothing.
type comparison struct{ gte, gt, lte, lt, eq *int }

func (c *comparison) holds(n int) bool {
	return (c.gte == nil || n >= *c.gte) && (c.gt == nil || n > *c.gt) &&
		(c.lte == nil || n <= *c.lte) && (c.lt == nil || n < *c.lt) && (c.eq == nil || n == *c.eq)
}

type countCondition struct {
	comparison
	window time.Duration
}

type paramCondition struct {
	name  string
	globs globList
}

// Webhook is a web service that decides in the owner's place.
type Webhook struct {
	URL     string
	Timeout time.Duration // at most this long; then the Call is denied
}
