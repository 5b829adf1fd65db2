package policy

import "fmt"

// Suite is a file of tests, for a policy elsewhere or its own.
type Suite struct {
	Name   string
	Policy string // path of the policy as the file says it; "" means none
	Tests  []TestCase
	// HasPolicies says that the file is a policy itself.
	HasPolicies bool
}

// LoadSuite reads the tests of a file: a suite, or a policy with `tests:`. Its
// error is a *[LoadError].
func LoadSuite(s Source) (*Suite, error) {
	f, problems := load(s, 0)
	if len(problems) > 0 {
		return nil, &LoadError{problems}
	}
	return &Suite{Name: s.Name, Policy: f.suiteUnder, Tests: f.tests, HasPolicies: len(f.policies) > 0}, nil
}

// TestCases returns the tests that the set's sources carry.
func (s *Set) TestCases() []TestCase { return s.tests }

// Notify returns what the set's sources want the owner to be told.
func (s *Set) Notify() []Notify { return s.notify }

// TestResult is what came of a TestCase.
type TestResult struct {
	Case   TestCase
	Got    Decision
	Failed string // why, "" if it passed
}

// Run decides the case's call and compares. decide analyses and judges; it may
// fill in what the call leaves open (cwd, home).
func (t TestCase) Run(decide func(*Call) Decision) TestResult {
	c := t.Call
	r := TestResult{Case: t, Got: decide(&c)}
	message := compileText(t.ExpectMessage)
	switch {
	case r.Got.Action != t.Expect:
		r.Failed = fmt.Sprintf("expected %s, got %s", t.Expect, r.Got.Action)
		if r.Got.Rule != "" {
			r.Failed += fmt.Sprintf(" by %s (%s)", r.Got.Rule, r.Got.Message)
		}
	case t.ExpectMessage != "" && !message.match(r.Got.Message):
		r.Failed = fmt.Sprintf("expected the message %q, got %q", t.ExpectMessage, r.Got.Message)
	}
	return r
}
