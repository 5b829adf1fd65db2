package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/policy"
)

func newTestCommand() *cobra.Command {
	var f judgeFlags
	var asJSON, coverage bool
	var shell string
	cmd := &cobra.Command{
		Use:   "test COMMAND | test FILE.yaml...",
		Short: "see what would be decided about a command, or run suites of tests",
		Long: `Says what policy decides about COMMAND; nothing is run. COMMAND may be - for
standard input. Exit status 0 if it would run, 1 if it would be refused or asked
about.

Given files that end in .yaml, runs the tests in them: each against the policy
that the file names under "policy:" or holds itself, else against the one in
force. Exit status 1 if a test fails. --coverage lists the rules that no test
reaches.`,
		Example: "  rampart test 'rm -rf ~'\n  rampart test --coverage my-policy.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if areFiles(args) {
				return runSuites(cmd.OutOrStdout(), &f, args, asJSON, coverage)
			}
			return testCommand(cmd.OutOrStdout(), &f, args, shell, asJSON)
		},
	}
	f.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&coverage, "coverage", false, "with files: say which rules the tests reach")
	cmd.Flags().StringVar(&shell, "shell", "bash", "`shell` that would run the command")
	return cmd
}

// areFiles tells suites from a command: by their names, so that a misspelt one
// is missed and not judged as a command.
func areFiles(args []string) bool {
	for _, a := range args {
		if ext := filepath.Ext(a); ext != ".yaml" && ext != ".yml" || strings.ContainsAny(a, " \t\n") {
			return false
		}
	}
	return true
}

func testCommand(w io.Writer, f *judgeFlags, args []string, shell string, asJSON bool) error {
	e, err := f.engine()
	if err != nil {
		return err
	}
	c, err := commandCall(args, shell)
	if err != nil {
		return err
	}
	o := e.Explain(c)
	if asJSON {
		err = writeVerdictJSON(w, c, &o)
	} else {
		engine.WriteVerdict(w, c, &o, paint())
	}
	if err == nil && o.Action >= policy.Ask {
		return &exitError{code: exitFailed}
	}
	return err
}

type testJSON struct {
	File   string `json:"file"`
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Failed string `json:"failed,omitempty"`
}

type coverageJSON struct {
	Policy   string `json:"policy"`
	Rule     string `json:"rule"`
	Action   string `json:"action"`
	Matched  int    `json:"matched"`
	Decided  int    `json:"decided"`
	Examples int    `json:"examples"`
}

func runSuites(w io.Writer, f *judgeFlags, names []string, asJSON, coverage bool) error {
	p, err := f.policies(nil)
	if err != nil {
		return err
	}
	passed, failed := 0, 0
	all, rules := []testJSON{}, []coverageJSON{}
	for _, name := range names {
		run, err := engine.RunSuite(name, p)
		if err != nil {
			return err
		}
		for _, r := range run.Results {
			all = append(all, testJSON{name, r.Case.Name, r.Failed == "", r.Failed})
			if r.Failed == "" {
				passed++
				continue
			}
			failed++
			if !asJSON {
				fmt.Fprintln(w, engine.Sanitize(fmt.Sprintf("%s:%d: %s: %s", name, r.Case.Line, r.Case.Name, r.Failed)))
			}
		}
		for _, r := range run.Rules {
			rules = append(rules, coverageJSON{r.Policy, r.Rule, r.Action.String(), r.Matched, r.Decided, r.Examples})
		}
		if coverage && !asJSON {
			engine.WriteCoverage(w, run.Rules)
		}
	}
	switch {
	case asJSON && coverage:
		err = writeJSON(w, struct {
			Tests []testJSON     `json:"tests"`
			Rules []coverageJSON `json:"rules"`
		}{all, rules}, "")
	case asJSON:
		err = writeJSON(w, all, "")
	default:
		_, err = fmt.Fprintf(w, "%d passed, %d failed\n", passed, failed)
	}
	if err == nil && failed > 0 {
		return &exitError{code: exitFailed}
	}
	return err
}
