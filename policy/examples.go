package policy

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rampart/shellparse"
)

// Example is a command beside a rule that the rule must match, or must not.
type Example struct {
	command string
	other   *Call // one that is more than a command
	Line    int
	Column  int
}

// Call returns what the example is of, as far as it says.
func (e *Example) Call() Call {
	if e.other != nil {
		return *e.other
	}
	return Call{Tool: "exec", Command: e.command}
}

// What examples mean where they don't say it: an ordinary developer in a
// project, on a machine whose files don't count.
const (
	exampleHome = "/home/dev"
	exampleCwd  = "/home/dev/app"
	exampleUser = "dev"
)

// maxExamples bounds what a project's policy may have checked when it loads,
// which is while a command waits.
const maxExamples = 500

// CheckExamples holds every rule against the examples beside it and returns
// those that do not come out as they say. decide analyses a call and explains
// it by this set: a rule counts as matching when it is among Matched.
func (s *Set) CheckExamples(decide func(*Call) Decision) []Problem {
	var problems []Problem
	for _, g := range s.groups {
		for _, r := range g.rules {
			problems = append(problems, r.checkExamples(decide)...)
		}
	}
	return problems
}

func (r *rule) checkExamples(decide func(*Call) Decision) []Problem {
	var problems []Problem
	check := func(e Example, want bool) {
		c := e.Call()
		r.situate(&c)
		got := false
		for _, m := range decide(&c).Matched {
			got = got || m.Rule == r.ref
		}
		if got == want {
			return
		}
		verb := "does not match its example"
		if !want {
			verb = "matches what it says it does not:"
		}
		text := callText(&c)
		if text == "" {
			text = c.Tool + " " + c.Path + c.URL
		}
		problems = append(problems, Problem{
			File: r.policy.source.name, Line: e.Line, Column: e.Column,
			Message: fmt.Sprintf("the rule on line %d %s %q", r.line, verb, text),
		})
	}
	for _, e := range r.examples {
		check(e, true)
	}
	for _, e := range r.counterexamples {
		check(e, false)
	}
	return problems
}

// situate puts an example where its rule speaks: at a time when it holds, and,
// unless the example says otherwise, with the agent and the session that the
// policy names.
func (r *rule) situate(c *Call) {
	if !r.expires.IsZero() {
		c.Time = r.expires.Add(-time.Second)
	}
	c.Unclaimed = func(string) bool { return true }
	fill := func(to *string, l *globList) {
		if *to != "" || len(l.is) == 0 {
			return
		}
		if name, ok := l.is[0].literal(); ok {
			*to = name
		}
	}
	fill(&c.Agent, &r.policy.agents)
	fill(&c.Session, &r.policy.sessions)
}

// checkedFiles are the digests of files whose examples have come out as they
// say: a file that is loaded again, beside others or for another project, is
// not checked again.
var checkedFiles struct {
	sync.Mutex
	digests map[[sha256.Size]byte]bool
}

const maxChecked = 256

// checkFiles checks the examples of the files that people wrote. Those of
// embedded profiles are checked by tests.
func (s *Set) checkFiles(sources []Source) []Problem {
	type work struct {
		digest [sha256.Size]byte
		rules  []*rule
	}
	files := map[string]*work{}
	for _, g := range s.groups {
		for _, r := range g.rules {
			if i := r.policy.source; len(r.examples)+len(r.counterexamples) > 0 && !i.embedded && i.tier != tierBuiltin {
				if files[i.name] == nil {
					files[i.name] = &work{}
				}
				files[i.name].rules = append(files[i.name].rules, r)
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	known := embeddedDigests()
	var problems []Problem
	for _, src := range sources {
		w := files[src.Name]
		if w == nil {
			continue
		}
		w.digest = sha256.Sum256(src.Data)
		checkedFiles.Lock()
		done := known[w.digest] || checkedFiles.digests[w.digest]
		checkedFiles.Unlock()
		if done {
			continue
		}
		if found := s.checkRules(w.rules); len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		checkedFiles.Lock()
		if len(checkedFiles.digests) >= maxChecked || checkedFiles.digests == nil {
			checkedFiles.digests = map[[sha256.Size]byte]bool{}
		}
		checkedFiles.digests[w.digest] = true
		checkedFiles.Unlock()
	}
	return problems
}

// checkRules checks the examples of rules on all processors: somebody waits for
// a session to start.
func (s *Set) checkRules(rules []*rule) []Problem {
	decide := func(c *Call) Decision { analyseExample(c); return s.Explain(c) }
	found := make([][]Problem, len(rules))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(rules)) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(rules)); i = next.Add(1) - 1 {
				found[i] = rules[i].checkExamples(decide)
			}
		})
	}
	wait.Wait()
	problems := slices.Concat(found...)
	return problems[:min(len(problems), maxProblem)]
}

// embeddedDigests are those of the profiles: a copy that nobody has changed has
// been checked, too.
var embeddedDigests = sync.OnceValue(func() map[[sha256.Size]byte]bool {
	out := map[[sha256.Size]byte]bool{}
	for _, name := range ProfileNames() {
		if src, err := Profile(name); err == nil {
			out[sha256.Sum256(src.Data)] = true
		}
	}
	return out
})

// analyseExample fills in what the engine would.
func analyseExample(c *Call) {
	if c.Home == "" {
		c.Home = exampleHome
	}
	if c.Cwd == "" {
		c.Cwd = exampleCwd
		if c.Home != exampleHome {
			c.Cwd = c.Home + "/app"
		}
	}
	if c.User == "" {
		c.User = exampleUser
	}
	if c.Tool != "exec" {
		return
	}
	dialect := shellparse.Bash
	if c.OS == "windows" {
		dialect = shellparse.Foreign
	}
	if c.Shell != "" {
		dialect, _ = shellparse.DialectOf(c.Shell)
	}
	in := shellparse.Input{
		Text: c.Command, Dialect: dialect, Cwd: c.Cwd, Home: c.Home, User: c.User, OS: c.OS,
		Env: func(name string) (string, bool) {
			switch name {
			case "HOME":
				return c.Home, true
			case "PWD":
				return c.Cwd, true
			case "USER":
				return c.User, true
			case "PATH":
				return "/usr/local/bin:/usr/bin:/bin", true
			}
			return "", false
		},
	}
	in.RanBefore(c.After)
	res := shellparse.Analyze(&in)
	c.Effects, c.Refusal, c.Unresolved = res.Effects, res.Refusal, res.Unresolved
}
