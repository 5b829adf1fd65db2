package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"rampart/engine"
	"rampart/platform"
	"rampart/policy"
)

func newLintCommand() *cobra.Command {
	var asJSON bool
	var profile string
	cmd := &cobra.Command{
		Use:   "lint [FILE...]",
		Short: "check policy files: mistakes, doubtful rules, examples that do not hold",
		Long: `Checks the files, or the policy in force if none is named. A mistake that keeps
a file from loading is exit status 2; a rule that is doubtful, an example beside a
rule that does not come out as it says, or a failing test is exit status 1.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			home, err := platform.Home()
			if err != nil && len(args) == 0 && profile == "" {
				return err
			}
			p, err := engine.LoadPolicies(engine.PolicyOptions{Configs: args, Profile: profile, Home: home})
			if err != nil {
				return err
			}
			problems := engine.Lint(p)
			if err := writeProblems(cmd, problems, asJSON); err != nil {
				return err
			}
			if len(problems) > 0 {
				return &exitError{code: exitFailed}
			}
			if !asJSON {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: no problems\n", printable(p.Origin))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&profile, "profile", "", "check an embedded profile")
	return cmd
}

type problemJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func writeProblems(cmd *cobra.Command, problems []policy.Problem, asJSON bool) error {
	if !asJSON {
		for _, p := range problems {
			fmt.Fprintln(cmd.OutOrStdout(), printable(p.String()))
		}
		return nil
	}
	out := []problemJSON{}
	for _, p := range problems {
		out = append(out, problemJSON{p.File, p.Line, p.Column, p.Message})
	}
	return writeJSON(cmd.OutOrStdout(), out, "")
}
