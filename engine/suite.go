package engine

import (
	"fmt"
	"path/filepath"
	"time"

	"rampart/policy"
)

// What tests and examples mean where they don't say it: an ordinary developer
// in a project, on a machine whose files don't count.
const (
	exampleHome = "/home/dev"
	exampleCwd  = "/home/dev/app"
	exampleUser = "dev"
)

// exampleEngine judges what tests and examples name.
func exampleEngine(p *Policies) *Engine {
	return New(Config{Policies: p, NoProject: true, Home: exampleHome, User: exampleUser, OS: "linux"})
}

func (e *Engine) example(explain bool) func(*policy.Call) policy.Decision {
	return func(c *policy.Call) policy.Decision {
		if c.Cwd == "" {
			c.Cwd = exampleCwd
			if c.Home != "" {
				c.Cwd = c.Home + "/app"
			}
		}
		judge := e
		if len(c.After) > 0 {
			judge = e.afterwards(c)
		}
		if explain {
			return judge.Explain(c).Decision
		}
		return judge.Judge(c).Decision
	}
}

// afterwards returns an Engine like e that has seen the commands which c comes
// after, and nothing else.
func (e *Engine) afterwards(c *policy.Call) *Engine {
	fresh := New(e.cfg)
	fresh.SetPolicies(e.Policies())
	for _, text := range c.After {
		before := *c
		before.Tool, before.Command, before.After = "exec", text, nil
		before.Argv, before.Path, before.URL, before.Params = nil, "", "", nil
		now := time.Now()
		o := fresh.judge(&before, now, (*policy.Set).Evaluate, true)
		fresh.remember(&before, &o, now)
	}
	return fresh
}

// SuiteRun is what came of a suite.
type SuiteRun struct {
	Results []policy.TestResult
	Rules   []RuleCoverage // of the policy that was tested
}

// RuleCoverage says how many tests a rule was reached by: those that it
// matched, and those of them that it decided.
type RuleCoverage struct {
	policy.RuleInfo
	Matched, Decided int
}

// RunSuite runs the tests of a file against the policy that the file names or
// is; if it is only a list of tests, against p.
func RunSuite(name string, p *Policies) (*SuiteRun, error) {
	data, err := readPolicy(name)
	if err != nil {
		return nil, err
	}
	src := policy.Source{Name: name, Data: data, Tier: policy.TierUser}
	suite, err := policy.LoadSuite(src)
	if err != nil {
		return nil, err
	}
	switch {
	case suite.Policy != "":
		under := suite.Policy
		if !filepath.IsAbs(under) {
			under = filepath.Join(filepath.Dir(name), under)
		}
		if p, err = LoadPolicies(PolicyOptions{Configs: []string{under}}); err != nil {
			return nil, fmt.Errorf("policy of suite %s: %w", name, err)
		}
	case suite.HasPolicies:
		set, err := policy.Compile([]policy.Source{src})
		if err != nil {
			return nil, err
		}
		p = &Policies{Set: set, Sources: []policy.Source{src}, Origin: name}
	}
	run := &SuiteRun{}
	at := map[string]int{}
	for i, r := range p.Set.Rules() {
		at[r.Rule] = i
		run.Rules = append(run.Rules, RuleCoverage{RuleInfo: r})
	}
	decide := exampleEngine(p).example(true)
	for _, t := range suite.Tests {
		r := t.Run(decide)
		run.Results = append(run.Results, r)
		seen := map[string]bool{}
		for _, m := range r.Got.Matched {
			if i, ok := at[m.Rule]; ok && !seen[m.Rule] {
				seen[m.Rule] = true
				run.Rules[i].Matched++
			}
		}
		if i, ok := at[r.Got.Rule]; ok {
			run.Rules[i].Decided++
		}
	}
	return run, nil
}

// Lint returns what is wrong or doubtful about policies that load: by the look
// of them, by the examples beside their rules, and by their own tests.
func Lint(p *Policies) []policy.Problem {
	problems := p.Set.Lint()
	e := exampleEngine(p)
	problems = append(problems, p.Set.CheckExamples(e.example(true))...)
	problems = append(problems, e.walkarounds(p.Set)...)
	for _, t := range p.Set.TestCases() {
		if r := t.Run(e.example(false)); r.Failed != "" {
			problems = append(problems, policy.Problem{File: t.File, Line: t.Line, Column: 1, Message: fmt.Sprintf("test %q: %s", t.Name, r.Failed)})
		}
	}
	return problems
}
